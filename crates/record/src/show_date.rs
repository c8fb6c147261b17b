//! How dates are shown. Staff and public standards differ on purpose (NHS CUI
//! "date display" for clinicians, the NHS content guide for the public), so the
//! audience is an argument that cannot be left out.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::digits::Digits;
use crate::when::{When, london};

/// Who will read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// `02-Nov-2026 13:41`.
    Staff,
    /// `2 November 2026, 1:41pm`.
    Public,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl When {
    /// The date, and the time where one was told, for this audience.
    #[must_use]
    pub fn show(self, audience: Audience) -> String {
        let date = self.show_date(audience);
        match self.time_of_day() {
            None => date,
            Some(time) => match audience {
                Audience::Staff => date + " " + &show_time(time, audience),
                Audience::Public => date + ", " + &show_time(time, audience),
            },
        }
    }

    /// The date alone, at its own precision.
    #[must_use]
    pub fn show_date(self, audience: Audience) -> String {
        match (self, audience) {
            (Self::Year(year), _) => year.to_string(),
            (Self::Month(year, month), Audience::Staff) => format!("{}-{year}", short_month(month)),
            (Self::Month(year, month), Audience::Public) => format!("{} {year}", long_month(month)),
            (other, _) => show_day(other.first_day(), audience),
        }
    }
}

/// A calendar day for this audience.
#[must_use]
pub fn show_day(day: Date, audience: Audience) -> String {
    match audience {
        Audience::Staff => {
            // The length of "02-Nov-2026 13:41", so that a time has room behind it.
            let text = Digits::with_room(17).two(day.day()).and("-").and(short_month(day.month()));
            text.and("-").four(day.year()).text()
        }
        Audience::Public => format!("{} {} {}", day.day(), long_month(day.month()), day.year()),
    }
}

/// A time of day for this audience: `13:41` or `1:41pm`.
#[must_use]
pub fn show_time(time: Time, audience: Audience) -> String {
    match audience {
        Audience::Staff => Digits::with_room(5).two(time.hour()).and(":").two(time.minute()).text(),
        Audience::Public => {
            let half = if time.hour() < 12 { "am" } else { "pm" };
            let hour = match time.hour() % 12 {
                0 => 12,
                hour => hour,
            };
            if time.minute() == 0 { format!("{hour}{half}") } else { format!("{hour}:{:02}{half}", time.minute()) }
        }
    }
}

/// An instant as London date and time for this audience.
#[must_use]
pub fn show_instant(at: Timestamp, audience: Audience) -> String {
    When::from(at).show(audience)
}

/// The London time of day of an instant, for lines that say the date once.
#[must_use]
pub fn show_clock(at: Timestamp, audience: Audience) -> String {
    show_time(at.to_zoned(london()).time(), audience)
}

/// An age in the clinical short form of NHS CUI: hours under two days, days
/// under four weeks, weeks under a year, years and months under two, then years.
#[must_use]
pub fn show_age(born: Date, on: Date) -> String {
    let Ok(days) = born.until(on).map(|span| span.get_days()) else { return String::new() };
    let mut years = i32::from(on.year()) - i32::from(born.year());
    let mut months = i32::from(on.month()) - i32::from(born.month());
    if on.day() < born.day() {
        months -= 1;
    }
    if months < 0 {
        years -= 1;
        months += 12;
    }
    match (years, days) {
        _ if days < 0 => String::new(),
        (0, 0..28) => format!("{days}d"),
        (0, _) => format!("{}w", days / 7),
        (1, _) if months > 0 => format!("1y {months}m"),
        _ => format!("{years}y"),
    }
}

fn short_month(month: i8) -> &'static str {
    long_month(month).get(..3).unwrap_or_default()
}

fn long_month(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(iso: &str, audience: Audience) -> String {
        When::parse_iso(iso).unwrap().show(audience)
    }

    #[test]
    fn staff_read_day_month_name_year_and_24_hours() {
        assert_eq!(show("2026-11-02T13:41:00Z", Audience::Staff), "02-Nov-2026 13:41");
        assert_eq!(show("2026-11-02", Audience::Staff), "02-Nov-2026");
        assert_eq!(show("2026-11", Audience::Staff), "Nov-2026");
        assert_eq!(show("2019", Audience::Staff), "2019");
    }

    #[test]
    fn the_public_reads_months_in_full_and_am_or_pm() {
        assert_eq!(show("2026-11-22T13:41:00Z", Audience::Public), "22 November 2026, 1:41pm");
        assert_eq!(show("2026-11-22T12:00:00Z", Audience::Public), "22 November 2026, 12pm");
        assert_eq!(show("2026-11-22T00:05:00Z", Audience::Public), "22 November 2026, 12:05am");
        assert_eq!(show("2026-11", Audience::Public), "November 2026");
    }

    #[test]
    fn times_are_shown_in_london_whatever_offset_they_were_told_in() {
        assert_eq!(show("2026-07-01T23:30:00Z", Audience::Staff), "02-Jul-2026 00:30");
    }

    #[test]
    fn ages_are_short_and_exact_for_the_very_young() {
        let on = Date::new(2026, 11, 23).unwrap();
        let age = |y, m, d| show_age(Date::new(y, m, d).unwrap(), on);
        assert_eq!(age(1951, 3, 4), "75y");
        assert_eq!(age(2026, 11, 21), "2d");
        assert_eq!(age(2026, 10, 1), "7w");
        assert_eq!(age(2025, 6, 1), "1y 5m");
        assert_eq!(age(2024, 11, 24), "1y 11m");
        assert_eq!(age(2027, 1, 1), "");
    }
}
