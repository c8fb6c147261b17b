use jiff::civil::{Date, Time, Weekday};
use jiff::{Span, Timestamp, ToSpan as _};
use record::{When, london};

/// Dates counted from the region's now, so that a demo run next year still has
/// a letter from last week.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Diary {
    now: Timestamp,
}

impl Diary {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now }
    }

    /// Today in London.
    pub(crate) fn today(self) -> Date {
        self.now.to_zoned(london()).date()
    }

    /// The day so many days ago; negative lies ahead.
    pub(crate) fn date(self, days_ago: i64) -> Date {
        self.today().saturating_sub(days_ago.days())
    }

    /// The same, as an entry carries it.
    pub(crate) fn day(self, days_ago: i64) -> When {
        When::Day(self.date(days_ago))
    }

    /// A time of day so many days ago. What has happened never lies ahead of now.
    pub(crate) fn at(self, days_ago: i64, hour: i8, minute: i8) -> When {
        let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
        let zoned = self.date(days_ago).to_datetime(time).to_zoned(london());
        let at = zoned.map_or(self.now, |zoned| zoned.timestamp());
        if days_ago >= 0 && at > self.now { When::from(self.minutes_ago(20)) } else { When::from(at) }
    }

    /// As [`Diary::at`], moved off the weekend: clinics and practices are shut then.
    pub(crate) fn clinic(self, days_ago: i64, hour: i8, minute: i8) -> When {
        self.at(self.working_day(days_ago), hour, minute)
    }

    /// The Friday before a weekend that is over, the Monday after one that lies ahead.
    pub(crate) fn working_day(self, days_ago: i64) -> i64 {
        match (self.date(days_ago).weekday(), days_ago >= 0) {
            (Weekday::Saturday, true) => days_ago + 1,
            (Weekday::Sunday, true) => days_ago + 2,
            (Weekday::Saturday, false) => days_ago - 2,
            (Weekday::Sunday, false) => days_ago - 1,
            _ => days_ago,
        }
    }

    /// The instant so many minutes ago, cut to the minute.
    pub(crate) fn minutes_ago(self, minutes: i64) -> Timestamp {
        let second = self.now.as_second() - minutes * 60;
        Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(self.now)
    }

    /// The year so many years ago: for what nobody remembers better.
    pub(crate) fn year(self, years_ago: i64) -> When {
        When::Year(self.date(years_ago * 365).year())
    }

    /// How many days ago a day was.
    pub(crate) fn days_since(self, date: Date) -> i64 {
        (self.today() - date).get_days().into()
    }
}

/// A clinical time some hours later, where it has a time of day.
pub(crate) fn later(when: When, hours: i64) -> When {
    When::from(when.earliest().saturating_add(Span::new().hours(hours)).unwrap_or(when.earliest()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diary() -> Diary {
        Diary::new("2026-11-22T13:41:30Z".parse().unwrap())
    }

    #[test]
    fn days_are_counted_back_and_ahead_in_london() {
        assert_eq!(diary().day(2).to_iso(), "2026-11-20");
        assert_eq!(diary().day(-9).to_iso(), "2026-12-01");
        assert_eq!(diary().days_since(diary().date(400)), 400);
        assert_eq!(diary().at(150, 9, 30).to_iso(), "2026-06-25T09:30:00+01:00");
    }

    #[test]
    fn clinics_are_held_on_working_days() {
        for days in -400..400 {
            let day = diary().date(diary().working_day(days));
            assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
            assert_eq!(diary().working_day(days) < 0, days < 0, "what lies ahead stays ahead");
        }
    }

    #[test]
    fn what_has_happened_never_lies_ahead_of_now() {
        assert_eq!(diary().at(0, 23, 0).to_iso(), "2026-11-22T13:21:00Z");
        assert_eq!(diary().at(-1, 23, 0).to_iso(), "2026-11-23T23:00:00Z");
    }
}
