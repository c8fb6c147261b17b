//! Control ids and counters in the embedded database.

use rusqlite::{Connection, OptionalExtension, params};

use crate::control_id::{ControlId, Holder, judge};
use crate::error::StoreError;
use crate::inbox::MessageRow;

/// A state that has an index of its own stands here as a number: where it is bound,
/// SQLite plans the statement anew each time.
const HOLDER: &str = "SELECT id, received_at, stated_at FROM message
     WHERE source = ?1 AND control_id = ?2 AND state <> 2 ORDER BY id DESC LIMIT 1";
const USED_SINCE: &str =
    "SELECT 1 FROM message WHERE source = ?1 AND control_id = ?2 AND id > ?3 AND state <> 2 LIMIT 1";

/// What the control id of a new message says about it.
pub(super) enum Said {
    Free,
    Reused,
    /// The sender's counter has begun again with this message.
    Restarted,
}

pub(super) fn ask(connection: &Connection, row: &MessageRow) -> Result<Said, StoreError> {
    let Some(holder) = holder(connection, row)? else { return Ok(Said::Free) };
    match judge(row, Some(holder), counts_since(connection, row.source)?) {
        ControlId::Free => Ok(Said::Free),
        ControlId::Reused => Ok(Said::Reused),
        ControlId::Restarted { successors } => {
            let mut used = connection.prepare_cached(USED_SINCE)?;
            for successor in successors {
                if used.exists(params![row.source, successor, holder.message])? {
                    return Ok(Said::Restarted);
                }
            }
            Ok(Said::Reused)
        }
    }
}

/// Whether another message has the control id within the window. One that was
/// refused for that is not judged anew: its sender gets the same answer.
pub(super) fn is_in_use(connection: &Connection, row: &MessageRow) -> Result<bool, StoreError> {
    Ok(holder(connection, row)?.is_some_and(|holder| holder.received_at >= row.window_start()))
}

/// Remembers with which message a sender's counter began again.
pub(super) fn restarted(connection: &Connection, row: &MessageRow, message: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO counter_restart (source, message, at) VALUES (?1, ?2, ?3)")?
        .execute(params![row.source, message, row.received_at])?;
    Ok(())
}

fn holder(connection: &Connection, row: &MessageRow) -> Result<Option<Holder>, StoreError> {
    let Some(control_id) = &row.control_id else { return Ok(None) };
    let holder = connection.prepare_cached(HOLDER)?.query_row(params![row.source, control_id], |row| {
        Ok(Holder { message: row.get(0)?, received_at: row.get(1)?, stated_at: row.get(2)? })
    });
    Ok(holder.optional()?)
}

fn counts_since(connection: &Connection, source: i64) -> Result<Option<i64>, StoreError> {
    let mut since = connection.prepare_cached("SELECT max(message) FROM counter_restart WHERE source = ?1")?;
    Ok(since.query_row([source], |row| row.get(0))?)
}
