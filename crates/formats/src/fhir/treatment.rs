//! `Immunization` (R4 §11.6) and `Procedure` (R4 §9.3).

use record::{Content, Immunisation, Procedure};

use super::reading::{Read, Reading, joined, notes_of, word_of};
use crate::Change;

/// Reads an immunisation that was given, or was not and why.
pub(super) fn read_immunization(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("patient")?;
    let given = match &*reading.status() {
        "completed" => "Given",
        "not-done" => "Not given",
        "entered-in-error" => "Entered in error",
        _ => {
            reading.note_unknown_status();
            "Not recorded"
        }
    };
    let on = reading.when("occurrenceDateTime")?;
    let dose = ["protocolApplied.doseNumberPositiveInt", "protocolApplied.doseNumberString"];
    let reason = reading.concept("statusReason");
    let content = Content::Immunisation(Immunisation {
        vaccine: reading.concept("vaccineCode").unwrap_or_else(|| {
            reading.note("vaccineCode", "the vaccine is not named");
            "Vaccine not named by the source".to_owned()
        }),
        given: given.to_owned(),
        on,
        dose_number: dose.iter().find_map(|path| reading.text(path)),
        site: reading.concept("site"),
        batch: reading.text("lotNumber"),
        not_given_reason: if given == "Not given" { reason } else { None },
    });
    if on.is_none() && reading.text("occurrenceString").is_some() {
        reading.note("occurrenceString", "when it was given is told in words, not as a date");
    }
    let mut entry = reading.entry(content, reading.standing(false));
    entry.recorded = reading.when("recorded")?.or(entry.recorded);
    entry.when = on.or(entry.recorded);
    entry.code = reading.code("vaccineCode");
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_within("performer", "actor"))))
}

/// Reads a procedure or operation.
pub(super) fn read_procedure(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let status = reading.status();
    let who = reading.who_within("performer", "actor");
    let start = reading.when_or_start("performed")?;
    let references = reading.resource.list("reasonReference").filter_map(|reference| reading.called(reference));
    let outcome = [reading.concept("outcome"), reading.concepts("complication"), notes_of(reading.resource)];
    let not_done = reading.concept("statusReason");
    let content = Content::Procedure(Procedure {
        term: reading.concept("code").unwrap_or_else(|| {
            reading.note("code", "the procedure is not named");
            "Procedure not named by the source".to_owned()
        }),
        status: match (word_of(&status), not_done) {
            (status, _) if status.is_empty() => "Not recorded".to_owned(),
            (status, Some(reason)) => format!("{status}: {reason}"),
            (status, None) => status,
        },
        start,
        end: reading.when("performedPeriod.end")?,
        performer: who.person.clone().or_else(|| who.organisation.clone()),
        reason: reading.concepts("reasonCode").or_else(|| joined(references, ", ")),
        outcome: joined(outcome.into_iter().flatten(), "\n"),
    });
    let is_past = !matches!(&*status, "preparation" | "in-progress" | "on-hold");
    let mut entry = reading.entry(content, reading.standing(is_past));
    entry.when = start;
    entry.code = reading.code("code");
    entry.part_of = reading.key_at("encounter.reference");
    let signed = reading.who_in(&["recorder", "asserter"]).or(who);
    Ok(reading.change(chart, reading.signed(entry, signed)))
}
