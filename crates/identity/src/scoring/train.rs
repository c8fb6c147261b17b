use std::collections::HashMap;

use crate::scoring::compare::Compared;
use crate::scoring::features::Features;
use crate::scoring::keys::candidate_pairs;
use crate::scoring::level::{Field, Level};
use crate::scoring::weights::{Likely, Weights};

/// The fewest records that anything can be learnt from.
pub const TRAINING_RECORDS_MIN: usize = 1_000;
/// How many pairs picked at random stand for two people.
const RANDOM_PAIRS: u32 = 3_000_000;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 40;
/// How many made-up observations the weights to start from count as: a level that
/// is never met keeps a weight.
const START_COUNTS_AS: f64 = 40.0;
/// How much of what is said of one person's records comes from the weights to start
/// from. Made-up records have only the faults that their maker thought of.
const START_SHARE: f64 = 0.5;
/// Of a person's records, the share at least in which a field that is told is told
/// quite wrongly. No region is so clean that a difference proves two people, and
/// made-up ones are cleaner than any.
const WRONG_SHARE_MIN: f64 = 0.03;

/// Why nothing can be learnt from these records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Too few.
    #[error("at least {TRAINING_RECORDS_MIN} records are wanted to learn from")]
    TooFewRecords,
}

/// What was learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The weights, with the thresholds that were there before.
    pub weights: Weights,
    /// Pairs that the estimate rests on.
    pub pairs: u64,
    /// How many of them are one person's, as estimated.
    pub one_person: f64,
}

/// Estimates the weights from records without knowing who is who (expectation and
/// maximisation, as Winkler 1988 applied it to Fellegi and Sunter).
///
/// How often fields agree by chance is counted on pairs picked at random. How often
/// they agree for one person is estimated on three sets of likely pairs, each picked by
/// two fields and used for the others only: picking by a field says that it agrees.
///
/// The thresholds, and the weights of NHS number and telephone agreement by chance,
/// stay what they were: made-up numbers come from too small a range to learn from.
///
/// # Errors
/// Where there are too few records.
pub fn train(charts: &[Features], start: &Weights) -> Result<Trained, TrainError> {
    if charts.len() < TRAINING_RECORDS_MIN {
        return Err(TrainError::TooFewRecords);
    }
    let mut weights = start.clone();
    let random = by_chance(charts);
    for level in Level::ALL.into_iter().filter(is_learnt_by_chance) {
        set(&mut weights, level, |likely, share| likely.u = share.max(1e-8), &random, start, |likely| likely.u);
    }
    let likely_pairs = patterns(charts);
    let mut learnt: HashMap<Level, f64> = HashMap::new();
    let (mut pairs, mut one_person) = (0.0, 0.0);
    for session in &SESSIONS {
        let met: Vec<(Compared, f64)> =
            likely_pairs.iter().filter(|(compared, _)| (session.picks)(compared)).map(|(c, n)| (*c, *n)).collect();
        let (counts, same) = expect_and_maximise(&met, session.learns, &weights, start);
        pairs += met.iter().map(|(_, n)| n).sum::<f64>();
        one_person += same;
        counts.into_iter().for_each(|(level, count)| *learnt.entry(level).or_default() += count);
    }
    for level in Level::ALL.into_iter().filter(|level| learnt.contains_key(level)) {
        let before = start.likely(level).m;
        let blended = |share: f64| START_SHARE * before + (1.0 - START_SHARE) * share.clamp(1e-6, 0.999_999);
        set(&mut weights, level, |likely, share| likely.m = blended(share), &learnt, start, |likely| likely.m);
    }
    leave_room_for_faults(&mut weights);
    Ok(Trained { weights, pairs: rounded(pairs), one_person })
}

/// Pairs picked by some fields, from which the others are learnt.
struct Session {
    picks: fn(&Compared) -> bool,
    learns: &'static [Field],
}

const SESSIONS: [Session; 3] = [
    Session {
        picks: |c| c.birth == Some(Level::BirthExact) && c.given == Some(Level::GivenExact),
        learns: &[Field::Family, Field::Place, Field::Sex, Field::Telephone],
    },
    Session {
        picks: |c| c.given == Some(Level::GivenExact) && c.family == Some(Level::FamilyExact),
        learns: &[Field::Birth],
    },
    Session {
        picks: |c| c.birth == Some(Level::BirthExact) && c.place == Some(Level::HouseSame),
        learns: &[Field::Given],
    },
];

fn is_learnt_by_chance(level: &Level) -> bool {
    !matches!(level.field(), Field::NhsNumber | Field::Telephone | Field::Order)
}

/// How often each level is met where two records were picked at random.
fn by_chance(charts: &[Features]) -> HashMap<Level, f64> {
    let mut counts = HashMap::new();
    // A walk that looks random and is the same every time (Knuth's MMIX constants).
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let count = u64::try_from(charts.len()).unwrap_or(1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % count).unwrap_or_default()
    };
    for _ in 0..RANDOM_PAIRS {
        let (a, b) = (next(), next());
        if let (Some(one), Some(other)) = (charts.get(a), charts.get(b))
            && a != b
        {
            Compared::new(one, other).levels().for_each(|level| *counts.entry(level).or_default() += 1.0);
        }
    }
    counts
}

/// How often each combination of levels is met among pairs that share a key.
fn patterns(charts: &[Features]) -> HashMap<Compared, f64> {
    let mut patterns = HashMap::new();
    for (a, b) in candidate_pairs(charts).0 {
        let side = |at: u32| usize::try_from(at).ok().and_then(|at| charts.get(at));
        if let (Some(one), Some(other)) = (side(a), side(b)) {
            *patterns.entry(Compared::new(one, other)).or_default() += 1.0;
        }
    }
    patterns
}

/// The expected count of each level of the fields to learn among one person's pairs,
/// and the expected number of those pairs.
fn expect_and_maximise(
    met: &[(Compared, f64)],
    learns: &[Field],
    weights: &Weights,
    start: &Weights,
) -> (HashMap<Level, f64>, f64) {
    let all: f64 = met.iter().map(|(_, n)| n).sum();
    let used = |level: &Level| learns.contains(&level.field()) || level.field() == Field::NhsNumber;
    let mut current = weights.clone();
    let (mut counts, mut same) = (HashMap::new(), all / 2.0);
    for _ in 0..ROUNDS {
        let prior = (same / all.max(1.0)).clamp(1e-6, 1.0 - 1e-6);
        counts = HashMap::new();
        same = 0.0;
        for (compared, n) in met {
            let ratio: f64 = compared
                .levels()
                .filter(used)
                .map(|level| {
                    let Likely { m, u } = current.likely(level);
                    m / u
                })
                .product();
            let one_person = prior * ratio / (prior * ratio + 1.0 - prior);
            same += n * one_person;
            let learnt = compared.levels().filter(|level| learns.contains(&level.field()));
            learnt.for_each(|level| *counts.entry(level).or_default() += n * one_person);
        }
        for level in Level::ALL.into_iter().filter(|level| learns.contains(&level.field())) {
            set(
                &mut current,
                level,
                |likely, share| likely.m = share.clamp(1e-6, 0.999_999),
                &counts,
                start,
                |likely| likely.m,
            );
        }
    }
    (counts, same)
}

/// Sets one level's share of its field from counts, smoothed by where it started.
fn set(
    weights: &mut Weights,
    level: Level,
    put: impl Fn(&mut Likely, f64),
    counts: &HashMap<Level, f64>,
    start: &Weights,
    begun: impl Fn(Likely) -> f64,
) {
    let count = |level: &Level| counts.get(level).copied().unwrap_or_default();
    let of_field: f64 = Level::ALL.iter().filter(|other| other.field() == level.field()).map(count).sum();
    let share = (count(&level) + START_COUNTS_AS * begun(start.likely(level))) / (of_field + START_COUNTS_AS);
    if let Some(likely) = weights.levels.get_mut(level.index()) {
        put(likely, share);
    }
}

fn leave_room_for_faults(weights: &mut Weights) {
    for level in [Level::GivenDiffers, Level::FamilyDiffers, Level::BirthDiffers, Level::PlaceDiffers] {
        if let Some(likely) = weights.levels.get_mut(level.index()) {
            likely.m = likely.m.max(WRONG_SHARE_MIN);
        }
    }
}

fn rounded(count: f64) -> u64 {
    format!("{count:.0}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_learnt_from_a_few_records() {
        let few = vec![Features::default(); TRAINING_RECORDS_MIN - 1];
        assert_eq!(train(&few, &Weights::built_in().unwrap()), Err(TrainError::TooFewRecords));
    }
}
