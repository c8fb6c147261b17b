use jiff::Timestamp;

use crate::when::london;

/// How many hours a week has.
pub const HOURS_OF_WEEK: usize = 168;

/// Which hour of the week it is in London: 0 is Monday from midnight, 167 is
/// Sunday from 23:00. Wards and clinics keep the clock on the wall, so a rhythm
/// stays the same when that clock is moved.
#[must_use]
pub fn hour_of_week(at: Timestamp) -> usize {
    let there = at.to_zoned(london());
    let day = usize::try_from(there.weekday().to_monday_zero_offset()).unwrap_or_default();
    let hour = usize::try_from(there.hour()).unwrap_or_default();
    (day * 24 + hour).min(HOURS_OF_WEEK - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(at: &str) -> usize {
        hour_of_week(at.parse().unwrap())
    }

    #[test]
    fn the_week_begins_on_monday_at_midnight_in_london() {
        assert_eq!(hour("2026-11-23T00:00:00Z"), 0);
        assert_eq!(hour("2026-11-22T23:59:59Z"), 167);
        assert_eq!(hour("2026-11-26T14:10:00Z"), 3 * 24 + 14);
    }

    #[test]
    fn nine_in_the_morning_is_the_same_hour_in_summer_and_in_winter() {
        assert_eq!(hour("2026-07-06T08:30:00Z"), 9);
        assert_eq!(hour("2026-01-05T09:30:00Z"), 9);
    }
}
