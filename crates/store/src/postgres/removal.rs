//! Tombstones and holds in PostgreSQL.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;
use record::{MessageId, PersonId};
use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;
use crate::inbox::{STATE_REMOVED, timestamp};
use crate::removal::{Hold, HoldColumns, HoldRow, Planned, Removal, Tombstone};
use crate::source_numbers::SourceNumbers;

/// A message with those that were made by hand in its place, and the one that it stands
/// in place of: what one says the others say.
const TOGETHER: &str = "
    WITH RECURSIVE together (id) AS (
      SELECT $1::bigint
      UNION SELECT next.id FROM together t CROSS JOIN LATERAL (
        SELECT m.corrects AS id FROM record.message m WHERE m.id = t.id AND m.corrects IS NOT NULL
        UNION ALL SELECT m.id FROM record.message m WHERE m.corrects = t.id) AS next)
    SELECT id FROM together";
const MESSAGE: &str = "SELECT source, size, state FROM record.message WHERE id = $1";
const PEOPLE: &str = "
    SELECT c.person FROM record.message_chart m JOIN record.chart c ON c.id = m.chart WHERE m.message = $1
    UNION SELECT person FROM record.quarantine WHERE message = $1 AND person IS NOT NULL
    UNION SELECT person FROM record.work_item WHERE message = $1
    UNION SELECT other_person FROM record.work_item WHERE message = $1 AND other_person IS NOT NULL";
const HOLDS_IN_FORCE: &str = "
    SELECT id FROM record.legal_hold
    WHERE lifted_at IS NULL AND (source = $1 OR person = ANY($2)) ORDER BY id LIMIT 1";
const ENTRIES: &str = "
    SELECT count(*) FROM record.message_chart m JOIN record.chart c ON c.id = m.chart
    JOIN record.entry e ON e.person = c.person AND e.chart = c.id WHERE m.message = $1 AND e.message = $1";
const PLAN: &str = "
    INSERT INTO record.tombstone (message, source, at, operator, reason, note, size, entries)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (message) DO NOTHING";
/// From whose record the message is taken: whose chart it filled. Where something of it
/// waits, or somebody corrected it, `message_chart` names also whom it only mentioned, so
/// that then entries alone count. Of what was sensitive nothing is kept.
const FROM_RECORDS: &str = "
    INSERT INTO record.removed_item (person, message, source, at, is_done)
    SELECT DISTINCT c.person, $1::bigint, $2::bigint, $3::bigint, 0
    FROM record.message_chart m JOIN record.chart c ON c.id = m.chart
    WHERE m.message = $1 AND c.source = $2
      AND (EXISTS (SELECT FROM record.entry e WHERE e.person = c.person AND e.chart = c.id AND e.message = $1)
        OR NOT EXISTS (SELECT FROM record.quarantine q WHERE q.message = $1 AND q.state <> 1)
          AND NOT EXISTS (SELECT FROM record.message o WHERE o.id = $1 AND o.corrects IS NOT NULL))
      AND NOT EXISTS (
        SELECT FROM record.entry e WHERE e.person = c.person AND e.message = $1 AND e.sensitivity <> 0)
      AND NOT EXISTS (
        SELECT FROM record.entry_version v WHERE v.person = c.person AND v.message = $1 AND v.sensitivity <> 0)
    ON CONFLICT (person, message) DO NOTHING";
const OF_SOURCE: &str = "SELECT id FROM record.message WHERE source = $1 AND state <> 4 ORDER BY id";
const OF_CHART: &str = "
    SELECT m.message, EXISTS (
      SELECT FROM record.message_chart o WHERE o.message = m.message AND o.chart <> m.chart)
    FROM record.chart c JOIN record.message_chart m ON m.chart = c.id
    WHERE c.source = $1 AND c.key = $2 ORDER BY m.message";
const TOMBSTONES: &str = "
    SELECT t.message, t.source, t.at, t.operator, t.reason, t.note, t.size, t.entries, m.state = 4
    FROM record.tombstone t JOIN record.message m ON m.id = t.message ORDER BY t.message";
const ADD_HOLD: &str = "
    INSERT INTO record.legal_hold (source, person, at, operator, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id";
const LIFT_HOLD: &str = "
    UPDATE record.legal_hold SET lifted_at = $2, lifted_by = $3, lifted_reason = $4
    WHERE id = $1 AND lifted_at IS NULL";
const HOLDS: &str = "SELECT id, source, person, at, operator, reason, lifted_at FROM record.legal_hold ORDER BY id";

impl Server {
    pub(crate) async fn plan_removal(&self, removal: &Removal) -> Result<Planned, StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        let mut planned = Planned::default();
        let mut messages = BTreeSet::new();
        for message in &removal.messages {
            for row in transaction.query(TOGETHER, &[&message.0.cast_signed()]).await? {
                messages.insert(row.try_get::<_, i64>(0)?);
            }
        }
        for message in messages {
            plan_one(&transaction, removal, message, &mut planned).await?;
        }
        transaction.commit().await?;
        Ok(planned)
    }

    pub(crate) async fn messages_of_source(&self, source: i64) -> Result<Vec<MessageId>, StoreError> {
        let rows = self.rows(Role::Intake, OF_SOURCE, &[&source]).await?;
        rows.iter().map(|row| Ok(MessageId(row.try_get::<_, i64>(0)?.cast_unsigned()))).collect()
    }

    pub(crate) async fn messages_of_chart(&self, source: i64, key: &str) -> Result<Vec<(MessageId, bool)>, StoreError> {
        let rows = self.rows(Role::Intake, OF_CHART, &[&source, &key]).await?;
        let found = |row: &Row| Ok((MessageId(row.try_get::<_, i64>(0)?.cast_unsigned()), row.try_get(1)?));
        rows.iter().map(found).collect()
    }

    pub(crate) async fn tombstones(&self, sources: &SourceNumbers) -> Result<Vec<Tombstone>, StoreError> {
        let tombstone = |row: &Row| {
            let unsigned = |index| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
            Ok(Tombstone {
                message: MessageId(unsigned(0)?),
                source: sources.id(row.try_get(1)?)?,
                at: timestamp(row.try_get(2)?),
                operator: row.try_get(3)?,
                reason: row.try_get(4)?,
                note: row.try_get(5)?,
                size_bytes: unsigned(6)?,
                entries: unsigned(7)?,
                is_done: row.try_get(8)?,
            })
        };
        self.rows(Role::Intake, TOMBSTONES, &[]).await?.iter().map(tombstone).collect()
    }

    pub(crate) async fn add_hold(&self, row: &HoldRow) -> Result<u64, StoreError> {
        let client = self.pools.get(Role::Intake).await?;
        let values: super::statements::Values<'_> = &[&row.source, &row.person, &row.at, &row.operator, &row.reason];
        Ok(client.query_one(ADD_HOLD, values).await?.try_get::<_, i64>(0)?.cast_unsigned())
    }

    pub(crate) async fn lift_hold(&self, id: i64, operator: &str, reason: &str, at: i64) -> Result<(), StoreError> {
        let client = self.pools.get(Role::Intake).await?;
        let lifted = client.execute(LIFT_HOLD, &[&id, &at, &operator, &reason]).await?;
        if lifted == 1 { Ok(()) } else { Err(StoreError::NotFound("hold that is in force")) }
    }

    pub(crate) async fn holds(&self, sources: &SourceNumbers) -> Result<Vec<Hold>, StoreError> {
        let hold = |row: &Row| {
            let columns = HoldColumns {
                id: row.try_get(0)?,
                source: row.try_get::<_, Option<i64>>(1)?.map(|number| sources.id(number)).transpose()?,
                person: row.try_get(2)?,
                at: row.try_get(3)?,
                operator: row.try_get(4)?,
                reason: row.try_get(5)?,
                lifted_at: row.try_get(6)?,
            };
            columns.hold()
        };
        self.rows(Role::Intake, HOLDS, &[]).await?.iter().map(hold).collect()
    }
}

async fn plan_one(
    transaction: &Transaction<'_>,
    removal: &Removal,
    message: i64,
    planned: &mut Planned,
) -> Result<(), StoreError> {
    let found = transaction.query_opt(MESSAGE, &[&message]).await?.ok_or(StoreError::NotFound("message"))?;
    let (source, size, state): (i64, i64, i64) = (found.try_get(0)?, found.try_get(1)?, found.try_get(2)?);
    if state == STATE_REMOVED {
        return Ok(());
    }
    let people = transaction.query(PEOPLE, &[&message]).await?;
    let people: Vec<i64> = people.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if let Some(hold) = transaction.query_opt(HOLDS_IN_FORCE, &[&source, &people]).await? {
        return Err(StoreError::Held(hold.try_get::<_, i64>(0)?.cast_unsigned()));
    }
    let entries: i64 = transaction.query_one(ENTRIES, &[&message]).await?.try_get(0)?;
    let (at, reason) = (removal.at.as_second(), removal.reason.code());
    transaction
        .execute(PLAN, &[&message, &source, &at, &removal.operator, &reason, &removal.note, &size, &entries])
        .await?;
    transaction.execute(FROM_RECORDS, &[&message, &source, &at]).await?;
    planned.messages += 1;
    planned.entries += entries.cast_unsigned();
    planned.people.extend(people.into_iter().map(|person| PersonId(person.cast_unsigned())));
    Ok(())
}
