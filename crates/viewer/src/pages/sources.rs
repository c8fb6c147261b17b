//! Every source of the record and what it said to every section.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, RecordFrame};

/// Every source of the record.
#[derive(Clone, Debug, Template)]
#[template(path = "sources.html")]
pub(crate) struct Sources {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    /// In configuration order.
    pub(crate) systems: Vec<System>,
    /// One for each section that the role sees, in the order of sections.
    pub(crate) ledgers: Vec<LedgerTable>,
}

/// A record system.
#[derive(Clone, Debug)]
pub(crate) struct System {
    pub(crate) name: String,
    /// `Hospital`.
    pub(crate) kind: String,
    /// `Up to date`, `Not available since …`.
    pub(crate) state: String,
    /// `An item was removed on 03-Nov-2026`.
    pub(crate) removed: Option<String>,
    /// That state means that something may be missing.
    pub(crate) missing: bool,
    pub(crate) last: Option<Moment>,
    /// `test results, appointments, letters`.
    pub(crate) sends: String,
}
