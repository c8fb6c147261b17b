//! The score of `identity`, in the shape in which the store runs it inside the
//! transaction that acts on it.

use std::sync::{Arc, OnceLock};

use identity::{
    ARRIVING, BlockingKey, Claimant, Features, Population, ScorePlace, Seals, Weights, arrival_keys,
    counted_given_name, counted_values, house_key, place_by_score,
};
use record::Demographics;
use store::{AlikeKeys, AlikePerson, Alikes, Looks, LooksLike, OtherChart, Placement, ScoreRules, TakenApart};

pub(crate) const SCORE: ScoreRules =
    ScoreRules { take_apart, take_other_apart, may_be_by_key, if_worth_weighing, place };

/// The weights that come with the program; none, and nothing is linked or listed, where
/// they cannot be read, which a test of theirs finds first.
fn weights() -> Option<&'static Weights> {
    static WEIGHTS: OnceLock<Option<Weights>> = OnceLock::new();
    WEIGHTS.get_or_init(|| Weights::built_in().ok()).as_ref()
}

fn take_apart(told: &Demographics) -> TakenApart {
    let features = Features::of(told);
    let keys = AlikeKeys {
        found_by: arrival_keys(&features).into_iter().map(|key| key.0.cast_signed()).collect(),
        counted: counted_values(&features).into_iter().map(u64::cast_signed).collect(),
    };
    TakenApart { keys, looks: Looks::new(Arc::new(features)) }
}

fn may_be_by_key(told: &TakenApart, key: i64) -> bool {
    let features = told.looks.of::<Features>();
    features.is_some_and(|features| identity::may_be_by_key(&features, BlockingKey(key.cast_unsigned())))
}

fn if_worth_weighing(told: &TakenApart, other: &Demographics) -> Option<OtherChart> {
    identity::if_worth_weighing(&*told.looks.of::<Features>()?, other).map(compared)
}

fn take_other_apart(told: &Demographics) -> OtherChart {
    compared(Features::of(told))
}

fn compared(features: Features) -> OtherChart {
    OtherChart { given: counted_given_name(&features).map(u64::cast_signed), looks: Looks::new(Arc::new(features)) }
}

fn place(told: &TakenApart, alikes: &Alikes) -> Placement {
    let (Some(weights), Some(features)) = (weights(), told.looks.of::<Features>()) else {
        return Placement::NewPerson;
    };
    let claimants: Vec<Claimant> = alikes.people.iter().map(claimant).collect();
    let mut seals = Seals::default();
    alikes.sealed.iter().for_each(|(a, b)| seals.seal(*a, *b));
    let house = house_key(&features).map(|key| key.0.cast_signed());
    let is_crowded = house.is_some_and(|house| alikes.too_common.contains(&house));
    let counted = alikes.counted.iter().map(|(key, charts)| (key.cast_unsigned(), count(*charts)));
    let region = Population::kept(count(alikes.charts), counted, is_crowded);
    let chart = alikes.chart.unwrap_or(ARRIVING);
    match place_by_score(chart, &features, &claimants, &region, weights, &seals) {
        ScorePlace::Link(person, reasons) => Placement::Link(person, reasons.join("; ")),
        ScorePlace::Ask(asked) => Placement::NewPersonAndAsk(
            asked
                .into_iter()
                .map(|one| LooksLike {
                    person: one.person,
                    odds_centibits: centibits(one.odds_bits),
                    reasons: one.reasons.join("; "),
                })
                .collect(),
        ),
        ScorePlace::New => Placement::NewPerson,
    }
}

/// What several charts told in the same words was taken apart once, and is weighed once.
fn claimant(one: &AlikePerson) -> Claimant {
    let charts = one.charts.iter().filter_map(|(chart, told)| Some((*chart, told.looks.of::<Features>()?)));
    Claimant { person: one.person, charts: charts.collect() }
}

fn count(charts: i64) -> u32 {
    u32::try_from(charts.max(0)).unwrap_or(u32::MAX)
}

/// Whole hundredths, so that a rebuild on another machine keeps the same.
fn centibits(bits: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a sum of eight fields of 18 bits each")]
    let hundredths = (bits * 100.0).round() as i64;
    hundredths
}
