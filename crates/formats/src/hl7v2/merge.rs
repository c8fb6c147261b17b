//! Merges, moves, changes of numbers and links (HL7 v2.5 §3.6.2): what they ask.

use std::collections::BTreeSet;

use super::charts::Part;
use super::datatypes::{identifier, person_name};
use super::message::Segment;
use super::patient;
use crate::{Ask, ChartClaim, Named, Problem, Rearranged, Verb};

use Rearranged::{Account, Patient, Visit};
use Verb::{Change, Delete, Link, Merge, Move, Unlink};

/// What the trigger events ask, as each release of the standard names them; A36
/// asks for two things.
const EVENTS: [(&str, Verb, Rearranged); 22] = [
    ("A18", Merge, Patient),
    ("A24", Link, Patient),
    ("A29", Delete, Patient),
    ("A30", Merge, Patient),
    ("A34", Merge, Patient),
    ("A35", Merge, Account),
    ("A36", Merge, Patient),
    ("A36", Merge, Account),
    ("A37", Unlink, Patient),
    ("A39", Merge, Patient),
    ("A40", Merge, Patient),
    ("A41", Merge, Account),
    ("A42", Merge, Visit),
    ("A43", Move, Patient),
    ("A44", Move, Account),
    ("A45", Move, Visit),
    ("A46", Change, Patient),
    ("A47", Change, Patient),
    ("A48", Change, Patient),
    ("A49", Change, Account),
    ("A50", Change, Visit),
    ("A51", Change, Visit),
];

/// Whether this event asks for any of this.
pub(super) fn asks_by_event(event: &str) -> bool {
    EVENTS.iter().any(|(name, ..)| *name == event)
}

/// What a message asks of these patients; nothing where it is no such message.
///
/// # Errors
/// When it does not say what is merged, moved or changed into what.
pub(super) fn asks(event: &str, parts: &mut [Part<'_>]) -> Result<Vec<Ask>, Problem> {
    let mut asks = Vec::new();
    for (_, verb, of) in EVENTS.iter().filter(|(name, ..)| *name == event) {
        match verb {
            Link | Unlink => asks.push(linked(*verb, parts)?),
            Delete => asks.extend(parts.iter().map(|part| Ask {
                verb: Delete,
                of: *of,
                from: Named { chart: part.chart.clone(), number: None },
                into: None,
            })),
            _ => {
                for part in parts.iter_mut() {
                    asks_of_part(*verb, *of, part, &mut asks)?;
                }
            }
        }
    }
    let has_merge = || parts.iter().flat_map(|part| &part.segments).any(|segment| segment.name() == "MRG");
    if asks.is_empty() && asks_by_event(event) && !has_merge() {
        return Err(Problem::new("MRG", "the message merges, moves or changes something and has no MRG segment"));
    }
    if !asks_by_event(event) {
        for part in parts.iter_mut() {
            asks_beside(event, part, &mut asks)?;
        }
    }
    Ok(asks)
}

/// `MRG` in any other event. In A06 and A07 it names a former account or visit of the
/// same patient; elsewhere it is outside the standard, and where it names another
/// patient it can only mean a merge.
fn asks_beside(event: &str, part: &mut Part<'_>, asks: &mut Vec<Ask>) -> Result<(), Problem> {
    for merge in part.segments.clone().into_iter().filter(|segment| segment.name() == "MRG") {
        if matches!(event, "A06" | "A07") || patient::key(merge).is_none() {
            part.draft.note("MRG", "a former account or visit number is kept in the original and not shown");
        } else {
            asks.extend(of_patient(Merge, merge, part)?);
        }
    }
    Ok(())
}

/// The two patients of A24 and A37.
fn linked(verb: Verb, parts: &[Part<'_>]) -> Result<Ask, Problem> {
    match parts {
        [first, second] => {
            let named = |part: &Part<'_>| Named { chart: part.chart.clone(), number: None };
            Ok(Ask { verb, of: Patient, from: named(second), into: Some(named(first)) })
        }
        _ => Err(Problem::new("PID", "a link is between two different patients")),
    }
}

/// Each `MRG` belongs to the `PID` before it, and to the visit behind it where it
/// is about visits.
fn asks_of_part(verb: Verb, of: Rearranged, part: &mut Part<'_>, asks: &mut Vec<Ask>) -> Result<(), Problem> {
    let segments = part.segments.clone();
    for (at, merge) in segments.iter().enumerate().filter(|(_, segment)| segment.name() == "MRG") {
        let mut behind = segments.iter().skip(at + 1).take_while(|segment| segment.name() != "MRG");
        let visit = behind.find(|segment| segment.name() == "PV1");
        let visit = visit.or_else(|| segments.iter().find(|segment| segment.name() == "PV1")).copied();
        let ask = match of {
            Patient => {
                asks.extend(of_patient(verb, *merge, part)?);
                None
            }
            Account => of_number(verb, of, (*merge, 3), part.person().map(|person| (person, 18)), part)?,
            Visit => of_number(verb, of, (*merge, 5), visit.map(|visit| (visit, 19)), part)?,
        };
        asks.extend(ask);
    }
    Ok(())
}

/// Each prior number of the kind by which the patient is known is a patient of the source's. A
/// list may begin with numbers of other kinds, and name the present number beside the prior one.
fn of_patient(verb: Verb, merge: Segment<'_>, part: &mut Part<'_>) -> Result<Vec<Ask>, Problem> {
    let prior = prior(merge, part)?;
    let prior = prior.ok_or_else(|| Problem::new("MRG-1", "the segment names no prior patient number"))?;
    let like = part.person().map(|person| patient::numbers_like(merge, person)).unwrap_or_default();
    let mut keys: Vec<String> = like.iter().map(patient::key_of).collect();
    if keys.is_empty() {
        keys.push(prior.key.clone());
    }
    keys.retain(|key| *key != part.chart.key);
    if keys.is_empty() {
        part.draft.note("MRG-1", "the prior number is the same as the present one: there is nothing to merge");
    }
    let into = Named { chart: part.chart.clone(), number: None };
    let from = |key| Named { chart: ChartClaim { key, ..prior.clone() }, number: None };
    let ask = |key| Ask { verb, of: Patient, from: from(key), into: Some(into.clone()) };
    Ok(BTreeSet::from_iter(keys).into_iter().map(ask).collect())
}

/// An account or visit: of the prior patient where `MRG` names one, else of the same.
fn of_number(
    verb: Verb,
    of: Rearranged,
    before: (Segment<'_>, usize),
    now: Option<(Segment<'_>, usize)>,
    part: &mut Part<'_>,
) -> Result<Option<Ask>, Problem> {
    let (merge, field) = before;
    let chart = prior(merge, part)?.unwrap_or_else(|| part.chart.clone());
    let number = identifier(merge.field(field));
    let number = number.ok_or_else(|| Problem::new(format!("MRG-{field}"), "the segment names no prior number"))?;
    // What is moved keeps its number where no other is told.
    let into = now.and_then(|(segment, field)| identifier(segment.field(field)));
    let into = Named { chart: part.chart.clone(), number: into.or_else(|| (verb == Move).then(|| number.clone())) };
    Ok(Some(Ask { verb, of, from: Named { chart, number: Some(number) }, into: Some(into) }))
}

/// The patient that an `MRG` names; `None` where it names none. A number without its
/// assigner is one of the assigner that the message names in `PID-3`.
fn prior(merge: Segment<'_>, part: &mut Part<'_>) -> Result<Option<ChartClaim>, Problem> {
    if patient::key(merge).is_none() {
        return Ok(None);
    }
    let mut claim = patient::numbers_of(merge, &mut part.draft)?;
    let assigner = part.chart.local_numbers.first().map(|number| number.assigner.clone()).unwrap_or_default();
    if let Some(first) =
        claim.local_numbers.first_mut().filter(|number| number.assigner.is_empty() && !assigner.is_empty())
    {
        first.assigner = assigner;
        claim.key = patient::key_of(first);
        part.draft.note("MRG-1", "the prior number names no assigner; it is read as one of that in PID-3");
    }
    let name = merge.field(7).repetitions().find_map(person_name);
    if let Some(name) = name {
        claim.told.get_or_insert_default().name = name;
    }
    Ok(Some(claim))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::{Outcome, Rearrangement, Unit};

    const KEPT: &str =
        "PID|1||77^^^ZZ901^MR~9990000018^^^NHS^NH||Okafor^Grace||19610209|F|||1 Invented Rd^^^^SE5 0ZZ|||||||A7";

    fn unit(event: &str, segments: &str) -> Unit {
        let text = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261102090000||ADT^{event}|42|P|2.4\r{segments}\r");
        read(text.as_bytes()).unwrap().units.remove(0)
    }

    fn asked(event: &str, segments: &str) -> Rearrangement {
        match unit(event, segments).outcome {
            Outcome::Rearrange(asked) => asked,
            other => panic!("{event} asks for nothing but {other:?}"),
        }
    }

    fn in_words(asked: &Rearrangement) -> Vec<String> {
        let named = |named: &Named| {
            format!("{}{}", named.chart.key, named.number.as_ref().map(|n| format!("#{n}")).unwrap_or_default())
        };
        let into = |ask: &Ask| ask.into.as_ref().map_or_else(|| "nothing".to_owned(), named);
        asked
            .asks
            .iter()
            .map(|ask| format!("{:?} {:?} {} > {}", ask.verb, ask.of, named(&ask.from), into(ask)))
            .collect()
    }

    #[test]
    fn each_event_says_what_is_merged_moved_or_changed_into_what() {
        let merge = "MRG|78^^^ZZ901^MR||A8||V8^^^ZZ901";
        let visit = "PV1|1|I|||||||||||||||||V7^^^ZZ901";
        for (event, wanted) in [
            ("A18", "Merge Patient ZZ901|78 > ZZ901|77"),
            ("A30", "Merge Patient ZZ901|78 > ZZ901|77"),
            ("A34", "Merge Patient ZZ901|78 > ZZ901|77"),
            ("A35", "Merge Account ZZ901|78#A8 > ZZ901|77#A7"),
            ("A39", "Merge Patient ZZ901|78 > ZZ901|77"),
            ("A40", "Merge Patient ZZ901|78 > ZZ901|77"),
            ("A41", "Merge Account ZZ901|78#A8 > ZZ901|77#A7"),
            ("A42", "Merge Visit ZZ901|78#V8 > ZZ901|77#V7"),
            ("A43", "Move Patient ZZ901|78 > ZZ901|77"),
            ("A44", "Move Account ZZ901|78#A8 > ZZ901|77#A7"),
            ("A45", "Move Visit ZZ901|78#V8 > ZZ901|77#V7"),
            ("A46", "Change Patient ZZ901|78 > ZZ901|77"),
            ("A47", "Change Patient ZZ901|78 > ZZ901|77"),
            ("A48", "Change Patient ZZ901|78 > ZZ901|77"),
            ("A49", "Change Account ZZ901|78#A8 > ZZ901|77#A7"),
            ("A50", "Change Visit ZZ901|78#V8 > ZZ901|77#V7"),
            ("A51", "Change Visit ZZ901|78#V8 > ZZ901|77#V7"),
        ] {
            assert_eq!(in_words(&asked(event, &format!("{KEPT}\r{merge}\r{visit}"))), [wanted], "{event}");
        }
        assert_eq!(
            in_words(&asked("A36", &format!("{KEPT}\r{merge}"))),
            ["Merge Patient ZZ901|78 > ZZ901|77", "Merge Account ZZ901|78#A8 > ZZ901|77#A7"]
        );
        assert_eq!(in_words(&asked("A29", KEPT)), ["Delete Patient ZZ901|77 > nothing"]);
    }

    #[test]
    fn a_merge_names_both_patients_and_what_is_said_beside_it() {
        let asked = asked("A40", &format!("{KEPT}\rMRG|78^^^ZZ901^MR~9990000026^^^NHS^NH||||||Okafor^G"));
        let keys: std::collections::BTreeSet<_> = asked.chart_keys().collect();
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["ZZ901|77", "ZZ901|78"]);
        let prior = asked.asks[0].from.chart.told.clone().unwrap();
        assert_eq!(prior.nhs_number.unwrap().digits(), "9990000026");
        assert_eq!(asked.changes[0].chart.told.as_ref().unwrap().name.family, "Okafor");
        assert_eq!(asked.reason(), "the source asks to merge patients; this waits for somebody to decide");
    }

    #[test]
    fn several_patients_are_merged_by_one_message() {
        let second = "PID|2||87^^^ZZ901^MR||Bello^Ada\rMRG|88^^^ZZ901^MR";
        let asked = asked("A40", &format!("{KEPT}\rMRG|78^^^ZZ901^MR\rMRG|79^^^ZZ901^MR\r{second}"));
        assert_eq!(
            in_words(&asked),
            [
                "Merge Patient ZZ901|78 > ZZ901|77",
                "Merge Patient ZZ901|79 > ZZ901|77",
                "Merge Patient ZZ901|88 > ZZ901|87"
            ]
        );
    }

    /// A list of prior numbers may begin with another kind of number: the patient is not that one.
    #[test]
    fn a_prior_number_is_the_one_of_the_kind_by_which_the_patient_is_known() {
        for (prior, wanted) in [
            ("5502^^^ZZ901^PI~78^^^ZZ901^MR", &["78"][..]),
            ("A8^^^ZZ905^AN~78^^^ZZ901^MR", &["78"]),
            ("77^^^ZZ901^MR~78^^^ZZ901^MR", &["78"]),
            ("78^^^ZZ901^MR~79^^^ZZ901^MR~78^^^ZZ901^MR", &["78", "79"]),
            ("78^^^ZZ901^PI", &["78"]),
            ("78^^^ZZ902^MR", &["ZZ902|78"]),
        ] {
            for event in ["A18", "A30", "A34", "A40", "A47"] {
                let wanted: Vec<String> = wanted
                    .iter()
                    .map(|key| if key.contains('|') { (*key).to_owned() } else { format!("ZZ901|{key}") })
                    .collect();
                let asked = asked(event, &format!("{KEPT}\rMRG|{prior}"));
                let from: Vec<&str> = asked.asks.iter().map(|ask| ask.from.chart.key.as_str()).collect();
                assert_eq!(from, wanted, "{event} {prior}");
                assert!(asked.asks.iter().all(|ask| ask.into.as_ref().unwrap().chart.key == "ZZ901|77"), "{prior}");
            }
        }
    }

    #[test]
    fn a_visit_within_one_patient_is_paired_with_the_pv1_behind_its_mrg() {
        let segments =
            format!("{KEPT}\rMRG|||||V1\rPV1|1|I|||||||||||||||||W1\rMRG|||||V2\rPV1|1|I|||||||||||||||||W2");
        assert_eq!(
            in_words(&asked("A45", &segments)),
            ["Move Visit ZZ901|77#V1 > ZZ901|77#W1", "Move Visit ZZ901|77#V2 > ZZ901|77#W2"]
        );
    }

    #[test]
    fn two_patients_are_linked_and_unlinked() {
        let two = format!("{KEPT}\rPID|2||78^^^ZZ902^MR||Okafor^Grace");
        assert_eq!(in_words(&asked("A24", &two)), ["Link Patient ZZ902|78 > ZZ901|77"]);
        assert_eq!(in_words(&asked("A37", &two)), ["Unlink Patient ZZ902|78 > ZZ901|77"]);
    }

    #[test]
    fn a_merge_that_does_not_say_of_what_is_a_fault() {
        let place = |event: &str, segments: &str| match unit(event, segments).outcome {
            Outcome::Refuse(problem) => problem.place,
            other => panic!("not refused but {other:?}"),
        };
        assert_eq!(place("A40", KEPT), "MRG");
        assert_eq!(place("A40", &format!("{KEPT}\rMRG|")), "MRG-1");
        assert_eq!(place("A41", &format!("{KEPT}\rMRG|78^^^ZZ901")), "MRG-3");
        assert_eq!(place("A42", &format!("{KEPT}\rMRG|78^^^ZZ901")), "MRG-5");
        assert_eq!(place("A24", KEPT), "PID");
        assert_eq!(place("A40", &format!("{KEPT}\rMRG|9990000019^^^NHS^NH~78")), "MRG-1");
    }

    #[test]
    fn a_merge_into_itself_changes_nothing_and_says_so() {
        let unit = unit("A40", &format!("{KEPT}\rMRG|77^^^ZZ901^MR"));
        assert!(matches!(&unit.outcome, Outcome::Apply(changes) if changes.len() == 1));
        assert_eq!(unit.notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["MRG-1"]);
    }

    #[test]
    fn a_prior_number_without_assigner_is_of_the_same_one_and_that_is_said() {
        let unit = unit("A40", &format!("{KEPT}\rMRG|78"));
        let Outcome::Rearrange(asked) = &unit.outcome else { panic!("asked") };
        assert_eq!(in_words(asked), ["Merge Patient ZZ901|78 > ZZ901|77"]);
        assert_eq!(unit.notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["MRG-1"]);
    }

    #[test]
    fn a_former_account_or_visit_number_is_no_merge() {
        for (event, merge) in [("A06", "MRG|77^^^ZZ901||A8||V8"), ("A07", "MRG|||||V8"), ("A08", "MRG|||A8")] {
            let unit = unit(event, &format!("{KEPT}\r{merge}\rPV1|1|I"));
            assert!(matches!(unit.outcome, Outcome::Apply(_)), "{event}");
            assert_eq!(unit.notes.iter().map(|note| note.place.as_str()).collect::<Vec<_>>(), ["MRG"], "{event}");
        }
    }

    #[test]
    fn a_merge_hidden_in_another_event_waits_too() {
        assert_eq!(
            in_words(&asked("A31", &format!("{KEPT}\rMRG|78^^^ZZ901^MR"))),
            ["Merge Patient ZZ901|78 > ZZ901|77"]
        );
    }
}
