//! One test over time: the latest value large, a drawing, and every value in a table.

use askama::Template;

use super::parts::{Chart, Frame, LedgerTable, Moment, RecordFrame, ResultFlag, ResultRow, SectionState};

/// One test over time.
#[derive(Clone, Debug, Template)]
#[template(path = "one_test.html")]
pub(crate) struct OneTest {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    /// `Potassium (blood)`.
    pub(crate) test: String,
    pub(crate) latest: Option<LargeValue>,
    pub(crate) previous: Option<LargeValue>,
    pub(crate) periods: Vec<Period>,
    /// One for each unit: different units are never in one drawing.
    pub(crate) figures: Vec<Figure>,
    /// Why nothing is drawn.
    pub(crate) no_chart: Option<String>,
    /// `8 of 8 shown`.
    pub(crate) shown: String,
    /// Headed by when they were taken.
    pub(crate) values: Vec<ResultRow>,
    pub(crate) state: SectionState,
    pub(crate) ledger: LedgerTable,
}

/// A value in large print.
#[derive(Clone, Debug)]
pub(crate) struct LargeValue {
    pub(crate) taken: Moment,
    /// `6.1 mmol/L`.
    pub(crate) value: String,
    pub(crate) flag: ResultFlag,
}

/// A period that may be chosen: 3 months, 12 months, 5 years, all.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub(crate) href: String,
    pub(crate) words: &'static str,
    pub(crate) current: bool,
}

/// A drawing for wide screens and paper, and one for phones.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) wide: Chart,
    pub(crate) narrow: Chart,
    /// Shape and laboratory, where there are several.
    pub(crate) key: Vec<(&'static str, String)>,
    /// `Ranges differ between laboratories: see the table.`
    pub(crate) note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn every_point_leads_to_a_row_that_exists() {
        let html = made_up::one_test().to_string();
        let rows: Vec<_> = html.split("href=\"#v").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!rows.is_empty());
        for row in rows {
            assert!(html.contains(&format!("id=\"v{row}\"")), "v{row}");
        }
    }

    #[test]
    fn without_a_drawing_the_page_says_why_and_keeps_the_table() {
        let page = OneTest {
            figures: vec![],
            no_chart: Some("One value: a drawing needs two.".into()),
            ..made_up::one_test()
        };
        let html = page.to_string();
        assert!(!html.contains("<svg") && html.contains("a drawing needs two") && html.contains("Every value"));
    }
}
