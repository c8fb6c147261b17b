//! Entries, as applying a message reads and writes them.

use record::{ChartId, EntryId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::entry_row::{EntryRow, Origin, is_letter, letter_text};
use crate::error::StoreError;
use crate::rows::StoredEntry;

pub(super) fn version(connection: &Connection, person: PersonId) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT version FROM person WHERE id = ?1")?
        .query_row([person.0.cast_signed()], |row| row.get(0))?)
}

/// Read and written in two statements: RETURNING would make a table of its own each time.
pub(super) fn next_version(connection: &Connection, person: PersonId) -> Result<i64, StoreError> {
    let next = version(connection, person)? + 1;
    connection
        .prepare_cached("UPDATE person SET version = ?2 WHERE id = ?1")?
        .execute([person.0.cast_signed(), next])?;
    Ok(next)
}

pub(super) fn next_place(connection: &Connection, person: PersonId) -> Result<EntryId, StoreError> {
    let id = person.0.cast_signed();
    let next: i64 =
        connection.prepare_cached("SELECT next_place FROM person WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    connection.prepare_cached("UPDATE person SET next_place = ?2 WHERE id = ?1")?.execute([id, next + 1])?;
    EntryId::new(person, next.cast_unsigned()).ok_or(StoreError::RecordFull)
}

pub(super) fn word(connection: &Connection, text: &str) -> Result<i64, StoreError> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT number FROM word WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    connection.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.execute([text])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn entry(connection: &Connection, chart: ChartId, key_hash: i64) -> Result<Option<StoredEntry>, StoreError> {
    let known = connection
        .prepare_cached(
            "SELECT id, since, key_hash, kind, standing, sensitivity, clinical_time, recorded, author, organisation,
               code_system, code, part_of, line, source, chart, message, unit, span_start, span_length, stated_at
             FROM entry WHERE chart = ?1 AND key_hash = ?2",
        )?
        .query_row(params![chart.0.cast_signed(), key_hash], read)
        .optional()?;
    let Some(mut known) = known else { return Ok(None) };
    if is_letter(known.row.kind) {
        known.row.letter_text = stored_letter_text(connection, known.id)?;
    }
    Ok(Some(known))
}

/// A chart's entries, without the texts of letters.
pub(super) fn of_chart(connection: &Connection, chart: ChartId) -> Result<Vec<StoredEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, since, key_hash, kind, standing, sensitivity, clinical_time, recorded, author, organisation,
           code_system, code, part_of, line, source, chart, message, unit, span_start, span_length, stated_at
         FROM entry WHERE chart = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([chart.0.cast_signed()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<StoredEntry, rusqlite::Error> {
    let unsigned = |index: usize| row.get::<_, i64>(index).map(i64::cast_unsigned);
    Ok(StoredEntry {
        id: EntryId(unsigned(0)?),
        since: row.get(1)?,
        row: EntryRow {
            key_hash: row.get(2)?,
            kind: row.get(3)?,
            standing: row.get(4)?,
            sensitivity: row.get(5)?,
            clinical_time: row.get(6)?,
            recorded: row.get(7)?,
            author: row.get(8)?,
            organisation: row.get(9)?,
            code_system: row.get(10)?,
            code: row.get(11)?,
            part_of: row.get(12)?,
            line: row.get(13)?,
            letter_text: None,
        },
        origin: Origin {
            source: row.get(14)?,
            chart: ChartId(unsigned(15)?),
            message: MessageId(unsigned(16)?),
            unit: row.get(17)?,
            start: row.get(18)?,
            length: row.get(19)?,
            stated_at: row.get(20)?,
        },
    })
}

/// The text of a letter as it is shown now.
pub(super) fn stored_letter_text(connection: &Connection, id: EntryId) -> Result<Option<String>, StoreError> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM letter_text WHERE entry = ?1")?
        .query_row([id.0.cast_signed()], |row| row.get(0))
        .optional()?;
    body.as_deref().map(letter_text).transpose()
}

pub(super) fn insert(connection: &Connection, entry: &StoredEntry) -> Result<(), StoreError> {
    let StoredEntry { id, since, row, origin } = entry;
    connection
        .prepare_cached(
            "INSERT INTO entry (id, chart, key_hash, source, kind, standing, sensitivity, clinical_time, recorded,
               author, organisation, code_system, code, part_of, message, unit, span_start, span_length, since,
               stated_at, line)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        )?
        .execute(params![
            id.0.cast_signed(),
            origin.chart.0.cast_signed(),
            row.key_hash,
            origin.source,
            row.kind,
            row.standing,
            row.sensitivity,
            row.clinical_time,
            row.recorded,
            row.author,
            row.organisation,
            row.code_system,
            row.code,
            row.part_of,
            origin.message.0.cast_signed(),
            origin.unit,
            origin.start,
            origin.length,
            since,
            origin.stated_at,
            row.line
        ])?;
    let Some(body) = row.letter_body()? else { return Ok(()) };
    connection
        .prepare_cached("INSERT OR REPLACE INTO letter_text (entry, body) VALUES (?1, ?2)")?
        .execute(params![id.0.cast_signed(), body])?;
    Ok(())
}

pub(super) fn replace(connection: &Connection, entry: &StoredEntry) -> Result<(), StoreError> {
    let id = entry.id.0.cast_signed();
    connection.prepare_cached("DELETE FROM entry WHERE id = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM letter_text WHERE entry = ?1")?.execute([id])?;
    insert(connection, entry)
}

pub(super) fn confirm(connection: &Connection, id: EntryId, stated_at: Option<i64>) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE entry SET stated_at = ?2 WHERE id = ?1")?
        .execute(params![id.0.cast_signed(), stated_at])?;
    Ok(())
}

pub(super) fn keep_version(connection: &Connection, entry: &StoredEntry, until: i64) -> Result<(), StoreError> {
    let StoredEntry { id, since, row, origin } = entry;
    connection
        .prepare_cached(
            "INSERT INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
               clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
               span_length, stated_at, line, letter_body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
               ?22)",
        )?
        .execute(params![
            id.0.cast_signed(),
            since,
            until,
            origin.chart.0.cast_signed(),
            origin.source,
            row.kind,
            row.standing,
            row.sensitivity,
            row.clinical_time,
            row.recorded,
            row.author,
            row.organisation,
            row.code_system,
            row.code,
            row.part_of,
            origin.message.0.cast_signed(),
            origin.unit,
            origin.start,
            origin.length,
            origin.stated_at,
            row.line,
            row.letter_body()?
        ])?;
    Ok(())
}
