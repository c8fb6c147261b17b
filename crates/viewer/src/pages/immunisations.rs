//! Immunisations, and procedures and operations.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, SectionState};

/// Immunisations, and procedures and operations.
#[derive(Clone, Debug, Template)]
#[template(path = "immunisations.html")]
pub(crate) struct Immunisations {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) immunisations: Vec<ImmunisationRow>,
    pub(crate) procedures: Vec<ProcedureRow>,
    pub(crate) immunisations_state: SectionState,
    pub(crate) procedures_state: SectionState,
    pub(crate) immunisations_ledger: LedgerTable,
    pub(crate) procedures_ledger: LedgerTable,
}

/// A vaccine given or not given.
#[derive(Clone, Debug)]
pub(crate) struct ImmunisationRow {
    pub(crate) vaccine: String,
    /// `Given`, or `Not given: declined`.
    pub(crate) given: String,
    pub(crate) on: Option<Moment>,
    /// `Dose 2, left arm, batch AB123`, or `Not recorded`.
    pub(crate) details: String,
    pub(crate) origin: Origin,
}

/// A procedure or operation.
#[derive(Clone, Debug)]
pub(crate) struct ProcedureRow {
    pub(crate) term: String,
    /// Never blank.
    pub(crate) status: String,
    pub(crate) from: Option<Moment>,
    pub(crate) to: Option<Moment>,
    /// Or `Not recorded`.
    pub(crate) performer: String,
    /// Reason, outcome.
    pub(crate) note: Option<String>,
    pub(crate) origin: Origin,
}
