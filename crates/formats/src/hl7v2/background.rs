//! What a message tells beside its own matter: allergies, diagnoses, procedures and
//! the people around the patient.

use record::{
    Allergy, AllergyKind, AllergyStatement, Content, NewEntry, NoneKnownOf, PersonInvolved, Problem, ProblemStatus,
    Sensitivity, Standing,
};

use super::datatypes::{
    clinician, code, coded_text, first_clinician, identifier, organisation, person_name, telephone,
};
use super::demographics::is_yes;
use super::draft::{Draft, joined};
use super::field::Repetition;
use super::message::Segment;
use super::orders::comments;
use super::procedure;

/// Reads those of these segments.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) {
    let mut rest = segments;
    while let Some((segment, behind)) = rest.split_first() {
        match segment.name() {
            "AL1" => allergy(*segment, draft),
            "IAM" => adverse_reaction(*segment, behind, draft),
            "DG1" => diagnosis(*segment, draft),
            "PR1" => procedure::read(*segment, draft),
            "NK1" => next_of_kin(*segment, draft),
            "PD1" => general_practitioner(*segment, draft),
            _ => {}
        }
        rest = behind;
    }
}

fn allergy(segment: Segment<'_>, draft: &mut Draft) {
    let onset = draft.when(segment, 6);
    let kind = segment.field(2).component(1).told().unwrap_or_default();
    let told = kind_told(
        segment.field(3).repetition(0),
        matches!(kind.as_str(), "DA" | "FA" | "MA" | "EA" | "AA" | "PA" | "LA"),
    );
    if let Some(mut entry) = allergy_entry(segment, told, None, draft) {
        if let Content::Allergy(allergy) = &mut entry.content {
            allergy.onset = onset;
        }
        entry.when = onset;
        draft.push(entry);
    }
}

/// `IAM`: the same with an action and a key of its own (HL7 v2.5 §3.4.7), comments,
/// and in `ADT^A60` its reactions as segments of their own (`IAR`, v2.7).
fn adverse_reaction(segment: Segment<'_>, behind: &[Segment<'_>], draft: &mut Draft) {
    let onset = draft.when(segment, 11);
    let reported = draft.when(segment, 13);
    let kind = match segment.field(9).component(1).told().as_deref() {
        Some("AL") => AllergyKind::Allergy,
        Some("IN" | "AD" | "SE") => AllergyKind::Intolerance,
        _ => kind_told(segment.field(3).repetition(0), false),
    };
    let beside: Vec<_> = behind.iter().take_while(|segment| matches!(segment.name(), "NTE" | "IAR")).copied().collect();
    if let Some(mut entry) = allergy_entry(segment, kind, identifier(segment.field(7)), draft) {
        if let Content::Allergy(allergy) = &mut entry.content {
            allergy.onset = onset;
            describe(allergy, segment, &beside);
        }
        entry.when = onset.or(reported);
        entry.author = first_clinician([segment.field(18)]);
        // IAM-6 D: deleted; IAM-17 E: it was an error (HL7 tables 0323 and 0438).
        match (segment.field(6).component(1).bytes(), segment.field(17).component(1).bytes()) {
            (b"D", _) | (_, b"E") => entry.standing = Standing::EnteredInError,
            (_, b"I") => entry.standing = Standing::Past,
            _ => {}
        }
        draft.push(entry);
    }
}

/// Reactions, severity and comments behind an `IAM`, and how sure it is (`IAM-17`).
fn describe(allergy: &mut Allergy, segment: Segment<'_>, beside: &[Segment<'_>]) {
    let named = |name: &'static str| beside.iter().filter(move |segment| segment.name() == name).copied();
    let reactions = named("IAR").filter_map(|reaction| coded_text(reaction.field(1).repetition(0)));
    allergy.reaction = joined(allergy.reaction.take().into_iter().chain(reactions), ", ");
    let severity = named("IAR").find_map(|reaction| reaction.field(2).component(1).told());
    allergy.severity = allergy.severity.take().or_else(|| severity.map(|code| severity_in_words(&code)));
    let sure = match segment.field(17).component(1).bytes() {
        b"P" => Some("Pending confirmation"),
        b"S" => Some("Suspected"),
        b"U" => Some("Unconfirmed"),
        b"I" => Some("Confirmed, not active"),
        _ => None,
    };
    let said = comments(&named("NTE").collect::<Vec<_>>());
    allergy.note = joined(sure.map(str::to_owned).into_iter().chain(said), "\n");
}

/// What `AL1` and `IAM` have in common: allergen 3, severity 4, reactions 5.
fn allergy_entry(
    segment: Segment<'_>,
    kind: AllergyKind,
    own_key: Option<String>,
    draft: &mut Draft,
) -> Option<NewEntry> {
    let allergen = segment.field(3).repetition(0);
    let Some(substance) = coded_text(allergen) else {
        draft.note(format!("{}-3", segment.name()), "an allergy without a substance; it was not taken");
        return None;
    };
    let code = code(allergen);
    let known_as = code.as_ref().map_or(substance.clone(), |code| code.code.clone());
    // It keeps the source's words: most of these say less than "no known allergies".
    let none_known = NoneKnownOf::code(&known_as).or(NoneKnownOf::words(&substance)).is_some();
    let reactions = segment.field(5).repetitions().filter_map(coded_text);
    let severity = segment.field(4).component(1).told();
    let allergy = Allergy {
        statement: if none_known { AllergyStatement::NoneKnown } else { AllergyStatement::Substance },
        kind,
        substance,
        reaction: joined(reactions, ", "),
        severity: severity.map(|code| severity_in_words(&code)),
        onset: None,
        note: None,
    };
    let mut entry = draft.entry(format!("allergy|{}", own_key.unwrap_or(known_as)), Content::Allergy(allergy));
    entry.code = code;
    Some(entry)
}

fn kind_told(allergen: Repetition<'_>, typed_as_allergy: bool) -> AllergyKind {
    let text = coded_text(allergen).unwrap_or_default().to_ascii_lowercase();
    if text.contains("intolerance") {
        AllergyKind::Intolerance
    } else if typed_as_allergy || text.contains("allergy") {
        AllergyKind::Allergy
    } else {
        AllergyKind::NotTold
    }
}

/// HL7 table 0128.
fn severity_in_words(code: &str) -> String {
    match code {
        "SV" => "Severe",
        "MO" => "Moderate",
        "MI" => "Mild",
        "U" => "Unknown",
        other => other,
    }
    .to_owned()
}

fn diagnosis(segment: Segment<'_>, draft: &mut Draft) {
    let onset = draft.when(segment, 5);
    let recorded = draft.when(segment, 19);
    let coded = segment.field(3).repetition(0);
    let Some(term) = segment.field(4).told().filter(|_| coded.component(2).is_absent()).or_else(|| coded_text(coded))
    else {
        draft.note("DG1-3", "a diagnosis without code and description; it was not taken");
        return;
    };
    let code = code(coded);
    let known_as = || code.as_ref().map_or(term.clone(), |code| code.code.clone());
    let key = identifier(segment.field(20)).filter(|_| !segment.field(20).component(1).is_absent());
    let key = format!("diagnosis|{}|{}", key.unwrap_or_default(), known_as());
    let stage = segment.field(6).component(1).told();
    let problem = Problem {
        status: if stage.as_deref() == Some("W") { ProblemStatus::Suspected } else { ProblemStatus::NotTold },
        significance: (segment.field(15).component(1).bytes() == b"1").then(|| "Primary diagnosis".to_owned()),
        onset,
        ended: None,
        note: stage.as_deref().and_then(stage_word).map(str::to_owned),
        term,
    };
    let mut entry = draft.entry(key, Content::Problem(problem));
    entry.when = onset;
    entry.recorded = recorded.or(entry.recorded);
    entry.author = first_clinician([segment.field(16)]);
    entry.code = code;
    if is_yes(segment.field(18)) {
        entry.sensitivity = Sensitivity::Sensitive;
    }
    if segment.field(21).component(1).bytes() == b"D" {
        entry.standing = Standing::EnteredInError;
    }
    draft.push(entry);
}

/// HL7 table 0052.
fn stage_word(code: &str) -> Option<&'static str> {
    match code {
        "A" => Some("Admitting diagnosis"),
        "W" => Some("Working diagnosis"),
        "F" => Some("Final diagnosis"),
        _ => None,
    }
}

fn next_of_kin(segment: Segment<'_>, draft: &mut Draft) {
    let name = segment.field(2).repetitions().find_map(person_name);
    let employer = organisation(segment.field(13).repetition(0));
    let Some(name) = name.map(|name| name.shown()).or_else(|| employer.clone()) else {
        draft.note("NK1-2", "a person involved without a name; they were not taken");
        return;
    };
    let (from, until) = (draft.when(segment, 8), draft.when(segment, 9));
    let numbers = [5, 6].into_iter().flat_map(|number| segment.field(number).repetitions());
    let key = identifier(segment.field(33)).unwrap_or_else(|| name.clone());
    let person = PersonInvolved {
        role: role(segment.field(3).repetition(0)).or_else(|| role(segment.field(7).repetition(0))),
        organisation: employer.filter(|employer| *employer != name),
        telephone: numbers.into_iter().find_map(telephone),
        from,
        until,
        name,
    };
    let ended = person.until.is_some();
    let mut entry = draft.entry(format!("next of kin|{key}"), Content::PersonInvolved(person));
    entry.when = from;
    entry.standing = if ended { Standing::Past } else { Standing::Current };
    draft.push(entry);
}

/// A relationship (HL7 table 0063) or contact role (0131) in words.
fn role(value: Repetition<'_>) -> Option<String> {
    let code = value.component(1).told();
    let word = match code.as_deref().filter(|_| value.component(2).is_absent()) {
        Some("SPO") => "Spouse",
        Some("DOM") => "Life partner",
        Some("MTH") => "Mother",
        Some("FTH") => "Father",
        Some("PAR") => "Parent",
        Some("CHD") => "Child",
        Some("SON") => "Son",
        Some("DAU") => "Daughter",
        Some("SIB") => "Sibling",
        Some("BRO") => "Brother",
        Some("SIS") => "Sister",
        Some("GRP") => "Grandparent",
        Some("GCH") => "Grandchild",
        Some("GRD") => "Guardian",
        Some("CGV") => "Carer",
        Some("FND") => "Friend",
        Some("NBR") => "Neighbour",
        Some("EMC" | "C") => "Emergency contact",
        Some("N") => "Next of kin",
        _ => return coded_text(value),
    };
    Some(word.to_owned())
}

/// `PD1-4`: the patient's own doctor.
fn general_practitioner(segment: Segment<'_>, draft: &mut Draft) {
    let doctor = segment.field(4).repetition(0);
    let Some(name) = clinician(doctor) else { return };
    let person = PersonInvolved {
        name,
        role: Some("GP".to_owned()),
        organisation: organisation(segment.field(3).repetition(0)),
        telephone: None,
        from: None,
        until: None,
    };
    let entry = draft.entry("general practitioner".to_owned(), Content::PersonInvolved(person));
    draft.push(entry);
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;
    use record::When;

    fn entries(segments: &str) -> Vec<NewEntry> {
        let message = format!("MSH|^~\\&|A\r{segments}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        let mut draft = Draft::default();
        read(&message.segments().collect::<Vec<_>>(), &mut draft);
        draft.finish().0
    }

    fn allergies(segments: &str) -> Vec<Allergy> {
        let of = |entry: NewEntry| match entry.content {
            Content::Allergy(allergy) => allergy,
            other => panic!("an allergy, not {other:?}"),
        };
        entries(segments).into_iter().map(of).collect()
    }

    #[test]
    fn an_allergy_keeps_substance_severity_and_reactions() {
        let found = allergies("AL1|1|DA|P^Penicillin^L|SV|Rash~Swollen lips|20210824");
        assert_eq!(found[0].substance, "Penicillin");
        assert_eq!(found[0].reaction.as_deref(), Some("Rash, Swollen lips"));
        assert_eq!((found[0].severity.as_deref(), found[0].kind), (Some("Severe"), AllergyKind::Allergy));
        assert_eq!(found[0].onset.map(When::to_iso).as_deref(), Some("2021-08-24"));
    }

    #[test]
    fn two_reactions_to_the_same_kind_of_thing_are_two_entries() {
        let found =
            entries("AL1|0|FA|414285001^Food allergy^SNM3|SV|Cough\rAL1|0|FA|414285001^Food allergy^SNM3|SV|Rash");
        assert_eq!(
            found.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(),
            ["allergy|414285001", "allergy|414285001#2"]
        );
    }

    #[test]
    fn every_statement_that_none_are_known_is_one_and_keeps_its_own_words() {
        let told = |allergen: &str| allergies(&format!("AL1|1||{allergen}")).remove(0);
        for (allergen, words) in [
            ("716186003^No known allergy^SCT", "No known allergy"),
            ("409137002^No known drug allergy^SCT", "No known drug allergy"),
            ("429625007^x^SCT", "x"),
            ("NKA", "NKA"),
            ("NKDA", "NKDA"),
            ("^NO KNOWN ALLERGIES.", "NO KNOWN ALLERGIES."),
            ("^No known drug allergies", "No known drug allergies"),
            ("^Nil known", "Nil known"),
        ] {
            let allergy = told(allergen);
            assert_eq!(allergy.statement, AllergyStatement::NoneKnown, "{allergen}");
            assert_eq!(allergy.substance, words);
        }
        for some in ["91936005^Allergy to penicillin^SCT", "^Penicillin", "^No known allergies apart from nuts"] {
            assert_eq!(told(some).statement, AllergyStatement::Substance, "{some}");
        }
    }

    #[test]
    fn an_adverse_reaction_can_be_taken_back() {
        let found = entries("IAM|1|FA|12345^Peanut^L|||D^Delete|56789^Kingsbrook||AL^Allergy||201805");
        assert_eq!((found[0].key.as_str(), found[0].standing), ("allergy|56789", Standing::EnteredInError));
    }

    #[test]
    fn an_adverse_reaction_has_its_comments_and_its_reactions_behind_it() {
        let found = allergies(
            "IAM|1|FA|12345^Peanut^L||Hives|A|56789||AL^Allergy||201805||||||S\rNTE|1||Seen by the practice nurse\r\
             IAR|1^Swelling^L|SV|AL\rIAR|2^Cough^L\rIAM|2|DA|^Latex|||A|56790\rNTE|1||Gloves",
        );
        assert_eq!(found[0].reaction.as_deref(), Some("Hives, Swelling, Cough"));
        assert_eq!(found[0].severity.as_deref(), Some("Severe"));
        assert_eq!(found[0].note.as_deref(), Some("Suspected\nSeen by the practice nurse"));
        assert_eq!((found[1].substance.as_str(), found[1].note.as_deref()), ("Latex", Some("Gloves")));
        let standing = |status: &str| entries(&format!("IAM|1|FA|^Peanut|||A|{}{status}", "|".repeat(10)))[0].standing;
        assert_eq!(
            (standing("E"), standing("I"), standing("C")),
            (Standing::EnteredInError, Standing::Past, Standing::Current)
        );
    }

    #[test]
    fn a_diagnosis_says_how_sure_it_is() {
        let found = entries("DG1|1||422504002^Ischaemic stroke^SCT|Stroke|20040125|W|||||||||1|5^Robin^Ada|||||D");
        let Content::Problem(problem) = &found[0].content else { panic!("a problem") };
        assert_eq!((problem.term.as_str(), problem.status), ("Ischaemic stroke", ProblemStatus::Suspected));
        assert_eq!(problem.significance.as_deref(), Some("Primary diagnosis"));
        assert_eq!(found[0].author.as_deref(), Some("Ada Robin"));
        assert_eq!(found[0].standing, Standing::EnteredInError);
        assert_eq!(&*found[0].code.as_ref().unwrap().system, "http://snomed.info/sct");
    }

    #[test]
    fn people_around_the_patient_are_named() {
        let found = entries("NK1|1|Okafor^Ben|SPO||020 7000 0002\rPD1|||SURGERY|88^Hart^Rosa^^^Dr");
        let people: Vec<_> = found
            .iter()
            .map(|entry| match &entry.content {
                Content::PersonInvolved(person) => (person.name.as_str(), person.role.as_deref()),
                other => panic!("a person, not {other:?}"),
            })
            .collect();
        assert_eq!(people, [("OKAFOR, Ben", Some("Spouse")), ("Dr Rosa Hart", Some("GP"))]);
    }
}
