//! Entries and what each source answered, made into one shared record that
//! keeps disagreement.
//!
//! Invariants:
//! - Pure: no clock, no input or output. The same facts in any order give the
//!   same record.
//! - No fact is lost and none is preferred. Every entry that goes in is a row,
//!   or counted as removed by its source, or withheld, or not for the role, or
//!   of a source that has stopped sharing; the ledger says which of these happened.
//! - Hiding comes first: counts, badges, headlines and disagreements are made from
//!   what is left, so that none of them tells of what was hidden.
//! - A section's rows cannot be had without its ledger ([`SectionView::with_ledger`]),
//!   and "no known allergies" is a value that only this crate makes ([`NoKnownAllergies`]).
//! - Nothing is computed about the person: a flag, a range or a status is shown
//!   as its source sent it.

mod allergies;
mod codes;
mod disagreement;
mod flag;
mod gathered;
mod key;
mod ledger;
mod medicine_name;
mod names_only;
mod number;
mod same_medicine;
mod section_view;
mod series;
mod shared_record;
mod standing;
#[cfg(test)]
mod testing;
mod time;

pub use allergies::{AllergyHeadline, NoKnownAllergies, StatedNone};
pub use disagreement::{Disagreement, DisagreementId};
pub use flag::Flag;
pub use gathered::{Gathered, SectionSeen, SourceState};
pub use key::TestKey;
pub use ledger::SourceLine;
pub use number::{Range, plain_decimal};
pub use section_view::{Row, SectionRows, SectionView};
pub use series::{OtherUnit, Series, SeriesValue};
pub use shared_record::{Contact, Extract, SharedRecord, reconcile};
