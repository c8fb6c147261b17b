use std::collections::{HashMap, HashSet};

use crate::scoring::features::{BirthDigits, Features};
use crate::scoring::households::Households;
use crate::scoring::keys::{KEY_SHARED_BY_MAX, hash};

/// A name that is met in so many families is no fault of one writer.
const NAME_FAMILIES_MIN: u32 = 3;
/// How many times more often the name that was meant is met than one fault of it.
const FAULT_IS_RARER_BY: u32 = 25;

/// Where charts still come, so many more of the rarer name may be about than were seen:
/// of a name that is met as often as three times, one in twenty regions has not seen any.
const UNSEEN_MAX: u32 = 3;

/// For how many people a region is taken to have where charts come one by one: the
/// first ones come out of all of them. A smaller region is asked about more than it need be.
pub const REGION_PEOPLE: u32 = 2_000_000;

/// What is known of all charts together, without knowing who is who: how common
/// each name, birth date, house and telephone number is, and whether relatives
/// live together.
#[derive(Clone, Debug, Default)]
pub struct Population {
    charts: u32,
    counts: HashMap<u64, u32>,
    /// With how many family names a given name is met, and the other way round.
    bearers: HashMap<u64, u32>,
    households: Households,
    kept: Option<Kept>,
}

/// What goes with counts that a store keeps.
#[derive(Clone, Copy, Debug)]
struct Kept {
    is_crowded: bool,
}

impl Population {
    /// What a store knows that charts come to one by one: how many came, and how often
    /// each of [`counted_values`] of the chart in question was told. Everything else
    /// is taken at its worst: the region has [`REGION_PEOPLE`], and in it relatives of
    /// one name live together. `is_crowded` says that too many charts share the house
    /// of the chart in question to look them up: then the house says nothing.
    #[must_use]
    pub fn kept(charts: u32, counts: impl IntoIterator<Item = (u64, u32)>, is_crowded: bool) -> Self {
        let counts = counts.into_iter().collect();
        Self { charts, counts, kept: Some(Kept { is_crowded }), ..Self::default() }
    }

    /// Whether only what a store keeps is known.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether so many live at the house of the chart in question that it says nothing.
    pub(crate) fn is_crowded(&self) -> bool {
        self.kept.is_some_and(|kept| kept.is_crowded)
    }

    /// Whether so many tell this house that it is a hostel's or a surgery's.
    pub(crate) fn is_house_crowded(&self, house: Option<u64>) -> bool {
        let told = house.and_then(|house| self.counts.get(&house)).copied().unwrap_or_default();
        self.is_crowded() || usize::try_from(told).is_ok_and(|told| told > KEY_SHARED_BY_MAX)
    }

    /// How many charts there are to be mistaken for each other, at least.
    pub(crate) fn region_charts(&self, charts_min: u32) -> u32 {
        self.charts.max(if self.is_kept() { REGION_PEOPLE } else { charts_min })
    }

    /// The share of other charts that tell the same name. Where charts still come, one
    /// more than were seen: a name that nobody had yet is not rare for that.
    pub(crate) fn name_share(&self, key: u64, own: u32) -> f64 {
        let unseen = if self.is_kept() { 1.0 / f64::from(self.charts.max(1)) } else { 0.0 };
        self.share(key, own) + unseen
    }

    /// Counts the charts. One look each; the order does not matter.
    #[must_use]
    pub fn of(charts: &[Features]) -> Self {
        let mut population = Self { charts: u32::try_from(charts.len()).unwrap_or(u32::MAX), ..Self::default() };
        let mut seen = HashSet::new();
        for chart in charts {
            let (family, given) = (chart.family_text(), chart.given_text());
            for key in counted(chart) {
                *population.counts.entry(key).or_default() += 1;
            }
            if !family.is_empty() && !given.is_empty() && seen.insert(hash("full", &[given, family])) {
                *population.bearers.entry(hash("given", &[given])).or_default() += 1;
            }
        }
        population.households = Households::of(charts);
        population
    }

    /// How many charts there are.
    #[must_use]
    pub fn charts(&self) -> u32 {
        self.charts
    }

    /// Who lives together.
    pub(crate) fn households(&self) -> &Households {
        &self.households
    }

    /// The share of other charts that tell the same value.
    pub(crate) fn share(&self, key: u64, own: u32) -> f64 {
        let others = self.counts.get(&key).copied().unwrap_or_default().saturating_sub(own);
        f64::from(others) / f64::from(self.charts.max(1))
    }

    /// Whether two given names that are a letter apart may be two people's. Only a
    /// name that is met far more often than the other says that the other is a fault
    /// of it; of two rare names nobody can tell.
    pub(crate) fn may_both_be_names(&self, a: &str, b: &str) -> bool {
        let key = |given: &str| hash("given", &[given]);
        if self.is_kept() {
            let seen = |given: &str| self.counts.get(&key(given)).copied();
            return match (seen(a), seen(b)) {
                (Some(a), Some(b)) => !is_fault_of_the_other(a, b),
                _ => true,
            };
        }
        let families = |given: &str| self.bearers.get(&key(given)).copied().unwrap_or_default();
        let charts = |given: &str| self.counts.get(&key(given)).copied().unwrap_or_default();
        let rarer = |x: u32, y: u32| x.max(y) >= x.min(y).max(1).saturating_mul(FAULT_IS_RARER_BY);
        let in_few_families = families(a).min(families(b)) < NAME_FAMILIES_MIN;
        let fault = rarer(charts(a), charts(b)) && (in_few_families || rarer(families(a), families(b)));
        !fault
    }
}

/// Whether one of two names a letter apart, told so often each, can only be a fault of the
/// other. With nobody to say in how many families it is met, the rarer must hardly be met at all.
fn is_fault_of_the_other(a: u32, b: u32) -> bool {
    let (rarer, other) = (a.min(b), a.max(b));
    rarer < NAME_FAMILIES_MIN && other >= rarer.saturating_add(UNSEEN_MAX).saturating_mul(FAULT_IS_RARER_BY)
}

/// The first given name of a chart, as it is counted: a name one letter off is taken for a
/// slip where a store can tell how often either is met.
#[must_use]
pub fn counted_given_name(chart: &Features) -> Option<u64> {
    let given = chart.given_text();
    (!given.is_empty()).then(|| hash("given", &[given]))
}

/// What of a chart a store counts: family name, given name and birth date, as keys.
/// Few, because each is a row that is written for every chart.
#[must_use]
pub fn counted_values(chart: &Features) -> Vec<u64> {
    let (family, given) = (chart.family_text(), chart.given_text());
    let named = [("family", family), ("given", given)].into_iter().filter(|(_, text)| !text.is_empty());
    named.map(|(kind, text)| hash(kind, &[text])).chain(chart.born.as_ref().map(birth_key)).collect()
}

/// The date itself, as a number. Most that is counted in a region are birth dates: their rows lie on half as
/// many pages so, and those of names, which every commit writes, on few.
pub(crate) fn birth_key(born: &BirthDigits) -> u64 {
    born.text().parse().unwrap_or_default()
}

fn counted(chart: &Features) -> impl Iterator<Item = u64> {
    let (family, given) = (chart.family_text(), chart.given_text());
    let named = |kind, parts: &[&str]| parts.iter().all(|part| !part.is_empty()).then(|| hash(kind, parts));
    [
        named("family", &[family]),
        named("given", &[given]),
        named("full", &[given, family]),
        chart.born.as_ref().map(birth_key),
        named("postcode", &[&chart.place.postcode]),
        chart.place.house(),
    ]
    .into_iter()
    .flatten()
    .chain(chart.telephones.iter().map(|telephone| telephone_key(*telephone)))
}

pub(crate) fn telephone_key(telephone: u64) -> u64 {
    hash("telephone", &[&telephone.to_string()])
}
