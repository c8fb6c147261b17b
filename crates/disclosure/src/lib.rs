//! The one door between the store and anyone's eyes.
//!
//! Facts are read, `access` decides, the access log is written and durable, and
//! only then is anything gathered; `reconcile` makes one record of it, and what
//! leaves is a [`Disclosed`] value.
//!
//! Invariants:
//! - Each function that lets content out is a method of [`Disclosure`]; the list
//!   of them is a checked-in snapshot (`tests/it/door.rs`).
//! - Pages and answers are made from [`Disclosed`] values, which only this crate makes.
//! - Refusals are logged like openings. If a row cannot be made durable, nothing
//!   clinical is sent.
//! - No decision outlives its request. Where facts or the record move between
//!   decision, row and reading, a new request begins.
//! - A record accounts for every source but other general practices: one of those
//!   is listed where it knows the person, where something of it waits, or where a
//!   source names it as the person's.
//! - Whoever does not exist is refused like whoever is restricted.

mod answer;
mod attempts;
mod compared;
mod copy;
mod difference;
mod disclosed;
mod door;
mod exposure;
mod exposure_csv;
mod identity_acts;
mod identity_record;
mod identity_work;
mod letter;
mod message;
mod open;
mod opt_out;
mod person_view;
mod quarantine;
mod quarantine_acts;
mod region;
mod review;
mod search;
mod session_log;
mod who;

pub use answer::DECIDER_CHARACTERS_MAX;
/// A row of the access log, as reviewers are given it.
pub use audit::{Act, Event, Outcome};
pub use compared::{Agreement, Compared, FieldAgreement, compared};
pub use copy::{Lack, PersonCopy};
pub use difference::{DIFFERENCE_VALUES_MAX, Difference, DifferingValue, FieldValue};
pub use disclosed::Disclosed;
pub use door::{Caller, Closed, Disclosure, Door};
pub use exposure::{EntryShown, ExposedAt, Exposure, Look, StoodCount};
pub use exposure_csv::{ENTRY_COLUMNS, LOOK_COLUMNS};
pub use identity_acts::{LinkVerdict, needs_second};
pub use identity_record::{OneRecord, RECORDS_MAX, RecordOf, RecordsFound};
pub use identity_work::PairPreview;
pub use letter::LetterRead;
pub use message::MessageBytes;
pub use open::OpenRecord;
pub use person_view::{PersonView, Told};
pub use quarantine::{Quarantine, QuarantinedMessage};
pub use region::Region;
pub use review::WhoLooked;
pub use search::{Found, Hit, HitView, HowFound, Query};
pub use who::Who;
/// What may be decided about quarantine, what was, and how a message is built.
pub use {
    formats::{Outline, OutlineField, OutlineLine},
    store::{
        Ask, CORRECTION_BYTES_MAX, Doubt, DoubtKind, Goes, HandAct, HandAsked, HandDecision, IdentityAsked,
        IdentityDoubt, IdentityWork, ItemState, LinkAct, LinkDecision, MixedTime, Moving, MovingChart, MovingEntry,
        Named, PairChart, PairPerson, QUARANTINE_ALARM_MINUTES, QuarantineItem, StoodEntry, StoredPair, WorkListItem,
    },
};
