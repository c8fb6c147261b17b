use record::{Content, Immunisation, Standing};

use super::datatypes::{code, coded_text, first_clinician, identifier};
use super::draft::{Draft, joined};
use super::message::Segment;
use super::orders::visit_key;
use super::values;
use crate::Problem;

/// The vaccinations of a `VXU^V04`: each `RXA` with the `ORC` before it and the `RXR`
/// and `OBX` behind it.
///
/// # Errors
/// When there is no `RXA`.
pub(super) fn read(segments: &[Segment<'_>], draft: &mut Draft) -> Result<(), Problem> {
    let visit = visit_key(segments);
    let mut control = None;
    let mut found = false;
    let mut rest = segments;
    while let Some((&segment, behind)) = rest.split_first() {
        match segment.name() {
            "ORC" => control = Some(segment),
            "RXA" => {
                found = true;
                let beside: Vec<_> =
                    behind.iter().take_while(|s| !matches!(s.name(), "ORC" | "RXA")).copied().collect();
                vaccination(control, segment, &beside, visit.as_deref(), draft);
            }
            _ => {}
        }
        rest = behind;
    }
    if found { Ok(()) } else { Err(Problem::new("RXA", "a message about vaccinations without RXA")) }
}

fn vaccination(
    control: Option<Segment<'_>>,
    given: Segment<'_>,
    beside: &[Segment<'_>],
    visit: Option<&str>,
    draft: &mut Draft,
) {
    let coded = given.field(5).repetition(0);
    let Some(vaccine) = coded_text(coded) else {
        draft.note("RXA-5", "a vaccination without a vaccine; it was not taken");
        return;
    };
    let on = draft.when(given, 3);
    let is_deleted = given.field(21).component(1).bytes() == b"D";
    let state = match given.field(20).component(1).bytes() {
        _ if is_deleted => "Entered in error",
        b"RE" | b"NA" => "Not given",
        b"PA" => "Given in part",
        _ => "Given",
    };
    let refused = joined(given.field(18).repetitions().filter_map(coded_text), ", ");
    let code = code(coded);
    let known_as = code.as_ref().map_or(vaccine.clone(), |code| code.code.clone());
    let number = control.and_then(|control| [3, 2].into_iter().find_map(|number| identifier(control.field(number))));
    let place = number.or_else(|| on.map(|on| format!("on {}", on.to_iso()))).unwrap_or_default();
    let immunisation = Immunisation {
        vaccine,
        given: state.to_owned(),
        on,
        dose_number: dose_number(beside),
        site: beside.iter().find(|s| s.name() == "RXR").and_then(|route| coded_text(route.field(2).repetition(0))),
        batch: joined(given.field(15).repetitions().filter_map(|batch| batch.told()), ", "),
        not_given_reason: refused.filter(|_| state == "Not given"),
    };
    let mut entry = draft.entry(format!("immunisation|{known_as}|{place}"), Content::Immunisation(immunisation));
    entry.when = on;
    entry.recorded = draft.when(given, 22).or(entry.recorded);
    entry.author = first_clinician([given.field(10)]);
    entry.code = code;
    entry.part_of = visit.map(str::to_owned);
    if is_deleted {
        entry.standing = Standing::EnteredInError;
    }
    draft.push(entry);
    if beside.iter().any(|segment| segment.name() == "OBX" && !is_dose_number(*segment)) {
        draft.note("OBX", "what is observed of a vaccination is kept in the original and not shown");
    }
}

/// LOINC 30973-2: which dose of the course it was.
fn is_dose_number(observation: Segment<'_>) -> bool {
    observation.name() == "OBX" && observation.field(3).component(1).bytes() == b"30973-2"
}

fn dose_number(beside: &[Segment<'_>]) -> Option<String> {
    beside.iter().copied().find(|segment| is_dose_number(*segment)).and_then(values::value)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::Outcome;
    use record::{NewEntry, When};

    fn unit(segments: &str) -> crate::Unit {
        let text = format!(
            "MSH|^~\\&|IMM|ZZ901|CC|SEL|20261102090000||VXU^V04|42|P|2.5.1\rPID|1||77^^^ZZ901^MR||Okafor^Grace\r{segments}\r"
        );
        read(text.as_bytes()).unwrap().units.remove(0)
    }

    fn entries(segments: &str) -> Vec<NewEntry> {
        let Outcome::Apply(mut changes) = unit(segments).outcome else { panic!("applied") };
        changes.remove(0).entries
    }

    fn immunisation(entry: &NewEntry) -> &Immunisation {
        let Content::Immunisation(it) = &entry.content else { panic!("an immunisation, not {entry:?}") };
        it
    }

    const GIVEN: &str = "ORC|RE|P1|F1\rRXA|0|1|20261101||39114911000001105^Influenza vaccine^DMD|0.5|mL|||7^Hart^Rosa^^^Dr|||||LOT7|||^Declined||CP|A\r\
        RXR|IM^Intramuscular|LD^Left deltoid\rOBX|1|NM|30973-2^Dose number^LN||2\rOBX|2|CE|64994-7^Funding^LN||V01";

    #[test]
    fn a_vaccination_has_its_vaccine_date_dose_site_and_batch() {
        let found = entries(&format!("OBX|1|NM|8867-4^Heart rate^LN||60\r{GIVEN}"));
        let kinds: Vec<_> = found.iter().map(|entry| entry.content.kind()).collect();
        assert_eq!(kinds, ["immunisation", "result"], "what stands before the vaccination is of the person");
        let it = immunisation(&found[0]);
        assert_eq!((it.vaccine.as_str(), it.given.as_str()), ("Influenza vaccine", "Given"));
        assert_eq!(it.on.map(When::to_iso).as_deref(), Some("2026-11-01"));
        assert_eq!((it.dose_number.as_deref(), it.site.as_deref()), (Some("2"), Some("Left deltoid")));
        assert_eq!((it.batch.as_deref(), it.not_given_reason.as_deref()), (Some("LOT7"), None));
        assert_eq!(found[0].key, "immunisation|39114911000001105|F1");
        assert_eq!(unit(GIVEN).notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["OBX"]);
    }

    #[test]
    fn one_that_was_not_given_says_why_and_one_that_was_wrong_is_taken_back() {
        let refused = entries(&GIVEN.replace("|CP|A", "|RE|A"));
        assert_eq!(immunisation(&refused[0]).given, "Not given");
        assert_eq!(immunisation(&refused[0]).not_given_reason.as_deref(), Some("Declined"));
        let deleted = entries(&GIVEN.replace("|CP|A", "|CP|D"));
        assert_eq!(deleted[0].standing, Standing::EnteredInError);
        assert_eq!(deleted[0].key, refused[0].key);
    }

    #[test]
    fn two_vaccines_of_one_day_are_two_entries() {
        let found = entries("RXA|0|1|20261101||a^Vaccine A\rRXA|0|1|20261101||b^Vaccine B");
        assert_eq!(
            found.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(),
            ["immunisation|a|on 2026-11-01", "immunisation|b|on 2026-11-01"]
        );
    }

    #[test]
    fn a_message_without_vaccination_is_a_fault() {
        let Outcome::Refuse(problem) = unit("ORC|RE").outcome else { panic!("refused") };
        assert_eq!(problem.place, "RXA");
    }
}
