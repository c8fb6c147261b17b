//! What somebody decided about who is who, in the embedded database.

use rusqlite::{Connection, OptionalExtension, params};

use super::identity_reads::people_of;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::identity_hands::{ACT_OPEN, ACT_OVER, AskedStand, IdentityAsked, LinkRow, asked};

/// A decision about one doubt, where it still waits; unlinking does not need one that waits.
pub(crate) fn ask(connection: &Connection, row: &LinkRow) -> Result<IdentityAsked, StoreError> {
    // A record that nobody doubted may be decided about at any time; what was seen of it is compared when it is done.
    let is_open = if Named::values(row.item).0.is_some() {
        people_of(connection, row.item)?.map(|_| true)
    } else {
        doubt_is_open(connection, row)?
    };
    let stand = AskedStand {
        is_open: is_open.unwrap_or_default(),
        is_under_way: under_way(connection, row.item)?,
        first: None,
    };
    let may = stand.is_open || is_open.is_some() && row.chart.is_some();
    if !may || stand.is_under_way && !row.is_mark() {
        return asked(None, is_open.map(|_| stand));
    }
    if row.is_mark() {
        return asked(Some(insert(connection, row, ACT_OVER, None)?), None);
    }
    // A first reviewer's decision holds for what they saw.
    let first: Option<(i64, String, bool)> = connection
        .prepare_cached("SELECT id, staff, act = ?2 AND seen = ?3 FROM identity_act WHERE item = ?1 AND state = 1")?
        .query_row(params![row.item, row.act, row.seen], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    match first {
        Some((first, staff, true)) if staff == row.staff => {
            asked(None, Some(AskedStand { first: Some(first), ..stand }))
        }
        Some((first, _, true)) => {
            close(connection, first, row.at, &row.confirmed)?;
            asked(Some(insert(connection, row, ACT_OPEN, Some(first))?), None)
        }
        Some((first, _, false)) => {
            close(connection, first, row.at, &row.instead)?;
            asked(Some(insert(connection, row, i64::from(row.needs_second), None)?), None)
        }
        None => asked(Some(insert(connection, row, i64::from(row.needs_second), None)?), None),
    }
}

fn doubt_is_open(connection: &Connection, row: &LinkRow) -> Result<Option<bool>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT state = 0 FROM work_item WHERE id = ?1 AND person = ?2 AND other_person IS ?3")?
        .query_row(params![row.item, row.person, row.other], |row| row.get(0))
        .optional()?)
}

fn under_way(connection: &Connection, item: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM identity_act WHERE item = ?1 AND state = 0)")?
        .query_row([item], |row| row.get(0))?)
}

fn insert(connection: &Connection, row: &LinkRow, state: i64, seconds: Option<i64>) -> Result<(i64, i64), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO identity_act (item, act, chart, staff, staff_name, organisation, reason, at, seen, state, seconds,
               done_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, iif(?10 = 2, ?8, NULL))",
        )?
        .execute(params![
            row.item,
            row.act,
            row.chart,
            row.staff,
            row.staff_name,
            row.organisation,
            row.reason,
            row.at,
            row.seen,
            state,
            seconds
        ])?;
    Ok((connection.last_insert_rowid(), state))
}

fn close(connection: &Connection, id: i64, at: i64, outcome: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE identity_act SET state = 2, done_at = ?2, outcome = ?3 WHERE id = ?1 AND state = 1")?
        .execute(params![id, at, outcome])?;
    Ok(())
}
