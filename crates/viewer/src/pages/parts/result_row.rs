//! A row of a table of results. Value, unit, range and flag are the laboratory's.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Moment, Origin, ResultFlag};

/// A row of a table of results.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/result_row.html")]
pub(crate) struct ResultRow {
    /// Unique on its page: a point of a chart leads here.
    pub(crate) id: String,
    /// What heads the row: the test, or when it was taken.
    pub(crate) name: String,
    /// The page of the test.
    pub(crate) href: Option<String>,
    /// `6.1 mmol/L`, or why there is no value.
    pub(crate) value: String,
    /// The value before it was corrected.
    pub(crate) was: Option<String>,
    /// The flag.
    pub(crate) flag: ResultFlag,
    /// `3.5 to 5.3`, or `Not sent`.
    pub(crate) range: String,
    /// When it was taken, unless that heads the row.
    pub(crate) taken: Option<Moment>,
    /// Never blank.
    pub(crate) status: String,
    /// A comment that came with it.
    pub(crate) comment: Option<String>,
    /// Laboratory and source.
    pub(crate) origin: Origin,
    /// Whether the table has columns for status and source.
    pub(crate) full: bool,
}

impl HtmlSafe for ResultRow {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_value_shows_what_it_was() {
        let row = ResultRow {
            id: "r1".into(),
            name: "Potassium".into(),
            href: None,
            value: "4.1 mmol/L".into(),
            was: Some("6.1 mmol/L".into()),
            flag: ResultFlag::of(Some("N"), true),
            range: "3.5 to 5.3".into(),
            taken: None,
            status: "Corrected".into(),
            comment: None,
            origin: Origin { source: "Thameside".into(), when: None, note: None, full: vec![] },
            full: true,
        };
        let html = row.to_string();
        assert!(html.contains("<del>6.1 mmol/L</del>") && html.contains("4.1 mmol/L") && html.contains("Corrected"));
    }
}
