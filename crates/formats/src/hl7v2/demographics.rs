use jiff::Timestamp;
use record::{Address, Demographics, Gender, NhsNumber, PersonName, TakenBack, When};

use super::datatypes::{coded_text, organisation, person_name, telephone};
use super::draft::{Draft, REPETITIONS_MAX};
use super::field::{Field, Repetition};
use super::message::Segment;

/// Who the source says its patient is: `PID`, and `PD1` and `ARV` beside it.
pub(super) fn told(
    person: Segment<'_>,
    beside: &[Segment<'_>],
    nhs_number: Option<NhsNumber>,
    draft: &mut Draft,
) -> Demographics {
    let (name, other_names) = names(person);
    let further = beside.iter().find(|segment| segment.name() == "PD1");
    let practice = further.and_then(|further| organisation(further.field(3).repetition(0)));
    let protected = further.is_some_and(|further| is_yes(further.field(12)));
    let read_at = draft.about.read_at;
    let mut before_the_visit = beside.iter().take_while(|segment| segment.name() != "PV1");
    let hidden = before_the_visit.any(|segment| hides_whereabouts(segment) && !has_ended(segment, read_at));
    Demographics {
        nhs_number,
        nhs_number_rejected: None,
        name,
        other_names,
        born: born(person, draft),
        gender: gender(person, draft),
        address: address(person.field(11)),
        telephones: telephones(person),
        practice,
        died: died(person, draft),
        restricted: protected || hidden,
        interpreter: language(person.field(15)),
        ethnicity: coded_text(person.field(22).repetition(0)).or_else(|| coded_text(person.field(10).repetition(0))),
        taken_back: taken_back(person, further.copied()),
    }
}

/// What the sender writes as `""`, which is not the same as to leave it out (HL7 v2.5
/// §2.5.3). It counts where nothing else is told of the same.
fn taken_back(person: Segment<'_>, further: Option<Segment<'_>>) -> Vec<TakenBack> {
    let none = |numbers: &[usize]| {
        let fields = || numbers.iter().map(|number| person.field(*number));
        fields().any(|field| field.says_none()) && fields().all(|field| field.says_none() || field.is_absent())
    };
    let practice = further.is_some_and(|further| further.field(3).says_none());
    [
        (none(&[11]), TakenBack::Address),
        (none(&[13, 14]), TakenBack::Telephones),
        (practice, TakenBack::Practice),
        (none(&[29, 30]), TakenBack::Death),
        (none(&[15]), TakenBack::Interpreter),
        (none(&[10, 22]), TakenBack::Ethnicity),
    ]
    .into_iter()
    .filter_map(|(is_none, what)| is_none.then_some(what))
    .collect()
}

pub(super) fn is_yes(field: Field<'_>) -> bool {
    field.component(1).told().is_some_and(|text| text.eq_ignore_ascii_case("Y"))
}

/// The legal or usual name (HL7 table 0200) is the main one; nicknames and the
/// name for display are what the person likes to be called; all others are kept.
fn names(person: Segment<'_>) -> (PersonName, Vec<PersonName>) {
    let kind = |name: &Repetition<'_>| name.component(7).told().unwrap_or_default().to_ascii_uppercase();
    let all: Vec<_> = person
        .field(5)
        .repetitions()
        .take(REPETITIONS_MAX)
        .filter_map(|one| Some((kind(&one), person_name(one)?)))
        .collect();
    let usual = |kind: &str| matches!(kind, "L" | "" | "U" | "CURRENT" | "LEGAL" | "USUAL" | "OFFICIAL");
    let main = all.iter().position(|(kind, _)| usual(kind)).unwrap_or(0);
    let mut name = all.get(main).map(|(_, name)| name.clone()).unwrap_or_default();
    let liked = all.iter().find(|(kind, _)| matches!(kind.as_str(), "N" | "NK" | "NICKNAME" | "P" | "PREFERRED"));
    name.preferred = liked.and_then(|(_, name)| name.given.first().cloned());
    let aliases = person.field(9).repetitions().take(REPETITIONS_MAX).filter_map(person_name);
    let others = all.into_iter().enumerate().filter(|(at, _)| *at != main).map(|(_, (_, name))| name);
    (name, others.chain(aliases).collect())
}

/// A birth date is the day as told; midnight says only that a system pads with
/// zeros, and an offset must not move the day.
fn born(person: Segment<'_>, draft: &mut Draft) -> Option<When> {
    let text = person.field(7).component(1).told()?;
    let local = text.split(['+', '-']).next().unwrap_or_default();
    match When::parse_hl7(local) {
        Ok(When::Local(at)) if at.time() == jiff::civil::Time::midnight() => Some(When::Day(at.date())),
        Ok(when) => Some(when),
        Err(_) => {
            draft.note("PID-7", "not a date that exists");
            None
        }
    }
}

/// HL7 table 0001, and the codes of the NHS Data Dictionary.
fn gender(person: Segment<'_>, draft: &mut Draft) -> Option<Gender> {
    let text = person.field(8).component(1).told()?;
    match text.to_ascii_uppercase().as_str() {
        "F" | "2" | "FEMALE" => Some(Gender::Female),
        "M" | "1" | "MALE" => Some(Gender::Male),
        "O" | "A" | "X" | "I" | "OTHER" => Some(Gender::Other),
        "U" | "N" | "0" | "9" | "UNKNOWN" => Some(Gender::Unknown),
        _ => {
            draft.note("PID-8", "not a code of HL7 table 0001");
            None
        }
    }
}

/// The first home address (HL7 table 0190), else the first that is none of birth,
/// origin or known to be wrong.
fn address(field: Field<'_>) -> Option<Address> {
    let kind = |one: &Repetition<'_>| one.component(7).told().unwrap_or_default().to_ascii_uppercase();
    let is_home = |one: &Repetition<'_>| matches!(kind(one).as_str(), "" | "H" | "HOME" | "P" | "L" | "C");
    let is_other = |one: &Repetition<'_>| matches!(kind(one).as_str(), "BA" | "BDL" | "BR" | "N" | "F" | "V");
    let mut all = field.repetitions();
    let home = field.repetitions().find(is_home).or_else(|| all.find(|one| !is_other(one)))?;
    let mut lines: Vec<String> = (1..=4).filter_map(|number| home.component(number).joined()).collect();
    let country = home.component(6).told();
    lines.extend(country.filter(|country| !matches!(country.as_str(), "GBR" | "GB" | "UK" | "ENG")));
    let postcode = home.component(5).told();
    (!lines.is_empty() || postcode.is_some()).then_some(Address { lines, postcode })
}

fn telephones(person: Segment<'_>) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    let told = [13, 14].into_iter().flat_map(|field| person.field(field).repetitions());
    for number in told.take(REPETITIONS_MAX).filter_map(telephone) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn died(person: Segment<'_>, draft: &mut Draft) -> Option<Option<When>> {
    let at = draft.when(person, 29);
    let said = person.field(30).component(1).told().unwrap_or_default().to_ascii_uppercase();
    match said.as_str() {
        "Y" | "YES" => Some(at),
        "N" | "NO" => {
            if at.is_some() {
                draft.note("PID-30", "a date of death is told and death is denied; neither was taken");
            }
            None
        }
        _ => at.map(Some),
    }
}

/// A main language other than English: staff need to know before they speak.
fn language(field: Field<'_>) -> Option<String> {
    let code = field.component(1).told().unwrap_or_default().to_ascii_lowercase();
    let text = coded_text(field.repetition(0))?;
    let english = |text: &str| matches!(text, "en" | "eng" | "en-gb" | "en-us" | "english");
    (!english(&code) && !english(&text.to_ascii_lowercase())).then(|| format!("Main language: {text}"))
}

/// An access restriction on who or where the person is (`ARV-3`, HL7 table 0717).
fn hides_whereabouts(segment: &Segment<'_>) -> bool {
    let says = |number: usize| segment.field(number).component(1).told().unwrap_or_default();
    segment.name() == "ARV" && says(2) != "D" && matches!(says(3).as_str(), "ALL" | "DEM" | "LOC")
}

/// A restriction whose period (`ARV-6`) ended before the message is read. One
/// that is yet to begin holds already: an address that is told cannot be taken back.
fn has_ended(segment: &Segment<'_>, read_at: Option<Timestamp>) -> bool {
    let end = segment.field(6).component(2).told().and_then(|end| When::parse_hl7(&end).ok());
    end.zip(read_at).is_some_and(|(end, read_at)| end.earliest() < read_at)
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;
    use crate::Problem;

    fn read(segments: &str) -> (Demographics, Vec<Problem>) {
        let message = format!("MSH|^~\\&|A\r{segments}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        let all: Vec<_> = message.segments().collect();
        let mut draft = Draft::default();
        draft.about.read_at = "2026-11-22T13:32:00Z".parse().ok();
        let told = told(message.segment("PID").unwrap(), &all, None, &mut draft);
        (told, draft.finish().1)
    }

    #[test]
    fn a_restriction_whose_period_has_ended_is_none_and_one_yet_to_begin_holds() {
        let restricted = |period: &str| read(&format!("PID|1||7\rARV|1|A|LOC|||{period}")).0.restricted;
        assert!(!restricted("20211118^20221118"));
        assert!(restricted("20271118^20281118"));
        assert!(restricted("20211118"));
        assert!(restricted("20211118^whenever"));
    }

    #[test]
    fn a_person_is_read_as_the_source_told_them() {
        let (told, notes) = read(
            "PID|1||7||Okafor&van^Grace^Adaeze^^Mrs^^CURRENT~Okafor^Addy^^^^^N~Bello^Grace^^^^^M||19610209000000|F|||74 Thread House^Cookie Street^London^^SE5 9ZZ^GBR^HOME||020 7000 0001^HOME|^NET^Internet^a@b.example|so^Somali|||||||A^White - British\rPD1|||KINGSBROOK SURGERY^^Y99999",
        );
        assert_eq!(notes, []);
        assert_eq!(told.name.shown(), "OKAFOR, Grace Adaeze (Mrs)");
        assert_eq!(told.name.preferred.as_deref(), Some("Addy"));
        assert_eq!(told.other_names.iter().map(|n| n.family.as_str()).collect::<Vec<_>>(), ["Okafor", "Bello"]);
        assert_eq!(told.born.unwrap().to_iso(), "1961-02-09");
        assert_eq!(told.address.unwrap().shown(), "74 Thread House, Cookie Street, London, SE5 9ZZ");
        assert_eq!(told.telephones, ["020 7000 0001"]);
        assert_eq!(told.practice.as_deref(), Some("KINGSBROOK SURGERY"));
        assert_eq!(told.interpreter.as_deref(), Some("Main language: Somali"));
        assert_eq!(told.ethnicity.as_deref(), Some("White - British"));
        assert_eq!((told.gender, told.died, told.restricted), (Some(Gender::Female), None, false));
    }

    #[test]
    fn what_is_said_to_be_none_is_taken_back_and_what_is_left_out_is_not() {
        let of = |segments: &str| read(segments).0.taken_back;
        assert_eq!(of("PID|1||7||A^B"), []);
        assert_eq!(of("PID|1||7||A^B||||||\"\"|||"), [TakenBack::Address]);
        assert_eq!(of("PID|1||7||A^B||||||\"\"^\"\"^^^\"\"||\"\"|"), [TakenBack::Address, TakenBack::Telephones]);
        assert_eq!(of("PID|1||7||A^B||||||\"\"~2 Invented Rd|"), []);
        assert_eq!(of("PID|1||7||A^B||||||||\"\"|020 7946 0000"), [], "one of the two numbers goes, one is told");
        let death = format!("PID|1||7||A^B{}\"\"|\"\"", "|".repeat(24));
        assert_eq!(of(&death), [TakenBack::Death]);
        assert_eq!(of("PID|1||7||A^B\rPD1|||\"\""), [TakenBack::Practice]);
    }

    #[test]
    fn a_birth_time_is_kept_and_its_offset_never_moves_the_day() {
        let born = |text: &str| read(&format!("PID|1||7||A^B||{text}")).0.born.map(When::to_iso);
        assert_eq!(born("20261101003000+0100").as_deref(), Some("2026-11-01T00:30:00"));
        assert_eq!(born("1961").as_deref(), Some("1961"));
        assert_eq!(born("\"\""), None);
    }

    #[test]
    fn a_date_that_does_not_exist_is_noted_without_repeating_it() {
        let (told, notes) = read("PID|1||7||A^B||19610230|Q");
        assert_eq!((told.born, told.gender), (None, None));
        assert_eq!(notes.iter().map(|n| n.place.as_str()).collect::<Vec<_>>(), ["PID-7", "PID-8"]);
        assert!(notes.iter().all(|note| !note.what.contains("1961")));
    }

    #[test]
    fn death_is_told_with_or_without_its_date() {
        let pid = |rest: &str| read(&format!("PID|1||7||A^B|{}|{rest}", "|".repeat(22))).0.died;
        assert_eq!(pid("20260102|Y").map(|at| at.map(When::to_iso)), Some(Some("2026-01-02".to_owned())));
        assert_eq!(pid("|Y"), Some(None));
        assert_eq!(pid("20260102|N"), None);
        assert_eq!(pid("20260102|").map(|at| at.is_some()), Some(true));
    }

    #[test]
    fn a_protected_person_is_restricted() {
        assert!(read("PID|1||7\rPD1||||||||||||Y").0.restricted);
        assert!(read("PID|1||7\rARV|1|A|LOC").0.restricted);
        assert!(!read("PID|1||7\rARV|1|D|LOC\rPD1||||||||||||N").0.restricted);
    }
}
