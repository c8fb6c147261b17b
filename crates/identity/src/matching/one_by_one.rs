//! The same measuring, as a store does it: record after record, each placed among those
//! before it, with what was counted until then, and never moved again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use record::{ChartId, PersonId};

use crate::matching::figures::{Figures, Truth, figures};
use crate::scoring::{
    ARRIVING, Because, BlockingKey, Claimant, Counted, Features, Grouping, Joined, KEY_SHARED_BY_MAX, ScorePlace,
    Seals, Waiting, Weights, arrival_keys, found_under, hash_of_number, house_key, may_be_by_key, place_by_score,
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
    /// Who is found under each key: once, however many charts of theirs have it.
    sharing: BTreeSet<(u64, u32)>,
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
            sharing: BTreeSet::new(),
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
        let keys = arrival_keys(told);
        for key in &keys {
            let sharing = self.sharing(found_under(*key));
            if sharing.len() > KEY_SHARED_BY_MAX {
                is_crowded |= Some(key.0) == house;
            } else {
                let alike = sharing.iter().filter(|(key, _)| may_be_by_key(told, BlockingKey(*key)));
                found.extend(alike.map(|(_, person)| *person));
            }
        }
        let number = hash_of_number(told);
        let carrying = number.map(|number| self.sharing(number..=number)).unwrap_or_default();
        if carrying.len() <= KEY_SHARED_BY_MAX {
            found.extend(carrying.iter().map(|(_, person)| *person));
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
        self.sharing.extend(keys.iter().map(|key| key.0).chain(number).map(|key| (key, person)));
    }

    /// No more than tell that there are too many.
    fn sharing(&self, keys: RangeInclusive<u64>) -> Vec<(u64, u32)> {
        let found = self.sharing.range((*keys.start(), 0)..=(*keys.end(), u32::MAX));
        found.take(KEY_SHARED_BY_MAX + 1).copied().collect()
    }

    fn features(&self, at: u32) -> Option<&'a Features> {
        self.charts.get(usize::try_from(at).ok()?)
    }

    fn claimant(&self, person: u32) -> Claimant {
        let records = self.of_person.get(&person).map(Vec::as_slice).unwrap_or_default();
        let charts =
            records.iter().filter_map(|at| Some((ChartId(u64::from(*at)), Arc::new(self.features(*at)?.clone()))));
        Claimant { person: PersonId(u64::from(person)), charts: charts.collect() }
    }

    fn keys_too_common(&self) -> usize {
        let mut shared: BTreeMap<u64, usize> = BTreeMap::new();
        for (key, _) in &self.sharing {
            *shared.entry(*found_under(BlockingKey(*key)).start()).or_default() += 1;
        }
        shared.into_values().filter(|people| *people > KEY_SHARED_BY_MAX).count()
    }

    fn grouping(self) -> Grouping {
        let keys_too_common = self.keys_too_common();
        Grouping { joined: Joined(self.person), waiting: self.waiting, pairs_compared: self.compared, keys_too_common }
    }
}
