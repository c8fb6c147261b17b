//! The pieces that several pages share. Each is a small template with its own
//! struct; it escapes what it is given, so a page may place it as it is.

pub(crate) mod allergy_block;
pub(crate) mod banner;
pub(crate) mod chart;
pub(crate) mod conflict;
pub(crate) mod flag;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod ledger;
pub(crate) mod measured;
pub(crate) mod medicine_group;
pub(crate) mod medicine_line;
pub(crate) mod moment;
pub(crate) mod origin;
pub(crate) mod result_row;
pub(crate) mod scale;
pub(crate) mod sources_strip;

pub(crate) use allergy_block::{AllergyBlock, AllergyLine, StatedNone};
pub(crate) use banner::{Access, AllergyBadge, Banner, Born, Died};
pub(crate) use chart::Chart;
pub(crate) use conflict::{Conflict, ConflictDoubt, ConflictLine, ConflictValue};
pub(crate) use flag::ResultFlag;
pub(crate) use form::{FieldError, ServerForm};
pub(crate) use frame::{Frame, Place, RecordFrame, SignedIn, Tab};
pub(crate) use ledger::{LedgerLine, LedgerTable, SectionState};
pub(crate) use medicine_group::{MedicineGroup, MedicineRow};
pub(crate) use medicine_line::MedicineLine;
pub(crate) use moment::Moment;
pub(crate) use origin::Origin;
pub(crate) use result_row::ResultRow;
pub(crate) use sources_strip::SourcesStrip;
