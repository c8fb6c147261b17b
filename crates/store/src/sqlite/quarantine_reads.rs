//! An organisation's quarantine in the embedded database.

use access::FactsVersion;
use record::{MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::source_texts;
use crate::bodies::Bodies;
use crate::error::StoreError;
use crate::gauges::Depth;
use crate::inbox::timestamp;
use crate::quarantine_reads::{
    DecidedColumns, HandDecision, ITEMS_MAX, ItemColumns, ItemsWanted, QuarantineItem, SETTLED_ITEMS_MAX, Which,
};
use crate::source_numbers::SourceNumbers;

const WAITING: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, o.act, c.message
    FROM quarantine q
    LEFT JOIN quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN quarantine_act o ON o.message = q.message AND o.done_at IS NULL
    LEFT JOIN quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM source WHERE organisation = ?1) AND q.state = 0
    ORDER BY t.id IS NOT NULL, q.at, q.id LIMIT ?2";
const SETTLED: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, NULL, c.message
    FROM quarantine q
    LEFT JOIN quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM source WHERE organisation = ?1) AND q.state <> 0
    ORDER BY q.at DESC, q.id DESC LIMIT ?2";
const ONE: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, o.act, c.message
    FROM quarantine q
    LEFT JOIN quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN quarantine_act o ON o.message = q.message AND o.done_at IS NULL
    LEFT JOIN quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM source WHERE organisation = ?1) AND q.id = ?2";

pub(crate) fn items(
    connection: &Connection,
    sources: &SourceNumbers,
    wanted: &ItemsWanted,
) -> Result<Vec<QuarantineItem>, StoreError> {
    let limit = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (sql, last) = match wanted.which {
        Which::Waiting => (WAITING, limit(ITEMS_MAX + 1)),
        Which::Settled => (SETTLED, limit(SETTLED_ITEMS_MAX)),
        Which::One(item) => (ONE, item),
    };
    let values: [&dyn ToSql; 2] = [&wanted.organisation, &last];
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = ItemColumns {
            id: row.get(0)?,
            source: row.get(1)?,
            message: row.get(2)?,
            unit: row.get(3)?,
            kind: row.get(4)?,
            place: row.get(5)?,
            reason: row.get(6)?,
            at: row.get(7)?,
            is_person_known: row.get(8)?,
            state: row.get(9)?,
            owner: row.get(10)?,
            taken_at: row.get(11)?,
            under_way: row.get(12)?,
            corrects: row.get(13)?,
        };
        items.push(columns.item(sources)?);
    }
    Ok(items)
}

pub(crate) fn decided(
    connection: &Connection,
    organisation: &str,
    message: MessageId,
) -> Result<Vec<HandDecision>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT act, staff_name, reason, at, correction, done_at, outcome FROM quarantine_act
         WHERE message = ?1 AND source IN (SELECT number FROM source WHERE organisation = ?2) ORDER BY id",
    )?;
    let mut rows = statement.query(params![message.0.cast_signed(), organisation])?;
    let mut decided = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = DecidedColumns {
            act: row.get(0)?,
            staff_name: row.get(1)?,
            reason: row.get(2)?,
            at: row.get(3)?,
            correction: row.get(4)?,
            done_at: row.get(5)?,
            outcome: row.get(6)?,
        };
        decided.push(columns.decision()?);
    }
    Ok(decided)
}

/// A message of the organisation's quarantine, where everybody whom it concerns is
/// known to the decision.
pub(crate) fn text(
    connection: &Connection,
    bodies: &Bodies,
    organisation: &str,
    message: MessageId,
    concerns: &[(PersonId, FactsVersion)],
) -> Result<Vec<u8>, StoreError> {
    let is_own: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM quarantine WHERE message = ?1
               AND source IN (SELECT number FROM source WHERE organisation = ?2))",
        )?
        .query_row(params![message.0.cast_signed(), organisation], |row| row.get(0))?;
    if !is_own {
        return Err(StoreError::NotFound("message in quarantine"));
    }
    source_texts::message(connection, bodies, message, concerns)
}

pub(crate) fn place_of(connection: &Connection, item: i64) -> Result<Option<(String, i64)>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT s.id, q.message FROM quarantine q JOIN source s ON s.number = q.source WHERE q.id = ?1",
        )?
        .query_row([item], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

pub(crate) fn unowned(connection: &Connection, sources: &SourceNumbers, before: i64) -> Result<Vec<Depth>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT q.source, count(*), min(q.at) FROM quarantine q WHERE q.state = 0 AND q.at <= ?1
           AND NOT EXISTS (SELECT 1 FROM quarantine_act a WHERE a.item = q.id AND a.act = 0) GROUP BY q.source",
    )?;
    let mut rows = statement.query([before])?;
    let mut depths = Vec::new();
    while let Some(row) = rows.next()? {
        depths.push(Depth {
            source: sources.id(row.get(0)?)?,
            count: row.get::<_, i64>(1)?.cast_unsigned(),
            oldest_at: timestamp(row.get(2)?),
        });
    }
    Ok(depths)
}
