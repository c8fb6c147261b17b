//! What an operator watches: how much waits and for how long, how much there is,
//! whether each file can still be written, and how long commits take. Nothing
//! here says anything about anybody.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use record::SourceId;
use rusqlite::Connection;
use tokio::time::Instant;

use crate::desk::Desk;
use crate::error::StoreError;
use crate::inbox::{Inbox, timestamp};
use crate::source_numbers::SourceNumbers;
use crate::sqlite::File;

/// Messages that are durable and not yet applied, by source, and the oldest arrival among them.
const INBOX_DEPTHS: &str = "SELECT source, count(*), min(received_at) FROM message INDEXED BY message_waiting
     WHERE state = 0 GROUP BY source";
/// Units in quarantine that nobody has settled, by source, and since when the oldest waits.
const QUARANTINE_DEPTHS: &str = "SELECT source, count(*), min(at) FROM quarantine WHERE state = 0 GROUP BY source";
/// No row of the access log is ever removed, so the newest one's number is their count.
const LOG_ROWS: &str = "SELECT coalesce(max(id), 0) FROM access_log";
const FILE_BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

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
        depths(&self.file, &self.sources, INBOX_DEPTHS).await
    }

    /// Units in quarantine that wait for a hand, for each source that has any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn quarantine_depths(&self) -> Result<Vec<Depth>, StoreError> {
        depths(&self.file, &self.sources, QUARANTINE_DEPTHS).await
    }

    /// How much the record file holds, in bytes; its write-ahead log is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        self.file.read(|connection| number(connection, FILE_BYTES)).await
    }

    /// Proves that the record file takes a durable write now. Nothing changes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        self.file.write("prove writable", prove_writable).await
    }
}

impl Desk {
    /// How many rows the access log has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn log_rows(&self) -> Result<u64, StoreError> {
        self.file.read(|connection| number(connection, LOG_ROWS)).await
    }

    /// How much the desk file holds, in bytes; its write-ahead log is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        self.file.read(|connection| number(connection, FILE_BYTES)).await
    }

    /// Proves that the desk file takes a durable write now. Nothing changes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        self.file.write("prove writable", prove_writable).await
    }
}

async fn depths(file: &File, sources: &Arc<SourceNumbers>, sql: &'static str) -> Result<Vec<Depth>, StoreError> {
    let sources = Arc::clone(sources);
    file.read(move |connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut depths = Vec::new();
        while let Some(row) = rows.next()? {
            depths.push(Depth {
                source: sources.id(row.get(0)?)?,
                count: row.get::<_, i64>(1)?.cast_unsigned(),
                oldest_at: timestamp(row.get(2)?),
            });
        }
        Ok(depths)
    })
    .await
}

fn number(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    let number: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(number.cast_unsigned())
}

/// The schema's version is written again as it is: a page of the file that has to
/// reach the disk like any other.
fn prove_writable(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(connection.pragma_update(None, "user_version", version)?)
}

/// Measures the commits of one file.
pub(crate) struct CommitMeasure {
    /// `record` or `desk`.
    file: String,
}

impl CommitMeasure {
    pub(crate) fn of(connection: &Connection) -> Self {
        let stem = connection.path().and_then(|path| Path::new(path).file_stem());
        Self { file: stem.unwrap_or_default().to_string_lossy().into_owned() }
    }

    /// When a group begins.
    pub(crate) fn start() -> Instant {
        Instant::now()
    }

    /// A group of so many callers ended.
    pub(crate) fn ended(&self, began: Instant, callers: usize, is_durable: bool) {
        let outcome = if is_durable { "durable" } else { "failed" };
        let callers = u32::try_from(callers).unwrap_or(u32::MAX);
        metrics::histogram!("connect_care_store_commit_seconds", "file" => self.file.clone(), "outcome" => outcome)
            .record(began.elapsed().as_secs_f64());
        metrics::histogram!("connect_care_store_commit_callers", "file" => self.file.clone())
            .record(f64::from(callers));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(schema: &str, sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(schema).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_reading_goes_through_what_waits_and_not_through_what_is_done() {
        let record = include_str!("sqlite/record_0001.sql");
        assert!(plan(record, INBOX_DEPTHS).contains("USING INDEX message_waiting"));
        assert!(plan(record, QUARANTINE_DEPTHS).contains("USING COVERING INDEX quarantine_waiting"));
        assert!(plan(include_str!("sqlite/desk_0001.sql"), LOG_ROWS).starts_with("SEARCH access_log"));
    }
}
