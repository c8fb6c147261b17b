//! The laboratory's own flag as word, shape and colour. None is ever computed.

use askama::Template;
use askama::filters::HtmlSafe;

/// A result's flag.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="cc-flag cc-flag--{{ look }}">{% if !mark.is_empty() %}<span aria-hidden="true">{{ mark }}</span> {% endif %}{{ words }}</span>"#,
    ext = "html"
)]
pub(crate) struct ResultFlag {
    look: &'static str,
    mark: &'static str,
    words: String,
}

impl HtmlSafe for ResultFlag {}

impl ResultFlag {
    /// From the flag code (HL7 table 0078, also FHIR `interpretation`) as told.
    /// An unknown code is shown as it came.
    pub(crate) fn of(code: Option<&str>, range_told: bool) -> Self {
        let (look, mark, words) = match code.map(str::trim).filter(|code| !code.is_empty()) {
            None if range_told => ("none", "", "No flag sent"),
            None => ("none", "", "Range not sent"),
            Some("N") => ("in", "", "In range"),
            Some("H" | "HU") => ("high", "▲", "High"),
            Some("HH") => ("high", "▲▲", "Very high"),
            Some(">") => ("high", "▲", "Above what can be measured"),
            Some("L" | "LU") => ("low", "▼", "Low"),
            Some("LL") => ("low", "▼▼", "Very low"),
            Some("<") => ("low", "▼", "Below what can be measured"),
            Some("A") => ("odd", "◆", "Abnormal"),
            Some("AA") => ("odd", "◆◆", "Very abnormal"),
            Some("U") => ("none", "", "Changed up"),
            Some("D") => ("none", "", "Changed down"),
            Some("S") => ("in", "", "Susceptible"),
            Some("R") => ("odd", "◆", "Resistant"),
            Some("I") => ("odd", "◆", "Intermediate"),
            Some(other) => return Self { look: "none", mark: "", words: format!("Flag {other}") },
        };
        Self { look, mark, words: words.to_owned() }
    }

    /// Whether the laboratory flagged it as out of its range.
    pub(crate) fn is_out_of_range(&self) -> bool {
        matches!(self.look, "high" | "low" | "odd")
    }

    /// The word alone.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_a_word_and_a_shape_that_is_not_read_aloud() {
        let flag = ResultFlag::of(Some("HH"), true);
        assert_eq!(
            flag.to_string(),
            r#"<span class="cc-flag cc-flag--high"><span aria-hidden="true">▲▲</span> Very high</span>"#
        );
        assert!(flag.is_out_of_range());
    }

    #[test]
    fn no_flag_is_never_read_as_in_range() {
        assert_eq!(ResultFlag::of(None, true).words(), "No flag sent");
        assert_eq!(ResultFlag::of(Some(" "), false).words(), "Range not sent");
        assert!(!ResultFlag::of(None, false).is_out_of_range());
    }

    #[test]
    fn an_unknown_flag_is_shown_as_it_came() {
        assert_eq!(ResultFlag::of(Some("<script>"), true).words(), "Flag <script>");
        assert!(ResultFlag::of(Some("<script>"), true).to_string().contains("Flag &#60;script&#62;"));
    }
}
