//! The order of application in the embedded database.

use record::MessageId;
use rusqlite::{Connection, params};

use super::message_rows::quarantine;
use crate::error::StoreError;
use crate::order::{ACT_SET_ASIDE, note_of};
use crate::rows::QuarantineRow;

/// Takes an act into the order; there is one writer, so the number is the next.
pub(crate) fn note(
    connection: &Connection,
    act: i64,
    message: MessageId,
    at: i64,
    note: Option<&str>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO application (act, message, at, note) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![act, message.0.cast_signed(), at, note])?;
    Ok(())
}

/// What waits whole, and its place in the order of application.
pub(crate) fn set_aside(connection: &Connection, row: &QuarantineRow) -> Result<(), StoreError> {
    quarantine(connection, row)?;
    note(connection, ACT_SET_ASIDE, row.message, row.at, Some(&note_of(row)))
}
