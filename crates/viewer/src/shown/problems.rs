use reconcile::Row;
use record::{Content, Section};

use super::{Shown, day};
use crate::pages::parts::Tab;
use crate::pages::problems::{AlertRow, ProblemRow, Problems};

impl Shown<'_> {
    /// Problems, and alerts and plans in full.
    pub(crate) fn problems(&self) -> Problems {
        let (alerts, problems) = (self.rows(Section::Alerts), self.rows(Section::Problems));
        let current_alerts = alerts.current.iter().filter_map(|row| self.alert_row(row, false));
        let past_alerts = alerts.past.iter().filter_map(|row| self.alert_row(row, true));
        Problems {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Problems),
            alerts: current_alerts.chain(past_alerts).collect(),
            current: problems.current.iter().filter_map(|row| self.problem(row)).collect(),
            past: problems.past.iter().filter_map(|row| self.problem(row)).collect(),
            alerts_state: self.state(Section::Alerts),
            problems_state: self.state(Section::Problems),
            alerts_ledger: self.ledger(Section::Alerts),
            problems_ledger: self.ledger(Section::Problems),
        }
    }

    fn alert_row(&self, row: &Row, past: bool) -> Option<AlertRow> {
        let Content::Alert(it) = &row.entry.content else { return None };
        Some(AlertRow {
            title: it.title.clone(),
            detail: it.detail.clone(),
            kind: it.kind.word().to_owned(),
            from: it.from.or(row.entry.when).map(day),
            until: it.until.map(day),
            past,
            origin: self.origin_in_full(row),
        })
    }

    fn problem(&self, row: &Row) -> Option<ProblemRow> {
        let Content::Problem(it) = &row.entry.content else { return None };
        Some(ProblemRow {
            term: it.term.clone(),
            significance: it.significance.clone().unwrap_or_default(),
            status: it.status.word().to_owned(),
            began: it.onset.or(row.entry.when).map(day),
            ended: it.ended.map(day),
            note: it.note.clone(),
            origin: self.origin_in_full(row),
        })
    }
}
