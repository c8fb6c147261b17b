//! Reading a told value or range as a number, only to place it on a chart. What
//! is read is never shown: the words of the source are.

/// The reference range of a chart, with the words it was told in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlainRange {
    /// Lower end; open where none was told.
    pub(crate) low: Option<f64>,
    /// Upper end; open where none was told.
    pub(crate) high: Option<f64>,
}

/// The number, where the value is a number and nothing else: `<5` has no place
/// on a line.
pub(crate) fn plain_number(value: &str) -> Option<f64> {
    let value = value.trim();
    let digits_only = value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
    value.parse().ok().filter(|number: &f64| digits_only && number.is_finite())
}

/// The ends of a told range: `3.5-5.3`, `3.5 to 5.3`, `<5`, `> 60`, `above 60`.
pub(crate) fn plain_range(told: &str) -> Option<PlainRange> {
    let told = told.trim();
    if let Some(high) = after_any(told, &["<=", "≤", "<", "below", "up to"]) {
        return Some(PlainRange { low: None, high: Some(plain_number(high)?) });
    }
    if let Some(low) = after_any(told, &[">=", "≥", ">", "above"]) {
        return Some(PlainRange { low: Some(plain_number(low)?), high: None });
    }
    let (low, high) = told.split_once(" to ").or_else(|| told.split_once('–')).or_else(|| told.split_once('-'))?;
    let (low, high) = (plain_number(low)?, plain_number(high)?);
    (low < high).then_some(PlainRange { low: Some(low), high: Some(high) })
}

fn after_any<'a>(told: &'a str, marks: &[&str]) -> Option<&'a str> {
    marks.iter().find_map(|mark| told.strip_prefix(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_number_is_placed_on_a_chart() {
        assert_eq!(plain_number(" 6.1 "), Some(6.1));
        for told in ["<5", "6.1 mmol/L", "1e5", "inf", "", "5-6", "trace"] {
            assert_eq!(plain_number(told), None, "{told}");
        }
    }

    #[test]
    fn ranges_are_read_as_laboratories_write_them() {
        let ends = |told| plain_range(told).map(|range| (range.low, range.high));
        assert_eq!(ends("3.5-5.3"), Some((Some(3.5), Some(5.3))));
        assert_eq!(ends("3.5 to 5.3"), Some((Some(3.5), Some(5.3))));
        assert_eq!(ends("3.5 – 5.3"), Some((Some(3.5), Some(5.3))));
        assert_eq!(ends(">60"), Some((Some(60.0), None)));
        assert_eq!(ends("above 60"), Some((Some(60.0), None)));
        assert_eq!(ends("<= 5"), Some((None, Some(5.0))));
        for told in ["", "negative", "5.3-3.5", "-", "a-b"] {
            assert_eq!(ends(told), None, "{told}");
        }
    }
}
