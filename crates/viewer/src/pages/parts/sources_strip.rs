//! One line under the tabs: who answered, who did not, since when.

use askama::Template;
use askama::filters::HtmlSafe;

/// How complete the record is, on every page of it.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/sources_strip.html")]
pub(crate) struct SourcesStrip {
    /// `6 of 7 sources up to date at 13:41 (24h)`.
    pub(crate) headline: String,
    /// What is missing, each with its source: `Kingsbrook Hospital: not available since 12:58`.
    pub(crate) missing: Vec<String>,
    /// What else is worth saying: `Southmere Council: as at 22-Nov-2026 06:00`.
    pub(crate) also: Vec<String>,
    /// The page with every source.
    pub(crate) sources_href: String,
    /// That page is this one.
    pub(crate) sources_current: bool,
    /// This page again.
    pub(crate) refresh_href: String,
}

impl HtmlSafe for SourcesStrip {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_never_folded_away() {
        let strip = SourcesStrip {
            headline: "6 of 7 sources up to date at 13:41 (24h)".into(),
            missing: vec!["Kingsbrook Hospital: not available since 12:58".into()],
            also: vec![],
            sources_href: "/record/a/sources".into(),
            sources_current: false,
            refresh_href: "/record/a".into(),
        };
        let html = strip.to_string();
        assert!(html.contains("Kingsbrook Hospital: not available since 12:58"));
        assert!(!html.contains("<details"));
    }
}
