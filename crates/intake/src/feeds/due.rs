//! From when on the absence of messages is unusual. Told in tests of the rhythm
//! from which it follows.

use std::cell::OnceCell;

use super::minutes::{MINUTES, as_fraction, place_in_week};
use super::rests::empty_below;
use super::rhythm::{Deaf, Rhythm};

/// The shortest silence that is told, in minutes.
pub const SILENCE_MINUTES_MIN: i64 = 15;
/// How many learned intervals make a silence.
const INTERVALS: f64 = 3.0;
/// How far ahead silence is looked for, in hours: what comes more rarely is not judged.
const AHEAD_HOURS_MAX: i64 = 6 * 168;

impl Rhythm {
    pub(super) fn is_silent_at(&self, minute: i64) -> bool {
        let is_early = self.last.is_none_or(|last| minute - last <= SILENCE_MINUTES_MIN);
        !is_early && self.due().is_some_and(|due| minute > due)
    }

    /// From this minute on the silence after the last message is unusual, by what
    /// usually comes or by how long one usually waits, whichever tells it sooner;
    /// `None` where too little is known, or too little ever comes.
    pub(crate) fn due(&self) -> Option<i64> {
        let last = self.last.filter(|_| self.is_learned())?;
        let by_what_comes = after(last, INTERVALS * self.interval, self.usual())?;
        let by_wait = self.due_by_wait(last).unwrap_or(by_what_comes);
        Some(by_wait.min(by_what_comes).max(last + SILENCE_MINUTES_MIN))
    }

    fn due_by_wait(&self, last: i64) -> Option<i64> {
        let due = after(last, INTERVALS * self.waits.longest()?, self.open())?;
        let is_over_rest = self.open_between(last, due) < as_fraction(due - last);
        if is_over_rest { after(last, INTERVALS * self.waits.over_rest()?, self.open()) } else { Some(due) }
    }

    /// What became of `due` while the program did not listen: as much silence is
    /// still allowed as was when it went deaf, and at least a quarter of an hour,
    /// in which senders come back. One that was overdue by then stays so.
    pub(crate) fn due_after(&self, due: i64, (from, until): Deaf) -> i64 {
        if due <= from {
            return due;
        }
        let by_what_comes = after(until, between(from, due, self.usual()), self.usual());
        let by_wait = after(until, between(from, due, self.open()), self.open());
        by_what_comes.max(by_wait).unwrap_or(until).max(until + SILENCE_MINUTES_MIN)
    }

    /// What usually comes between two minutes, in minutes with something in them.
    pub(super) fn usual_between(&self, from: i64, until: i64) -> f64 {
        between(from, until, self.usual())
    }

    /// How many minutes lie between two minutes outside of rests.
    pub(super) fn open_between(&self, from: i64, until: i64) -> f64 {
        between(from, until, self.open())
    }

    /// What usually comes in each minute of the hour of a minute.
    fn usual(&self) -> impl Fn(i64) -> f64 {
        |minute| {
            let hour = self.week.get(place_in_week(minute.div_euclid(MINUTES)));
            hour.map_or(0.0, |hour| hour.active) / as_fraction(MINUTES)
        }
    }

    /// 1 for a minute outside of rests, 0 within one.
    fn open(&self) -> impl Fn(i64) -> f64 {
        let (below, rests) = (empty_below(&self.week), OnceCell::new());
        move |minute| {
            let place = place_in_week(minute.div_euclid(MINUTES));
            let is_empty = self.week.get(place).is_some_and(|hour| hour.is_empty(below));
            // Which empty hours are a rest is looked for where one is met.
            let is_rest = is_empty && rests.get_or_init(|| self.waits.rests(&self.week)).contains(&place);
            if is_rest { 0.0 } else { 1.0 }
        }
    }
}

/// What comes together between two minutes of what each minute of an hour brings.
fn between(from: i64, until: i64, per_minute: impl Fn(i64) -> f64) -> f64 {
    let mut sum = 0.0;
    let mut at = from;
    while at < until && at - from < AHEAD_HOURS_MAX * MINUTES {
        let end = until.min((at.div_euclid(MINUTES) + 1) * MINUTES);
        sum += per_minute(at) * as_fraction(end - at);
        at = end;
    }
    sum
}

/// The minute by which so much has come together after `from`.
fn after(from: i64, mut wanted: f64, per_minute: impl Fn(i64) -> f64) -> Option<i64> {
    let mut at = from;
    while at - from < AHEAD_HOURS_MAX * MINUTES {
        let end = (at.div_euclid(MINUTES) + 1) * MINUTES;
        let each = per_minute(at);
        if each * as_fraction(end - at) >= wanted {
            let short = (at..end).find(|minute| each * as_fraction(minute - at) >= wanted);
            return Some(short.unwrap_or(end));
        }
        wanted -= each * as_fraction(end - at);
        at = end;
    }
    None
}
