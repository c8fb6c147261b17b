//! `Patient.link` (R4 §8.1.6): which of its own patients a source says are one.

use super::reading::{Reading, Stop};
use crate::{Ask, Change, ChartClaim, Named, Outcome, Rearranged, Rearrangement, Verb};

/// How many links of one patient are read.
const LINKS_MAX: usize = 100;

/// What a Patient tells, and what its links ask beside that.
pub(super) fn outcome(reading: &Reading<'_, '_>, changes: Vec<Change>) -> Outcome {
    let asks = changes.first().map(|change| asks(reading, &change.chart)).unwrap_or_default();
    if asks.is_empty() { Outcome::Apply(changes) } else { Outcome::Rearrange(Rearrangement { asks, changes }) }
}

fn asks(reading: &Reading<'_, '_>, own: &ChartClaim) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (at, link) in reading.resource.list("link").enumerate() {
        let path = format!("link[{at}]");
        if at == LINKS_MAX {
            reading.note(&path, "more links than are read of one patient");
            break;
        }
        let other = match link.get("other").map(|other| reading.patient_of(other, &format!("{path}.other"))) {
            Some(Ok(other)) => other,
            Some(Err(Stop::Keep(why) | Stop::Refuse(why))) => {
                reading.note(&format!("{path}.other"), &format!("nobody is joined: {}", why.what));
                continue;
            }
            None => {
                reading.note(&path, "names nobody; nobody is joined");
                continue;
            }
        };
        let ask = match link.word("type").as_deref() {
            Some("replaced-by") => ask(Verb::Merge, own.clone(), other),
            Some("replaces") => ask(Verb::Merge, other, own.clone()),
            Some("seealso" | "refer") => ask(Verb::Link, other, own.clone()),
            _ => {
                reading.note(&path, "not a type of link that FHIR defines; nobody is joined");
                continue;
            }
        };
        if ask.from.chart.key != own.key || ask.into.as_ref().is_some_and(|into| into.chart.key != own.key) {
            asks.push(ask);
        }
    }
    asks
}

/// Only who is meant is asked about: what is told of them is told beside it.
fn ask(verb: Verb, from: ChartClaim, into: ChartClaim) -> Ask {
    let named = |chart: ChartClaim| Named { chart: ChartClaim { told: None, ..chart }, number: None };
    Ask { verb, of: Rearranged::Patient, from: named(from), into: Some(named(into)) }
}

#[cfg(test)]
mod tests {
    use super::super::read_json;
    use super::*;

    fn unit(links: &str) -> crate::Unit {
        let text = format!(
            r#"{{"resourceType":"Patient","id":"p1","name":[{{"family":"Okafor","given":["Grace"]}}],"link":[{links}]}}"#
        );
        read_json(text.as_bytes()).unwrap().units.remove(0)
    }

    fn link(kind: &str, other: &str) -> String {
        format!(r#"{{"other":{{"reference":"{other}"}},"type":"{kind}"}}"#)
    }

    #[test]
    fn each_type_of_link_says_who_is_joined_with_whom() {
        for (kind, verb, from, into) in [
            ("replaced-by", Verb::Merge, "p1", "p2"),
            ("replaces", Verb::Merge, "p2", "p1"),
            ("seealso", Verb::Link, "p2", "p1"),
            ("refer", Verb::Link, "p2", "p1"),
        ] {
            let Outcome::Rearrange(asked) = unit(&link(kind, "Patient/p2")).outcome else { panic!("{kind} asks") };
            let [ask] = asked.asks.as_slice() else { panic!("one ask of {kind}") };
            assert_eq!((ask.verb, ask.of), (verb, Rearranged::Patient), "{kind}");
            let ends = |key: &str, id: &str| key.ends_with(id);
            assert!(ends(&ask.from.chart.key, from) && ends(&ask.into.as_ref().unwrap().chart.key, into), "{kind}");
            assert_eq!(asked.changes[0].chart.told.as_ref().unwrap().name.family, "Okafor");
        }
    }

    #[test]
    fn a_link_to_nobody_to_itself_or_of_no_known_type_joins_nobody_and_is_noted() {
        for links in
            [link("replaced-by", "RelatedPerson/r1"), link("likes", "Patient/p2"), r#"{"type":"refer"}"#.into()]
        {
            let unit = unit(&links);
            assert!(matches!(unit.outcome, Outcome::Apply(_)), "{links}");
            assert!(unit.notes.iter().any(|note| note.place.contains("link[0]")), "{:?}", unit.notes);
        }
        assert!(matches!(unit(&link("refer", "Patient/p1")).outcome, Outcome::Apply(_)));
    }
}
