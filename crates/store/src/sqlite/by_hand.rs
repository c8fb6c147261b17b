//! What somebody decided about what waits, in the embedded database.

use std::collections::BTreeSet;

use record::MessageId;
use rusqlite::{Connection, OptionalExtension, params};

use super::message_rows::quarantine;
use super::order;
use crate::bodies::Bodies;
use crate::by_hand::{
    Corrected, HAND_REQUESTS_MAX, HandAct, HandDone, HandRequest, ITEM_CORRECTED, ITEM_DISMISSED, StillHeld, bounded,
};
use crate::error::StoreError;
use crate::hands::{HandAsked, HandRow};
use crate::inbox::{QuarantineNote, STATE_RECEIVED, STATE_SET_ASIDE, timestamp};
use crate::mentioned::Mentioned;
use crate::order::{ACT_CORRECTED, ACT_DISMISSED, ACT_STILL_WRONG};
use crate::order_by_hand::{Made, dismissed_note, still_wrong_note};
use crate::rows::QuarantineRow;
use crate::source_numbers::SourceNumbers;

/// A decision about one row of quarantine of the organisation, where it still waits.
pub(crate) fn ask(connection: &Connection, row: &HandRow) -> Result<HandAsked, StoreError> {
    let written = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO quarantine_act (source, message, item, act, staff, staff_name, organisation, reason,
               at, digest, size, body, done_at)
             SELECT q.source, q.message, q.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM quarantine q
             WHERE q.id = ?1 AND q.message = ?2 AND q.state = 0
               AND q.source IN (SELECT number FROM source WHERE organisation = ?3)",
        )?
        .execute(params![
            row.item,
            row.message,
            row.of_organisation,
            row.act,
            row.staff,
            row.staff_name,
            row.organisation,
            row.reason,
            row.at,
            row.digest,
            row.size,
            row.body,
            row.done_at
        ])?;
    if written == 1 {
        return Ok(HandAsked::Noted(connection.last_insert_rowid().cast_unsigned()));
    }
    let state: Option<i64> = connection
        .prepare_cached(
            "SELECT state FROM quarantine q WHERE q.id = ?1 AND q.message = ?2
               AND q.source IN (SELECT number FROM source WHERE organisation = ?3)",
        )?
        .query_row(params![row.item, row.message, row.of_organisation], |row| row.get(0))
        .optional()?;
    match state {
        None => Err(StoreError::NotFound("message in quarantine")),
        Some(0) => Ok(HandAsked::UnderWay),
        Some(_) => Ok(HandAsked::NotWaiting),
    }
}

pub(crate) fn requests(
    connection: &Connection,
    sources: &SourceNumbers,
    bodies: &Bodies,
    after: i64,
) -> Result<Vec<HandRequest>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id, a.act, a.source, a.message, m.received_at, coalesce(a.body, m.body), coalesce(a.size, m.size),
           a.item, m.state
         FROM quarantine_act a JOIN message m ON m.id = a.message WHERE a.done_at IS NULL AND a.id > ?1
         ORDER BY a.id LIMIT ?2",
    )?;
    let mut rows = statement.query([after, HAND_REQUESTS_MAX])?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        let message: i64 = row.get(3)?;
        let body: Vec<u8> = row.get(5)?;
        let is_whole = row.get::<_, i64>(8)? == STATE_SET_ASIDE;
        requests.push(HandRequest {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            act: HandAct::from_number(row.get(1)?)?,
            source: sources.id(row.get(2)?)?,
            message: MessageId(message.cast_unsigned()),
            received_at: timestamp(row.get(4)?),
            bytes: bodies.unpack(&body, row.get(6)?)?,
            units: if is_whole { None } else { Some(waiting_units(connection, message)?) },
            item: row.get(7)?,
        });
    }
    Ok(requests)
}

fn waiting_units(connection: &Connection, message: i64) -> Result<BTreeSet<u32>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT unit FROM quarantine WHERE message = ?1 AND state = 0")?;
    let units = statement.query_map([message], |row| row.get(0))?;
    Ok(units.collect::<Result<_, _>>()?)
}

pub(crate) fn is_open(connection: &Connection, request: i64) -> Result<bool, StoreError> {
    let open = connection
        .prepare_cached("SELECT done_at IS NULL FROM quarantine_act WHERE id = ?1")?
        .query_row([request], |row| row.get(0))
        .optional()?;
    Ok(open.unwrap_or(false))
}

/// Says what came of a decision; what was corrected is a message of its own by now, or
/// nothing. False where that was said before.
fn close(connection: &Connection, request: i64, at: i64, outcome: &str) -> Result<bool, StoreError> {
    let closed = connection
        .prepare_cached(
            "UPDATE quarantine_act SET done_at = ?2, outcome = ?3, body = NULL WHERE id = ?1 AND done_at IS NULL",
        )?
        .execute(params![request, at, outcome])?;
    Ok(closed == 1)
}

pub(crate) fn dismiss(
    connection: &Connection,
    request: i64,
    item: i64,
    message: MessageId,
    at: i64,
) -> Result<(), StoreError> {
    if !close(connection, request, at, "Dismissed.")? {
        return Ok(());
    }
    order::note(connection, ACT_DISMISSED, message, at, Some(&dismissed_note(item)))?;
    settle_dismissed(connection, item, message)
}

pub(super) fn settle_dismissed(connection: &Connection, item: i64, message: MessageId) -> Result<(), StoreError> {
    let message = message.0.cast_signed();
    connection
        .prepare_cached("UPDATE quarantine SET state = ?3 WHERE id = ?1 AND message = ?2 AND state = 0")?
        .execute(params![item, message, ITEM_DISMISSED])?;
    connection
        .prepare_cached(
            "UPDATE message SET state = 3 WHERE id = ?1 AND state = 2
               AND NOT EXISTS (SELECT 1 FROM quarantine WHERE message = ?1 AND state = 0)",
        )?
        .execute([message])?;
    Ok(())
}

pub(crate) fn correct(
    connection: &Connection,
    request: i64,
    original: MessageId,
    fault: Option<&QuarantineNote>,
    at: i64,
) -> Result<Corrected, StoreError> {
    if !is_open(connection, request)? {
        return Ok(Corrected::Done);
    }
    let known: Option<i64> = connection
        .prepare_cached("SELECT correction FROM quarantine_act WHERE id = ?1")?
        .query_row([request], |row| row.get(0))?;
    if let Some(known) = known {
        return Ok(Corrected::Message(MessageId(known.cast_unsigned())));
    }
    let same: Option<i64> = connection
        .prepare_cached(
            "SELECT m.id FROM quarantine_act a JOIN message m ON m.source = a.source AND m.digest = a.digest
             WHERE a.id = ?1",
        )?
        .query_row([request], |row| row.get(0))
        .optional()?;
    if let Some(same) = same {
        close(connection, request, at, "Nothing was done: the same text is a message already.")?;
        return Ok(Corrected::CameBefore(MessageId(same.cast_unsigned())));
    }
    let (message, item) = insert_correction(connection, request, original, fault.is_some(), at)?;
    let row = fault.map(|fault| waiting_row(connection, (original, message), fault, at)).transpose()?;
    let new = Made { message, original, item, row };
    made(connection, &new)?;
    order::note(connection, ACT_CORRECTED, message, at, Some(&new.note()))?;
    let Some(fault) = fault else { return Ok(Corrected::Message(message)) };
    close(connection, request, at, &bounded(&format!("Still wrong: {}: {}", fault.place, fault.reason)))?;
    Ok(Corrected::SetAside(message))
}

/// The corrected bytes become a message that names the one it corrects. It has no
/// control id of its own: that of the sender stays free for the sender.
fn insert_correction(
    connection: &Connection,
    request: i64,
    original: MessageId,
    is_faulty: bool,
    at: i64,
) -> Result<(MessageId, i64), StoreError> {
    let state = if is_faulty { STATE_SET_ASIDE } else { STATE_RECEIVED };
    connection
        .prepare_cached(
            "INSERT INTO message (source, received_at, digest, size, body, state, corrects)
             SELECT source, ?2, digest, size, body, ?3, ?4 FROM quarantine_act WHERE id = ?1 AND message = ?4",
        )?
        .execute(params![request, at, state, original.0.cast_signed()])?;
    let message = connection.last_insert_rowid();
    let item = connection
        .prepare_cached("UPDATE quarantine_act SET correction = ?2 WHERE id = ?1 RETURNING item")?
        .query_row([request, message], |row| row.get(0))?;
    Ok((MessageId(message.cast_unsigned()), item))
}

/// Whoever is in the one is in the other. What was corrected and is wrong still waits
/// in the place of the one before.
pub(super) fn made(connection: &Connection, made: &Made) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO message_chart (message, chart) SELECT ?2, chart FROM message_chart WHERE message = ?1",
        )?
        .execute([made.original.0.cast_signed(), made.message.0.cast_signed()])?;
    let Some(row) = &made.row else { return Ok(()) };
    quarantine(connection, row)?;
    settle(connection, made.original, ITEM_CORRECTED, &[], None)
}

/// What waits of a correction that cannot be read: about whom the one before was.
fn waiting_row(
    connection: &Connection,
    (original, message): (MessageId, MessageId),
    fault: &QuarantineNote,
    at: i64,
) -> Result<QuarantineRow, StoreError> {
    let (source, person, key, number): (i64, Option<i64>, Option<String>, Option<i64>) = connection
        .prepare_cached(
            "SELECT source, person, chart_key, nhs_number FROM quarantine WHERE message = ?1 ORDER BY id LIMIT 1",
        )?
        .query_row([original.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let number = number.and_then(|number| record::NhsNumber::from_u64(number.cast_unsigned()).ok());
    Ok(QuarantineRow {
        source,
        message,
        unit: 0,
        kind: fault.kind.clone(),
        person: person.map(|person| record::PersonId(person.cast_unsigned())),
        place: fault.place.clone(),
        reason: fault.reason.clone(),
        at,
        about: vec![Mentioned { key, nhs_number: number }],
    })
}

pub(crate) fn finish(connection: &Connection, done: &HandDone) -> Result<(), StoreError> {
    if !done.is_again && !close(connection, done.request, done.at, &done.outcome)? {
        return Ok(());
    }
    let Some(settled_as) = done.settled_as else { return Ok(()) };
    settle(connection, done.original, settled_as, &done.still_held, done.is_whole.then_some(done.item))
}

/// Settles what waits of a message, or one row of it alone, except what is held still.
fn settle(
    connection: &Connection,
    original: MessageId,
    settled_as: i64,
    still_held: &[StillHeld],
    only: Option<i64>,
) -> Result<(), StoreError> {
    let original = original.0.cast_signed();
    for held in still_held {
        connection
            .prepare_cached(
                "UPDATE quarantine SET place = ?3, reason = ?4 WHERE message = ?1 AND unit = ?2 AND state = 0",
            )?
            .execute(params![original, held.unit, held.place, held.reason])?;
    }
    let held = still_held.iter().map(|held| held.unit.to_string()).collect::<Vec<_>>().join(",");
    connection
        .prepare_cached(
            "UPDATE quarantine SET state = ?2 WHERE message = ?1 AND state = 0
               AND unit NOT IN (SELECT value FROM json_each('[' || ?3 || ']'))
               AND (?4 IS NULL OR id = ?4)",
        )?
        .execute(params![original, settled_as, held, only])?;
    if settled_as == ITEM_CORRECTED {
        connection.prepare_cached("UPDATE message SET state = 3 WHERE id = ?1 AND state = 2")?.execute([original])?;
    }
    Ok(())
}

pub(crate) fn failed(
    connection: &Connection,
    request: i64,
    message: MessageId,
    fault: Option<&(String, String)>,
    outcome: &str,
    at: i64,
) -> Result<(), StoreError> {
    if !close(connection, request, at, outcome)? {
        return Ok(());
    }
    let Some((place, reason)) = fault else { return Ok(()) };
    order::note(connection, ACT_STILL_WRONG, message, at, Some(&still_wrong_note(place, reason)))?;
    still_wrong(connection, message, place, reason)
}

pub(super) fn still_wrong(
    connection: &Connection,
    message: MessageId,
    place: &str,
    reason: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE quarantine SET place = ?2, reason = ?3 WHERE message = ?1 AND state = 0")?
        .execute(params![message.0.cast_signed(), place, reason])?;
    Ok(())
}
