use std::sync::OnceLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::digits::Digits;

/// A clinical date or time at the precision in which it was told.
///
/// "2019" stays a year: it is never shown, sorted or stored as 1 January 2019.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// A year alone.
    Year(i16),
    /// A year and a month, 1 to 12.
    Month(i16, i8),
    /// A calendar day.
    Day(Date),
    /// A day and a time whose offset was not told; read as London time.
    Local(DateTime),
    /// An instant, with the offset in which it was told.
    Instant(Timestamp, Offset),
}

/// A text that is no date, or names a day that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date that exists")]
pub struct NotADate;

/// The time zone in which times without an offset are read and all are shown.
#[must_use]
pub fn london() -> TimeZone {
    static LONDON: OnceLock<TimeZone> = OnceLock::new();
    LONDON.get_or_init(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)).clone()
}

impl When {
    /// Reads a FHIR `date`, `dateTime` or `instant`: `2024`, `2024-02`,
    /// `2024-02-03`, `2024-02-03T10:05[:06[.789]][Z|±hh:mm]`.
    ///
    /// # Errors
    /// When the text has another shape or the day does not exist.
    pub fn parse_iso(text: &str) -> Result<Self, NotADate> {
        if let Some((day, "")) = to_the_day(text) {
            return Ok(Self::Day(day));
        }
        match text.split_once('T') {
            None => parse_day(&text.split('-').collect::<Vec<_>>()),
            Some((_, clock)) => match to_the_second(text) {
                Some((local, "")) => Ok(Self::Local(local)),
                Some((local, offset)) if offset.starts_with(['Z', '+', '-']) => instant(local, parse_offset(offset)?),
                _ => parse_time(text, clock),
            },
        }
    }

    /// Reads an HL7 v2 `TS`/`DTM`: `YYYY[MM[DD[HH[MM[SS[.SSSS]]]]]][±ZZZZ]`
    /// (HL7 v2.5 §2.A.22). A time of exactly midnight to the second without an
    /// offset after a birth date is still a time; callers that know better cut it.
    ///
    /// # Errors
    /// When the text has another shape or the day does not exist.
    pub fn parse_hl7(text: &str) -> Result<Self, NotADate> {
        let text = text.trim();
        let (bare, offset) = match text.find(['+', '-']) {
            Some(at) => (text.get(..at).ok_or(NotADate)?, Some(parse_offset(text.get(at..).ok_or(NotADate)?)?)),
            None => (text, None),
        };
        let digits = bare.split('.').next().unwrap_or_default();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADate);
        }
        let part = |from: usize, to: usize| digits.get(from..to);
        let day = |count: usize| -> Result<Self, NotADate> {
            let mut parts = vec![part(0, 4).ok_or(NotADate)?];
            if count > 4 {
                parts.push(part(4, 6).ok_or(NotADate)?);
            }
            if count > 6 {
                parts.push(part(6, 8).ok_or(NotADate)?);
            }
            parse_day(&parts)
        };
        match digits.len() {
            4 | 6 | 8 => day(digits.len()),
            10 | 12 | 14 => {
                let Self::Day(date) = day(8)? else { return Err(NotADate) };
                let number = |from: usize, to: usize| -> Result<i8, NotADate> {
                    part(from, to).map_or(Ok(0), |two| two.parse().map_err(|_| NotADate))
                };
                let time = jiff::civil::Time::new(number(8, 10)?, number(10, 12)?, number(12, 14)?, 0)
                    .map_err(|_| NotADate)?;
                match offset {
                    Some(offset) => instant(date.to_datetime(time), offset),
                    None => Ok(Self::Local(date.to_datetime(time))),
                }
            }
            _ => Err(NotADate),
        }
    }

    /// The canonical text, which [`When::parse_iso`] reads back.
    #[must_use]
    pub fn to_iso(self) -> String {
        match self {
            Self::Year(year) => Digits::with_room(ISO_LENGTH_MAX).four(year).text(),
            Self::Month(year, month) => Digits::with_room(ISO_LENGTH_MAX).four(year).and("-").two(month).text(),
            Self::Day(date) => iso_day(date).text(),
            Self::Local(at) => iso_to_the_second(at).text(),
            Self::Instant(at, offset) => iso_instant(at, offset),
        }
    }

    /// The calendar day it begins on, in London.
    #[must_use]
    pub fn first_day(self) -> Date {
        match self {
            Self::Year(year) => Date::new(year, 1, 1).unwrap_or(Date::MIN),
            Self::Month(year, month) => Date::new(year, month, 1).unwrap_or(Date::MIN),
            Self::Day(date) => date,
            Self::Local(at) => at.date(),
            Self::Instant(at, _) => at.to_zoned(london()).date(),
        }
    }

    /// Seconds since 1970 of its earliest instant: for sorting, never for show.
    #[must_use]
    pub fn sort_key(self) -> i64 {
        self.earliest().as_second()
    }

    /// The earliest instant that it may mean.
    #[must_use]
    pub fn earliest(self) -> Timestamp {
        let local = match self {
            Self::Instant(at, _) => return at,
            Self::Local(at) => at,
            other => other.first_day().to_datetime(jiff::civil::Time::midnight()),
        };
        local.to_zoned(london()).map_or(Timestamp::MIN, |at| at.timestamp())
    }

    /// The time of day in London, where one was told.
    #[must_use]
    pub fn time_of_day(self) -> Option<jiff::civil::Time> {
        match self {
            Self::Local(at) => Some(at.time()),
            Self::Instant(at, _) => Some(at.to_zoned(london()).time()),
            _ => None,
        }
    }

    /// The same day without its time of day.
    #[must_use]
    pub fn day_only(self) -> Self {
        match self {
            Self::Local(_) | Self::Instant(..) => Self::Day(self.first_day()),
            other => other,
        }
    }
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        let offset = Zoned::new(at, london()).offset();
        Self::Instant(at, offset)
    }
}

fn instant(local: DateTime, offset: Offset) -> Result<When, NotADate> {
    let at = offset.to_timestamp(local).map_err(|_| NotADate)?;
    Ok(When::Instant(at, offset))
}

/// The shape in which times are stored, `2024-02-03T10:05:06`, and what follows it:
/// a record holds hundreds of them.
fn to_the_second(text: &str) -> Option<(DateTime, &str)> {
    let (date, rest) = to_the_day(text)?;
    let (clock, rest) = rest.split_at_checked(9)?;
    let [b'T', h1, h2, b':', n1, n2, b':', s1, s2] = clock.as_bytes() else { return None };
    let time = jiff::civil::Time::new(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?, 0).ok()?;
    Some((date.to_datetime(time), rest))
}

/// `2024-02-03`, and what follows it.
fn to_the_day(text: &str) -> Option<(Date, &str)> {
    let (day, rest) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = day.as_bytes() else { return None };
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    Date::new(year, two(m1, m2)?, two(d1, d2)?).ok().map(|date| (date, rest))
}

fn two(tens: &u8, ones: &u8) -> Option<i8> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i8::try_from(byte - b'0').ok()).flatten();
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// The length of `2024-02-03T10:05:06+01:00`.
const ISO_LENGTH_MAX: usize = 25;

fn iso_instant(at: Timestamp, offset: Offset) -> String {
    let local = iso_to_the_second(offset.to_datetime(at));
    let (sign, minutes) = (if offset.is_negative() { "-" } else { "+" }, offset.seconds().abs() / 60);
    let two = |number: i32| i8::try_from(number).unwrap_or_default();
    match minutes {
        0 => local.and("Z").text(),
        _ => local.and(sign).two(two(minutes / 60)).and(":").two(two(minutes % 60)).text(),
    }
}

fn iso_to_the_second(at: DateTime) -> Digits {
    let time = at.time();
    iso_day(at.date()).and("T").two(time.hour()).and(":").two(time.minute()).and(":").two(time.second())
}

fn iso_day(date: Date) -> Digits {
    Digits::with_room(ISO_LENGTH_MAX).four(date.year()).and("-").two(date.month()).and("-").two(date.day())
}

/// A time in any other shape.
fn parse_time(text: &str, clock: &str) -> Result<When, NotADate> {
    let Some(at) = clock.find(['Z', '+', '-']) else {
        return text.parse().map(When::Local).map_err(|_| NotADate);
    };
    let offset = parse_offset(clock.get(at..).unwrap_or_default())?;
    let bare = text.get(..text.len() - clock.len() + at).ok_or(NotADate)?;
    instant(bare.parse().map_err(|_| NotADate)?, offset)
}

fn parse_offset(text: &str) -> Result<Offset, NotADate> {
    if text == "Z" {
        return Ok(Offset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut digits = text.bytes().skip(1).filter(|byte| *byte != b':');
    let mut next = || digits.next().filter(u8::is_ascii_digit).map(|byte| i32::from(byte - b'0')).ok_or(NotADate);
    let (hours, minutes) = (next()? * 10 + next()?, next()? * 10 + next()?);
    if digits.next().is_some() {
        return Err(NotADate);
    }
    if minutes > 59 {
        return Err(NotADate);
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map_err(|_| NotADate)
}

fn parse_day(parts: &[&str]) -> Result<When, NotADate> {
    let number = |text: &str, digits: usize| -> Result<i16, NotADate> {
        if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADate);
        }
        text.parse().map_err(|_| NotADate)
    };
    match *parts {
        [year] => Ok(When::Year(number(year, 4)?)),
        [year, month] => {
            let month = i8::try_from(number(month, 2)?).map_err(|_| NotADate)?;
            if !(1..=12).contains(&month) {
                return Err(NotADate);
            }
            Ok(When::Month(number(year, 4)?, month))
        }
        [year, month, day] => {
            let month = i8::try_from(number(month, 2)?).map_err(|_| NotADate)?;
            let day = i8::try_from(number(day, 2)?).map_err(|_| NotADate)?;
            Date::new(number(year, 4)?, month, day).map(When::Day).map_err(|_| NotADate)
        }
        _ => Err(NotADate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_precision_in_which_it_was_told() {
        for text in [
            "2024",
            "2024-02",
            "2024-02-29",
            "2024-02-29T10:05:00",
            "2024-02-29T10:05:06+01:00",
            "2024-02-29T10:05:06Z",
        ] {
            assert_eq!(When::parse_iso(text).unwrap().to_iso(), text);
        }
    }

    #[test]
    fn hl7_times_mean_what_their_length_says() {
        let iso = |text| When::parse_hl7(text).map(When::to_iso);
        assert_eq!(iso("2020").as_deref(), Ok("2020"));
        assert_eq!(iso("202005").as_deref(), Ok("2020-05"));
        assert_eq!(iso("20200508").as_deref(), Ok("2020-05-08"));
        assert_eq!(iso("2020050813").as_deref(), Ok("2020-05-08T13:00:00"));
        assert_eq!(iso("20200508130646").as_deref(), Ok("2020-05-08T13:06:46"));
        assert_eq!(iso("202109141120+0215").as_deref(), Ok("2021-09-14T11:20:00+02:15"));
        assert_eq!(iso("20200508130646.1234").as_deref(), Ok("2020-05-08T13:06:46"));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in ["2023-02-29", "2024-13", "24-01-01", "2024-1-1", "", "2024-01-01T25:00:00Z", "yesterday"] {
            assert_eq!(When::parse_iso(text), Err(NotADate), "{text}");
        }
        for text in ["20230229", "2020130", "0", "2020-13", "20200508ab"] {
            assert_eq!(When::parse_hl7(text), Err(NotADate), "{text}");
        }
    }

    #[test]
    fn a_time_without_offset_is_london_time() {
        let summer = When::parse_hl7("20260701120000").unwrap();
        assert_eq!(summer.earliest().to_string(), "2026-07-01T11:00:00Z");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = When::parse_iso(&text);
            let _ = When::parse_hl7(&text);
        }

        #[test]
        fn the_stored_shape_reads_as_any_other_would(text in "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-9]{2}:?[0-9]{2}|)") {
            let (_, clock) = text.split_once('T').unwrap();
            prop_assert_eq!(When::parse_iso(&text), parse_time(&text, clock));
        }

        #[test]
        fn canonical_text_is_stable(text in "[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?") {
            if let Ok(when) = When::parse_iso(&text) {
                prop_assert_eq!(When::parse_iso(&when.to_iso()), Ok(when));
            }
        }
    }
}
