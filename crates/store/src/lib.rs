//! The only room with SQL. It keeps messages, people, links, entries,
//! permissions, opt-outs, sessions and the access log; it decides nothing.
//!
//! Invariants:
//! - [`open`] hands out separate handles. Only `disclosure` is given
//!   [`ClinicalReads`] and [`LogReads`]; each of their functions takes a decision
//!   of `access` and the [`Receipt`] of the same request.
//! - A [`Receipt`] exists only once its row of the access log is durable.
//! - A message is durable before [`Inbox::receive`] returns, and is applied in
//!   one transaction: once, or not at all.
//! - Two files, two writers: *record* and *desk*. No transaction spans them.
//!   Every commit is synced (`synchronous = FULL`).
//! - A source's patient is never rewritten by a link, and what an entry said
//!   before is kept.

mod apply;
mod apply_entries;
mod candidates;
mod charts;
mod clinical;
mod clinical_rows;
mod describe;
mod desk;
mod desk_log;
mod entry_row;
mod error;
mod inbox;
mod moves;
mod people;
mod pieces;
mod quarantined;
mod receipt;
mod sessions;
mod sizes;
mod source_numbers;
mod source_texts;
mod sqlite;
mod told;

use std::path::Path;
use std::sync::Arc;

use record::{Chance, Source};

pub use apply::{
    Application, Applied, Candidate, ChartChange, FoundBy, IdentityRules, Placement, UnitCounts, UnitWork, Work,
};
pub use clinical::{ClinicalReads, Doubt, HITS_MAX, LookUp, StoredChart, StoredHit, StoredRecord, StoredSource};
pub use desk::{Asked, Desk, PersonStand, SessionKey};
pub use desk_log::{LOG_ROWS_MAX, LogReads, LogRow};
pub use error::StoreError;
pub use inbox::{Arrival, CONTROL_ID_WINDOW_DAYS, Inbox, LISTED_MAX, ListedMessage, Received, WaitingMessage};
pub use people::People;
pub use quarantined::{QUARANTINED_MAX, QuarantinedUnit};
pub use receipt::Receipt;
pub use sessions::{SESSION_HOURS, SESSION_IDLE_MINUTES, SIGN_IN_MINUTES, Session, SignIn};
pub use sizes::sizes;

/// The name of the record file within the data folder.
pub const RECORD_FILE: &str = "record.sqlite";
/// The name of the desk file within the data folder.
pub const DESK_FILE: &str = "desk.sqlite";

/// The store's handles, each for the one room that needs it.
pub struct Store {
    /// For `intake`.
    pub inbox: Inbox,
    /// For `disclosure` alone.
    pub clinical: ClinicalReads,
    /// For `disclosure` alone.
    pub log: LogReads,
    /// For `disclosure` and the session keeping of `viewer`.
    pub desk: Desk,
    /// For `disclosure` and commands: who there is, without anything about them.
    pub people: People,
}

/// Opens the embedded store in `folder`, which must exist, for these sources.
///
/// # Errors
/// When a file cannot be opened or has an unknown schema version.
pub async fn open(folder: &Path, sources: &[Source], chance: Chance) -> Result<Store, StoreError> {
    let record = sqlite::File::open(&folder.join(RECORD_FILE), sqlite::RECORD)?;
    let desk = sqlite::File::open(&folder.join(DESK_FILE), sqlite::DESK)?;
    let sources = sources.to_vec();
    let numbers = record
        .write("register sources", move |connection| source_numbers::SourceNumbers::register(connection, &sources))
        .await?;
    let sources = Arc::new(numbers);
    Ok(Store {
        inbox: Inbox { file: record.clone(), sources: Arc::clone(&sources) },
        clinical: ClinicalReads { file: record.clone(), sources },
        log: LogReads { file: desk.clone() },
        people: People { file: record.clone() },
        desk: Desk { file: desk, record, chance },
    })
}
