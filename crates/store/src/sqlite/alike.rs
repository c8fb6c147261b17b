//! Keys by which look-alikes are found, and how often what they tell is told.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::rows::Found;

/// As for numbers, no limit is bound: rows come one by one, and no more are asked for
/// than are wanted.
pub(super) fn found_under(
    connection: &Connection,
    keys: &[RangeInclusive<i64>],
    count_max: usize,
) -> Result<Vec<Vec<Found>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT key, person FROM look_up WHERE key BETWEEN ?1 AND ?2 ORDER BY key, person")?;
    let mut found = Vec::with_capacity(keys.len());
    for range in keys {
        let people = statement.query_map([range.start(), range.end()], |row| {
            Ok(Found { key: row.get(0)?, person: PersonId(row.get::<_, i64>(1)?.cast_unsigned()) })
        })?;
        found.push(people.take(count_max).collect::<Result<_, _>>()?);
    }
    Ok(found)
}

pub(super) fn counted(connection: &Connection, keys: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT charts FROM alike_count WHERE key = ?1")?;
    let mut counted = Vec::with_capacity(keys.len());
    for key in keys {
        let charts: Option<i64> = statement.query_row([key], |row| row.get(0)).optional()?;
        counted.push(charts.unwrap_or_default());
    }
    Ok(counted)
}

/// In most regions nobody is sealed from anybody: then no chart is asked about.
pub(super) fn sealed_from(
    connection: &Connection,
    charts: &BTreeSet<ChartId>,
) -> Result<Vec<(ChartId, ChartId)>, StoreError> {
    let mut sealed = Vec::new();
    let is_any = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM sealed_pair)")?
        .query_row([], |row| row.get::<_, bool>(0))?;
    for chart in charts.iter().filter(|_| is_any) {
        let mut statement = connection.prepare_cached("SELECT other FROM sealed_pair WHERE chart = ?1")?;
        let others = statement.query_map([chart.0.cast_signed()], |row| row.get::<_, i64>(0))?;
        for other in others {
            sealed.push((*chart, ChartId(other?.cast_unsigned())));
        }
    }
    Ok(sealed)
}

pub(super) fn write_counted(connection: &Connection, counted: &[(i64, i64)]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO alike_count (key, charts) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET charts = charts + excluded.charts",
    )?;
    for (key, by) in counted {
        statement.execute(params![key, by])?;
    }
    Ok(())
}
