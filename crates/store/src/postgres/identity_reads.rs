//! Doubts about who is who and what was decided about them, in PostgreSQL, behind row-level
//! security: each read names the receipt's row of the access log.

use access::FactsVersion;
use record::PersonId;
use tokio_postgres::Row;

use super::connect::Role;
use super::load_joins::{JOINS, join};
use super::read_rows::chart_row;
use super::server::Server;
use super::statements::{Step, Transaction, Values};
use crate::clinical_rows::Stands;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::identity_pair::{PairRow, PairRows};
use crate::identity_reads::{
    DoubtColumns, IdentityWork, ItemRow, LINK_DECISIONS_MAX, LinkDecidedRow, LinkDecision, SETTLED_DOUBTS_MAX,
};
use crate::link_to_do::DoubtStand;
use crate::source_numbers::SourceNumbers;
use crate::work_list::WORK_LIST_MAX;

/// What row-level security compares with, until the transaction ends.
const NAME: &str = "SELECT set_config('connect_care.counter', $1::bigint::text, true)";
const WAITING: &str = "
    SELECT w.id, w.kind, w.odds, w.source, w.message, w.reasons, w.at, w.person, w.other_person, w.state = 0,
      m.staff_name, m.at, o.act, o.state, o.staff_name, o.at
    FROM record.work_item w
    LEFT JOIN record.identity_act m ON m.id =
      (SELECT max(a.id) FROM record.identity_act a WHERE a.item = w.id AND a.act = 2)
    LEFT JOIN record.identity_act o ON o.id =
      (SELECT min(a.id) FROM record.identity_act a WHERE a.item = w.id AND a.state < 2)
    WHERE w.state = 0 AND NOT EXISTS (
      SELECT FROM record.chart c JOIN record.sealed_pair s ON s.chart = c.id JOIN record.chart d ON d.id = s.other
      WHERE c.person = w.person AND d.person = w.other_person)
    ORDER BY CASE w.kind WHEN 'demographics' THEN 0 WHEN 'merge' THEN 1 WHEN 'same number' THEN 2 ELSE 3 END,
      w.odds DESC NULLS FIRST, w.at, w.message, w.id LIMIT $1";
/// A doubt, or a record that is named by one of its charts: see [`crate::Named`].
const ONE: &str = "
    WITH w AS (
      SELECT id, kind, odds, source, message, reasons, at, person, other_person, state
      FROM record.work_item WHERE id = $1::bigint
      UNION ALL
      SELECT $1::bigint, 'record', NULL, c.source, 0, '',
        coalesce((SELECT max(l.at) FROM record.link_event l WHERE l.chart = c.id), 0), c.person,
        CASE WHEN $3::boolean THEN (
          SELECT o.person FROM record.kept_apart k JOIN record.chart o ON o.id = k.other
          WHERE k.chart = $2::bigint AND o.person <> c.person
            AND NOT EXISTS (SELECT FROM record.sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
          ORDER BY (SELECT max(l.id) FROM record.link_event l WHERE l.chart = k.chart AND l.person = o.person)
            DESC NULLS LAST, o.person LIMIT 1) END, 1
      FROM record.chart c WHERE c.id = $2::bigint)
    SELECT w.id, w.kind, w.odds, w.source, w.message, w.reasons, w.at, w.person, w.other_person, w.state = 0,
      m.staff_name, m.at, o.act, o.state, o.staff_name, o.at
    FROM w
    LEFT JOIN record.identity_act m ON m.id =
      (SELECT max(a.id) FROM record.identity_act a WHERE a.item = w.id AND a.act = 2)
    LEFT JOIN record.identity_act o ON o.id =
      (SELECT min(a.id) FROM record.identity_act a WHERE a.item = w.id AND a.state < 2)";
const SETTLED: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM record.identity_act
    WHERE state = 2 AND act <> 2 ORDER BY done_at DESC, id DESC LIMIT $1";
const NEEDS_SECOND: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM record.identity_act
    WHERE state = 1 AND item >= $1 ORDER BY id LIMIT $2";
const DECIDED: &str = "
    SELECT id, item, act, chart, staff_name, reason, at, state, done_at, outcome, did FROM record.identity_act
    WHERE item = $1 ORDER BY id LIMIT $2";
const CHARTS: &str = "
    SELECT c.id, c.source, c.person, c.told, c.told_at,
      (SELECT l.at FROM record.link_event l WHERE l.chart = c.id ORDER BY l.id DESC LIMIT 1),
      (SELECT l.evidence FROM record.link_event l WHERE l.chart = c.id ORDER BY l.id DESC LIMIT 1),
      (SELECT max(h.step) FROM record.hand_link h WHERE h.chart = c.id AND h.person = c.person),
      (SELECT o.person FROM record.kept_apart k JOIN record.chart o ON o.id = k.other
       WHERE k.chart = c.id AND o.person <> c.person
         AND NOT EXISTS (SELECT FROM record.sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
       ORDER BY (SELECT max(l.id) FROM record.link_event l WHERE l.chart = k.chart AND l.person = o.person)
         DESC NULLS LAST, o.person LIMIT 1)
    FROM record.chart c WHERE c.person = ANY($1) ORDER BY c.id";
const PEOPLE: &str = "SELECT id, version, link_version, restricted FROM record.person WHERE id = ANY($1)";
const SEALED: &str = "
    SELECT EXISTS (
      SELECT FROM record.chart c JOIN record.sealed_pair s ON s.chart = c.id JOIN record.chart d ON d.id = s.other
      WHERE c.person = $1 AND d.person = $2)";
/// Whom it is about.
pub(super) const PEOPLE_OF: &str = "
    SELECT person, other_person, state = 0 FROM record.work_item WHERE id = $1::bigint
    UNION ALL
    SELECT c.person, CASE WHEN $3::boolean THEN (
      SELECT o.person FROM record.kept_apart k JOIN record.chart o ON o.id = k.other
      WHERE k.chart = $2::bigint AND o.person <> c.person
        AND NOT EXISTS (SELECT FROM record.sealed_pair s WHERE s.chart = k.chart AND s.other = k.other)
      ORDER BY (SELECT max(l.id) FROM record.link_event l WHERE l.chart = k.chart AND l.person = o.person)
        DESC NULLS LAST, o.person LIMIT 1) END, false
    FROM record.chart c WHERE c.id = $2::bigint";

impl Server {
    /// Runs these in one transaction as whoever reads, with the receipt's row named.
    async fn read_doubts(&self, counter: u64, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.twice(Role::Reads, || self.read_doubts_once(counter, steps)).await
    }

    async fn read_doubts_once(&self, counter: u64, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let counter = counter.cast_signed();
        let mut transaction = Transaction::new(self.pools.get(Role::Reads).await?);
        self.pools.counters().read();
        let named: Values<'_> = &[&counter];
        let mut all = vec![Step { sql: NAME, values: named }];
        all.extend(steps.iter().map(|step| Step { sql: step.sql, values: step.values }));
        let mut rows = transaction.begin(&all).await?;
        transaction.commit().await?;
        Ok(rows.split_off(1))
    }

    pub(crate) async fn identity_work(
        &self,
        sources: &SourceNumbers,
        counter: u64,
    ) -> Result<IdentityWork, StoreError> {
        let waiting = Step { sql: WAITING, values: &[&WORK_LIST_MAX] };
        let settled = Step { sql: SETTLED, values: &[&SETTLED_DOUBTS_MAX] };
        let records = Named::lowest_of_records();
        let needs_second = Step { sql: NEEDS_SECOND, values: &[&records, &SETTLED_DOUBTS_MAX] };
        let found = self.read_doubts(counter, &[waiting, settled, needs_second]).await?;
        let [waiting, settled, needs_second] = found.as_slice() else { return Err(StoreError::Closed) };
        Ok(IdentityWork {
            waiting: waiting.iter().map(|row| doubt(row, sources)?.doubt()).collect::<Result<_, _>>()?,
            settled: settled.iter().map(decision).collect::<Result<_, _>>()?,
            needs_second: needs_second.iter().map(decision).collect::<Result<_, _>>()?,
        })
    }

    /// One doubt with everything that is shown of it, where the decision's facts still hold.
    pub(crate) async fn identity_pair(
        &self,
        sources: &SourceNumbers,
        counter: u64,
        item: i64,
        concerns: &[(PersonId, FactsVersion)],
    ) -> Result<Option<PairRows>, StoreError> {
        // A decision may concern others too, whose charts would move: nothing of theirs is shown beside the two.
        let Some(stand) = self.people_of_doubt(item).await? else { return Ok(None) };
        let number = |person: &PersonId| person.0.cast_signed();
        let people: Vec<i64> = stand.people().iter().map(number).collect();
        let (one, other) = (people.first().copied(), people.get(1).copied());
        let concerned: Vec<i64> = concerns.iter().map(|(person, _)| number(person)).collect();
        let (chart, is_apart) = Named::values(item);
        let steps = [
            Step { sql: ONE, values: &[&item, &chart, &is_apart] },
            Step { sql: CHARTS, values: &[&people] },
            Step { sql: PEOPLE, values: &[&concerned] },
            Step { sql: SEALED, values: &[&one, &other] },
            Step { sql: DECIDED, values: &[&item, &LINK_DECISIONS_MAX] },
            Step { sql: JOINS, values: &[&people] },
        ];
        let found = self.read_doubts(counter, &steps).await?;
        let [items, charts, persons, sealed, decided, joins] = found.as_slice() else { return Err(StoreError::Closed) };
        let Some(row) = items.first() else { return Ok(None) };
        let mut restricted = Vec::new();
        for row in persons {
            let person: i64 = row.try_get(0)?;
            let (_, facts) =
                concerns.iter().find(|(known, _)| known.0.cast_signed() == person).ok_or(StoreError::FactsMoved)?;
            Stands { links: Some(*facts), record: None }.check(row.try_get(1)?, row.try_get(2)?)?;
            restricted.extend(row.try_get::<_, bool>(3)?.then_some(person));
        }
        Ok(Some(PairRows {
            doubt: doubt(row, sources)?,
            charts: charts.iter().map(pair_row).collect::<Result<_, _>>()?,
            joins: joins.iter().map(join).collect::<Result<_, _>>()?,
            restricted,
            decided: decided.iter().map(decision).collect::<Result<_, _>>()?,
            is_sealed: sealed.first().map_or(Ok(true), |row| row.try_get(0))?,
        }))
    }

    pub(crate) async fn people_of_doubt(&self, item: i64) -> Result<Option<DoubtStand>, StoreError> {
        let (chart, is_apart) = Named::values(item);
        let values: Values<'_> = &[&item, &chart, &is_apart];
        self.rows(Role::Intake, PEOPLE_OF, values).await?.first().map(stand).transpose()
    }
}

pub(super) fn stand(row: &Row) -> Result<DoubtStand, StoreError> {
    let person = |id: i64| PersonId(id.cast_unsigned());
    Ok(DoubtStand {
        person: person(row.try_get(0)?),
        other: row.try_get::<_, Option<i64>>(1)?.map(person),
        is_open: row.try_get(2)?,
    })
}

fn doubt(row: &Row, sources: &SourceNumbers) -> Result<DoubtColumns, StoreError> {
    let item = ItemRow {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        odds: row.try_get(2)?,
        source: row.try_get(3)?,
        message: row.try_get(4)?,
        reasons: row.try_get(5)?,
        at: row.try_get(6)?,
    };
    let asks: Option<String> = row.try_get(10)?;
    let last: Option<i64> = row.try_get(12)?;
    Ok(DoubtColumns {
        item: item.item(sources)?,
        person: row.try_get(7)?,
        other: row.try_get(8)?,
        is_open: row.try_get(9)?,
        asks: asks.map(|name| Ok::<_, StoreError>((name, row.try_get(11)?))).transpose()?,
        last: last
            .map(|act| Ok::<_, StoreError>((act, row.try_get(13)?, row.try_get(14)?, row.try_get(15)?)))
            .transpose()?,
    })
}

fn pair_row(row: &Row) -> Result<PairRow, StoreError> {
    let linked: Option<i64> = row.try_get(5)?;
    Ok(PairRow {
        row: chart_row(row)?,
        linked: linked.map(|at| Ok::<_, StoreError>((at, row.try_get(6)?))).transpose()?,
        by_hand: row.try_get(7)?,
        told_apart_from: row.try_get(8)?,
    })
}

fn decision(row: &Row) -> Result<LinkDecision, StoreError> {
    let row = LinkDecidedRow {
        id: row.try_get(0)?,
        item: row.try_get(1)?,
        act: row.try_get(2)?,
        chart: row.try_get(3)?,
        staff_name: row.try_get(4)?,
        reason: row.try_get(5)?,
        at: row.try_get(6)?,
        state: row.try_get(7)?,
        done_at: row.try_get(8)?,
        outcome: row.try_get(9)?,
        did: row.try_get(10)?,
    };
    row.decision()
}
