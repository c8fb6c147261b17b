//! Test results and reports, newest first, with filters that hold nothing personal.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, ResultRow, SectionState};

/// Test results and reports.
#[derive(Clone, Debug, Template)]
#[template(path = "results.html")]
pub(crate) struct Results {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) filter: Filter,
    pub(crate) rows: Vec<ResultRow>,
    pub(crate) reports: Vec<ReportLine>,
    pub(crate) state: SectionState,
    pub(crate) ledger: LedgerTable,
}

/// What is filtered, and what that leaves.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Only what the laboratory flagged.
    pub(crate) out_of_range: bool,
    /// Type, period, source.
    pub(crate) choices: Vec<FilterChoice>,
    /// Anything is filtered out.
    pub(crate) on: bool,
    /// `12 of 84 shown`.
    pub(crate) shown: String,
}

/// One list to choose from.
#[derive(Clone, Debug)]
pub(crate) struct FilterChoice {
    /// As it is called in the address.
    pub(crate) name: &'static str,
    /// As it is called on the page.
    pub(crate) label: &'static str,
    /// What may be chosen.
    pub(crate) options: Vec<FilterOption>,
    /// The value that is.
    pub(crate) chosen: String,
}

/// One value to choose.
#[derive(Clone, Debug)]
pub(crate) struct FilterOption {
    pub(crate) value: String,
    pub(crate) words: String,
}

/// A report: its name and conclusion.
#[derive(Clone, Debug)]
pub(crate) struct ReportLine {
    pub(crate) title: String,
    pub(crate) when: Option<Moment>,
    /// Never blank.
    pub(crate) status: String,
    /// May be empty.
    pub(crate) category: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn an_empty_filter_is_not_an_empty_record() {
        let page = made_up::results();
        let filter = Filter { on: true, shown: "0 of 84 shown".into(), ..page.filter.clone() };
        let html = Results { filter, rows: vec![], ..page }.to_string();
        assert!(html.contains("0 of 84 shown") && html.contains("Clear filter") && !html.contains("not recorded"));
    }

    #[test]
    fn a_role_without_results_reads_one_sentence() {
        let page = made_up::results();
        let words = "Test results are not shown for your role (clerk).".to_owned();
        let state = SectionState { not_for_role: Some(words), ..SectionState::default() };
        let html = Results { state, ..page }.to_string();
        assert!(html.contains("not shown for your role (clerk)") && !html.contains("Potassium"));
    }
}
