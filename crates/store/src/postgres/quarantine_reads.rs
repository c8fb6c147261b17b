//! An organisation's quarantine in PostgreSQL, behind row-level security: each read
//! names the organisation and the receipt's row of the access log.

use access::FactsVersion;
use record::{MessageId, PersonId};
use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use super::statements::{Step, Transaction, Values};
use crate::bodies::Bodies;
use crate::error::StoreError;
use crate::gauges::Depth;
use crate::inbox::timestamp;
use crate::quarantine_reads::{
    DecidedColumns, HandDecision, ITEMS_MAX, ItemColumns, ItemsWanted, QuarantineItem, SETTLED_ITEMS_MAX, Which,
};
use crate::source_numbers::SourceNumbers;

/// What row-level security compares with, until the transaction ends.
const NAME: &str = "
    SELECT set_config('connect_care.organisation', $1, true),
      set_config('connect_care.counter', $2::bigint::text, true)";
const WAITING: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, o.act, c.message
    FROM record.quarantine q
    LEFT JOIN record.quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM record.quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN record.quarantine_act o ON o.message = q.message AND o.done_at IS NULL
    LEFT JOIN record.quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM record.source WHERE organisation = $1) AND q.state = 0
    ORDER BY t.id IS NOT NULL, q.at, q.id LIMIT $2";
const SETTLED: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, NULL::bigint, c.message
    FROM record.quarantine q
    LEFT JOIN record.quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM record.quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN record.quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM record.source WHERE organisation = $1) AND q.state <> 0
    ORDER BY q.at DESC, q.id DESC LIMIT $2";
const ONE: &str = "
    SELECT q.id, q.source, q.message, q.unit, q.kind, q.place, q.reason, q.at, q.person IS NOT NULL, q.state,
      t.staff_name, t.at, o.act, c.message
    FROM record.quarantine q
    LEFT JOIN record.quarantine_act t ON t.item = q.id
      AND t.id = (SELECT max(a.id) FROM record.quarantine_act a WHERE a.item = q.id AND a.act = 0)
    LEFT JOIN record.quarantine_act o ON o.message = q.message AND o.done_at IS NULL
    LEFT JOIN record.quarantine_act c ON c.source = q.source AND c.correction = q.message
    WHERE q.source IN (SELECT number FROM record.source WHERE organisation = $1) AND q.id = $2";
const DECIDED: &str = "
    SELECT act, staff_name, reason, at, correction, done_at, outcome FROM record.quarantine_act
    WHERE message = $1 AND source IN (SELECT number FROM record.source WHERE organisation = $2) ORDER BY id";
const TEXT: &str = "
    SELECT body, size FROM record.message
    WHERE id = $1 AND source IN (SELECT number FROM record.source WHERE organisation = $2)";
const PLACE_OF: &str = "
    SELECT s.id, q.message FROM record.quarantine q JOIN record.source s ON s.number = q.source WHERE q.id = $1";
const UNOWNED: &str = "
    SELECT q.source, count(*), min(q.at) FROM record.quarantine q WHERE q.state = 0 AND q.at <= $1
      AND NOT EXISTS (SELECT FROM record.quarantine_act a WHERE a.item = q.id AND a.act = 0) GROUP BY q.source";

impl Server {
    async fn read_as(
        &self,
        organisation: &str,
        counter: u64,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.twice(Role::Reads, || self.read_as_once(organisation, counter, sql, values)).await
    }

    async fn read_as_once(
        &self,
        organisation: &str,
        counter: u64,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let counter = counter.cast_signed();
        let mut transaction = Transaction::new(self.pools.get(Role::Reads).await?);
        self.pools.counters().read();
        let named = Step { sql: NAME, values: &[&organisation, &counter] };
        let rows = transaction.begin(&[named, Step { sql, values }]).await?.pop().unwrap_or_default();
        transaction.commit().await?;
        Ok(rows)
    }

    pub(crate) async fn quarantine_items(
        &self,
        sources: &SourceNumbers,
        wanted: &ItemsWanted,
    ) -> Result<Vec<QuarantineItem>, StoreError> {
        let limit = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (sql, last) = match wanted.which {
            Which::Waiting => (WAITING, limit(ITEMS_MAX + 1)),
            Which::Settled => (SETTLED, limit(SETTLED_ITEMS_MAX)),
            Which::One(item) => (ONE, item),
        };
        let values: Values<'_> = &[&wanted.organisation, &last];
        let rows = self.read_as(&wanted.organisation, wanted.counter, sql, values).await?;
        rows.iter().map(|row| columns(row)?.item(sources)).collect()
    }

    pub(crate) async fn decided(
        &self,
        organisation: &str,
        counter: u64,
        message: MessageId,
    ) -> Result<Vec<HandDecision>, StoreError> {
        let values: Values<'_> = &[&message.0.cast_signed(), &organisation];
        let decided = |row: &Row| {
            let columns = DecidedColumns {
                act: row.try_get(0)?,
                staff_name: row.try_get(1)?,
                reason: row.try_get(2)?,
                at: row.try_get(3)?,
                correction: row.try_get(4)?,
                done_at: row.try_get(5)?,
                outcome: row.try_get(6)?,
            };
            columns.decision()
        };
        self.read_as(organisation, counter, DECIDED, values).await?.iter().map(decided).collect()
    }

    /// A message of the organisation's quarantine, where everybody whom it concerns
    /// is known to the decision.
    pub(crate) async fn quarantine_text(
        &self,
        bodies: &Bodies,
        organisation: &str,
        counter: u64,
        message: MessageId,
        concerns: &[(PersonId, FactsVersion)],
    ) -> Result<Vec<u8>, StoreError> {
        self.concerns_must_stand(message, concerns).await?;
        let values: Values<'_> = &[&message.0.cast_signed(), &organisation];
        let row = self.read_as(organisation, counter, TEXT, values).await?.pop();
        let row = row.ok_or(StoreError::NotFound("message in quarantine"))?;
        bodies.unpack(row.try_get(0)?, row.try_get(1)?)
    }

    pub(crate) async fn place_of_item(&self, item: i64) -> Result<Option<(String, i64)>, StoreError> {
        let row = self.rows(Role::Intake, PLACE_OF, &[&item]).await?.pop();
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    pub(crate) async fn quarantine_unowned(
        &self,
        sources: &SourceNumbers,
        before: i64,
    ) -> Result<Vec<Depth>, StoreError> {
        let depth = |row: &Row| {
            Ok(Depth {
                source: sources.id(row.try_get(0)?)?,
                count: row.try_get::<_, i64>(1)?.cast_unsigned(),
                oldest_at: timestamp(row.try_get(2)?),
            })
        };
        self.rows(Role::Intake, UNOWNED, &[&before]).await?.iter().map(depth).collect()
    }
}

fn columns(row: &Row) -> Result<ItemColumns, StoreError> {
    Ok(ItemColumns {
        id: row.try_get(0)?,
        source: row.try_get(1)?,
        message: row.try_get(2)?,
        unit: row.try_get(3)?,
        kind: row.try_get(4)?,
        place: row.try_get(5)?,
        reason: row.try_get(6)?,
        at: row.try_get(7)?,
        is_person_known: row.try_get(8)?,
        state: row.try_get(9)?,
        owner: row.try_get(10)?,
        taken_at: row.try_get(11)?,
        under_way: row.try_get(12)?,
        corrects: row.try_get(13)?,
    })
}
