//! Sweeping in the embedded database.

use std::path::Path;

use record::MessageId;
use rusqlite::{Connection, params};

use super::order;
use crate::error::StoreError;
use crate::order::ACT_SWEPT;
use crate::retention::{Sweep, Swept};

/// Earlier versions that something else followed before a moment, and those that were
/// never shown and came before it.
const VERSIONS: &str = "
    DELETE FROM entry_version WHERE rowid IN (
      WITH said AS MATERIALIZED (SELECT a.message, max(a.at) AS at FROM application a WHERE a.act = 0 GROUP BY 1),
        following AS MATERIALIZED (
          SELECT e.id, e.since, e.message FROM entry e
          UNION ALL SELECT w.id, w.since, w.message FROM entry_version w WHERE w.since < w.until)
      SELECT v.rowid FROM entry_version v JOIN following f ON f.id = v.id AND f.since = v.until
      JOIN said s ON s.message = iif(v.since < v.until, f.message, v.message)
      WHERE s.at < ?1 AND v.id >> 20 NOT IN (SELECT value FROM json_each(?2))
        AND v.source NOT IN (SELECT value FROM json_each(?3))
      UNION
      SELECT v.rowid FROM entry_version v JOIN said s ON s.message = v.message
      WHERE v.since = v.until AND s.at < ?1 AND v.id >> 20 NOT IN (SELECT value FROM json_each(?2))
        AND v.source NOT IN (SELECT value FROM json_each(?3)))";
const SETTLED_ACTS: &str = "
    DELETE FROM quarantine_act WHERE done_at IS NOT NULL AND item IN (
      SELECT id FROM quarantine WHERE state <> 0 AND at < ?1
        AND (person IS NULL OR person NOT IN (SELECT value FROM json_each(?2)))
        AND source NOT IN (SELECT value FROM json_each(?3)))";
const SETTLED: &str = "
    DELETE FROM quarantine WHERE state <> 0 AND at < ?1
      AND (person IS NULL OR person NOT IN (SELECT value FROM json_each(?2)))
      AND source NOT IN (SELECT value FROM json_each(?3))";
const SET_ASIDE: &str = "
    SELECT m.id FROM message m WHERE m.state IN (2, 3) AND m.received_at < ?1
      AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.message = m.id AND q.state = 0)
      AND m.source NOT IN (SELECT value FROM json_each(?2))";

pub(crate) fn sweep(connection: &Connection, sweep: &Sweep, at: i64, is_trial: bool) -> Result<Swept, StoreError> {
    let mut sweep = sweep.clone();
    connection.execute_batch("SAVEPOINT sweep")?;
    sweep.held_people =
        held(connection, "SELECT person FROM legal_hold WHERE lifted_at IS NULL AND person IS NOT NULL")?;
    sweep.held_sources =
        held(connection, "SELECT source FROM legal_hold WHERE lifted_at IS NULL AND source IS NOT NULL")?;
    let mut swept = again(connection, &sweep)?;
    if let Some(before) = sweep.set_aside_before {
        swept.messages = forget_set_aside(connection, &sweep, before, at)?;
    }
    if is_trial {
        connection.execute_batch("ROLLBACK TO sweep")?;
    } else if swept != Swept::default() {
        order::note(connection, ACT_SWEPT, MessageId(0), at, Some(&sweep.note()))?;
    }
    connection.execute_batch("RELEASE sweep")?;
    Ok(swept)
}

/// What a rebuild does again at the same place.
pub(crate) fn again(connection: &Connection, sweep: &Sweep) -> Result<Swept, StoreError> {
    let (people, sources) = (list(&sweep.held_people), list(&sweep.held_sources));
    let mut swept = Swept::default();
    if let Some(before) = sweep.superseded_before {
        swept.versions = connection.execute(VERSIONS, params![before, people, sources])? as u64;
    }
    if let Some(before) = sweep.settled_before {
        connection.execute(SETTLED_ACTS, params![before, people, sources])?;
        swept.settled = connection.execute(SETTLED, params![before, people, sources])? as u64;
    }
    Ok(swept)
}

fn forget_set_aside(connection: &Connection, sweep: &Sweep, before: i64, at: i64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare(SET_ASIDE)?;
    let messages = statement.query_map(params![before, list(&sweep.held_sources)], |row| row.get::<_, i64>(0))?;
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    for message in &messages {
        connection.execute(
            "INSERT INTO tombstone (message, source, at, operator, reason, note, size, entries)
             SELECT id, source, ?2, '', 'retention', 'never applied', size, 0 FROM message WHERE id = ?1",
            [message, &at],
        )?;
        connection.execute(
            "UPDATE message SET state = 4, body = x'01', size = 0, control_id = NULL WHERE id = ?1",
            [message],
        )?;
        connection.execute("UPDATE application SET note = NULL WHERE message = ?1 AND act <> 3", [message])?;
        connection.execute("DELETE FROM quarantine_act WHERE message = ?1", [message])?;
        connection.execute("DELETE FROM quarantine WHERE message = ?1", [message])?;
    }
    Ok(messages.len() as u64)
}

/// Writes the record file anew, without what stands in its free pages. Nobody may use
/// it meanwhile.
pub(crate) fn compact(file: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(file)?;
    connection.execute_batch("PRAGMA synchronous = FULL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

fn held(connection: &Connection, sql: &str) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Numbers as JSON.
fn list(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}
