//! Numbers for the chart. The text as told is what is read; a number is taken
//! from it only where there is no doubt.

/// A laboratory's reference range, where its text says one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end, in the value's unit.
    pub low: Option<f64>,
    /// The upper end, in the value's unit.
    pub high: Option<f64>,
}

/// Longest text that is looked at for a number.
const NUMBER_LENGTH_MAX: usize = 24;

/// The number that a plain decimal says: `6.1`, `-2`, `38`. `None` for `<5`,
/// `1e3`, `6,1` and words.
#[must_use]
pub fn plain_decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_plain = text.len() <= NUMBER_LENGTH_MAX && are_digits(whole) && are_digits(fraction);
    if is_plain { text.parse().ok() } else { None }
}

impl Range {
    /// Reads `3.5-5.3`, `3.5 to 5.3`, `<5`, `<= 5`, `>60`, `≥60`, each with the unit
    /// behind it or without.
    #[must_use]
    pub fn parse(text: &str, unit: Option<&str>) -> Option<Self> {
        let text = text.trim();
        let text = unit
            .map(str::trim)
            .filter(|unit| !unit.is_empty())
            .and_then(|unit| text.strip_suffix(unit))
            .unwrap_or(text);
        let text = text.trim();
        if let Some(high) = strip_any(text, &["<=", "≤", "<"]) {
            return plain_decimal(high).map(|high| Self { low: None, high: Some(high) });
        }
        if let Some(low) = strip_any(text, &[">=", "≥", ">"]) {
            return plain_decimal(low).map(|low| Self { low: Some(low), high: None });
        }
        let (low, high) = split_range(text)?;
        (low <= high).then_some(Self { low: Some(low), high: Some(high) })
    }
}

fn strip_any<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// A dash is a sign at the start and after another dash, and parts the ends elsewhere.
fn split_range(text: &str) -> Option<(f64, f64)> {
    let ends = |low: &str, high: &str| Some((plain_decimal(low)?, plain_decimal(high)?));
    if let Some((low, high)) = text.split_once(" to ") {
        return ends(low, high);
    }
    text.char_indices()
        .filter(|(at, c)| *at > 0 && ['-', '–', '—'].contains(c))
        .find_map(|(at, c)| ends(text.get(..at)?, text.get(at + c.len_utf8()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(text: &str) -> Option<(Option<f64>, Option<f64>)> {
        Range::parse(text, Some("mmol/L")).map(|range| (range.low, range.high))
    }

    #[test]
    fn ranges_are_read_as_laboratories_write_them() {
        for text in ["3.5-5.3", "3.5 - 5.3", "3.5 to 5.3", "3.5–5.3", "3.5 - 5.3 mmol/L"] {
            assert_eq!(ends(text), Some((Some(3.5), Some(5.3))), "{text}");
        }
        for text in ["<5", "< 5", "<=5", "≤5 mmol/L"] {
            assert_eq!(ends(text), Some((None, Some(5.0))), "{text}");
        }
        for text in [">60", ">= 60", "≥60"] {
            assert_eq!(ends(text), Some((Some(60.0), None)), "{text}");
        }
        assert_eq!(ends("-2-2"), Some((Some(-2.0), Some(2.0))));
        assert_eq!(ends("-4--2"), Some((Some(-4.0), Some(-2.0))));
    }

    #[test]
    fn a_range_in_words_or_in_another_unit_is_not_guessed() {
        for text in ["", "negative", "see note", "5.3-3.5", "3.5-5.3 mg/dL", "3.5-", "-", "male 3-5, female 2-4"] {
            assert_eq!(ends(text), None, "{text}");
        }
    }

    #[test]
    fn only_plain_decimals_are_numbers() {
        assert_eq!(plain_decimal("6.1"), Some(6.1));
        assert_eq!(plain_decimal(" -2 "), Some(-2.0));
        for text in ["", "<5", "1e3", "6,1", "NaN", "inf", ".5", "5.", "1.2.3", "٣", "--1"] {
            assert_eq!(plain_decimal(text), None, "{text}");
        }
        assert!(plain_decimal(&"1".repeat(NUMBER_LENGTH_MAX)).is_some());
        assert!(plain_decimal(&"1".repeat(NUMBER_LENGTH_MAX + 1)).is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", unit in proptest::option::of(".{0,6}")) {
            let _ = Range::parse(&text, unit.as_deref());
        }

        #[test]
        fn a_written_range_reads_back(low in 0_u32..1000, width in 0_u32..1000) {
            let range = Range::parse(&format!("{low}-{}", low + width), None);
            prop_assert_eq!(range, Some(Range { low: Some(f64::from(low)), high: Some(f64::from(low + width)) }));
        }
    }
}
