//! A date or time as staff read it, and as a machine does.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Weekday;
use record::{Audience, When};

/// A date, with its time where one was told.
#[derive(Clone, Debug, Template)]
#[template(source = r#"<time datetime="{{ iso }}">{{ shown }}</time>"#, ext = "html")]
pub(crate) struct Moment {
    iso: String,
    shown: String,
}

impl HtmlSafe for Moment {}

impl Moment {
    /// At the precision in which it was told.
    pub(crate) fn of(when: When) -> Self {
        Self { iso: when.to_iso(), shown: when.show(Audience::Staff) }
    }

    /// The words alone, for use inside a sentence.
    pub(crate) fn text(&self) -> String {
        self.shown.clone()
    }

    /// With the day of the week, for what lies ahead; a month or year has none.
    pub(crate) fn with_weekday(when: When) -> Self {
        let plain = Self::of(when);
        if matches!(when, When::Year(_) | When::Month(..)) {
            return plain;
        }
        Self { shown: format!("{} {}", short_day(when.first_day().weekday()), plain.shown), ..plain }
    }
}

fn short_day(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(iso: &str) -> When {
        When::parse_iso(iso).unwrap()
    }

    #[test]
    fn a_moment_is_a_time_element_with_the_staff_date() {
        assert_eq!(Moment::of(when("2026-11-02")).to_string(), r#"<time datetime="2026-11-02">02-Nov-2026</time>"#);
        assert_eq!(Moment::of(when("2019")).to_string(), r#"<time datetime="2019">2019</time>"#);
    }

    #[test]
    fn what_lies_ahead_has_its_day_of_the_week() {
        assert!(Moment::with_weekday(when("2026-12-01T10:30:00Z")).to_string().contains("Tue 01-Dec-2026 10:30"));
        assert!(Moment::with_weekday(when("2026-12")).to_string().contains(">Dec-2026<"));
    }
}
