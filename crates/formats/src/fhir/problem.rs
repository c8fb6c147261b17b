//! `AllergyIntolerance` (R4 §9.1) and `Condition` (R4 §9.2).

use record::{Allergy, AllergyKind, AllergyStatement, Content, NoneKnownOf, Problem, ProblemStatus, Standing, When};

use super::datatype::{amount, codes, concept, extension, extension_text, has_code, range};
use super::node::Node;
use super::reading::{Read, Reading, joined, notes_of, word_of};
use crate::Change;

/// Reads an allergy, an intolerance, or the statement that none are known, which
/// keeps the source's words: most of these say less than "no known allergies".
pub(super) fn read_allergy(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("patient")?;
    let allergy = reading.resource;
    let reactions = || allergy.list("reaction");
    let substance =
        reading.concept("code").or_else(|| reactions().find_map(|reaction| concept(reaction.get("substance")?)));
    if substance.is_none() {
        reading.note("code", "the substance is not named");
    }
    let coded_none = allergy.get("code").is_some_and(|code| codes(code).any(|code| NoneKnownOf::code(&code).is_some()));
    let none_known = coded_none || substance.as_deref().is_some_and(|words| NoneKnownOf::words(words).is_some());
    let refuted = has_status(allergy, "verificationStatus", &["refuted"]);
    let ended = match extension(allergy, "AllergyIntoleranceEnd").or_else(|| extension(allergy, "AllergyIntolEnd")) {
        Some(end) => match reading.when_in(end, "valueDateTime", "extension.")? {
            Some(when) => Some(when),
            None => extension(end, "endDate")
                .map(|part| reading.when_in(part, "valueDateTime", "extension."))
                .transpose()?
                .flatten(),
        },
        None => None,
    };
    let is_past = refuted || ended.is_some() || has_status(allergy, "clinicalStatus", &["inactive", "resolved"]);
    let (onset, onset_words) = when_or_words(reading, "onset")?;
    let manifestations = reactions().flat_map(|reaction| {
        let told = joined(reaction.list("manifestation").filter_map(concept), ", ");
        told.or_else(|| reaction.string("description"))
    });
    let severity = reactions().find_map(|reaction| reaction.string("severity"));
    let note = [
        refuted.then(|| "Refuted by the source".to_owned()),
        has_status(allergy, "verificationStatus", &["unconfirmed", "presumed"]).then(|| "Unconfirmed".to_owned()),
        onset_words,
        ended.map(|when| format!("Ended {}", when.to_iso())),
        notes_of(allergy),
    ];
    let content = Content::Allergy(Allergy {
        statement: if none_known { AllergyStatement::NoneKnown } else { AllergyStatement::Substance },
        kind: match reading.text("type").as_deref() {
            Some("allergy") => AllergyKind::Allergy,
            Some("intolerance") => AllergyKind::Intolerance,
            _ => AllergyKind::NotTold,
        },
        substance: substance.unwrap_or_else(|| Allergy::UNNAMED.to_owned()),
        reaction: joined(manifestations, "; "),
        severity: severity
            .map(|code| word_of(&code))
            .or_else(|| allergy.says("criticality", "high").then(|| "High risk".to_owned())),
        onset,
        note: joined(note.into_iter().flatten(), "\n"),
    });
    let mut entry = reading.entry(content, reading.standing(is_past));
    entry.recorded = reading.when("recordedDate")?.or(entry.recorded);
    entry.when = onset.or(entry.recorded);
    entry.code = reading.code("code");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_in(&["recorder", "asserter"]))))
}

/// Reads a diagnosis or problem. One that the source refutes never was so.
pub(super) fn read_condition(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let condition = reading.resource;
    let term = reading.concept("code").unwrap_or_else(|| {
        reading.note("code", "the problem is not named");
        "Problem not named by the source".to_owned()
    });
    let (onset, onset_words) = when_or_words(reading, "onset")?;
    let (ended, ended_words) = when_or_words(reading, "abatement")?;
    let has_ended = ended.is_some() || ended_words.is_some() || condition.says("abatementBoolean", "true");
    let is_past = has_ended || has_status(condition, "clinicalStatus", &["inactive", "remission", "resolved"]);
    let is_suspected = has_status(condition, "verificationStatus", &["provisional", "differential", "unconfirmed"]);
    let is_active = has_status(condition, "clinicalStatus", &["active", "recurrence", "relapse"]);
    let status = match (is_past, is_suspected, is_active) {
        (true, _, _) => ProblemStatus::Past,
        (_, true, _) => ProblemStatus::Suspected,
        (_, _, true) => ProblemStatus::Active,
        _ => ProblemStatus::NotTold,
    };
    let refuted = has_status(condition, "verificationStatus", &["refuted"]);
    let note = [refuted.then(|| "Refuted by the source".to_owned()), onset_words, ended_words, notes_of(condition)];
    let content = Content::Problem(Problem {
        term,
        status,
        significance: extension_text(condition, "ProblemSignificance")
            .map(|code| word_of(&code))
            .or_else(|| reading.concept("severity")),
        onset,
        ended,
        note: joined(note.into_iter().flatten(), "\n"),
    });
    let standing = if refuted { Standing::EnteredInError } else { reading.standing(is_past) };
    let mut entry = reading.entry(content, standing);
    entry.recorded = reading.when("recordedDate")?.or(entry.recorded);
    entry.when = onset.or(entry.recorded);
    entry.code = reading.code("code");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_in(&["recorder", "asserter"]))))
}

fn has_status(resource: Node<'_>, name: &str, codes: &[&str]) -> bool {
    resource.get(name).is_some_and(|status| codes.iter().any(|code| has_code(status, code)))
}

/// `onset[x]` or `abatement[x]`: a time, or the words that say it otherwise.
fn when_or_words(reading: &Reading<'_, '_>, name: &str) -> Read<(Option<When>, Option<String>)> {
    if let Some(when) = reading.when_or_start(name)? {
        return Ok((Some(when), None));
    }
    let label = if name == "onset" { "Began" } else { "Ended" };
    let resource = reading.resource;
    let age = resource.get(&format!("{name}Age")).and_then(amount).map(|age| format!("{label} at age {age}"));
    let ages = resource.get(&format!("{name}Range")).and_then(range).map(|ages| format!("{label} at age {ages}"));
    let words = resource.string(&format!("{name}String")).map(|words| format!("{label}: {words}"));
    Ok((None, age.or(ages).or(words)))
}
