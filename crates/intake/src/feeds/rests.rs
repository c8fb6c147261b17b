//! When a feed rests, and how long it makes one wait outside of its rests. A pure
//! rule. Told in tests of the rhythm that it belongs to.
//!
//! What usually comes in an hour says little of a feed whose period is longer than
//! the hour or does not fit into it: of three hours one may usually be empty. Such
//! an hour is no rest, because what comes before and after lies no further apart
//! than usual. So the minutes of it count, and the longest wait of a feed that keeps
//! the clock is its period, whatever that is.

use std::collections::BTreeSet;

use super::minutes::{MINUTES, as_fraction};
use super::rhythm::Hour;

/// How many minutes a week has.
const WEEK_MINUTES: f64 = 7.0 * 24.0 * 60.0;
/// In how many weeks half of the longest wait is forgotten.
const LONGEST_FADES_WEEKS: f64 = 4.0;
/// How much a silence makes the longest wait longer at most: an outage does not become usual.
const SILENCE_LENGTHENS: f64 = 1.25;
/// How far one wait moves the middle one, as a part of it.
const MIDDLE_STEP: f64 = 0.1;
/// Empty hours one after another are a rest if they are longer than so many middle waits.
const REST_WAITS: f64 = 2.0;
/// An hour is empty where it brings less than this part of what a mean hour does.
const EMPTY: f64 = 0.05;
/// On how many waits the longest has to rest before silence is told by it.
const WAITS_MIN: u32 = 20;
/// On how many waits over a rest the longest of those has to rest: two weeks of nights.
const OVER_REST_MIN: u32 = 10;
/// What a wait never exceeds: a year, in minutes.
const WAIT_MINUTES_MAX: f64 = 365.0 * 24.0 * 60.0;

/// How long a feed makes one wait, in minutes; 0 while nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Waits {
    /// Half of all waits are no longer, rests and all.
    pub(super) middle: f64,
    /// The longest of late of those that no rest interrupted.
    pub(super) longest: f64,
    /// The longest of late over a rest, which itself is left out. When a rest begins and
    /// ends is known to the hour alone, and people are not punctual: it has to be longer.
    pub(super) over_rest: f64,
    /// On how many waits each of the two rests.
    pub(super) known: [u32; 2],
}

impl Waits {
    /// What was kept, within its bounds.
    pub(super) fn kept([middle, longest, over_rest]: [f64; 3], known: [u32; 2]) -> Self {
        let within = |minutes: f64| minutes.clamp(0.0, WAIT_MINUTES_MAX);
        Self { middle: within(middle), longest: within(longest), over_rest: within(over_rest), known }
    }

    /// One more wait, of which `open` minutes lay outside of rests.
    pub(super) fn learn(&mut self, minutes: f64, open: f64, is_silence: bool) {
        if self.middle <= 0.0 {
            self.middle = minutes;
        }
        let way = if minutes > self.middle { MIDDLE_STEP } else { -MIDDLE_STEP };
        self.middle *= 1.0 + way;
        let [unbroken, over] = &mut self.known;
        let (longest, known) = if open < minutes { (&mut self.over_rest, over) } else { (&mut self.longest, unbroken) };
        *longest = if is_silence && *longest > 0.0 {
            longest.max(open.min(SILENCE_LENGTHENS * *longest))
        } else {
            open.max(*longest * 0.5_f64.powf(minutes / WEEK_MINUTES / LONGEST_FADES_WEEKS))
        };
        *known = known.saturating_add(1);
        *self = Self::kept([self.middle, self.longest, self.over_rest], self.known);
    }

    /// The longest wait that no rest interrupts; `None` where it rests on too few.
    pub(super) fn longest(&self) -> Option<f64> {
        (self.known[0] >= WAITS_MIN).then_some(self.longest)
    }

    /// The longest wait over a rest; `None` where it rests on too few.
    pub(super) fn over_rest(&self) -> Option<f64> {
        (self.known[1] >= OVER_REST_MIN).then_some(self.over_rest.max(self.longest))
    }

    /// The hours of the week in which this feed rests: empty ones, so many together
    /// that it is more than the way from one message to the next.
    pub(super) fn rests(&self, week: &[Hour]) -> BTreeSet<usize> {
        let empty = empty_below(week);
        let is_empty: Vec<bool> = week.iter().map(|hour| hour.is_empty(empty)).collect();
        let Some(begin) = is_empty.iter().position(|empty| !empty) else { return BTreeSet::new() };
        let (mut rests, mut together) = (BTreeSet::new(), Vec::new());
        let around = is_empty.iter().enumerate().cycle().skip(begin).take(week.len() + 1);
        for (place, empty) in around {
            if *empty {
                together.push(place);
            } else {
                let minutes = as_fraction(i64::try_from(together.len()).unwrap_or_default() * MINUTES);
                let is_rest = minutes > REST_WAITS * self.middle;
                rests.extend(together.drain(..).filter(|_| is_rest));
            }
        }
        rests
    }
}

/// Up to how many minutes with something in them an hour of this week is empty.
pub(super) fn empty_below(week: &[Hour]) -> f64 {
    let all: f64 = week.iter().map(|hour| hour.active).sum();
    EMPTY * all / as_fraction(i64::try_from(week.len()).unwrap_or(i64::MAX))
}

impl Hour {
    /// Whether it was seen and brings nothing to speak of.
    pub(super) fn is_empty(&self, below: f64) -> bool {
        self.weeks > 0 && self.active <= below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(comes: impl Fn(usize) -> bool) -> Vec<Hour> {
        let hour = |place| Hour { active: if comes(place) { 1.0 } else { 0.0 }, messages: 0.0, weeks: 1 };
        (0..168).map(hour).collect()
    }

    fn waits(middle: f64) -> Waits {
        Waits { middle, ..Waits::default() }
    }

    #[test]
    fn an_empty_hour_is_a_rest_only_where_the_next_message_could_have_come_twice_over() {
        let every_third = week(|place| place % 3 == 0);
        assert!(waits(180.0).rests(&every_third).is_empty());
        assert_eq!(waits(59.0).rests(&every_third).len(), 2 * 168 / 3);
        assert!(waits(60.0).rests(&every_third).is_empty(), "twice the middle wait is not more than it");
    }

    #[test]
    fn a_rest_goes_on_from_sunday_to_monday() {
        let rests = waits(60.0).rests(&week(|place| (1..166).contains(&place)));
        assert_eq!(Vec::from_iter(rests), [0, 166, 167]);
        assert!(waits(60.0).rests(&week(|_| false)).is_empty(), "who never comes never rests");
    }

    #[test]
    fn a_silence_makes_the_longest_wait_little_longer_and_weeks_make_it_shorter_again() {
        let mut waits = Waits { longest: 60.0, ..waits(60.0) };
        waits.learn(6_000.0, 6_000.0, true);
        assert!((waits.longest - 75.0).abs() < 0.01, "{waits:?}");
        for _ in 0..4 * 168 {
            waits.learn(60.0, 60.0, false);
        }
        assert!((waits.longest - 60.0).abs() < 0.01, "{waits:?}");
        waits.learn(900.0, 100.0, false);
        assert!((waits.longest - 60.0).abs() < 0.01 && waits.over_rest > 99.0, "over a rest is told apart: {waits:?}");
        waits.learn(100.0, 100.0, false);
        assert!((waits.longest - 100.0).abs() < 0.01, "what was no silence is believed at once: {waits:?}");
    }
}
