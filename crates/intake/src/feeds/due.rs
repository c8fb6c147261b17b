//! From when on the absence of messages is unusual. Told in tests of the rhythm
//! from which it follows.

use super::minutes::{MINUTES, as_fraction, place_in_week};
use super::rhythm::{Deaf, Rhythm};

/// The shortest silence that is told, in minutes.
pub const SILENCE_MINUTES_MIN: i64 = 15;
/// How many learned intervals make a silence.
const INTERVALS: f64 = 3.0;
/// How far ahead silence is looked for, in hours: what comes more rarely is not judged.
const AHEAD_HOURS_MAX: i64 = 6 * 168;

impl Rhythm {
    pub(super) fn is_silent_at(&self, minute: i64) -> bool {
        let Some(last) = self.last else { return false };
        self.is_learned()
            && minute - last > SILENCE_MINUTES_MIN
            && self.usual_between(last, minute) > INTERVALS * self.interval
    }

    /// From this minute on the silence after the last message is unusual; `None`
    /// where too little is known, or too little ever comes.
    pub(crate) fn due(&self) -> Option<i64> {
        let last = self.last.filter(|_| self.is_learned())?;
        let due = self.after(last, INTERVALS * self.interval)?;
        Some(due.max(last + SILENCE_MINUTES_MIN))
    }

    /// What became of `due` while the program did not listen: as much silence is
    /// still allowed as was when it went deaf, and at least a quarter of an hour,
    /// in which senders come back. One that was overdue by then stays so.
    pub(crate) fn due_after(&self, due: i64, (from, until): Deaf) -> i64 {
        if due <= from {
            return due;
        }
        let left = self.usual_between(from, due);
        self.after(until, left).unwrap_or(until).max(until + SILENCE_MINUTES_MIN)
    }

    /// What usually comes between two minutes, in minutes with something in them.
    pub(super) fn usual_between(&self, from: i64, until: i64) -> f64 {
        let mut usual = 0.0;
        let mut at = from;
        while at < until && at - from < AHEAD_HOURS_MAX * MINUTES {
            let end = until.min((at.div_euclid(MINUTES) + 1) * MINUTES);
            usual += self.usual_in(at) * as_fraction(end - at);
            at = end;
        }
        usual
    }

    /// The minute by which so much has usually come after `from`.
    fn after(&self, from: i64, mut wanted: f64) -> Option<i64> {
        let mut at = from;
        while at - from < AHEAD_HOURS_MAX * MINUTES {
            let end = (at.div_euclid(MINUTES) + 1) * MINUTES;
            let per_minute = self.usual_in(at);
            if per_minute * as_fraction(end - at) >= wanted {
                let short = (at..end).find(|minute| per_minute * as_fraction(minute - at) >= wanted);
                return Some(short.unwrap_or(end));
            }
            wanted -= per_minute * as_fraction(end - at);
            at = end;
        }
        None
    }

    /// What usually comes in each minute of the hour of this one.
    fn usual_in(&self, minute: i64) -> f64 {
        self.week.get(place_in_week(minute.div_euclid(MINUTES))).map_or(0.0, |hour| hour.active) / as_fraction(MINUTES)
    }
}
