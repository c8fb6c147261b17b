//! Where one chart belongs among those that are there already, by the score.
//!
//! A file of records can be counted before anything is linked. A store cannot: charts
//! come one by one, the first when hardly anybody is known. So [`Population::kept`]
//! knows little and assumes the worst of the rest: the region is as large as a region
//! is, relatives and namesakes live everywhere, and a name is no rarer than what was
//! seen so far allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use record::{ChartId, PersonId};

use crate::scoring::features::Features;
use crate::scoring::firm::is_firm;
use crate::scoring::group::{LISTED_PER_RECORD_MAX, PERSON_CHARTS_MAX};
use crate::scoring::pair::{Pair, Scored, Scorer, Seals};
use crate::scoring::population::{Population, counted_given_name, counted_values};
use crate::scoring::verdict::{Because, Tier};
use crate::scoring::weights::Weights;

/// Before so many charts were seen nothing is linked by the score: nobody knows which
/// names are common here.
pub const LINKING_CHARTS_MIN: u32 = 1_000;

/// The number that a chart has which is not kept yet.
pub const ARRIVING: ChartId = ChartId(u64::MAX);

/// Somebody who may be the one that a chart speaks of.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// Who.
    pub person: PersonId,
    /// What each chart that is linked to them told.
    pub charts: Vec<(ChartId, Arc<Features>)>,
}

/// Whom somebody is asked about, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Who may be the same.
    pub person: PersonId,
    /// Bits above even odds.
    pub odds_bits: f64,
    /// Field by field why, and why not linked.
    pub reasons: Vec<String>,
}

/// Where a chart belongs, as the score says.
#[derive(Clone, Debug, PartialEq)]
pub enum ScorePlace {
    /// To this person, for these reasons, field by field.
    Link(PersonId, Vec<String>),
    /// To a person of its own, and somebody has to look: the likeliest first, at most
    /// [`LISTED_PER_RECORD_MAX`].
    Ask(Vec<Asked>),
    /// To a person of its own.
    New,
}

/// Where a chart belongs that told `told`, among those who share a key with it. The
/// order of claimants and of their charts does not matter.
///
/// Linked to exactly one, whose every chart it may stand beside. The number goes first: whoever
/// has it, where name and birth date agree, is not rivalled by those who only look the same. Somebody of whom any
/// chart is sealed from this one is left out; of two who are sealed from each other
/// both are: whoever fits both would tell of them.
#[must_use]
pub fn place_by_score(
    chart: ChartId,
    told: &Features,
    claimants: &[Claimant],
    region: &Population,
    weights: &Weights,
    seals: &Seals,
) -> ScorePlace {
    let scorer = Scorer::new(weights, region);
    let claims = claimants.iter().filter_map(|claimant| Claim::new((chart, told), claimant, &scorer, seals));
    let mut claims: Vec<Claim<'_>> = claims.filter(|claim| claim.scored.tier >= Tier::WorkList).collect();
    let sealed: Vec<PersonId> =
        claims.iter().filter(|one| one.is_sealed_from_any(&claims, seals)).map(Claim::person).collect();
    claims.retain(|claim| !sealed.contains(&claim.person()));
    claims.sort_by(|a, b| b.scored.odds_bits.total_cmp(&a.scored.odds_bits).then(a.person().cmp(&b.person())));

    let linking: Vec<&Claim<'_>> = claims.iter().filter(|claim| claim.links()).collect();
    let by_number: Vec<&Claim<'_>> = linking.iter().copied().filter(|claim| claim.by_number).collect();
    if let [only] = by_number.as_slice() {
        return ScorePlace::Link(only.person(), only.reasons(&scorer, None));
    }
    let refused = match linking.as_slice() {
        [] => None,
        [one] if claims.iter().any(|other| other.rivals(one)) => Some(Because::SeveralFit),
        [_] if region.charts() < LINKING_CHARTS_MIN => Some(Because::RegionHardlyKnown),
        [_] => None,
        _ => Some(Because::SeveralFit),
    };
    if let (Some(claim), None) = (claims.iter().find(|claim| claim.links()), refused) {
        return ScorePlace::Link(claim.person(), claim.reasons(&scorer, None));
    }
    let asked: Vec<Asked> = claims
        .iter()
        .take(LISTED_PER_RECORD_MAX)
        .map(|claim| Asked {
            person: claim.person(),
            odds_bits: claim.scored.odds_bits,
            reasons: claim.reasons(&scorer, if claim.links() { refused } else { claim.because() }),
        })
        .collect();
    if asked.is_empty() { ScorePlace::New } else { ScorePlace::Ask(asked) }
}

/// How strongly one person claims the chart: by whichever of their charts agrees most.
struct Claim<'a> {
    claimant: &'a Claimant,
    pair: Pair<'a>,
    scored: Scored,
    is_contradicted: bool,
    /// One of the charts tells the same number, and nothing of it is weak.
    by_number: bool,
}

impl<'a> Claim<'a> {
    /// `None` where any chart of theirs is sealed from this one.
    fn new(chart: (ChartId, &'a Features), claimant: &'a Claimant, scorer: &Scorer<'_>, seals: &Seals) -> Option<Self> {
        let pairs: Vec<Pair<'a>> =
            claimant.charts.iter().map(|(id, told)| Pair::new(chart, (*id, told), seals)).collect::<Option<_>>()?;
        // Most charts of a person tell the same: what is the same is weighed once.
        let told = claimant.charts.iter().map(|(_, told)| told);
        let mut seen = BTreeSet::new();
        let pairs: Vec<Pair<'a>> = pairs
            .into_iter()
            .zip(told)
            .filter(|(_, told)| seen.insert(Arc::as_ptr(told)))
            .map(|(pair, _)| pair)
            .collect();
        let scored: Vec<(Pair<'a>, Scored)> = pairs.into_iter().map(|pair| (pair, scorer.score(pair))).collect();
        let is_contradicted = scored.iter().any(|(_, scored)| scorer.contradicts(&scored.compared));
        let by_number = scored.iter().any(|(_, scored)| scored.is_one_number());
        let (pair, scored) = scored
            .into_iter()
            .max_by(|(_, a), (_, b)| a.tier.cmp(&b.tier).then(a.odds_bits.total_cmp(&b.odds_bits)))?;
        Some(Self { claimant, pair, scored, is_contradicted, by_number })
    }

    fn person(&self) -> PersonId {
        self.claimant.person
    }

    fn links(&self) -> bool {
        self.scored.tier == Tier::Automatic && !self.is_contradicted && self.claimant.charts.len() < PERSON_CHARTS_MAX
    }

    /// Whether this is so good a claim that the other cannot be followed: as strong, or
    /// nearly, under the same given name, or under any where the other's is weak.
    fn rivals(&self, other: &Self) -> bool {
        let is_near = self.scored.odds_bits >= other.scored.odds_bits - Scored::RIVAL_BITS;
        let is_named_alike = self.scored.compared.given.is_some_and(is_firm);
        self.person() != other.person()
            && (self.scored.tier == Tier::Automatic || (is_near && (other.scored.only_if_alone || is_named_alike)))
    }

    fn because(&self) -> Option<Because> {
        (self.scored.tier == Tier::Automatic).then_some(Because::PersonContradicts)
    }

    /// The explanation; where something else than the pair itself forbids the link, that.
    fn reasons(&self, scorer: &Scorer<'_>, instead: Option<Because>) -> Vec<String> {
        let explained = scorer.explain(self.pair);
        let because = instead.or(explained.because);
        crate::scoring::verdict::Explained { because, ..explained }.words()
    }

    fn is_sealed_from_any(&self, others: &[Claim<'_>], seals: &Seals) -> bool {
        let sealed = |a: &(ChartId, Arc<Features>), b: &(ChartId, Arc<Features>)| seals.separate(a.0, b.0);
        let mine = &self.claimant.charts;
        others.iter().any(|other| mine.iter().any(|a| other.claimant.charts.iter().any(|b| sealed(a, b))))
    }
}

/// What is known of a region that grows chart by chart: how many there are, and how
/// often each counted value was told. For [`place_by_score`] over a file, one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    charts: u32,
    counts: BTreeMap<u64, u32>,
}

impl Counted {
    pub(crate) fn count(&mut self, chart: &Features) {
        self.charts = self.charts.saturating_add(1);
        for key in counted_values(chart) {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// As far as this chart is concerned, and the given names of those it is weighed against.
    pub(crate) fn about(&self, chart: &Features, claimants: &[Claimant], is_crowded: bool) -> Population {
        let others = claimants.iter().flat_map(|claimant| &claimant.charts);
        let given = others.filter_map(|(_, told)| counted_given_name(told));
        let counts = counted_values(chart).into_iter().chain(given);
        let counts = counts.map(|key| (key, self.counts.get(&key).copied().unwrap_or_default()));
        Population::kept(self.charts, counts, is_crowded)
    }
}
