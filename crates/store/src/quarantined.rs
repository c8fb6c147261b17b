use std::sync::Arc;

use jiff::Timestamp;
use record::{MessageId, SourceId};

use crate::Place;
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::sqlite;

/// How many units one page of [`Inbox::quarantined`] holds.
pub const QUARANTINED_MAX: i64 = 1_000;

/// A unit of a message that was put in quarantine: where and why, and nothing of
/// what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedUnit {
    /// Its own number: in the order of messages, and within one in the order in which
    /// they were put in quarantine.
    pub id: u64,
    /// From which source.
    pub source: SourceId,
    /// In which message.
    pub message: MessageId,
    /// Which unit of that message, from 0; 0 too where the whole message waits.
    pub unit: u32,
    /// Its type as the standard names it: `ADT^A08`, `Observation`.
    pub kind: String,
    /// Where in the unit.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// Whether it concerns a record that is known. Whose is not told here.
    pub is_person_known: bool,
    /// It waits for a hand; otherwise it was settled.
    pub is_waiting: bool,
}

impl Inbox {
    /// What is in quarantine or was, in that order, [`QUARANTINED_MAX`] at a time;
    /// `after` is the last id of the page before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn quarantined(&self, after: Option<u64>) -> Result<Vec<QuarantinedUnit>, StoreError> {
        let sources = Arc::clone(&self.sources);
        let after = after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::inbox::quarantined(connection, &sources, after)).await
            }
            Place::Postgres(server) => server.quarantined(&sources, after).await,
        }
    }
}
