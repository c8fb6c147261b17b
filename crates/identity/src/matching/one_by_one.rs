//! The same measuring, as a store does it: record after record, each placed among those
//! before it, with what was counted until then, and never moved again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use record::{ChartId, PersonId};

use crate::matching::figures::{Figures, Truth, figures};
use crate::scoring::{
    ARRIVING, Because, Claimant, Counted, Features, Grouping, Joined, KEY_SHARED_BY_MAX, ScorePlace, Seals, Waiting,
    Weights, arrival_keys, hash_of_number, house_key, place_by_score,
};

/// Places the records one by one, in their order, and counts against the truth.
#[must_use]
pub fn evaluate_one_by_one(charts: &[Features], truth: &Truth, weights: &Weights) -> Figures {
    let mut store = Store::new(charts, weights);
    for at in (0_u32..).take(charts.len()) {
        store.place(at);
    }
    figures(&store.grouping(), truth)
}

/// What a store has, in memory.
struct Store<'a> {
    charts: &'a [Features],
    weights: &'a Weights,
    counted: Counted,
    sharing: BTreeMap<u64, Vec<u32>>,
    /// The first record of each record's person.
    person: Vec<u32>,
    of_person: BTreeMap<u32, Vec<u32>>,
    waiting: Vec<Waiting>,
    compared: usize,
}

impl<'a> Store<'a> {
    fn new(charts: &'a [Features], weights: &'a Weights) -> Self {
        Self {
            charts,
            weights,
            counted: Counted::default(),
            sharing: BTreeMap::new(),
            person: Vec::new(),
            of_person: BTreeMap::new(),
            waiting: Vec::new(),
            compared: 0,
        }
    }

    fn place(&mut self, at: u32) {
        let Some(told) = self.features(at) else { return };
        let house = house_key(told).map(|key| key.0);
        let mut is_crowded = false;
        let mut found = BTreeSet::new();
        let keys: Vec<u64> = arrival_keys(told).iter().map(|key| key.0).chain(hash_of_number(told)).collect();
        for key in &keys {
            let sharing = self.sharing.get(key).map(Vec::as_slice).unwrap_or_default();
            if sharing.len() > KEY_SHARED_BY_MAX {
                is_crowded |= Some(*key) == house;
            } else {
                found.extend(sharing.iter().map(|record| self.person_of(*record)));
            }
        }
        let claimants: Vec<Claimant> = found.into_iter().map(|person| self.claimant(person)).collect();
        self.compared += claimants.len();
        let region = self.counted.about(told, &claimants, is_crowded);
        let placed = place_by_score(ARRIVING, told, &claimants, &region, self.weights, &Seals::default());
        let person = match placed {
            ScorePlace::Link(person, _) => u32::try_from(person.0).unwrap_or(at),
            ScorePlace::New => at,
            ScorePlace::Ask(asked) => {
                self.waiting.extend(asked.iter().filter_map(|one| {
                    let b = u32::try_from(one.person.0).ok()?;
                    Some(Waiting { a: at, b, odds_bits: one.odds_bits, because: Because::BetweenThresholds })
                }));
                at
            }
        };
        self.person.push(person);
        self.of_person.entry(person).or_default().push(at);
        self.counted.count(told);
        for key in keys {
            self.sharing.entry(key).or_default().push(at);
        }
    }

    fn features(&self, at: u32) -> Option<&'a Features> {
        self.charts.get(usize::try_from(at).ok()?)
    }

    fn person_of(&self, record: u32) -> u32 {
        usize::try_from(record).ok().and_then(|at| self.person.get(at)).copied().unwrap_or(record)
    }

    fn claimant(&self, person: u32) -> Claimant {
        let records = self.of_person.get(&person).map(Vec::as_slice).unwrap_or_default();
        let charts =
            records.iter().filter_map(|at| Some((ChartId(u64::from(*at)), Arc::new(self.features(*at)?.clone()))));
        Claimant { person: PersonId(u64::from(person)), charts: charts.collect() }
    }

    fn grouping(self) -> Grouping {
        Grouping {
            joined: Joined(self.person),
            waiting: self.waiting,
            pairs_compared: self.compared,
            keys_too_common: self.sharing.values().filter(|sharing| sharing.len() > KEY_SHARED_BY_MAX).count(),
        }
    }
}
