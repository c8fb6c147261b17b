//! When charts of two people were one person's: from the links of each chart, and from which of them a
//! decision brought together or took apart.

use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, PersonId};

use crate::error::StoreError;
use crate::identity_hands::LinkAct;
use crate::link_to_do::{How, LinkToDo};

/// The most links of all charts concerned that are read.
pub(crate) const MIXED_LINKS_MAX: i64 = 10_000;
/// The most decisions about one doubt that are read.
pub(crate) const MIXED_DECISIONS_MAX: i64 = 100;

/// Whose a chart is from this second on. Those of a chart are in the order in which they came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linked {
    pub(crate) chart: ChartId,
    /// Which of all events: a later one is higher, also within one second.
    pub(crate) event: i64,
    pub(crate) at: i64,
    pub(crate) person: PersonId,
}

/// What is known of a doubt whose record was parted.
pub(crate) struct MixedRows {
    /// What was carried out, oldest first.
    pub(crate) decided: Vec<LinkToDo>,
    /// The links of each chart that it was about; at most [`MIXED_LINKS_MAX`].
    pub(crate) links: Vec<Linked>,
    /// Any two of the charts are sealed from each other.
    pub(crate) is_sealed: bool,
}

impl MixedRows {
    /// What was decided, as its rows keep it: when it was carried out, and what was done.
    pub(crate) fn decided(rows: Vec<(i64, String)>) -> Result<Vec<LinkToDo>, StoreError> {
        rows.into_iter().map(|(at, did)| LinkToDo::of_note(at, Some(&did))).collect()
    }

    /// Every chart that the decisions were about.
    pub(crate) fn charts(decided: &[LinkToDo]) -> BTreeSet<ChartId> {
        decided.iter().flat_map(sides).flatten().copied().collect()
    }

    /// Whose each chart is by now.
    pub(crate) fn have_them_now(&self) -> BTreeMap<ChartId, PersonId> {
        self.links.iter().map(|link| (link.chart, link.person)).collect()
    }
}

/// A person's record held two people from the one second to the other, which may be the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) person: PersonId,
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// By which event, and in which second.
type Moment = (i64, i64);
/// While a chart was a person's; without an end while it still is.
type Stay = (PersonId, Moment, Option<Moment>);

/// When charts that are parted by now were one person's, whichever way they came together and however often:
/// each person's spans do not overlap.
pub(crate) fn spans(decided: &[LinkToDo], links: &[Linked]) -> Vec<Span> {
    let stays = stays(links);
    let mut found = Vec::new();
    for done in decided {
        let Some((these, those)) = groups(done, links) else { continue };
        let of = |charts: &BTreeSet<ChartId>| -> Vec<Stay> {
            charts.iter().filter_map(|chart| stays.get(chart)).flatten().copied().collect()
        };
        let those = of(&those);
        for one in of(&these) {
            found.extend(those.iter().filter_map(|other| both(one, *other)));
        }
    }
    one_after_another(found)
}

fn stays(links: &[Linked]) -> BTreeMap<ChartId, Vec<Stay>> {
    let mut stays: BTreeMap<ChartId, Vec<Stay>> = BTreeMap::new();
    for link in links {
        let of_chart = stays.entry(link.chart).or_default();
        if let Some((_, _, until)) = of_chart.last_mut() {
            *until = Some((link.event, link.at));
        }
        of_chart.push((link.person, (link.event, link.at), None));
    }
    stays
}

fn sides(done: &LinkToDo) -> &[BTreeSet<ChartId>] {
    match &done.how {
        How::Again { sides, .. } => sides,
        How::Now { .. } => &[],
    }
}

/// The charts of the one and of the other, as the decision says: the two sides that were linked, or what was
/// taken out and what stayed.
fn groups(done: &LinkToDo, links: &[Linked]) -> Option<(BTreeSet<ChartId>, BTreeSet<ChartId>)> {
    let How::Again { sides, home, .. } = &done.how else { return None };
    match done.act {
        LinkAct::SamePerson => {
            let [these, those] = sides;
            Some((these.clone(), those.clone()))
        }
        LinkAct::Unlink => {
            let chart = done.chart?;
            let side = sides.iter().find(|side| side.contains(&chart))?;
            let went = |link: &&Linked| link.at == done.at && Some(link.person) == *home && side.contains(&link.chart);
            let leaving: BTreeSet<ChartId> = links.iter().filter(went).map(|link| link.chart).collect();
            let staying = side.difference(&leaving).copied().collect();
            Some((leaving, staying))
        }
        LinkAct::NotTheSame | LinkAct::AskTheSource | LinkAct::TakeBack => None,
    }
}

/// While both were the same person's, where that is over.
fn both(one: Stay, other: Stay) -> Option<Span> {
    let (person, from) = (one.0, one.1.max(other.1));
    let until = [one.2, other.2].into_iter().flatten().min()?;
    (person == other.0 && from < until).then_some(Span { person, from: from.1, until: until.1 })
}

fn one_after_another(mut found: Vec<Span>) -> Vec<Span> {
    found.sort_by_key(|span| (span.person, span.from, span.until));
    let mut spans: Vec<Span> = Vec::new();
    for span in found {
        match spans.last_mut() {
            Some(last) if last.person == span.person && span.from <= last.until => {
                last.until = last.until.max(span.until)
            }
            _ => spans.push(span),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Links of charts by number: when, and to whom.
    fn links(told: &[(u64, i64, u64)]) -> Vec<Linked> {
        // As the store has them: those of one chart follow each other, and their events say which of all came first.
        let mut in_order: Vec<_> = told.iter().enumerate().collect();
        in_order.sort_by_key(|(place, (_, at, _))| (*at, *place));
        let event = |place| in_order.iter().position(|(other, _)| *other == place).unwrap().try_into().unwrap();
        let link = |(place, &(chart, at, person))| Linked {
            chart: ChartId(chart),
            event: event(place),
            at,
            person: PersonId(person),
        };
        told.iter().enumerate().map(link).collect()
    }

    fn found(decided: &[(i64, &str)], told: &[(u64, i64, u64)]) -> Vec<(u64, i64, i64)> {
        let decided = decided.iter().map(|(at, did)| (*at, (*did).to_owned())).collect();
        let spans = spans(&MixedRows::decided(decided).unwrap(), &links(told));
        spans.into_iter().map(|span| (span.person.0, span.from, span.until)).collect()
    }

    const LINK: (i64, &str) = (50, "[1,7,0,null,false,[2],[1],1,[]]");
    const UNLINK: (i64, &str) = (90, "[2,7,3,2,false,[1,2],[],2,[]]");

    #[test]
    fn two_were_one_from_the_link_by_hand_until_it_was_undone() {
        let told = [(1, 10, 1), (2, 20, 2), (2, 50, 1), (2, 90, 2)];
        assert_eq!(found(&[LINK, UNLINK], &told), [(1, 50, 90)]);
        assert_eq!(found(&[LINK], &told), [(1, 50, 90)]);
    }

    // Whoever looked within that second may have seen both.
    #[test]
    fn two_who_were_one_for_less_than_a_second_were_one_in_that_second() {
        let told = [(1, 10, 1), (2, 20, 2), (2, 50, 1), (2, 50, 2)];
        assert_eq!(found(&[LINK], &told), [(1, 50, 50)]);
        // The one left in the second in which the other came, and before.
        assert_eq!(found(&[LINK], &[(1, 10, 1), (1, 50, 3), (2, 20, 2), (2, 50, 1)]), []);
    }

    #[test]
    fn a_chart_that_a_rule_put_there_counts_from_when_the_second_of_the_two_came() {
        assert_eq!(found(&[UNLINK], &[(1, 10, 1), (2, 20, 1), (2, 90, 2)]), [(1, 20, 90)]);
        assert_eq!(found(&[UNLINK], &[(2, 10, 1), (1, 30, 1), (2, 90, 2)]), [(1, 30, 90)]);
    }

    #[test]
    fn what_is_still_one_persons_is_no_exposure() {
        assert_eq!(found(&[LINK], &[(1, 10, 1), (2, 20, 2), (2, 50, 1)]), []);
        let again = [(1, 10, 1), (2, 20, 1), (2, 90, 2), (2, 120, 1)];
        assert_eq!(found(&[UNLINK], &again), [(1, 20, 90)]);
    }

    #[test]
    fn a_mixed_record_that_moved_as_a_whole_counts_under_each_person_whose_it_was() {
        let told = [(1, 10, 3), (2, 20, 3), (1, 40, 1), (2, 40, 1), (2, 90, 2)];
        assert_eq!(found(&[UNLINK], &told), [(1, 40, 90), (3, 20, 40)]);
    }

    #[test]
    fn charts_that_never_met_and_decisions_that_part_nobody_give_nothing() {
        assert_eq!(found(&[(60, "[1,7,1,null,false,[2],[1],null,[]]")], &[(1, 10, 1), (2, 20, 1), (2, 60, 2)]), []);
        assert_eq!(found(&[LINK], &[(1, 10, 1), (2, 20, 2)]), []);
        assert_eq!(found(&[(60, "[2,7,3,null,false,[1,2],[],2,[]]")], &[(1, 10, 1), (2, 20, 1), (2, 60, 2)]), []);
    }
}
