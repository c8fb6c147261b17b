use record::{Demographics, LocalNumber, NhsNumber};

use super::demographics;
use super::draft::{Draft, REPETITIONS_MAX, bounded};
use super::field::Repetition;
use super::message::Segment;
use crate::{ChartClaim, Problem};

/// How senders mark an NHS number: `NH` (HL7 UK A.2, ITK), `NNGBR` (HL7 table 0203)
/// as its type in `CX-5`, or one of these as its assigner in `CX-4`.
const NHS_TYPES: [&str; 8] = ["NH", "NHS", "NHSNMBR", "NHSNBR", "NHSNO", "NHSNUM", "NHSNUMBER", "NNGBR"];
const NHS_ASSIGNERS: [&str; 6] = ["NHS", "NHSNBR", "NHSNMBR", "NHSNO", "NHSNUMBER", "2.16.840.1.113883.2.1.4.1"];

/// The key of the chart that a `PID` speaks of; `None` where it names nobody.
///
/// It is `assigner|number` of the first number in `PID-3`, else `PID-2`, that is
/// not the NHS number; where there is none, `NHS|` and the NHS number. Of an `MRG`
/// it is that of the prior patient: `MRG-1`, else `MRG-4`.
pub(super) fn key(person: Segment<'_>) -> Option<String> {
    let local = numbers(person).find(|(_, number)| !is_nhs(*number)).map(|(_, number)| local_number(number));
    let national = || {
        let told = numbers(person).find(|(_, number)| is_nhs(*number))?.1.component(1).told()?;
        NhsNumber::parse(&told).ok().map(|number| format!("NHS|{}", number.digits()))
    };
    local.as_ref().map(key_of).or_else(national)
}

/// The key of the chart that stands under a local number.
pub(super) fn key_of(LocalNumber { assigner, number }: &LocalNumber) -> String {
    bounded(format!("{assigner}|{number}"))
}

/// The keys of all local numbers of an `MRG`, else that of its NHS number.
pub(super) fn keys(merge: Segment<'_>) -> Vec<String> {
    let local: Vec<String> = local_numbers(merge).map(|number| key_of(&local_number(number))).collect();
    if local.is_empty() { key(merge).into_iter().collect() } else { local }
}

/// The numbers of an `MRG` that are of the assigner and type of the number by which the `PID`
/// is known, which is where the standard has the prior number of each (HL7 v2.5 §3.3.41.1).
pub(super) fn numbers_like(merge: Segment<'_>, person: Segment<'_>) -> Vec<LocalNumber> {
    let of = |number: Repetition<'_>| (local_number(number).assigner, number.component(5).told());
    let Some(own) = local_numbers(person).next().map(of) else { return Vec::new() };
    local_numbers(merge).filter(|number| of(*number) == own).map(local_number).collect()
}

fn local_numbers(person: Segment<'_>) -> impl Iterator<Item = Repetition<'_>> {
    numbers(person).map(|(_, number)| number).filter(|number| !is_nhs(*number)).take(REPETITIONS_MAX)
}

/// Whom a `PID` speaks of, and who the source says that is.
///
/// # Errors
/// When it has no number at all, or an NHS number that cannot be one.
pub(super) fn claim(person: Segment<'_>, beside: &[Segment<'_>], draft: &mut Draft) -> Result<ChartClaim, Problem> {
    let claim = numbers_of(person, draft)?;
    let nhs_number = claim.told.and_then(|told| told.nhs_number);
    let told = demographics::told(person, beside, nhs_number, draft);
    Ok(ChartClaim { told: (!told.is_empty()).then_some(told), ..claim })
}

/// The numbers of a `PID` or `MRG`, the NHS number among them, and nothing else.
///
/// # Errors
/// When it has no number at all, or an NHS number that cannot be one.
pub(super) fn numbers_of(person: Segment<'_>, draft: &mut Draft) -> Result<ChartClaim, Problem> {
    let nhs_number = nhs_number(person, draft)?;
    let place = if person.name() == "MRG" { "MRG-1" } else { "PID-3" };
    let key = key(person).ok_or_else(|| Problem::new(place, "the patient has no number of any kind"))?;
    let mut local_numbers: Vec<LocalNumber> = Vec::new();
    for (_, number) in numbers(person).filter(|(_, number)| !is_nhs(*number)).take(REPETITIONS_MAX) {
        let local = local_number(number);
        let repeated = local_numbers.iter().any(|other| other.number == local.number && local.assigner.is_empty());
        if !repeated && !local_numbers.contains(&local) {
            local_numbers.push(local);
        }
    }
    let told = nhs_number.map(|_| Demographics { nhs_number, ..Demographics::default() });
    Ok(ChartClaim { key, local_numbers, told })
}

fn nhs_number(person: Segment<'_>, draft: &mut Draft) -> Result<Option<NhsNumber>, Problem> {
    let mut found: Option<NhsNumber> = None;
    for (place, number) in numbers(person).filter(|(_, number)| is_nhs(*number)) {
        let told = number.component(1).told().unwrap_or_default();
        if is_placeholder(&told) {
            draft.note(place, "a placeholder stands where the NHS number belongs; it was not taken");
            continue;
        }
        let parsed = NhsNumber::parse(&told)
            .map_err(|fault| Problem::new(place, format!("the NHS number cannot be right: {fault}")))?;
        if *found.get_or_insert(parsed) != parsed {
            return Err(Problem::new(place, "the patient has two different NHS numbers"));
        }
    }
    Ok(found)
}

/// An NHS number that can be recognised although the message cannot be read: a
/// marked one, else the only number of a `PID` that says nothing of what it is.
pub(super) fn recognised(person: Segment<'_>) -> Option<NhsNumber> {
    let parsed = |number: Repetition<'_>| {
        let told = number.component(1).told().filter(|told| !is_placeholder(told))?;
        NhsNumber::parse(&told).ok()
    };
    let marked = numbers(person).map(|(_, number)| number).filter(|number| is_nhs(*number)).find_map(parsed);
    let unmarked = |number: &Repetition<'_>| (2..=5).all(|place| number.component(place).told().is_none());
    marked.or_else(|| numbers(person).map(|(_, number)| number).filter(unmarked).find_map(parsed))
}

/// `0000000000` and `9999999999` pass the check digit and belong to nobody.
fn is_placeholder(text: &str) -> bool {
    let mut digits = text.bytes().filter(u8::is_ascii_digit);
    digits.next().is_some_and(|first| digits.all(|digit| digit == first)) && text.len() >= 10
}

/// The numbers of `PID-3`, then `PID-2`, that hold anything; of an `MRG` those of
/// `MRG-1`, then `MRG-4`.
fn numbers<'m>(person: Segment<'m>) -> impl Iterator<Item = (&'static str, Repetition<'m>)> {
    let of = move |place: &'static str, field: usize| person.field(field).repetitions().map(move |one| (place, one));
    let (first, then) =
        if person.name() == "MRG" { (("MRG-1", 1), ("MRG-4", 4)) } else { (("PID-3", 3), ("PID-2", 2)) };
    of(first.0, first.1).chain(of(then.0, then.1)).filter(|(_, number)| number.component(1).told().is_some())
}

fn is_nhs(number: Repetition<'_>) -> bool {
    let among = |list: &[&str], told: Option<String>| {
        told.is_some_and(|told| list.iter().any(|one| one.eq_ignore_ascii_case(&told)))
    };
    among(&NHS_TYPES, number.component(5).told())
        || among(&NHS_ASSIGNERS, number.component(4).subcomponent(1).told())
        || among(&NHS_ASSIGNERS, number.component(4).subcomponent(2).told())
}

fn local_number(number: Repetition<'_>) -> LocalNumber {
    let assigner = number.component(4);
    let assigner = assigner
        .subcomponent(1)
        .told()
        .or_else(|| assigner.subcomponent(2).told())
        .or_else(|| number.component(5).told())
        .unwrap_or_default();
    LocalNumber { assigner, number: number.component(1).told().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::super::message::Message;
    use super::*;

    fn claimed(person: &str) -> Result<ChartClaim, Problem> {
        let message = format!("MSH|^~\\&|A\r{person}\r");
        let message = Message::parse(message.as_bytes()).unwrap();
        claim(message.segment("PID").unwrap(), &[], &mut Draft::default())
    }

    fn key_of(person: &str) -> String {
        claimed(person).unwrap().key
    }

    #[test]
    fn a_chart_is_known_by_its_first_local_number() {
        assert_eq!(key_of("PID|1||9990000018^^^NHS^NH~77^^^RXX^MR~88^^^RYY^MR"), "RXX|77");
        assert_eq!(key_of("PID|1|66|9990000018^^^NHSNBR^NHSNMBR~77^^^^MRN"), "MRN|77");
        assert_eq!(key_of("PID|1|66^^^LAB|9990000018^^^&2.16.840.1.113883.2.1.4.1&ISO"), "LAB|66");
        assert_eq!(key_of("PID|1||987654321"), "|987654321");
        assert_eq!(key_of("PID|1||999 000 0018^^^^NH"), "NHS|9990000018");
    }

    #[test]
    fn all_local_numbers_are_kept_once() {
        let claim = claimed("PID|1|77^^^RXX|77^^^RXX^MR~88^^^RYY^MR~9990000018^^^NHS^NH").unwrap();
        let numbers: Vec<_> = claim.local_numbers.iter().map(|n| (n.assigner.as_str(), n.number.as_str())).collect();
        assert_eq!(numbers, [("RXX", "77"), ("RYY", "88")]);
        assert_eq!(claim.told.unwrap().nhs_number.unwrap().digits(), "9990000018");
    }

    #[test]
    fn a_number_with_a_bad_check_digit_is_a_fault_that_does_not_repeat_it() {
        let problem = claimed("PID|1||77^^^RXX^MR~9990000019^^^NHS^NH").unwrap_err();
        assert_eq!(problem.place, "PID-3");
        assert!(problem.what.contains("check digit") && !problem.what.contains("999"));
    }

    #[test]
    fn nobody_and_two_at_once_are_faults() {
        assert_eq!(claimed("PID|1||^^^RXX^MR||Okafor^Grace").unwrap_err().place, "PID-3");
        assert!(claimed("PID|1||9990000018^^^NHS^NH~9990000026^^^NHS^NH").is_err());
    }

    #[test]
    fn placeholders_are_no_nhs_numbers() {
        let claim = claimed("PID|1||77^^^RXX^MR~0000000000^^^NHS^NH||Okafor^Grace").unwrap();
        assert_eq!(claim.told.unwrap().nhs_number, None);
    }
}
