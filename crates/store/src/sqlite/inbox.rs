//! The inbox in the embedded database.

use record::MessageId;
use rusqlite::{Connection, OptionalExtension, params};

use super::control_ids::{self, Said};
use super::message_rows::quarantine;
use super::order;
use crate::bodies::Bodies;
use crate::error::StoreError;
use crate::inbox::{
    Against, Kept, LISTED_MAX, ListedMessage, MessageRow, Received, STATE_RECEIVED, STATE_REMOVED, STATE_SET_ASIDE,
    WaitingMessage, control_id_reused, timestamp,
};
use crate::known_by::digest_of;
use crate::order::{ACT_CAME_AGAIN, ACT_TAKEN_UP, note_of};
use crate::quarantined::{QUARANTINED_MAX, QuarantinedUnit};
use crate::removal;
use crate::rows::QuarantineRow;
use crate::source_numbers::SourceNumbers;

pub(crate) fn receive(connection: &Connection, row: &MessageRow) -> Result<Kept, StoreError> {
    let same = same_bytes(connection, row)?;
    if let Some((removed, STATE_REMOVED)) = same {
        return came_again(connection, row, removed).map(Kept::from);
    }
    if let Some(note) = &row.unreadable {
        if let Some((earlier, _)) = same {
            set_aside_if_waiting(connection, &row.quarantined(earlier, note))?;
            return Ok(Received::Duplicate(earlier).into());
        }
        let id = insert(connection, row, STATE_SET_ASIDE)?;
        order::set_aside(connection, &row.quarantined(id, note))?;
        return Ok(Received::New(id).into());
    }
    match same {
        Some((earlier, STATE_SET_ASIDE)) => return take_up(connection, row, earlier).map(Kept::from),
        Some((earlier, _)) => return Ok(Received::Duplicate(earlier).into()),
        None => {}
    }
    note_source_alive(connection, row)?;
    let said = control_ids::ask(connection, row)?;
    if matches!(said, Said::Reused) {
        let id = insert(connection, row, STATE_SET_ASIDE)?;
        order::set_aside(connection, &row.quarantined(id, &control_id_reused()))?;
        return Ok(Received::ControlIdReused(id).into());
    }
    let id = insert(connection, row, STATE_RECEIVED)?;
    note_told_against(connection, row, id)?;
    let has_restarted = matches!(said, Said::Restarted);
    if has_restarted {
        control_ids::restarted(connection, row, id.0.cast_signed())?;
    }
    Ok(Kept { received: Received::New(id), has_restarted })
}

/// What was told against a message that is in the inbox.
pub(crate) fn told_against(
    connection: &Connection,
    source: i64,
    message: MessageId,
) -> Result<Option<Against>, StoreError> {
    let told = connection
        .prepare_cached("SELECT place, reason FROM told_against WHERE source = ?1 AND message = ?2")?
        .query_row(params![source, message.0.cast_signed()], |row| {
            Ok(Against { place: row.get(0)?, reason: row.get(1)? })
        })
        .optional()?;
    Ok(told)
}

fn note_told_against(connection: &Connection, row: &MessageRow, message: MessageId) -> Result<(), StoreError> {
    let Some(against) = &row.against else { return Ok(()) };
    connection
        .prepare_cached("INSERT OR IGNORE INTO told_against (source, message, place, reason) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![row.source, message.0.cast_signed(), against.place, against.reason])?;
    Ok(())
}

/// Said once for as long as it waits, however often they come.
fn came_again(connection: &Connection, row: &MessageRow, removed: MessageId) -> Result<Received, StoreError> {
    let is_waiting: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM quarantine WHERE message = ?1 AND state = 0)")?
        .query_row([removed.0.cast_signed()], |row| row.get(0))?;
    if !is_waiting {
        let held = removal::came_again(removed, row, &super::removal::reason(connection, removed)?);
        quarantine(connection, &held)?;
        order::note(connection, ACT_CAME_AGAIN, removed, row.received_at, Some(&note_of(&held)))?;
    }
    Ok(Received::Removed(removed))
}

/// A message that was set aside comes again: where what held it back is no
/// longer so, it is applied after all.
fn take_up(connection: &Connection, row: &MessageRow, earlier: MessageId) -> Result<Received, StoreError> {
    if control_ids::is_in_use(connection, row)? {
        return Ok(Received::SetAsideBefore(earlier));
    }
    let id = earlier.0.cast_signed();
    connection
        .prepare_cached("UPDATE message SET state = ?2, control_id = ?3, stated_at = ?4 WHERE id = ?1")?
        .execute(params![id, STATE_RECEIVED, row.control_id, row.stated_at])?;
    order::note(connection, ACT_TAKEN_UP, earlier, row.received_at, None)?;
    connection.prepare_cached("UPDATE quarantine SET state = 1 WHERE message = ?1")?.execute([id])?;
    note_told_against(connection, row, earlier)?;
    Ok(Received::New(earlier))
}

/// The message with the same bytes, and its state.
fn same_bytes(connection: &Connection, row: &MessageRow) -> Result<Option<(MessageId, i64)>, StoreError> {
    let known: Option<(i64, i64)> = connection
        .prepare_cached("SELECT id, state FROM message WHERE source = ?1 AND digest = ?2")?
        .query_row(params![row.source, row.digest], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(known.map(|(id, state)| (MessageId(id.cast_unsigned()), state)))
}

fn insert(connection: &Connection, row: &MessageRow, state: i64) -> Result<MessageId, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO message (source, control_id, stated_at, received_at, digest, size, body, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            row.source,
            row.control_id,
            row.stated_at,
            row.received_at,
            row.digest,
            row.size,
            row.body,
            state
        ])?;
    Ok(MessageId(connection.last_insert_rowid().cast_unsigned()))
}

fn note_source_alive(connection: &Connection, row: &MessageRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE source SET last_message_at = ?2
             WHERE number = ?1 AND (last_message_at IS NULL OR last_message_at < ?2)",
        )?
        .execute(params![row.source, row.told_at()])?;
    Ok(())
}

/// A message that was received and turns out to be unreadable must not wait for ever.
pub(crate) fn set_aside_if_waiting(connection: &Connection, row: &QuarantineRow) -> Result<(), StoreError> {
    let changed = connection
        .prepare_cached("UPDATE message SET state = 2 WHERE id = ?1 AND state = 0")?
        .execute([row.message.0.cast_signed()])?;
    if changed == 0 { Ok(()) } else { order::set_aside(connection, row) }
}

pub(crate) fn list(
    connection: &Connection,
    sources: &SourceNumbers,
    after: i64,
) -> Result<Vec<ListedMessage>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, received_at, size, digest FROM message WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query([after, LISTED_MAX])?;
    let mut listed = Vec::new();
    while let Some(row) = rows.next()? {
        listed.push(ListedMessage {
            id: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
            source: sources.id(row.get(1)?)?,
            received_at: timestamp(row.get(2)?),
            size_bytes: row.get::<_, i64>(3)?.cast_unsigned(),
            digest: digest_of(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?,
        });
    }
    Ok(listed)
}

pub(crate) fn waiting(
    connection: &Connection,
    sources: &SourceNumbers,
    bodies: &Bodies,
    after: i64,
    count_max: u32,
) -> Result<Vec<WaitingMessage>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, body, size, received_at FROM message
         WHERE state = 0 AND corrects IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after, count_max])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        waiting.push(WaitingMessage {
            id: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
            source: sources.id(row.get(1)?)?,
            bytes: bodies.unpack(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?, row.get(3)?)?,
            received_at: timestamp(row.get(4)?),
        });
    }
    Ok(waiting)
}

pub(crate) fn quarantined(
    connection: &Connection,
    sources: &SourceNumbers,
    after: i64,
) -> Result<Vec<QuarantinedUnit>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, message, unit, kind, place, reason, at, person IS NOT NULL, state = 0
         FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query([after, QUARANTINED_MAX])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        units.push(QuarantinedUnit {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            source: sources.id(row.get(1)?)?,
            message: MessageId(row.get::<_, i64>(2)?.cast_unsigned()),
            unit: row.get(3)?,
            kind: row.get(4)?,
            place: row.get(5)?,
            reason: row.get(6)?,
            at: timestamp(row.get(7)?),
            is_person_known: row.get(8)?,
            is_waiting: row.get(9)?,
        });
    }
    Ok(units)
}
