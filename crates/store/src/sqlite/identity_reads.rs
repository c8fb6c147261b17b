//! Doubts about who is who and what was decided about them, in the embedded database.

use access::FactsVersion;
use record::{ChartId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::clinical::links_must_stand;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::identity_pair::{PairRow, PairRows};
use crate::identity_reads::{
    DoubtColumns, IdentityWork, ItemRow, LINK_DECISIONS_MAX, LinkDecidedRow, LinkDecision, SETTLED_DOUBTS_MAX,
};
use crate::link_to_do::DoubtStand;
use crate::rows::ChartRow;
use crate::source_numbers::SourceNumbers;
use crate::work_list::WORK_LIST_MAX;

const WAITING: &str = "
    SELECT w.id, w.kind, w.odds, w.source, w.message, w.reasons, w.at, w.person, w.other_person, w.state = 0,
      m.staff_name, m.at, o.act, o.state, o.staff_name, o.at
    FROM work_item w
    LEFT JOIN identity_act m ON m.id = (SELECT max(a.id) FROM identity_act a WHERE a.item = w.id AND a.act = 2)
    LEFT JOIN identity_act o ON o.id = (SELECT min(a.id) FROM identity_act a WHERE a.item = w.id AND a.state < 2)
    WHERE w.state = 0 AND NOT EXISTS (
      SELECT 1 FROM chart c JOIN sealed_pair s ON s.chart = c.id JOIN chart d ON d.id = s.other
      WHERE c.person = w.person AND d.person = w.other_person)
    ORDER BY CASE w.kind WHEN 'demographics' THEN 0 WHEN 'merge' THEN 1 WHEN 'same number' THEN 2 ELSE 3 END,
      w.odds DESC NULLS FIRST, w.at, w.message, w.id LIMIT ?1";
/// A doubt, or a record that is named by one of its charts: see [`crate::Named`].
const ONE: &str = "
    WITH w AS (
      SELECT id, kind, odds, source, message, reasons, at, person, other_person, state FROM work_item WHERE id = ?1
      UNION ALL
      SELECT ?1, 'record', NULL, c.source, 0, '', coalesce((SELECT max(l.at) FROM link_event l WHERE l.chart = c.id), 0),
        c.person, CASE WHEN ?3 THEN (
          SELECT o.person FROM kept_apart k JOIN chart o ON o.id = k.other WHERE k.chart = ?2 AND o.person <> c.person
            AND NOT EXISTS (SELECT 1 FROM sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
          ORDER BY (SELECT max(l.id) FROM link_event l WHERE l.chart = k.chart AND l.person = o.person) DESC NULLS LAST, o.person
          LIMIT 1) END, 1
      FROM chart c WHERE c.id = ?2)
    SELECT w.id, w.kind, w.odds, w.source, w.message, w.reasons, w.at, w.person, w.other_person, w.state = 0,
      m.staff_name, m.at, o.act, o.state, o.staff_name, o.at
    FROM w
    LEFT JOIN identity_act m ON m.id = (SELECT max(a.id) FROM identity_act a WHERE a.item = w.id AND a.act = 2)
    LEFT JOIN identity_act o ON o.id = (SELECT min(a.id) FROM identity_act a WHERE a.item = w.id AND a.state < 2)";
/// Whom it is about.
const PEOPLE_OF: &str = "
    SELECT person, other_person, state = 0 FROM work_item WHERE id = ?1
    UNION ALL
    SELECT c.person, CASE WHEN ?3 THEN (
      SELECT o.person FROM kept_apart k JOIN chart o ON o.id = k.other WHERE k.chart = ?2 AND o.person <> c.person
        AND NOT EXISTS (SELECT 1 FROM sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
      ORDER BY (SELECT max(l.id) FROM link_event l WHERE l.chart = k.chart AND l.person = o.person) DESC NULLS LAST, o.person
      LIMIT 1) END, false
    FROM chart c WHERE c.id = ?2";
const SETTLED: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM identity_act
    WHERE state = 2 AND act <> 2 ORDER BY done_at DESC, id DESC LIMIT ?1";
const NEEDS_SECOND: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM identity_act
    WHERE state = 1 AND item >= ?1 ORDER BY id LIMIT ?2";
const DECIDED: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM identity_act
    WHERE item = ?1 ORDER BY id LIMIT ?2";
const CHARTS: &str = "
    SELECT c.id, c.source, c.person, c.told, c.told_at,
      (SELECT l.at FROM link_event l WHERE l.chart = c.id ORDER BY l.id DESC LIMIT 1),
      (SELECT l.evidence FROM link_event l WHERE l.chart = c.id ORDER BY l.id DESC LIMIT 1),
      (SELECT max(h.step) FROM hand_link h WHERE h.chart = c.id AND h.person = c.person),
      (SELECT o.person FROM kept_apart k JOIN chart o ON o.id = k.other WHERE k.chart = c.id AND o.person <> c.person
         AND NOT EXISTS (SELECT 1 FROM sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
       ORDER BY (SELECT max(l.id) FROM link_event l WHERE l.chart = k.chart AND l.person = o.person) DESC NULLS LAST, o.person
       LIMIT 1)
    FROM chart c WHERE c.person = ?1 ORDER BY c.id";

pub(crate) fn work(connection: &Connection, sources: &SourceNumbers) -> Result<IdentityWork, StoreError> {
    let waiting = doubts(connection, sources, WAITING, &[&WORK_LIST_MAX])?;
    Ok(IdentityWork {
        waiting: waiting.into_iter().map(DoubtColumns::doubt).collect::<Result<_, _>>()?,
        settled: decisions(connection, SETTLED, &[&SETTLED_DOUBTS_MAX])?,
        needs_second: decisions(connection, NEEDS_SECOND, &[&Named::lowest_of_records(), &SETTLED_DOUBTS_MAX])?,
    })
}

fn doubts(
    connection: &Connection,
    sources: &SourceNumbers,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<DoubtColumns>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut doubts = Vec::new();
    while let Some(row) = rows.next()? {
        doubts.push(doubt(row, sources)?);
    }
    Ok(doubts)
}

fn doubt(row: &Row<'_>, sources: &SourceNumbers) -> Result<DoubtColumns, StoreError> {
    let item = ItemRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        odds: row.get(2)?,
        source: row.get(3)?,
        message: row.get(4)?,
        reasons: row.get(5)?,
        at: row.get(6)?,
    };
    let asks: Option<String> = row.get(10)?;
    let last: Option<i64> = row.get(12)?;
    Ok(DoubtColumns {
        item: item.item(sources)?,
        person: row.get(7)?,
        other: row.get(8)?,
        is_open: row.get(9)?,
        asks: asks.map(|name| Ok::<_, rusqlite::Error>((name, row.get(11)?))).transpose()?,
        last: last.map(|act| Ok::<_, rusqlite::Error>((act, row.get(13)?, row.get(14)?, row.get(15)?))).transpose()?,
    })
}

fn decisions(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<LinkDecision>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut decisions = Vec::new();
    while let Some(row) = rows.next()? {
        let row = LinkDecidedRow {
            id: row.get(0)?,
            item: row.get(1)?,
            act: row.get(2)?,
            chart: row.get(3)?,
            staff_name: row.get(4)?,
            reason: row.get(5)?,
            at: row.get(6)?,
            state: row.get(7)?,
            done_at: row.get(8)?,
            outcome: row.get(9)?,
            did: row.get(10)?,
        };
        decisions.push(row.decision()?);
    }
    Ok(decisions)
}

/// One doubt with everything that is shown of it, where the decision's facts still hold.
pub(crate) fn pair(
    connection: &Connection,
    sources: &SourceNumbers,
    item: i64,
    concerns: &[(PersonId, FactsVersion)],
) -> Result<Option<PairRows>, StoreError> {
    let (chart, is_apart) = Named::values(item);
    let Some(doubt) = doubts(connection, sources, ONE, &[&item, &chart, &is_apart])?.pop() else { return Ok(None) };
    for (person, facts) in concerns {
        links_must_stand(connection, *person, *facts)?;
    }
    let mut charts = charts(connection, doubt.person)?;
    let other = doubt.other.filter(|other| *other != doubt.person);
    if let Some(other) = other {
        charts.extend(self::charts(connection, other)?);
    }
    let (mut restricted, mut joins) = (Vec::new(), Vec::new());
    for person in [Some(doubt.person), other].into_iter().flatten() {
        joins.extend(super::joins::of_person(connection, PersonId(person.cast_unsigned()))?);
        restricted.extend(is_restricted(connection, person)?.then_some(person));
    }
    let is_sealed = is_sealed(connection, doubt.person, doubt.other)?;
    let decided = decisions(connection, DECIDED, &[&item, &LINK_DECISIONS_MAX])?;
    Ok(Some(PairRows { doubt, charts, joins, restricted, decided, is_sealed }))
}

fn charts(connection: &Connection, person: i64) -> Result<Vec<PairRow>, StoreError> {
    let mut statement = connection.prepare_cached(CHARTS)?;
    let rows = statement.query_map([person], |row| {
        let linked: Option<i64> = row.get(5)?;
        Ok(PairRow {
            row: ChartRow {
                chart: ChartId(row.get::<_, i64>(0)?.cast_unsigned()),
                source: row.get(1)?,
                person: PersonId(row.get::<_, i64>(2)?.cast_unsigned()),
                told: row.get(3)?,
                told_at: row.get(4)?,
            },
            linked: linked.map(|at| Ok::<_, rusqlite::Error>((at, row.get(6)?))).transpose()?,
            by_hand: row.get(7)?,
            told_apart_from: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn is_restricted(connection: &Connection, person: i64) -> Result<bool, StoreError> {
    let restricted = connection
        .prepare_cached("SELECT restricted FROM person WHERE id = ?1")?
        .query_row([person], |row| row.get(0))
        .optional()?;
    Ok(restricted.unwrap_or(true))
}

/// Whether any chart of the one is sealed from any of the other.
fn is_sealed(connection: &Connection, person: i64, other: Option<i64>) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM chart c JOIN sealed_pair s ON s.chart = c.id JOIN chart d ON d.id = s.other
               WHERE c.person = ?1 AND d.person = ?2)",
        )?
        .query_row(params![person, other], |row| row.get(0))?)
}

pub(crate) fn people_of(connection: &Connection, item: i64) -> Result<Option<DoubtStand>, StoreError> {
    let (chart, is_apart) = Named::values(item);
    Ok(connection
        .prepare_cached(PEOPLE_OF)?
        .query_row(params![item, chart, is_apart], |row| {
            let person = |id: i64| PersonId(id.cast_unsigned());
            Ok(DoubtStand {
                person: person(row.get(0)?),
                other: row.get::<_, Option<i64>>(1)?.map(person),
                is_open: row.get(2)?,
            })
        })
        .optional()?)
}
