//! Minutes, counted from 1970: fine enough for silence, and few.

use jiff::Timestamp;
use record::hour_of_week;

/// How many minutes an hour has.
pub(super) const MINUTES: i64 = 60;

/// The minute of a moment, counted from 1970.
pub(super) fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// When a minute begins.
pub(super) fn time_of(minute: i64) -> Timestamp {
    Timestamp::from_second(minute.saturating_mul(60)).unwrap_or(Timestamp::MAX)
}

/// The place of an hour, counted from 1970, within the week.
pub(super) fn place_in_week(hour: i64) -> usize {
    hour_of_week(time_of(hour.saturating_mul(MINUTES)))
}

/// A number of minutes, which is small, as a fraction.
pub(super) fn as_fraction(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(i32::MAX))
}
