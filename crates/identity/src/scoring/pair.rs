use std::collections::BTreeSet;

use record::ChartId;

use crate::scoring::compare::Compared;
use crate::scoring::features::Features;
use crate::scoring::firm::{Firm, is_firm, is_near, is_weak};
use crate::scoring::keys::hash;
use crate::scoring::level::{Field, Level};
use crate::scoring::population::{Population, birth_key, telephone_key};
use crate::scoring::verdict::{Because, Explained, Line, Tier};
use crate::scoring::weights::Weights;

/// The fewest charts that a region is taken to have: a nearly empty store knows
/// nothing of how rare anything is.
const REGION_CHARTS_MIN: u32 = 1_000;

/// How many charts of one person may tell the same full name or house before it
/// counts as common. Without it a person's own charts would make their name common.
const OWN_CHARTS: u32 = 8;

/// No value is taken for rarer than this, however seldom it was met so far.
const GIVEN_SHARE_MIN: f64 = 1e-4;
const FAMILY_SHARE_MIN: f64 = 1e-5;
const HOUSE_SHARE_MIN: f64 = 2e-5;

/// What is taken off for two names that agree where nobody counts whole names: at the
/// most common, given and family names of one culture go together so much more often
/// than by chance.
const NAMES_GO_TOGETHER_BITS: f64 = 6.0;

/// What a telephone in common adds to a name and a birth date that agree, where nobody counts
/// who else has it: as if one chart in thirty told it, a hostel's or a surgery's.
const TELEPHONE_UNCOUNTED_BITS: f64 = 5.0;

/// The pairs that the source or the national service has sealed: adoption, gender
/// recognition. Nothing may be said about them.
#[derive(Clone, Debug, Default)]
pub struct Seals(BTreeSet<(ChartId, ChartId)>);

impl Seals {
    /// Seals two charts from each other, whichever is named first.
    pub fn seal(&mut self, a: ChartId, b: ChartId) {
        self.0.insert((a.min(b), a.max(b)));
    }

    pub(crate) fn separate(&self, a: ChartId, b: ChartId) -> bool {
        self.0.contains(&(a.min(b), a.max(b)))
    }
}

/// Two charts that may be compared. There is no other way to a score, a place on
/// the work list or an explanation, and none of these for a sealed pair.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub(super) a: &'a Features,
    pub(super) b: &'a Features,
}

impl<'a> Pair<'a> {
    /// `None` for two charts that are sealed from each other, and for a chart and itself.
    #[must_use]
    pub fn new(a: (ChartId, &'a Features), b: (ChartId, &'a Features), seals: &Seals) -> Option<Self> {
        (a.0 != b.0 && !seals.separate(a.0, b.0)).then_some(Self { a: a.1, b: b.1 })
    }

    /// How each field that both tell agrees or differs, with no weight given to it: for
    /// whoever looks at the two side by side.
    pub fn levels(self) -> impl Iterator<Item = Level> {
        let levels: Vec<Level> = Compared::new(self.a, self.b).levels().collect();
        levels.into_iter()
    }
}

/// The score of one pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub(crate) compared: Compared,
    /// Bits above even odds, the size of the region counted in.
    pub odds_bits: f64,
    /// What it leads to.
    pub tier: Tier,
    /// Why not to a link.
    pub because: Option<Because>,
    /// Links only while nobody else fits: the given name is weak or not told.
    pub(crate) only_if_alone: bool,
}

impl Scored {
    /// How many bits weaker another's agreement may be and still be an equal claim.
    pub(crate) const RIVAL_BITS: f64 = 10.0;

    /// Whether one number links the two, and a given name that is told.
    pub(crate) fn is_one_number(&self) -> bool {
        self.tier == Tier::Automatic && self.compared.number == Some(Level::NumberSame) && !self.only_if_alone
    }
}

/// The weights and the region they are used in.
#[derive(Clone, Copy, Debug)]
pub struct Scorer<'a> {
    weights: &'a Weights,
    population: &'a Population,
    region_bits: f64,
    twins_possible: bool,
    namesakes_possible: bool,
}

impl<'a> Scorer<'a> {
    /// What is known of the region decides how much a name counts, and whether two
    /// given names under one roof may be twins.
    #[must_use]
    pub fn new(weights: &'a Weights, population: &'a Population) -> Self {
        let charts = population.region_charts(REGION_CHARTS_MIN);
        let risk_max = weights.thresholds.relative_risk_max;
        Self {
            weights,
            population,
            region_bits: -f64::from(charts).log2(),
            twins_possible: population.is_kept() || population.households().twin_risk() > risk_max,
            namesakes_possible: population.is_kept() || population.households().namesake_risk() > risk_max,
        }
    }

    /// Compares two charts. The order of the two does not matter.
    #[must_use]
    pub fn score(&self, pair: Pair<'_>) -> Scored {
        let mut compared = Compared::new(pair.a, pair.b);
        let house = pair.a.place.house();
        if compared.place == Some(Level::HouseSame) && self.population.is_house_crowded(house) {
            compared.place = Some(Level::PostcodeSame);
        }
        let odds_bits = self.region_bits + self.lines(pair, &compared).map(|line| line.bits).sum::<f64>();
        let (tier, because, only_if_alone) = self.tier(pair, &compared, odds_bits);
        Scored { compared, odds_bits, tier, because, only_if_alone }
    }

    /// The same with its reasons.
    #[must_use]
    pub fn explain(&self, pair: Pair<'_>) -> Explained {
        let scored = self.score(pair);
        let mut lines: Vec<Line> = self.lines(pair, &scored.compared).collect();
        lines.sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
        let is_told = |field: &Field| lines.iter().any(|line| line.level.field() == *field);
        let not_told = Field::ALL.into_iter().filter(|field| !is_told(field)).collect();
        let Scored { odds_bits, tier, because, .. } = scored;
        Explained { lines, not_told, region_bits: self.region_bits, odds_bits, tier, because }
    }

    fn lines(&self, pair: Pair<'_>, compared: &Compared) -> impl Iterator<Item = Line> {
        let common_name = self.joint_name_correction(pair, compared);
        compared.levels().map(move |level| {
            let correction = if level == Level::FamilyExact { common_name } else { 0.0 };
            Line { field: level.field(), level, bits: self.bits(pair, compared, level) + correction }
        })
    }

    /// What one level counts for this pair: agreement on a rare value counts more.
    fn bits(&self, pair: Pair<'_>, compared: &Compared, level: Level) -> f64 {
        let Pair { a, b } = pair;
        let name_share = |kind: &str, texts: [&str; 2]| -> f64 {
            texts.into_iter().map(|text| self.population.name_share(hash(kind, &[text]), 1)).fold(0.0, f64::max)
        };
        let by_share = |share: f64, share_min: f64| self.weights.bits_for_share(level, share, share_min);
        let usual = self.weights.likely(level).u;
        match level {
            Level::GivenExact if !compared.names_swapped() => {
                by_share(name_share("given", [a.given_text(), b.given_text()]), GIVEN_SHARE_MIN)
            }
            Level::FamilyExact if !compared.names_swapped() => {
                by_share(name_share("family", [a.family_text(), b.family_text()]), FAMILY_SHARE_MIN)
            }
            Level::BirthExact => {
                let born = a.born.as_ref().map(birth_key).unwrap_or_default();
                by_share(self.population.share(born, OWN_CHARTS), usual)
            }
            Level::HouseSame => match (a.place.house(), b.place.house()) {
                (Some(one), Some(other)) if one == other => {
                    by_share(self.population.share(one, OWN_CHARTS), HOUSE_SHARE_MIN)
                }
                _ => self.weights.bits(level),
            },
            // A hostel's postcode, and a telephone of whom nobody counts who else has it.
            Level::PostcodeSame if self.population.is_crowded() => 0.0,
            Level::TelephoneSame if self.population.is_kept() => 0.0,
            Level::PostcodeSame => {
                let postcodes = [a, b].map(|chart| hash("postcode", &[&chart.place.postcode]));
                let share = postcodes.into_iter().map(|key| self.population.share(key, 1)).fold(0.0, f64::max);
                by_share(share, usual).min(self.weights.bits(level))
            }
            Level::TelephoneSame => {
                let common = a.telephones.iter().filter(|number| b.telephones.contains(number));
                let bits =
                    common.map(|number| by_share(self.population.share(telephone_key(*number), OWN_CHARTS), usual));
                bits.fold(0.0, f64::max)
            }
            _ => self.weights.bits(level),
        }
    }

    /// Given and family names go together: Thu Ha Nguyen is more common than its
    /// parts let expect. What the whole name's frequency takes off the parts' bits.
    fn joint_name_correction(&self, pair: Pair<'_>, compared: &Compared) -> f64 {
        let exact = compared.given == Some(Level::GivenExact) && compared.family == Some(Level::FamilyExact);
        if !exact || compared.names_swapped() {
            return 0.0;
        }
        if self.population.is_kept() {
            return -NAMES_GO_TOGETHER_BITS;
        }
        let correction = |chart: &Features| {
            let share = |key, own| self.population.share(key, own);
            let (given, family) = (chart.given_text(), chart.family_text());
            let apart = share(hash("given", &[given]), 1).max(GIVEN_SHARE_MIN)
                * share(hash("family", &[family]), 1).max(FAMILY_SHARE_MIN);
            let joint = share(hash("full", &[given, family]), OWN_CHARTS);
            if joint > apart { (apart / joint).log2() } else { 0.0 }
        };
        correction(pair.a).min(correction(pair.b))
    }

    fn tier(&self, pair: Pair<'_>, compared: &Compared, odds_bits: f64) -> (Tier, Option<Because>, bool) {
        let thresholds = &self.weights.thresholds;
        let firm = Firm::new(pair, compared);
        let one_number = compared.number == Some(Level::NumberSame);
        if one_number && self.number_links(pair, compared) {
            return (Tier::Automatic, None, is_weak(compared));
        }
        let too_little =
            odds_bits < thresholds.work_list_bits || (self.twins_possible && !firm.is_worth_asking(odds_bits));
        if !one_number && (too_little || self.are_relatives(compared)) {
            return (Tier::Apart, None, false);
        }
        if compared.number == Some(Level::NumberDiffers) {
            let one_by_name = compared.given.is_some_and(is_firm) && compared.birth.is_some_and(is_near);
            return if one_by_name {
                (Tier::WorkList, Some(Because::NumbersDiffer), false)
            } else {
                (Tier::Apart, None, false)
            };
        }
        if let Some(because) = self.relatives_possible(pair, compared) {
            return (Tier::WorkList, Some(because), false);
        }
        let telephone = self.population.is_kept() && compared.telephone == Some(Level::TelephoneSame);
        let odds_bits = odds_bits + if telephone { TELEPHONE_UNCOUNTED_BITS } else { 0.0 };
        let bits_above = odds_bits - thresholds.automatic_bits;
        if bits_above < 0.0 || !firm.is_enough(bits_above, self.twins_possible) {
            return (Tier::WorkList, Some(Because::BetweenThresholds), false);
        }
        (Tier::Automatic, None, is_weak(compared) || firm.is_named_in_part)
    }

    /// The NHS-number rule: one number links when birth date and given name agree,
    /// or where the given name is not told, when birth date, family name and sex do.
    fn number_links(&self, pair: Pair<'_>, compared: &Compared) -> bool {
        let given = match compared.given {
            None => compared.family == Some(Level::FamilyExact) && compared.sex == Some(Level::SexSame),
            Some(Level::GivenClose | Level::GivenSoundsAlike) => !(self.twins_possible && self.may_both_be_names(pair)),
            Some(Level::GivenDiffers | Level::GivenFurtherDiffers | Level::GivenFurther) => false,
            Some(_) => true,
        };
        given && compared.birth == Some(Level::BirthExact)
    }

    /// Whether two people of one household is by far the likelier explanation, so
    /// that asking would drown the work list: husband and wife, brother and sister.
    fn are_relatives(&self, compared: &Compared) -> bool {
        let given = matches!(compared.given, Some(Level::GivenDiffers | Level::GivenFurtherDiffers));
        let same_day = compared.birth == Some(Level::BirthExact);
        let birth = compared.birth.is_some_and(|birth| !is_near(birth));
        let sex = compared.sex == Some(Level::SexDiffers);
        // Where charts come one by one nearly all who share everything but a given name are twins.
        let twins = self.population.is_kept() && compared.number.is_none() && given && same_day;
        twins
            || (self.twins_possible && given && (!same_day || sex))
            || (self.namesakes_possible && birth && !compared.given.is_some_and(is_firm))
            || (self.namesakes_possible && compared.birth == Some(Level::BirthDiffers))
    }

    /// Whether twins, or relatives of one name, would look the same.
    fn relatives_possible(&self, pair: Pair<'_>, compared: &Compared) -> Option<Because> {
        let one_number = compared.number == Some(Level::NumberSame);
        // Mare may be a slip of Marie, whose twin is Maria: as charts come only a number tells.
        let may_be_slip = one_number || !self.population.is_kept();
        let given_settles = match compared.given {
            Some(Level::GivenExact) => true,
            Some(Level::GivenAlias) => compared.sex != Some(Level::SexDiffers),
            Some(Level::GivenClose | Level::GivenSoundsAlike) => {
                may_be_slip && compared.sex != Some(Level::SexDiffers) && !self.may_both_be_names(pair)
            }
            _ => false,
        };
        if self.twins_possible && !given_settles {
            return Some(if one_number { Because::NumberContradicted } else { Because::TwinsPossible });
        }
        let given_firm = compared.given.is_some_and(is_firm);
        // Husband and wife of one given name, and brothers under two spellings of one, are not born on one day.
        let given_same = if one_number {
            given_firm
        } else {
            compared.given == Some(Level::GivenExact) && compared.sex != Some(Level::SexDiffers)
        };
        let family_agrees = compared.family.is_some_and(|family| family != Level::FamilyDiffers);
        let birth_settles = match compared.birth {
            Some(Level::BirthExact) => true,
            None | Some(Level::BirthTwoPartsSame) => one_number && given_firm && family_agrees,
            Some(Level::BirthDayMonthSwapped | Level::BirthOneDigitOff) => given_same && family_agrees,
            _ => false,
        };
        let because = if one_number { Because::NumberContradicted } else { Because::NamesakesPossible };
        (self.namesakes_possible && !birth_settles).then_some(because)
    }

    /// Jayden and Hayden are a letter apart, and both are names.
    fn may_both_be_names(&self, pair: Pair<'_>) -> bool {
        self.population.may_both_be_names(pair.a.given_text(), pair.b.given_text())
    }

    /// Whether the given names of two charts are a slip of the hand apart and both are names.
    pub(crate) fn bear_two_names(&self, pair: Pair<'_>) -> bool {
        let given = Compared::new(pair.a, pair.b).given;
        let close = matches!(given, Some(Level::GivenClose | Level::GivenSoundsAlike));
        self.twins_possible && close && self.may_both_be_names(pair)
    }

    /// Whether two charts cannot be one person's, whatever links them to others.
    pub(crate) fn contradict(&self, pair: Pair<'_>) -> bool {
        self.contradicts(&Compared::new(pair.a, pair.b))
    }

    /// The same of two that were compared.
    pub(crate) fn contradicts(&self, compared: &Compared) -> bool {
        let given = matches!(compared.given, Some(Level::GivenDiffers | Level::GivenFurtherDiffers));
        let one_number = compared.number == Some(Level::NumberSame);
        let birth = compared.birth == Some(Level::BirthDiffers)
            || (compared.birth == Some(Level::BirthTwoPartsSame) && !one_number);
        compared.number == Some(Level::NumberDiffers)
            || (self.twins_possible && given)
            || (self.namesakes_possible && birth)
    }
}
