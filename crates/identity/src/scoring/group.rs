use std::collections::BTreeMap;

use record::ChartId;

use crate::scoring::features::Features;
use crate::scoring::keys::candidate_pairs;
use crate::scoring::pair::{Pair, Scored, Scorer, Seals};
use crate::scoring::verdict::{Because, Tier};

/// The most charts that the program joins to one person by itself; more is more
/// likely a fault than a person.
pub const PERSON_CHARTS_MAX: usize = 100;

/// The most pairs of the work list in which one chart stands.
pub const LISTED_PER_RECORD_MAX: usize = 3;

/// Two people, each by the chart in which they agree most, whom somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// A chart's place in the list.
    pub a: u32,
    /// The other's.
    pub b: u32,
    /// Bits above even odds.
    pub odds_bits: f64,
    /// Why the program does not link.
    pub because: Because,
}

/// Who is whose: for each chart the place of its person's first chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined(pub Vec<u32>);

/// All charts put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouping {
    /// Who is whose.
    pub joined: Joined,
    /// What waits for people, the strongest first.
    pub waiting: Vec<Waiting>,
    /// How many pairs were compared.
    pub pairs_compared: usize,
    /// How many keys so many charts share that they were not looked up.
    pub keys_too_common: usize,
}

/// Puts charts together to people: the strongest agreement first, and never two
/// groups of which any two charts contradict each other.
#[must_use]
pub fn group(charts: &[Features], scorer: &Scorer<'_>, seals: &Seals) -> Grouping {
    let (pairs, keys_too_common) = candidate_pairs(charts);
    let desk = Desk { charts, scorer, seals };
    let mut scored: Vec<(u32, u32, Scored)> = pairs
        .iter()
        .filter_map(|(a, b)| Some((*a, *b, scorer.score(desk.pair(*a, *b)?))))
        .filter(|(_, _, scored)| scored.tier >= Tier::WorkList)
        .collect();
    scored.sort_by(|(a, b, x), (c, d, y)| y.odds_bits.total_cmp(&x.odds_bits).then((a, b).cmp(&(c, d))));

    let fitting = Fitting::new(&scored);
    let mut people = People::new(charts.len());
    let mut waiting = Vec::new();
    for (a, b, scored) in scored {
        let refused = match scored.tier {
            Tier::Automatic if scored.only_if_alone && fitting.others_fit(a, b, scored.odds_bits, &desk) => {
                Some(Because::SeveralFit)
            }
            Tier::Automatic if !people.join(a, b, &desk) => Some(Because::PersonContradicts),
            Tier::Automatic => None,
            _ => Some(scored.because.unwrap_or(Because::BetweenThresholds)),
        };
        waiting.extend(refused.map(|because| Waiting { a, b, odds_bits: scored.odds_bits, because }));
    }
    let waiting = people.once_each(waiting);
    Grouping { joined: people.joined(), waiting, pairs_compared: pairs.len(), keys_too_common }
}

struct Desk<'a> {
    charts: &'a [Features],
    scorer: &'a Scorer<'a>,
    seals: &'a Seals,
}

impl Desk<'_> {
    fn pair(&self, a: u32, b: u32) -> Option<Pair<'_>> {
        let side = |at: u32| Some((ChartId(u64::from(at)), self.charts.get(usize::try_from(at).ok()?)?));
        Pair::new(side(a)?, side(b)?, self.seals)
    }

    /// Sealed charts are never joined through a third.
    fn contradict(&self, a: u32, b: u32) -> bool {
        self.pair(a, b).is_none_or(|pair| self.scorer.contradict(pair))
    }

    /// Whether they contradict each other, or may be twins: Harpreet and Gurpreet, of whom Hrpreet fits both.
    fn are_two(&self, a: u32, b: u32) -> bool {
        self.contradict(a, b) || self.pair(a, b).is_some_and(|pair| self.scorer.bear_two_names(pair))
    }
}

/// For each chart, which others agree enough to be looked at.
struct Fitting(BTreeMap<u32, Vec<(u32, f64)>>);

impl Fitting {
    fn new(scored: &[(u32, u32, Scored)]) -> Self {
        let mut fitting: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
        for (a, b, scored) in scored {
            fitting.entry(*a).or_default().push((*b, scored.odds_bits));
            fitting.entry(*b).or_default().push((*a, scored.odds_bits));
        }
        Self(fitting)
    }

    /// Whether somebody else fits one of the two and is not the other: a twin.
    fn others_fit(&self, a: u32, b: u32, odds_bits: f64, desk: &Desk<'_>) -> bool {
        let enough = odds_bits - Scored::RIVAL_BITS;
        let fits = |one: u32, other: u32| {
            let others = self.0.get(&one).map(Vec::as_slice).unwrap_or_default();
            others.iter().any(|(third, bits)| *third != other && *bits >= enough && desk.are_two(*third, other))
        };
        fits(a, b) || fits(b, a)
    }
}

/// Charts joined so far.
struct People {
    person: Vec<u32>,
    charts: BTreeMap<u32, Vec<u32>>,
}

impl People {
    fn new(charts: usize) -> Self {
        Self { person: (0_u32..).take(charts).collect(), charts: BTreeMap::new() }
    }

    fn person(&self, chart: u32) -> u32 {
        usize::try_from(chart).ok().and_then(|at| self.person.get(at)).copied().unwrap_or(chart)
    }

    fn charts(&self, person: u32) -> Vec<u32> {
        self.charts.get(&person).cloned().unwrap_or_else(|| vec![person])
    }

    /// Joins the people of two charts, unless any of their charts contradict.
    fn join(&mut self, a: u32, b: u32, desk: &Desk<'_>) -> bool {
        let (one, other) = (self.person(a), self.person(b));
        if one == other {
            return true;
        }
        let (kept, gone) = (one.min(other), one.max(other));
        let (mut charts, moving) = (self.charts(kept), self.charts(gone));
        let contradicted = charts.iter().any(|x| moving.iter().any(|y| desk.contradict(*x, *y)));
        if contradicted || charts.len() + moving.len() > PERSON_CHARTS_MAX {
            return false;
        }
        for chart in &moving {
            if let Some(person) = usize::try_from(*chart).ok().and_then(|at| self.person.get_mut(at)) {
                *person = kept;
            }
        }
        charts.extend(moving);
        self.charts.remove(&gone);
        self.charts.insert(kept, charts);
        true
    }

    fn joined(self) -> Joined {
        Joined(self.person)
    }

    /// Two people are asked about once, by their strongest pair, and no chart more
    /// often than the limit.
    fn once_each(&self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        let mut asked = BTreeMap::new();
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        let mut kept = Vec::new();
        for pair in waiting {
            let (one, other) = (self.person(pair.a), self.person(pair.b));
            if one == other || asked.insert((one.min(other), one.max(other)), ()).is_some() {
                continue;
            }
            let often = [one, other].iter().any(|person| times.get(person).copied() >= Some(LISTED_PER_RECORD_MAX));
            if !often {
                [one, other].into_iter().for_each(|person| *times.entry(person).or_default() += 1);
                kept.push(pair);
            }
        }
        kept
    }
}
