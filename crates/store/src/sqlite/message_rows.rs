//! Messages, what waits and what is doubted, as applying a message needs them.

use record::{ChartId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::inbox::STATE_DONE;
use crate::mentioned::main_one;
use crate::rows::{QuarantineRow, WorkItem};

/// Runs a statement that has no values.
pub(super) fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

pub(super) fn state(connection: &Connection, message: MessageId) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT state FROM message WHERE id = ?1")?
        .query_row([message.0.cast_signed()], |row| row.get(0))
        .optional()?)
}

pub(super) fn finish(connection: &Connection, message: MessageId, stated_at: Option<i64>) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE message SET state = ?2, stated_at = coalesce(stated_at, ?3) WHERE id = ?1")?
        .execute(params![message.0.cast_signed(), STATE_DONE, stated_at])?;
    Ok(())
}

pub(super) fn keep_unit(connection: &Connection, message: MessageId, unit: u32, kind: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO kept (message, unit, kind) VALUES (?1, ?2, ?3)")?
        .execute(params![message.0.cast_signed(), unit, kind])?;
    Ok(())
}

pub(super) fn quarantine(connection: &Connection, row: &QuarantineRow) -> Result<(), StoreError> {
    let main = main_one(&row.about);
    connection
        .prepare_cached(
            "INSERT INTO quarantine (id, source, message, unit, kind, person, place, reason, at, state, chart_key, nhs_number)
             SELECT coalesce((SELECT max(id) FROM quarantine WHERE message = ?2), (?2 << 24) - 1) + 1, ?1, ?2, ?3, ?4, coalesce(?5, (SELECT min(person) FROM number_key WHERE nhs_number = ?10),
               (SELECT person FROM chart WHERE source = ?1 AND key = ?9)), ?6, ?7, ?8, 0, ?9, ?10",
        )?
        .execute(params![
            row.source,
            row.message.0.cast_signed(),
            row.unit,
            row.kind,
            row.person.map(|person| person.0.cast_signed()),
            row.place,
            row.reason,
            row.at,
            main.key,
            main.number()
        ])?;
    for one in &row.about {
        note_mentioned(connection, row.message, row.source, one.key.as_deref().unwrap_or_default(), one.number())?;
    }
    Ok(())
}

pub(super) fn note_chart(connection: &Connection, message: MessageId, chart: ChartId) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO message_chart (message, chart) VALUES (?1, ?2)")?
        .execute(params![message.0.cast_signed(), chart.0.cast_signed()])?;
    Ok(())
}

pub(super) fn note_mentioned(
    connection: &Connection,
    message: MessageId,
    source: i64,
    key: &str,
    number: Option<i64>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO message_chart (message, chart)
             SELECT ?1, id FROM chart WHERE source = ?2 AND key = ?3
             UNION SELECT ?1, chart FROM number_key WHERE nhs_number = ?4",
        )?
        .execute(params![message.0.cast_signed(), source, key, number])?;
    Ok(())
}

pub(super) fn work_item(connection: &Connection, item: &WorkItem) -> Result<bool, StoreError> {
    let written = connection
        .prepare_cached(
            "INSERT INTO work_item (id, at, kind, person, other_person, chart, source, message, reasons, state, odds)
             SELECT coalesce((SELECT max(id) FROM work_item WHERE message = ?7), (?7 << 24) - 1) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9
             WHERE NOT EXISTS (SELECT 1 FROM work_item
               WHERE person = ?3 AND state = 0 AND kind = ?2 AND other_person IS ?4 AND chart = ?5)",
        )?
        .execute(params![
            item.at,
            item.kind,
            item.person.0.cast_signed(),
            item.other.map(|other: PersonId| other.0.cast_signed()),
            item.chart.0.cast_signed(),
            item.source,
            item.message.0.cast_signed(),
            item.reasons,
            item.odds
        ])?;
    Ok(written != 0)
}
