//! Charts, the people they are linked to and the keys by which people are found.

use record::{ChartId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{alike, keys};
use crate::error::StoreError;
use crate::rows::{ChartRow, ToldRow};
use crate::told::RESTRICTED;

pub(super) fn chart(connection: &Connection, source: i64, key: &str) -> Result<Option<ChartRow>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id, source, person, told, told_at FROM chart WHERE source = ?1 AND key = ?2")?
        .query_row(params![source, key], read)
        .optional()?)
}

pub(super) fn chart_row(connection: &Connection, chart: ChartId) -> Result<Option<ChartRow>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id, source, person, told, told_at FROM chart WHERE id = ?1")?
        .query_row([chart.0.cast_signed()], read)
        .optional()?)
}

pub(super) fn charts_of(connection: &Connection, person: PersonId) -> Result<Vec<ChartRow>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, source, person, told, told_at FROM chart WHERE person = ?1 ORDER BY id")?;
    let rows = statement.query_map([person.0.cast_signed()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<ChartRow, rusqlite::Error> {
    Ok(ChartRow {
        chart: ChartId(row.get::<_, i64>(0)?.cast_unsigned()),
        source: row.get(1)?,
        person: PersonId(row.get::<_, i64>(2)?.cast_unsigned()),
        told: row.get(3)?,
        told_at: row.get(4)?,
    })
}

/// No limit is bound: SQLite would plan the statement anew each
/// time. Rows come one by one, and no more are asked for than are wanted.
pub(super) fn people_with_number(
    connection: &Connection,
    number: i64,
    count_max: usize,
) -> Result<Vec<PersonId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person")?;
    let people = statement.query_map([number], |row| row.get::<_, i64>(0))?;
    Ok(people
        .take(count_max)
        .map(|person| person.map(|person| PersonId(person.cast_unsigned())))
        .collect::<Result<_, _>>()?)
}

pub(super) fn new_person(connection: &Connection, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
    let wanted = wanted.map(|wanted| wanted.0.cast_signed());
    if let Some(id) = wanted {
        let known: Option<bool> = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM chart WHERE person = ?1) FROM person WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        match known {
            // Somebody who was left without a chart: it is them again.
            Some(false) => return Ok(PersonId(id.cast_unsigned())),
            Some(true) => return new_person(connection, None),
            None => {}
        }
    }
    connection
        .prepare_cached(
            "INSERT INTO person (id, version, link_version, next_place, restricted) VALUES (?1, 0, 0, 0, 0)",
        )?
        .execute([wanted])?;
    Ok(PersonId(connection.last_insert_rowid().cast_unsigned()))
}

/// What it tells is written with it, and not over it.
pub(super) fn insert_chart(
    connection: &Connection,
    source: i64,
    key: &str,
    (person, wanted): (PersonId, Option<ChartId>),
    told: Option<ToldRow<'_>>,
) -> Result<ChartId, StoreError> {
    let found_by = told.as_ref().map(|told| keys::kept_with_chart(person, &told.keys));
    connection
        .prepare_cached(
            "INSERT INTO chart (id, source, key, person, since, told, told_at, found_by)
             SELECT ?4, ?1, ?2, id, version + 1, ?5, ?6, ?7 FROM person WHERE id = ?3",
        )?
        .execute(params![
            source,
            key,
            person.0.cast_signed(),
            wanted.map(|wanted| wanted.0.cast_signed()),
            told.as_ref().map(|told| told.text),
            told.as_ref().and_then(|told| told.told_at),
            found_by
        ])?;
    let chart = ChartId(connection.last_insert_rowid().cast_unsigned());
    if let Some(told) = told {
        alike::write_counted(connection, &told.keys.counted)?;
        keys::write_first_keys(connection, chart, person, &told.keys)?;
    }
    connection
        .prepare_cached(
            "UPDATE quarantine SET person = ?3
             WHERE source = ?1 AND chart_key = ?2 AND person IS NULL AND chart_key IS NOT NULL",
        )?
        .execute(params![source, key, person.0.cast_signed()])?;
    Ok(chart)
}

pub(super) fn first_link(
    connection: &Connection,
    at: i64,
    chart: ChartId,
    person: PersonId,
    evidence: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO link_event (at, chart, person, evidence) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![at, chart.0.cast_signed(), person.0.cast_signed(), evidence])?;
    Ok(())
}

pub(super) fn link(
    connection: &Connection,
    at: i64,
    chart: ChartId,
    person: PersonId,
    evidence: &str,
) -> Result<(), StoreError> {
    first_link(connection, at, chart, person, evidence)?;
    connection
        .prepare_cached("UPDATE chart SET person = ?2 WHERE id = ?1 AND person <> ?2")?
        .execute(params![chart.0.cast_signed(), person.0.cast_signed()])?;
    Ok(())
}

/// What the chart told before is kept for whoever asks what was shown then, also
/// that it told nothing. What it told at no version was never shown.
///
/// A message without a stated time tells in order of arrival; one that came late
/// makes nothing older than it is.
pub(super) fn write_told(
    connection: &Connection,
    chart: ChartId,
    person: PersonId,
    (told, told_at): (&str, Option<i64>),
    found_by: &[u8],
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO chart_version (person, since, until, chart, source, told, told_at)
             SELECT c.person, c.since, p.version + 1, c.id, c.source, c.told, c.told_at
             FROM chart c JOIN person p ON p.id = c.person WHERE c.id = ?1 AND c.since <= p.version",
        )?
        .execute([chart.0.cast_signed()])?;
    connection
        .prepare_cached(
            "UPDATE chart SET told = ?2, told_at = max(coalesce(?3, told_at), coalesce(told_at, ?3)),
               since = (SELECT version + 1 FROM person WHERE id = ?4), found_by = ?5
             WHERE id = ?1",
        )?
        .execute(params![chart.0.cast_signed(), told, told_at, person.0.cast_signed(), found_by])?;
    Ok(())
}

pub(super) fn confirm_told(connection: &Connection, chart: ChartId, told_at: Option<i64>) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE chart SET told_at = ?2 WHERE id = ?1")?
        .execute(params![chart.0.cast_signed(), told_at])?;
    Ok(())
}

pub(super) fn update_restriction(connection: &Connection, person: PersonId) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE person SET
               restricted = EXISTS (SELECT 1 FROM chart WHERE person = ?1 AND instr(told, ?2) > 0),
               version = version + 1, link_version = link_version + 1
             WHERE id = ?1",
        )?
        .execute(params![person.0.cast_signed(), RESTRICTED])?;
    Ok(())
}

/// None of the person's other charts is read: one more can only add to what they say.
pub(super) fn chart_came(connection: &Connection, person: PersonId, says_restricted: bool) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE person SET restricted = max(restricted, ?2), version = version + 1, link_version = link_version + 1
             WHERE id = ?1",
        )?
        .execute(params![person.0.cast_signed(), says_restricted])?;
    Ok(())
}

pub(super) fn links_moved(connection: &Connection, person: PersonId) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE person SET link_version = link_version + 1 WHERE id = ?1")?
        .execute([person.0.cast_signed()])?;
    Ok(())
}
