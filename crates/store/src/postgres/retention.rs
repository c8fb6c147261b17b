//! Sweeping in PostgreSQL, with the rights of whoever made the schema: no role of the
//! program may take anything away.

use tokio_postgres::Transaction;

use super::connect::connect_as_owner;
use super::server::Server;
use crate::error::StoreError;
use crate::order::ACT_SWEPT;
use crate::retention::{Sweep, Swept};

/// Earlier versions that something else followed before a moment, and those that were
/// never shown and came before it.
const VERSIONS: &str = "
    WITH said AS (SELECT a.message, max(a.at) AS at FROM record.application a WHERE a.act = 0 GROUP BY 1),
      following AS (
        SELECT e.person, e.id, e.since, e.message FROM record.entry e
        UNION ALL
        SELECT w.person, w.id, w.since, w.message FROM record.entry_version w WHERE w.since < w.until),
      old AS (
        SELECT v.ctid AS place FROM record.entry_version v
        JOIN following f ON f.person = v.person AND f.id = v.id AND f.since = v.until
        JOIN said s ON s.message = CASE WHEN v.since < v.until THEN f.message ELSE v.message END
        WHERE s.at < $1 AND v.person <> ALL($2) AND v.source <> ALL($3)
        UNION
        SELECT v.ctid FROM record.entry_version v JOIN said s ON s.message = v.message
        WHERE v.since = v.until AND s.at < $1 AND v.person <> ALL($2) AND v.source <> ALL($3))
    DELETE FROM record.entry_version v USING old WHERE v.ctid = old.place";
const SETTLED_ACTS: &str = "
    DELETE FROM record.quarantine_act a USING record.quarantine q
    WHERE a.done_at IS NOT NULL AND q.id = a.item AND q.state <> 0 AND q.at < $1
      AND (q.person IS NULL OR q.person <> ALL($2)) AND q.source <> ALL($3)";
const SETTLED: &str = "
    DELETE FROM record.quarantine WHERE state <> 0 AND at < $1
      AND (person IS NULL OR person <> ALL($2)) AND source <> ALL($3)";
const SET_ASIDE: &str = "
    SELECT m.id FROM record.message m WHERE m.state IN (2, 3) AND m.received_at < $1
      AND NOT EXISTS (SELECT FROM record.quarantine q WHERE q.message = m.id AND q.state = 0)
      AND m.source <> ALL($2)";

impl Server {
    pub(crate) async fn sweep(&self, mut sweep: Sweep, at: i64, is_trial: bool) -> Result<Swept, StoreError> {
        let mut client = connect_as_owner(&self.at).await?;
        let transaction = client.transaction().await?;
        let held = |rows: Vec<tokio_postgres::Row>| -> Result<Vec<i64>, StoreError> {
            rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
        };
        let people = "SELECT person FROM record.legal_hold WHERE lifted_at IS NULL AND person IS NOT NULL";
        let sources = "SELECT source FROM record.legal_hold WHERE lifted_at IS NULL AND source IS NOT NULL";
        sweep.held_people = held(transaction.query(people, &[]).await?)?;
        sweep.held_sources = held(transaction.query(sources, &[]).await?)?;
        let mut swept = sweep_within(&transaction, &sweep).await?;
        if let Some(before) = sweep.set_aside_before {
            swept.messages = forget_set_aside(&transaction, &sweep, before, at).await?;
        }
        if is_trial {
            transaction.rollback().await?;
            return Ok(swept);
        }
        if swept != Swept::default() {
            let sql = "INSERT INTO record.application (act, message, at, note) VALUES ($1, 0, $2, $3)";
            transaction.execute(sql, &[&ACT_SWEPT, &at, &sweep.note()]).await?;
        }
        transaction.commit().await?;
        client.batch_execute("VACUUM record.entry_version").await?;
        client.batch_execute("VACUUM record.quarantine").await?;
        client.batch_execute("VACUUM record.message").await?;
        Ok(swept)
    }

    /// What a rebuild does again at the same place.
    pub(crate) async fn sweep_again(&self, sweep: &Sweep) -> Result<(), StoreError> {
        let mut client = connect_as_owner(&self.at).await?;
        let transaction = client.transaction().await?;
        sweep_within(&transaction, sweep).await?;
        Ok(transaction.commit().await?)
    }
}

async fn sweep_within(transaction: &Transaction<'_>, sweep: &Sweep) -> Result<Swept, StoreError> {
    let (people, sources) = (&sweep.held_people, &sweep.held_sources);
    let mut swept = Swept::default();
    if let Some(before) = sweep.superseded_before {
        swept.versions = transaction.execute(VERSIONS, &[&before, people, sources]).await?;
    }
    if let Some(before) = sweep.settled_before {
        transaction.execute(SETTLED_ACTS, &[&before, people, sources]).await?;
        swept.settled = transaction.execute(SETTLED, &[&before, people, sources]).await?;
    }
    Ok(swept)
}

async fn forget_set_aside(
    transaction: &Transaction<'_>,
    sweep: &Sweep,
    before: i64,
    at: i64,
) -> Result<u64, StoreError> {
    let rows = transaction.query(SET_ASIDE, &[&before, &sweep.held_sources]).await?;
    for row in &rows {
        let message: i64 = row.try_get(0)?;
        let tombstone = "INSERT INTO record.tombstone (message, source, at, operator, reason, note, size, entries)
            SELECT id, source, $2, '', 'retention', 'never applied', size, 0 FROM record.message WHERE id = $1";
        transaction.execute(tombstone, &[&message, &at]).await?;
        let blank = r"UPDATE record.message SET state = 4, body = '\x01', size = 0, control_id = NULL WHERE id = $1";
        transaction.execute(blank, &[&message]).await?;
        let note = "UPDATE record.application SET note = NULL WHERE message = $1 AND act <> 3";
        transaction.execute(note, &[&message]).await?;
        transaction.execute("DELETE FROM record.quarantine_act WHERE message = $1", &[&message]).await?;
        transaction.execute("DELETE FROM record.quarantine WHERE message = $1", &[&message]).await?;
    }
    Ok(rows.len() as u64)
}
