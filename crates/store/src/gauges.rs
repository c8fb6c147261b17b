//! What an operator watches: how much waits and for how long, how much there is,
//! whether each file can still be written, and how long commits take. Nothing
//! here says anything about anybody.

use std::sync::Arc;

use jiff::Timestamp;
use record::SourceId;

use crate::Place;
use crate::desk::Desk;
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::sqlite::gauges;

/// How much of one source waits, and since when the oldest of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Which source.
    pub source: SourceId,
    /// How many messages or units wait.
    pub count: u64,
    /// When the oldest of them arrived, or came into quarantine.
    pub oldest_at: Timestamp,
}

impl Inbox {
    /// Messages that are durable and not yet applied, for each source that has any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn depths(&self) -> Result<Vec<Depth>, StoreError> {
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| gauges::inbox_depths(connection, &sources)).await
            }
            Place::Postgres(server) => server.inbox_depths(&sources).await,
        }
    }

    /// Units in quarantine that wait for a hand, for each source that has any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn quarantine_depths(&self) -> Result<Vec<Depth>, StoreError> {
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| gauges::quarantine_depths(connection, &sources)).await
            }
            Place::Postgres(server) => server.quarantine_depths(&sources).await,
        }
    }

    /// How much the record file holds, in bytes; its write-ahead log is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => record.read(gauges::size_bytes).await,
            Place::Postgres(server) => server.record_bytes().await,
        }
    }

    /// Proves that the record file takes a durable write now. Nothing changes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => record.write("prove writable", gauges::prove_writable).await,
            Place::Postgres(server) => server.prove_record_writable().await,
        }
    }
}

impl Desk {
    /// How many rows the access log has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn log_rows(&self) -> Result<u64, StoreError> {
        match &self.place {
            Place::Sqlite { desk, .. } => desk.read(gauges::log_rows).await,
            Place::Postgres(server) => server.log_rows().await,
        }
    }

    /// How much the desk file holds, in bytes; its write-ahead log is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        match &self.place {
            Place::Sqlite { desk, .. } => desk.read(gauges::size_bytes).await,
            Place::Postgres(server) => server.desk_bytes().await,
        }
    }

    /// Proves that the desk file takes a durable write now. Nothing changes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        match &self.place {
            Place::Sqlite { desk, .. } => desk.write("prove writable", gauges::prove_writable).await,
            Place::Postgres(server) => server.prove_desk_writable().await,
        }
    }
}
