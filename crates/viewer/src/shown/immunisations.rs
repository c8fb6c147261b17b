use reconcile::Row;
use record::{Content, Immunisation, Section};

use super::{Shown, day, or_not_recorded, sentences};
use crate::pages::immunisations::{ImmunisationRow, Immunisations, ProcedureRow};
use crate::pages::parts::Tab;

impl Shown<'_> {
    /// Immunisations, and procedures and operations.
    pub(crate) fn immunisations(&self) -> Immunisations {
        let (given, done) = (self.rows(Section::Immunisations), self.rows(Section::Procedures));
        Immunisations {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Immunisations),
            immunisations: given.current.iter().chain(given.past).filter_map(|row| self.immunisation(row)).collect(),
            procedures: done.current.iter().chain(done.past).filter_map(|row| self.procedure(row)).collect(),
            immunisations_state: self.state(Section::Immunisations),
            procedures_state: self.state(Section::Procedures),
            immunisations_ledger: self.ledger(Section::Immunisations),
            procedures_ledger: self.ledger(Section::Procedures),
        }
    }

    fn immunisation(&self, row: &Row) -> Option<ImmunisationRow> {
        let Content::Immunisation(it) = &row.entry.content else { return None };
        let given = match &it.not_given_reason {
            Some(reason) => format!("{}: {reason}", it.given),
            None if it.given.trim().is_empty() => "Status not sent".to_owned(),
            None => it.given.clone(),
        };
        Some(ImmunisationRow {
            vaccine: it.vaccine.clone(),
            given,
            on: it.on.or(row.entry.when).map(day),
            details: details(it),
            origin: self.origin_in_full(row),
        })
    }

    fn procedure(&self, row: &Row) -> Option<ProcedureRow> {
        let Content::Procedure(it) = &row.entry.content else { return None };
        let status = if it.status.trim().is_empty() { "Status not sent".to_owned() } else { it.status.clone() };
        let from = it.start.or(row.entry.when);
        Some(ProcedureRow {
            term: it.term.clone(),
            status,
            from: from.map(day),
            to: from.and_then(|from| super::summary::later_day(from, it.end)),
            performer: or_not_recorded(&it.performer),
            note: sentences([it.reason.clone(), it.outcome.clone()]),
            origin: self.origin_in_full(row),
        })
    }
}

fn details(it: &Immunisation) -> String {
    let dose = it.dose_number.as_ref().map(|dose| format!("dose {dose}"));
    let batch = it.batch.as_ref().map(|batch| format!("batch {batch}"));
    let told: Vec<String> = [dose, it.site.clone(), batch].into_iter().flatten().collect();
    if told.is_empty() { "Not recorded".to_owned() } else { told.join(", ") }
}
