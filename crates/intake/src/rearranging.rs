//! What a source asks of its own charts, as the store carries it out, and what of that
//! waits for somebody to decide.

use formats::{Ask, Named, Rearranged, Rearrangement, Verb};
use store::{Attended, JoinAsk, JoinVerb, Mentioned, Rearrange, Refile, Terms, Work};

use crate::reading::chart_change;

/// The work of a unit that asks. Patients are joined and parted, attendances are filed
/// elsewhere. Accounts have nothing of their own here, so that what happens to them within
/// one patient changes nothing. What else is asked (accounts that move, deletions) waits.
pub(crate) fn work(asked: Rearrangement, terms: Terms, about: Vec<Mentioned>) -> Work {
    let (place, asks_to) = (asked.place().to_owned(), asked.asks_to());
    let can_be_done =
        |ask: &Ask| join_verb(ask).is_some() || refile(ask).is_some() || is_about_nothing_here(ask, &asked.asks);
    if !asked.asks.iter().all(can_be_done) {
        return Work::Quarantine { place, reason: asked.reason(), about };
    }
    let asks = asked.asks.iter().filter_map(join).collect();
    let refiled = asked.asks.iter().filter_map(refile).collect();
    let changes = asked.changes.into_iter().map(chart_change).collect();
    Work::Rearrange(Rearrange { asks, refiled, changes, terms, place, asks_to, about })
}

fn join(ask: &Ask) -> Option<JoinAsk> {
    let (verb, into) = (join_verb(ask)?, ask.into.as_ref()?);
    Some(JoinAsk {
        verb,
        prior: ask.from.chart.key.clone(),
        prior_told: ask.from.chart.told.clone(),
        survivor: into.chart.key.clone(),
    })
}

fn join_verb(ask: &Ask) -> Option<JoinVerb> {
    match (ask.verb, ask.of) {
        // A number that is moved to another patient was that patient's all along.
        (Verb::Merge | Verb::Change | Verb::Move, Rearranged::Patient) => Some(JoinVerb::Merge),
        (Verb::Link, Rearranged::Patient) => Some(JoinVerb::Link),
        (Verb::Unlink, Rearranged::Patient) => Some(JoinVerb::Unlink),
        _ => None,
    }
}

/// A visit that is made one with another, numbered anew or moved to another patient.
fn refile(ask: &Ask) -> Option<Refile> {
    let attended = |named: &Named| Some(Attended { chart: named.chart.key.clone(), attendance: named.visit_key()? });
    let is_refiled = ask.of == Rearranged::Visit && matches!(ask.verb, Verb::Merge | Verb::Change | Verb::Move);
    let into = ask.into.as_ref().filter(|_| is_refiled)?;
    Some(Refile { from: attended(&ask.from)?, into: attended(into)?, makes_one: ask.verb == Verb::Merge })
}

/// Accounts of one patient, or of two who are merged by the same message.
fn is_about_nothing_here(ask: &Ask, all: &[Ask]) -> bool {
    let keys = |ask: &Ask| ask.into.as_ref().map(|into| (ask.from.chart.key.clone(), into.chart.key.clone()));
    let Some((from, into)) = keys(ask) else { return false };
    let merges_both = |one: &Ask| join_verb(one) == Some(JoinVerb::Merge) && keys(one) == keys(ask);
    ask.of == Rearranged::Account
        && matches!(ask.verb, Verb::Merge | Verb::Change)
        && (from == into || all.iter().any(merges_both))
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::Outcome;

    const KEPT: &str = "PID|1||77^^^ZZ901^MR||Okafor^Grace||19610209|F||||||||||A7";

    fn asked(event: &str, segments: &str) -> Work {
        let text = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261102090000||ADT^{event}|42|P|2.4\r{KEPT}\r{segments}\r");
        match formats::hl7v2::read(text.as_bytes()).unwrap().units.remove(0).outcome {
            Outcome::Rearrange(asked) => work(asked, Terms::default(), Vec::new()),
            other => panic!("{event} asks for nothing but {other:?}"),
        }
    }

    fn joins(event: &str, segments: &str) -> Option<Vec<(JoinVerb, String, String)>> {
        match asked(event, segments) {
            Work::Rearrange(asked) => {
                Some(asked.asks.into_iter().map(|ask| (ask.verb, ask.prior, ask.survivor)).collect())
            }
            _ => None,
        }
    }

    #[test]
    fn patients_are_joined_and_parted_and_accounts_of_one_patient_change_nothing() {
        let pair = |verb, prior: &str| Some(vec![(verb, prior.to_owned(), "ZZ901|77".to_owned())]);
        for event in ["A18", "A30", "A34", "A39", "A40", "A43", "A46", "A47", "A48"] {
            assert_eq!(joins(event, "MRG|78^^^ZZ901^MR"), pair(JoinVerb::Merge, "ZZ901|78"), "{event}");
        }
        assert_eq!(joins("A36", "MRG|78^^^ZZ901^MR||A8"), pair(JoinVerb::Merge, "ZZ901|78"));
        assert_eq!(joins("A24", "PID|2||78^^^ZZ901^MR"), pair(JoinVerb::Link, "ZZ901|78"));
        assert_eq!(joins("A37", "PID|2||78^^^ZZ901^MR"), pair(JoinVerb::Unlink, "ZZ901|78"));
        assert_eq!(joins("A41", "MRG|77^^^ZZ901^MR||A8"), Some(Vec::new()));
        assert_eq!(joins("A49", "MRG|||A8"), Some(Vec::new()));
    }

    #[test]
    fn visits_are_filed_elsewhere() {
        let visit = "PV1|1|I|||||||||||||||||V7";
        for (event, segments, from, into) in [
            ("A42", format!("MRG|77^^^ZZ901^MR||||V8\r{visit}"), ("ZZ901|77", "visit|V8"), "visit|V7"),
            ("A45", "MRG|78^^^ZZ901^MR||||V8".to_owned(), ("ZZ901|78", "visit|V8"), "visit|V8"),
            ("A50", format!("MRG|77^^^ZZ901^MR||||V8\r{visit}"), ("ZZ901|77", "visit|V8"), "visit|V7"),
            ("A51", format!("MRG|77^^^ZZ901^MR||||V8\r{visit}"), ("ZZ901|77", "visit|V8"), "visit|V7"),
        ] {
            let Work::Rearrange(asked) = asked(event, &segments) else { panic!("{event} waits") };
            let attended = |chart: &str, key: &str| Attended { chart: chart.to_owned(), attendance: key.to_owned() };
            let [only] = asked.refiled.as_slice() else { panic!("{event}: {:?}", asked.refiled) };
            assert_eq!((&only.from, &only.into), (&attended(from.0, from.1), &attended("ZZ901|77", into)), "{event}");
            assert_eq!(only.makes_one, event == "A42");
        }
    }

    #[test]
    fn what_cannot_be_done_exactly_waits_and_says_what_it_is() {
        for (event, segments, reason) in [
            ("A29", "", "the source asks to delete patients; this waits for somebody to decide"),
            ("A41", "MRG|78^^^ZZ901^MR||A8", "the source asks to merge accounts; this waits for somebody to decide"),
            ("A44", "MRG|78^^^ZZ901^MR||A8", "the source asks to move accounts; this waits for somebody to decide"),
            ("A42", "MRG|77^^^ZZ901^MR||||V8", "the source asks to merge visits; this waits for somebody to decide"),
        ] {
            match asked(event, segments) {
                Work::Quarantine { reason: told, .. } => assert_eq!(told, reason),
                _ => panic!("{event} is carried out"),
            }
        }
    }
}
