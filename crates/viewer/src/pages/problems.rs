//! Problems, and alerts and plans in full.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, SectionState};

/// Problems, and alerts and plans in full.
#[derive(Clone, Debug, Template)]
#[template(path = "problems.html")]
pub(crate) struct Problems {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    /// Current first.
    pub(crate) alerts: Vec<AlertRow>,
    pub(crate) current: Vec<ProblemRow>,
    pub(crate) past: Vec<ProblemRow>,
    pub(crate) alerts_state: SectionState,
    pub(crate) problems_state: SectionState,
    pub(crate) alerts_ledger: LedgerTable,
    pub(crate) problems_ledger: LedgerTable,
}

/// An alert, plan, need or adjustment.
#[derive(Clone, Debug)]
pub(crate) struct AlertRow {
    pub(crate) title: String,
    pub(crate) detail: Option<String>,
    /// `Plan`, `Reasonable adjustment`.
    pub(crate) kind: String,
    pub(crate) from: Option<Moment>,
    pub(crate) until: Option<Moment>,
    /// It has ended.
    pub(crate) past: bool,
    pub(crate) origin: Origin,
}

/// A diagnosis or problem.
#[derive(Clone, Debug)]
pub(crate) struct ProblemRow {
    pub(crate) term: String,
    /// `major`; may be empty.
    pub(crate) significance: String,
    /// Never blank.
    pub(crate) status: String,
    pub(crate) began: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    pub(crate) note: Option<String>,
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use crate::gallery::made_up;

    #[test]
    fn a_problem_without_a_date_says_so() {
        let mut page = made_up::problems();
        page.current.truncate(1);
        page.current[0].began = None;
        assert!(page.to_string().contains(r#"data-label="Began">Not recorded"#));
    }
}
