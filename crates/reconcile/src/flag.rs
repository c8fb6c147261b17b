use std::borrow::Cow;

use record::TestResult;

/// The laboratory's own flag as word and shape. Never computed: a value outside
/// its range that the laboratory did not flag is not flagged here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The word: "Very high", "In range", "Flag not sent", "Range not sent", or
    /// the code as sent where it is not in HL7 table 0078's common part.
    pub word: Cow<'static, str>,
    /// A shape beside the word, for the eye alone; empty where there is none.
    pub shape: &'static str,
    /// Whether the laboratory says that the value is outside what it expects.
    pub out_of_range: bool,
}

impl Flag {
    /// The flag of a result.
    #[must_use]
    pub fn of(result: &TestResult) -> Self {
        let told = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        match (told(&result.flag), told(&result.range)) {
            (Some(code), _) => Self::from_code(&code),
            (None, Some(_)) => Self::new("Flag not sent", "", false),
            (None, None) => Self::new("Range not sent", "", false),
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "H" => Self::new("High", "▲", true),
            "HH" => Self::new("Very high", "▲▲", true),
            "L" => Self::new("Low", "▼", true),
            "LL" => Self::new("Very low", "▼▼", true),
            "A" => Self::new("Abnormal", "!", true),
            "AA" => Self::new("Very abnormal", "!!", true),
            "N" => Self::new("In range", "", false),
            other => Self { word: Cow::Owned(other.to_owned()), shape: "", out_of_range: false },
        }
    }

    fn new(word: &'static str, shape: &'static str, out_of_range: bool) -> Self {
        Self { word: Cow::Borrowed(word), shape, out_of_range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::result;

    fn shown(flag: Option<&str>, range: Option<&str>) -> (String, &'static str, bool) {
        let flag = Flag::of(&TestResult {
            flag: flag.map(str::to_owned),
            range: range.map(str::to_owned),
            ..result("Potassium", "6.1", "mmol/L")
        });
        (flag.word.into_owned(), flag.shape, flag.out_of_range)
    }

    #[test]
    fn every_common_flag_is_a_word_and_a_shape() {
        let words: Vec<_> = ["H", "HH", "L", "LL", "A", "AA", "N"].map(|code| shown(Some(code), None)).into();
        let expected = [
            ("High", "▲", true),
            ("Very high", "▲▲", true),
            ("Low", "▼", true),
            ("Very low", "▼▼", true),
            ("Abnormal", "!", true),
            ("Very abnormal", "!!", true),
            ("In range", "", false),
        ];
        assert_eq!(words, expected.map(|(word, shape, out)| (word.to_owned(), shape, out)));
    }

    #[test]
    fn an_unknown_flag_is_shown_raw_and_not_understood() {
        assert_eq!(shown(Some("h~A"), None), ("h~A".to_owned(), "", false));
    }

    #[test]
    fn an_absent_flag_is_said_and_never_computed() {
        assert_eq!(shown(None, Some("3.5-5.3")).0, "Flag not sent");
        assert_eq!(shown(Some(" "), None).0, "Range not sent");
    }
}
