//! Carrying out what identity analysts decided, in the embedded database.

use record::{ChartId, MessageId};
use rusqlite::{Connection, OptionalExtension, params};

use super::identity_reads::people_of;
use super::order;
use super::rows::SqliteRows;
use crate::apply::IdentityRules;
use crate::error::StoreError;
use crate::foreseen::{self, Foreseen, WouldMove};
use crate::identity_hands::LinkAct;
use crate::link_by_hand::carry_out as carry_out_through;
use crate::link_to_do::{How, LinkToDo};
use crate::linking::{LINK_REQUESTS_MAX, LinkRequest};
use crate::read_only::ReadOnly;

pub(crate) fn requests(connection: &Connection, after: i64) -> Result<Vec<LinkRequest>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, act, item, chart, seen, seconds IS NOT NULL FROM identity_act
         WHERE state = 0 AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query([after, LINK_REQUESTS_MAX])?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        requests.push(LinkRequest {
            id: row.get::<_, i64>(0)?.cast_unsigned(),
            act: LinkAct::from_number(row.get(1)?)?,
            item: row.get(2)?,
            chart: row.get(3)?,
            seen: row.get(4)?,
            is_seconded: row.get(5)?,
        });
    }
    Ok(requests)
}

pub(crate) fn carry_out(
    connection: &Connection,
    request: &LinkRequest,
    rules: &IdentityRules,
    at: i64,
) -> Result<Option<String>, StoreError> {
    let step = request.id.cast_signed();
    let is_open: Option<bool> = connection
        .prepare_cached("SELECT state = 0 FROM identity_act WHERE id = ?1")?
        .query_row([step], |row| row.get(0))
        .optional()?;
    if is_open != Some(true) {
        return Ok(None);
    }
    let todo = LinkToDo {
        step,
        item: request.item,
        act: request.act,
        chart: request.chart.map(|chart| ChartId(chart.cast_unsigned())),
        is_seconded: request.is_seconded,
        at,
        how: How::Now { seen: Some(request.seen.clone()), doubt: people_of(connection, request.item)? },
    };
    let done = carry_out_through(&SqliteRows::new(connection), rules, &todo)?;
    let did = done.noted.as_ref().and_then(|noted| noted.note.clone());
    connection
        .prepare_cached("UPDATE identity_act SET state = 2, done_at = ?2, outcome = ?3, did = ?4 WHERE id = ?1")?
        .execute(params![step, done.at, done.outcome, did])?;
    if let Some(noted) = done.noted {
        order::note(connection, noted.act, MessageId(0), noted.at, noted.note.as_deref())?;
        set_firsts_aside(connection, &done.outcome, done.item, at)?;
    }
    Ok(Some(done.outcome))
}

/// What a decision would move that is not made yet.
pub(crate) fn foresee(
    connection: &Connection,
    item: i64,
    what: WouldMove,
    rules: &IdentityRules,
) -> Result<Foreseen, StoreError> {
    let real = SqliteRows::new(connection);
    foreseen::foresee(&ReadOnly::new(&real, rules), rules, (item, people_of(connection, item)?), what)
}

/// Whoever waited for a second reviewer of a doubt that is decided waits no longer.
fn set_firsts_aside(connection: &Connection, outcome: &str, item: i64, at: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE identity_act SET state = 2, done_at = ?2, outcome = ?3 WHERE item = ?1 AND state = 1")?
        .execute(params![item, at, outcome])?;
    Ok(())
}

/// Does again what was carried out once.
pub(super) fn again(connection: &Connection, todo: &LinkToDo, rules: &IdentityRules) -> Result<(), StoreError> {
    carry_out_through(&SqliteRows::new(connection), rules, todo).map(drop)
}
