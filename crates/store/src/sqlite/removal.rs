//! Tombstones and holds in the embedded database.

use std::collections::BTreeSet;

use record::{MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::inbox::{STATE_REMOVED, timestamp};
use crate::removal::{Hold, HoldColumns, HoldRow, Planned, Removal, Tombstone};
use crate::source_numbers::SourceNumbers;

/// From whose record the message is taken: whose chart it filled. Where something of it
/// waits, or somebody corrected it, `message_chart` names also whom it only mentioned, so
/// that then entries alone count. Of what was sensitive nothing is kept.
const FROM_RECORDS: &str = "
    INSERT OR IGNORE INTO removed_item (person, message, source, at, is_done)
    SELECT c.person, ?1, ?2, ?3, 0 FROM message_chart m JOIN chart c ON c.id = m.chart
    WHERE m.message = ?1 AND c.source = ?2
      AND (EXISTS (SELECT 1 FROM entry e WHERE e.chart = c.id AND e.message = ?1)
        OR NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.message = ?1 AND q.state <> 1)
          AND NOT EXISTS (SELECT 1 FROM message o WHERE o.id = ?1 AND o.corrects IS NOT NULL))
      AND NOT EXISTS (
        SELECT 1 FROM entry e WHERE e.id BETWEEN c.person << 20 AND (c.person << 20) + 1048575
          AND e.message = ?1 AND e.sensitivity <> 0)
      AND NOT EXISTS (
        SELECT 1 FROM entry_version v WHERE v.id BETWEEN c.person << 20 AND (c.person << 20) + 1048575
          AND v.message = ?1 AND v.sensitivity <> 0)";

pub(crate) fn plan(connection: &Connection, removal: &Removal) -> Result<Planned, StoreError> {
    let mut planned = Planned::default();
    let mut messages = BTreeSet::new();
    for message in &removal.messages {
        messages.extend(together(connection, message.0.cast_signed())?);
    }
    for message in messages {
        plan_one(connection, removal, message, &mut planned)?;
    }
    Ok(planned)
}

/// A message with those that were made by hand in its place, and the one that it
/// stands in place of: what one says the others say.
fn together(connection: &Connection, message: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE together (id) AS (
           SELECT ?1
           UNION SELECT m.corrects FROM together t JOIN message m ON m.id = t.id WHERE m.corrects IS NOT NULL
           UNION SELECT m.id FROM together t JOIN message m ON m.corrects = t.id)
         SELECT id FROM together",
    )?;
    let ids = statement.query_map([message], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn plan_one(connection: &Connection, removal: &Removal, message: i64, planned: &mut Planned) -> Result<(), StoreError> {
    let found: Option<(i64, i64, i64)> = connection
        .prepare_cached("SELECT source, size, state FROM message WHERE id = ?1")?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (source, size, state) = found.ok_or(StoreError::NotFound("message"))?;
    if state == STATE_REMOVED {
        return Ok(());
    }
    let people = people(connection, message)?;
    must_not_be_held(connection, source, &people)?;
    let entries: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM entry e JOIN message_chart m ON m.chart = e.chart
             WHERE m.message = ?1 AND e.message = ?1",
        )?
        .query_row([message], |row| row.get(0))?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO tombstone (message, source, at, operator, reason, note, size, entries)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            message,
            source,
            removal.at.as_second(),
            removal.operator,
            removal.reason.code(),
            removal.note,
            size,
            entries
        ])?;
    connection.prepare_cached(FROM_RECORDS)?.execute(params![message, source, removal.at.as_second()])?;
    planned.messages += 1;
    planned.entries += entries.cast_unsigned();
    planned.people.extend(people.into_iter().map(|person| PersonId(person.cast_unsigned())));
    Ok(())
}

fn people(connection: &Connection, message: i64) -> Result<Vec<i64>, StoreError> {
    let people = super::people::people_in_message(connection, MessageId(message.cast_unsigned()))?;
    Ok(people.into_iter().map(|person| person.0.cast_signed()).collect())
}

fn must_not_be_held(connection: &Connection, source: i64, people: &[i64]) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, source, person FROM legal_hold WHERE lifted_at IS NULL ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (of_source, of_person): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        if of_source == Some(source) || of_person.is_some_and(|person| people.contains(&person)) {
            return Err(StoreError::Held(row.get::<_, i64>(0)?.cast_unsigned()));
        }
    }
    Ok(())
}

pub(crate) fn of_source(connection: &Connection, source: i64) -> Result<Vec<MessageId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM message WHERE source = ?1 AND state <> 4 ORDER BY id")?;
    let ids = statement.query_map([source], |row| row.get::<_, i64>(0))?;
    ids.map(|id| Ok(MessageId(id?.cast_unsigned()))).collect()
}

pub(crate) fn of_chart(connection: &Connection, source: i64, key: &str) -> Result<Vec<(MessageId, bool)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.message, EXISTS (SELECT 1 FROM message_chart o WHERE o.message = m.message AND o.chart <> m.chart)
         FROM chart c JOIN message_chart m ON m.chart = c.id WHERE c.source = ?1 AND c.key = ?2 ORDER BY m.message",
    )?;
    let found = statement.query_map(params![source, key], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    found.map(|found| found.map(|(id, others)| (MessageId(id.cast_unsigned()), others)).map_err(Into::into)).collect()
}

pub(crate) fn tombstones(connection: &Connection, sources: &SourceNumbers) -> Result<Vec<Tombstone>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT t.message, t.source, t.at, t.operator, t.reason, t.note, t.size, t.entries, m.state = 4
         FROM tombstone t JOIN message m ON m.id = t.message ORDER BY t.message",
    )?;
    let mut rows = statement.query([])?;
    let mut tombstones = Vec::new();
    while let Some(row) = rows.next()? {
        tombstones.push(Tombstone {
            message: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
            source: sources.id(row.get(1)?)?,
            at: timestamp(row.get(2)?),
            operator: row.get(3)?,
            reason: row.get(4)?,
            note: row.get(5)?,
            size_bytes: row.get::<_, i64>(6)?.cast_unsigned(),
            entries: row.get::<_, i64>(7)?.cast_unsigned(),
            is_done: row.get(8)?,
        });
    }
    Ok(tombstones)
}

/// Why a message was removed.
pub(super) fn reason(connection: &Connection, message: MessageId) -> Result<String, StoreError> {
    Ok(connection
        .prepare_cached("SELECT reason FROM tombstone WHERE message = ?1")?
        .query_row([message.0.cast_signed()], |row| row.get(0))?)
}

pub(crate) fn add_hold(connection: &Connection, row: &HoldRow) -> Result<u64, StoreError> {
    connection
        .prepare_cached("INSERT INTO legal_hold (source, person, at, operator, reason) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![row.source, row.person, row.at, row.operator, row.reason])?;
    Ok(connection.last_insert_rowid().cast_unsigned())
}

pub(crate) fn lift_hold(
    connection: &Connection,
    id: i64,
    operator: &str,
    reason: &str,
    at: i64,
) -> Result<(), StoreError> {
    let lifted = connection
        .prepare_cached(
            "UPDATE legal_hold SET lifted_at = ?2, lifted_by = ?3, lifted_reason = ?4
             WHERE id = ?1 AND lifted_at IS NULL",
        )?
        .execute(params![id, at, operator, reason])?;
    if lifted == 1 { Ok(()) } else { Err(StoreError::NotFound("hold that is in force")) }
}

pub(crate) fn holds(connection: &Connection, sources: &SourceNumbers) -> Result<Vec<Hold>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, source, person, at, operator, reason, lifted_at FROM legal_hold ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut holds = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = HoldColumns {
            id: row.get(0)?,
            source: row.get::<_, Option<i64>>(1)?.map(|number| sources.id(number)).transpose()?,
            person: row.get(2)?,
            at: row.get(3)?,
            operator: row.get(4)?,
            reason: row.get(5)?,
            lifted_at: row.get(6)?,
        };
        holds.push(columns.hold()?);
    }
    Ok(holds)
}
