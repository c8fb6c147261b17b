//! Joins of charts, and what is not shown because of them, in the embedded database.

use record::{ChartId, EntryId, MessageId, PersonId};
use rusqlite::{Connection, params};

use crate::attendances::{Asked, Refiled};
use crate::covered::Covered;
use crate::error::StoreError;
use crate::joins::Join;

/// In the order in which they were said. They are few, mostly none, and every message asks for them: the database
/// would set up its sorting for each.
pub(super) fn of_person(connection: &Connection, person: PersonId) -> Result<Vec<Join>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT prior, survivor, from_person, source, message, unit, kind, state FROM chart_join
         WHERE person = ?1 AND state IN (0, 3)",
    )?;
    let unsigned = |row: &rusqlite::Row<'_>, index: usize| row.get::<_, i64>(index).map(i64::cast_unsigned);
    let rows = statement.query_map([person.0.cast_signed()], |row| {
        Ok(Join {
            prior: ChartId(unsigned(row, 0)?),
            survivor: ChartId(unsigned(row, 1)?),
            person,
            from: PersonId(unsigned(row, 2)?),
            source: row.get(3)?,
            message: MessageId(unsigned(row, 4)?),
            unit: row.get(5)?,
            kind: row.get(6)?,
            state: row.get(7)?,
        })
    })?;
    let mut joins = rows.collect::<Result<Vec<_>, _>>()?;
    joins.sort_by_key(|join| (join.message, join.unit, join.prior, join.survivor));
    Ok(joins)
}

/// Parted or doubted.
pub(super) fn was_parted(connection: &Connection, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM chart_join WHERE prior = ?1 AND survivor = ?2 AND state IN (1, 2))",
        )?
        .query_row([prior.0.cast_signed(), survivor.0.cast_signed()], |row| row.get(0))?)
}

pub(super) fn put(connection: &Connection, join: &Join) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO chart_join (prior, survivor, person, from_person, source, message, unit, kind, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            join.prior.0.cast_signed(),
            join.survivor.0.cast_signed(),
            join.person.0.cast_signed(),
            join.from.0.cast_signed(),
            join.source,
            join.message.0.cast_signed(),
            join.unit,
            join.kind,
            join.state
        ])?;
    Ok(())
}

pub(super) fn covered(connection: &Connection, person: PersonId) -> Result<Vec<Covered>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry, since, chart, by_chart FROM entry_covered WHERE person = ?1 AND until IS NULL ORDER BY entry",
    )?;
    let rows = statement.query_map([person.0.cast_signed()], |row| {
        Ok(Covered {
            entry: EntryId(row.get::<_, i64>(0)?.cast_unsigned()),
            since: row.get(1)?,
            chart: ChartId(row.get::<_, i64>(2)?.cast_unsigned()),
            by: ChartId(row.get::<_, i64>(3)?.cast_unsigned()),
            until: None,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_covered(connection: &Connection, person: PersonId, covered: &Covered) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO entry_covered (person, entry, since, until, chart, by_chart)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            person.0.cast_signed(),
            covered.entry.0.cast_signed(),
            covered.since,
            covered.until,
            covered.chart.0.cast_signed(),
            covered.by.0.cast_signed()
        ])?;
    Ok(())
}

pub(super) fn refiled_of(connection: &Connection, chart: ChartId) -> Result<Vec<Refiled>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT key_hash, to_chart, to_chart_key, to_key_hash, makes_one, at, message, unit, word
         FROM attendance_refiled
         WHERE chart = ?1 ORDER BY at, message, unit, word",
    )?;
    let rows = statement.query_map([chart.0.cast_signed()], |row| {
        Ok(Refiled {
            chart,
            key_hash: row.get(0)?,
            to: ChartId(row.get::<_, i64>(1)?.cast_unsigned()),
            to_chart: row.get(2)?,
            to_key_hash: row.get(3)?,
            makes_one: row.get(4)?,
            when: Asked {
                at: row.get(5)?,
                message: MessageId(row.get::<_, i64>(6)?.cast_unsigned()),
                unit: row.get(7)?,
                word: row.get(8)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_refiled(connection: &Connection, refiled: &Refiled) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO attendance_refiled
               (chart, key_hash, to_chart, to_chart_key, to_key_hash, makes_one, at, message, unit, word)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            refiled.chart.0.cast_signed(),
            refiled.key_hash,
            refiled.to.0.cast_signed(),
            refiled.to_chart,
            refiled.to_key_hash,
            refiled.makes_one,
            refiled.when.at,
            refiled.when.message.0.cast_signed(),
            refiled.when.unit,
            refiled.when.word
        ])?;
    Ok(())
}
