//! The two scales of a chart: values upwards, time from left to right in
//! proportion.

use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use record::{Audience, When, london, show_day};

/// Maps values to pixels between two ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// `from` lies at pixel `start`, `to` at pixel `end`; the two ends differ.
    pub(crate) fn new((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to, start, end }
    }

    /// The pixel of a value, kept inside the ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }
}

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// Its value: a measured value, or seconds since 1970.
    pub(crate) value: f64,
    /// Its words.
    pub(crate) label: String,
}

/// Round values that enclose `low..=high`, about five of them.
pub(crate) fn value_ticks(low: f64, high: f64) -> Vec<Tick> {
    let span = if high > low { high - low } else { high.abs().max(1.0) };
    let step = round_step(span / 4.0);
    let first = (low / step).floor();
    let last = (high / step).ceil().max(first + 1.0);
    let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil().clamp(0.0, 6.0) as usize };
    let decimals = if (step * 10f64.powi(decimals as i32)).fract() > 1e-6 { decimals + 1 } else { decimals };
    let mut ticks = Vec::new();
    let mut place = first;
    while place <= last + 0.5 && ticks.len() < 12 {
        ticks.push(Tick { value: place * step, label: format!("{:.decimals$}", place * step) });
        place += 1.0;
    }
    ticks
}

fn round_step(rough: f64) -> f64 {
    let tens = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * tens)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(tens)
}

/// Days or months that begin between two instants, at most `most` of them.
pub(crate) fn time_ticks(from: Timestamp, to: Timestamp, most: usize) -> Vec<Tick> {
    let (first, last) = (from.to_zoned(london()).date(), to.to_zoned(london()).date());
    let days = i64::from(first.until(last).map_or(0, |span| span.get_days()));
    if days < 45 {
        let step = [1, 2, 7, 14].into_iter().find(|step| days / step < most as i64).unwrap_or(31);
        return ticks_at(
            (0..=days).step_by(usize::try_from(step).unwrap_or(1)).filter_map(|n| first.checked_add(n.days()).ok()),
            day_label,
        );
    }
    let first_month = i64::from(first.year()) * 12 + i64::from(first.month());
    let last_month = i64::from(last.year()) * 12 + i64::from(last.month()) - 1;
    let months = last_month - first_month + 1;
    let step = [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|step| months / step < most as i64).unwrap_or(240);
    let begins = (first_month..=last_month).filter(|month| month % step == 0).filter_map(month_begin);
    if step >= 12 { ticks_at(begins, |day| day.year().to_string()) } else { month_ticks(begins) }
}

fn month_begin(months: i64) -> Option<Date> {
    Date::new(i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12) + 1).ok()?, 1).ok()
}

/// The year is said at the first tick and at each January.
fn month_ticks(begins: impl Iterator<Item = Date>) -> Vec<Tick> {
    let mut said = None;
    ticks_at(begins, |day| {
        let with_year = When::Month(day.year(), day.month()).show_date(Audience::Staff);
        if said.replace(day.year()) == Some(day.year()) {
            return with_year.split('-').next().unwrap_or_default().to_owned();
        }
        with_year
    })
}

fn day_label(day: Date) -> String {
    show_day(day, Audience::Staff)
        .rsplit_once('-')
        .map(|(day_and_month, _)| day_and_month.to_owned())
        .unwrap_or_default()
}

fn ticks_at(days: impl Iterator<Item = Date>, mut label: impl FnMut(Date) -> String) -> Vec<Tick> {
    days.map(|day| Tick { value: When::Day(day).sort_key() as f64, label: label(day) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    fn between(from: &str, to: &str, most: usize) -> Vec<String> {
        labels(time_ticks(from.parse().unwrap(), to.parse().unwrap(), most))
    }

    #[test]
    fn values_are_enclosed_by_round_ticks() {
        assert_eq!(labels(value_ticks(3.5, 6.1)), ["3", "4", "5", "6", "7"]);
        assert_eq!(labels(value_ticks(0.01, 0.04)), ["0.01", "0.02", "0.03", "0.04"]);
        assert_eq!(labels(value_ticks(130.0, 138.0)), ["130", "132", "134", "136", "138"]);
        assert_eq!(labels(value_ticks(5.0, 5.0)), ["4", "6"]);
    }

    #[test]
    fn a_year_is_said_once_and_again_in_january() {
        assert_eq!(
            between("2025-11-25T00:00:00Z", "2026-11-22T00:00:00Z", 7),
            ["Jan-2026", "Mar", "May", "Jul", "Sep", "Nov"]
        );
        assert_eq!(
            between("2025-08-25T00:00:00Z", "2026-11-22T00:00:00Z", 7),
            ["Oct-2025", "Jan-2026", "Apr", "Jul", "Oct"]
        );
    }

    #[test]
    fn short_and_long_spans_have_days_and_years() {
        assert_eq!(between("2026-11-19T10:00:00Z", "2026-11-21T09:00:00Z", 7), ["19-Nov", "20-Nov", "21-Nov"]);
        assert_eq!(
            between("2016-03-01T00:00:00Z", "2026-11-22T00:00:00Z", 7),
            ["2018", "2020", "2022", "2024", "2026"]
        );
    }

    #[test]
    fn twice_the_time_is_twice_the_way() {
        let scale = Scale::new((0.0, 10.0), (100.0, 200.0));
        assert_eq!((scale.at(2.0), scale.at(4.0), scale.at(99.0)), (120.0, 140.0, 200.0));
    }
}
