//! Where a line came from: short beside it, in full behind it.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;

use super::moment::Moment;

/// Where a line came from.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/origin.html")]
pub(crate) struct Origin {
    /// Source or organisation in short: `Riverside Surgery`.
    pub(crate) source: Arc<str>,
    /// When it was recorded there, or how it is said beside the line.
    pub(crate) when: Option<Moment>,
    /// `+1 source`, `newer`: what else is to be said.
    pub(crate) note: Option<String>,
    /// The full form, sentence by sentence; empty where the page has no room for it.
    pub(crate) full: Vec<Arc<str>>,
}

impl HtmlSafe for Origin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_form_stands_behind_the_short_one() {
        let short = Origin { source: "Riverside Surgery".into(), when: None, note: None, full: vec![] };
        assert!(!short.to_string().contains("<details"));
        let full = Origin { full: vec!["Recorded by Dr P. Nair".into()], ..short };
        assert!(full.to_string().contains("<details") && full.to_string().contains("Recorded by Dr P. Nair"));
    }
}
