//! What an operator watches, in the embedded database.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::gauges::Depth;
use crate::inbox::timestamp;
use crate::source_numbers::SourceNumbers;

/// Messages that are durable and not yet applied, by source, and the oldest arrival among them.
const INBOX_DEPTHS: &str = "SELECT source, count(*), min(received_at) FROM message INDEXED BY message_waiting
     WHERE state = 0 GROUP BY source";
/// Units in quarantine that nobody has settled, by source, and since when the oldest waits.
const QUARANTINE_DEPTHS: &str = "SELECT source, count(*), min(at) FROM quarantine WHERE state = 0 GROUP BY source";
/// No row of the access log is ever removed, so the newest one's number is their count.
const LOG_ROWS: &str = "SELECT coalesce(max(id), 0) FROM access_log";
const FILE_BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

pub(crate) fn inbox_depths(connection: &Connection, sources: &SourceNumbers) -> Result<Vec<Depth>, StoreError> {
    depths(connection, sources, INBOX_DEPTHS)
}

pub(crate) fn quarantine_depths(connection: &Connection, sources: &SourceNumbers) -> Result<Vec<Depth>, StoreError> {
    depths(connection, sources, QUARANTINE_DEPTHS)
}

fn depths(connection: &Connection, sources: &SourceNumbers, sql: &str) -> Result<Vec<Depth>, StoreError> {
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
}

pub(crate) fn log_rows(connection: &Connection) -> Result<u64, StoreError> {
    number(connection, LOG_ROWS)
}

pub(crate) fn size_bytes(connection: &Connection) -> Result<u64, StoreError> {
    number(connection, FILE_BYTES)
}

fn number(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    let number: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(number.cast_unsigned())
}

/// The schema's version is written again as it is: a page of the file that has to
/// reach the disk like any other.
pub(crate) fn prove_writable(connection: &Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(connection.pragma_update(None, "user_version", version)?)
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
        let record = include_str!("record_0001.sql");
        assert!(plan(record, INBOX_DEPTHS).contains("USING INDEX message_waiting"));
        assert!(plan(record, QUARANTINE_DEPTHS).contains("USING COVERING INDEX quarantine_waiting"));
        assert!(plan(include_str!("desk_0001.sql"), LOG_ROWS).starts_with("SEARCH access_log"));
    }
}
