//! Who is involved, and the council's social care.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, SectionState};

/// Who is involved, and the council's social care.
#[derive(Clone, Debug, Template)]
#[template(path = "people.html")]
pub(crate) struct People {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    pub(crate) people: Vec<PersonRow>,
    pub(crate) social_care: Vec<SocialCareRow>,
    pub(crate) people_state: SectionState,
    pub(crate) social_state: SectionState,
    pub(crate) people_ledger: LedgerTable,
    pub(crate) social_ledger: LedgerTable,
}

/// A relative, carer, professional or team.
#[derive(Clone, Debug)]
pub(crate) struct PersonRow {
    pub(crate) name: String,
    /// May be empty.
    pub(crate) organisation: String,
    /// Or `Not recorded`.
    pub(crate) role: String,
    /// Or `Not recorded`.
    pub(crate) telephone: String,
    pub(crate) from: Option<Moment>,
    pub(crate) until: Option<Moment>,
    pub(crate) origin: Origin,
}

/// A package, assessment or allocation.
#[derive(Clone, Debug)]
pub(crate) struct SocialCareRow {
    pub(crate) title: String,
    pub(crate) detail: Option<String>,
    /// Never blank.
    pub(crate) status: String,
    /// Or `Not recorded`.
    pub(crate) worker: String,
    pub(crate) from: Option<Moment>,
    pub(crate) until: Option<Moment>,
    pub(crate) review: Option<Moment>,
    pub(crate) origin: Origin,
}
