use std::collections::{BTreeMap, BTreeSet};

use crate::scoring::{Features, Grouping, Population, Scorer, Seals, Weights, group};

/// Who is truly whose: for each record a number that its person's records share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth(Vec<u32>);

impl Truth {
    /// From each record's person.
    #[must_use]
    pub fn new(person_of_record: Vec<u32>) -> Self {
        Self(person_of_record)
    }

    /// From pairs of records that are one person's.
    #[must_use]
    pub fn of_pairs(records: usize, pairs: &[(u32, u32)]) -> Self {
        let mut person: Vec<u32> = (0_u32..).take(records).collect();
        let find = |person: &[u32], mut at: u32| {
            while let Some(up) = usize::try_from(at).ok().and_then(|at| person.get(at)).filter(|up| **up != at) {
                at = *up;
            }
            at
        };
        for (a, b) in pairs {
            let (a, b) = (find(&person, *a), find(&person, *b));
            if let Some(slot) = usize::try_from(a.max(b)).ok().and_then(|at| person.get_mut(at)) {
                *slot = a.min(b);
            }
        }
        let places = (0_u32..).take(records);
        Self(places.map(|at| find(&person, at)).collect())
    }

    /// The number that the records of this record's person share.
    #[must_use]
    pub fn person(&self, record: u32) -> u32 {
        usize::try_from(record).ok().and_then(|at| self.0.get(at)).copied().unwrap_or(u32::MAX)
    }
}

/// Precision and recall of one tier, in pairs of records.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct TierFigures {
    /// Of the pairs that are put together, the share that are truly one person's.
    pub precision: f64,
    /// Of the pairs that are truly one person's, the share that are put together.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Pairs put together that are two people's.
    pub false_links: u64,
    /// Pairs of one person's records that are not put together.
    pub missed_links: u64,
}

impl TierFigures {
    fn new(found: u64, false_links: u64, all: u64) -> Self {
        let share = |part: u64, of: u64| if of == 0 { 1.0 } else { as_f64(part) / as_f64(of) };
        let (precision, recall) = (share(found, found + false_links), share(found, all));
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        Self { precision, recall, f1, false_links, missed_links: all - found }
    }
}

/// What `connect-care identity evaluate` tells, but for the time it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// What the program links by itself. Records linked through a third count as linked.
    pub automatic: TierFigures,
    /// What stands when the work list has been worked: its true pairs confirmed and
    /// joined. Its false pairs are counted as false links, as if each had been confirmed.
    pub with_work_list: TierFigures,
    /// Pairs on the work list: two people each, shown by the two records that agree most.
    pub work_list_pairs: u64,
    /// Those of them that are truly one person's.
    pub work_list_true_pairs: u64,
    /// Different records that stand in those pairs.
    pub records_listed: u64,
    /// All records.
    pub records: u64,
    /// Pairs of records that share a key and were compared.
    pub pairs_compared: u64,
    /// Keys that so many records share that they were not looked up.
    pub keys_too_common: u64,
}

/// Puts the records together and counts against the truth.
#[must_use]
pub fn evaluate(charts: &[Features], truth: &Truth, weights: &Weights) -> (Figures, Grouping) {
    let population = Population::of(charts);
    let grouping = group(charts, &Scorer::new(weights, &population), &Seals::default());
    (figures(&grouping, truth), grouping)
}

pub(super) fn figures(grouping: &Grouping, truth: &Truth) -> Figures {
    let all = pairs_within(truth.0.iter().copied());
    let linked = pairs_within(grouping.joined.0.iter().copied());
    let found = pairs_within(grouping.joined.0.iter().zip(&truth.0).map(|(joined, person)| (*joined, *person)));
    let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
    grouping.joined.0.iter().for_each(|person| *sizes.entry(*person).or_default() += 1);

    let person = |record: u32| usize::try_from(record).ok().and_then(|at| grouping.joined.0.get(at)).copied();
    let (mut confirmed, mut listed_false, mut true_pairs) = (Vec::new(), 0, 0);
    let mut records = BTreeSet::new();
    for waiting in &grouping.waiting {
        records.extend([waiting.a, waiting.b]);
        if truth.person(waiting.a) == truth.person(waiting.b) {
            true_pairs += 1;
            confirmed.push((waiting.a, waiting.b));
        } else {
            let size = |record| person(record).and_then(|p| sizes.get(&p)).copied().unwrap_or(1);
            listed_false += size(waiting.a) * size(waiting.b);
        }
    }
    // What people confirm is joined like what the program joins, through others too.
    let joined = grouping.joined.0.iter().zip(0_u32..).map(|(person, record)| (*person, record));
    let after = Truth::of_pairs(truth.0.len(), &joined.chain(confirmed).collect::<Vec<_>>());
    let found_after = pairs_within(after.0.iter().zip(&truth.0).map(|(joined, person)| (*joined, *person)));
    Figures {
        automatic: TierFigures::new(found, linked - found, all),
        with_work_list: TierFigures::new(found_after, linked - found + listed_false, all),
        work_list_pairs: as_u64(grouping.waiting.len()),
        work_list_true_pairs: true_pairs,
        records_listed: as_u64(records.len()),
        records: as_u64(truth.0.len()),
        pairs_compared: as_u64(grouping.pairs_compared),
        keys_too_common: as_u64(grouping.keys_too_common),
    }
}

/// How many pairs have the same value.
fn pairs_within<T: Ord>(values: impl Iterator<Item = T>) -> u64 {
    let mut sizes: BTreeMap<T, u64> = BTreeMap::new();
    values.for_each(|value| *sizes.entry(value).or_default() += 1);
    sizes.values().map(|n| n * (n - 1) / 2).sum()
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn as_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::{Because, Joined, Waiting};

    #[test]
    fn pairs_are_counted_through_joined_records_and_the_list() {
        // Records 0 to 3 are one person, 4 and 5 two others.
        let truth = Truth::new(vec![0, 0, 0, 0, 4, 5]);
        let waiting = |a, b| Waiting { a, b, odds_bits: 1.0, because: Because::BetweenThresholds };
        let grouping = Grouping {
            joined: Joined(vec![0, 0, 0, 3, 3, 5]),
            waiting: vec![waiting(2, 3), waiting(4, 5)],
            ..Grouping::default()
        };
        let figures = figures(&grouping, &truth);
        let TierFigures { false_links, missed_links, .. } = figures.automatic;
        assert_eq!((false_links, missed_links, figures.automatic.recall), (1, 3, 0.5));
        let TierFigures { false_links, missed_links, .. } = figures.with_work_list;
        assert_eq!((false_links, missed_links), (1 + 2, 0), "the pair 4 and 5 stands for 3 and 4 against 5");
        assert_eq!((figures.work_list_pairs, figures.work_list_true_pairs, figures.records_listed), (2, 1, 4));
    }
}
