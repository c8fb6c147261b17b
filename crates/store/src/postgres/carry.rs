//! What a record is built from, carried over from one database into another.

use futures_util::{SinkExt as _, StreamExt as _, pin_mut};
use tokio_postgres::{Client, Transaction};

use super::connect::connect_as_owner;
use super::server::Server;
use crate::error::StoreError;
use crate::order::ACT_RAISED;
use crate::rebuild::DERIVED;

const TABLES: &str = "
    SELECT c.relname::text FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'record'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1";
const COLUMNS: &str = "
    SELECT a.attname::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = format('record.%I', $1::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";
const REMOVING: &str = "
    INSERT INTO removing
    SELECT t.message FROM record.tombstone t JOIN record.message m ON m.id = t.message WHERE m.state <> 4";
const SEQUENCES: &str = "
    SELECT schemaname || '.' || sequencename, last_value FROM pg_catalog.pg_sequences
    WHERE schemaname = 'record' AND last_value IS NOT NULL";

impl Server {
    /// Carries everything over that applying messages does not write, from another
    /// database into this one, which must have the schema and nothing in it. Messages
    /// begin as received; of those that are to be removed nothing goes over but that
    /// they were.
    pub(crate) async fn carry_from(&self, from: &Self) -> Result<(), StoreError> {
        let (mut from, mut into) = (connect_as_owner(&from.at).await?, connect_as_owner(&self.at).await?);
        let (from, into) = (begin(&mut from).await?, begin(&mut into).await?);
        let messages: i64 = into.query_one("SELECT count(*) FROM record.message", &[]).await?.try_get(0)?;
        if messages != 0 {
            return Err(StoreError::NotEmpty);
        }
        from.batch_execute("CREATE TEMPORARY TABLE removed (message bigint PRIMARY KEY) ON COMMIT DROP").await?;
        from.execute("INSERT INTO removed SELECT message FROM record.tombstone", &[]).await?;
        // What was noted of a message after it was removed says nothing of it, and stays.
        from.batch_execute("CREATE TEMPORARY TABLE removing (message bigint PRIMARY KEY) ON COMMIT DROP").await?;
        from.execute(REMOVING, &[]).await?;
        for table in tables(&from).await? {
            if !DERIVED.contains(&table.as_str()) {
                copy(&from, &into, &table, value, condition(&table)).await?;
            }
        }
        people_without_anything(&from, &into).await?;
        copy_sequences(&from, &into).await?;
        into.commit().await?;
        Ok(())
    }

    /// Takes the record of another database in place of this one's, as a whole or not
    /// at all. What was here is left in no file of this database.
    pub(crate) async fn take_over_from(&self, from: &Self) -> Result<(), StoreError> {
        let (mut from, mut into) = (connect_as_owner(&from.at).await?, connect_as_owner(&self.at).await?);
        let (from, into) = (begin(&mut from).await?, begin(&mut into).await?);
        into.batch_execute("LOCK TABLE record.message, record.application IN EXCLUSIVE MODE").await?;
        if come_to(&from).await? != come_to(&into).await? {
            return Err(StoreError::WrittenMeanwhile);
        }
        let tables = tables(&from).await?;
        let names: Vec<String> = tables.iter().map(|table| format!("record.{table}")).collect();
        into.batch_execute(&format!("TRUNCATE {}", names.join(", "))).await?;
        for table in &tables {
            copy(&from, &into, table, |_, column| column, "true").await?;
        }
        copy_sequences(&from, &into).await?;
        into.commit().await?;
        Ok(())
    }
}

/// The last message and the last step of the order of application that is not of the
/// building itself.
async fn come_to(transaction: &Transaction<'_>) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT coalesce((SELECT max(id) FROM record.message), 0),
                 coalesce((SELECT max(number) FROM record.application WHERE act <> $1), 0)";
    let row = transaction.query_one(sql, &[&ACT_RAISED]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn begin(client: &mut Client) -> Result<Transaction<'_>, StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = on").await?;
    Ok(transaction)
}

async fn tables(transaction: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    transaction.query(TABLES, &[]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Copies one table by way of one that lasts for the transaction: no table that is
/// protected row by row can be copied into.
async fn copy(
    from: &Transaction<'_>,
    into: &Transaction<'_>,
    table: &str,
    value: for<'a> fn(&str, &'a str) -> &'a str,
    condition: &str,
) -> Result<(), StoreError> {
    let columns: Vec<String> =
        from.query(COLUMNS, &[&table]).await?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let values: Vec<&str> = columns.iter().map(|column| value(table, column)).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    let out = from
        .copy_out(&format!(
            "COPY (SELECT {values} FROM record.{table} AS t WHERE {condition}) TO STDOUT (FORMAT binary)"
        ))
        .await?;
    into.batch_execute(&format!(
        "CREATE TEMPORARY TABLE carried ON COMMIT DROP AS SELECT {columns} FROM record.{table} WITH NO DATA"
    ))
    .await?;
    let sink = into.copy_in(&format!("COPY carried ({columns}) FROM STDIN (FORMAT binary)")).await?;
    pin_mut!(out, sink);
    while let Some(bytes) = out.next().await {
        sink.send(bytes?).await?;
    }
    sink.finish().await?;
    into.batch_execute(&format!(
        "INSERT INTO record.{table} ({columns}) SELECT {columns} FROM carried; DROP TABLE carried"
    ))
    .await?;
    Ok(())
}

/// Every person who ever was keeps their number.
async fn people_without_anything(from: &Transaction<'_>, into: &Transaction<'_>) -> Result<(), StoreError> {
    let rows = from.query("SELECT id FROM record.person ORDER BY id", &[]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let sql = "INSERT INTO record.person (id, version, link_version, next_place, restricted)
               SELECT id, 0, 0, 0, false FROM unnest($1::bigint[]) AS known (id)";
    into.execute(sql, &[&ids]).await?;
    Ok(())
}

async fn copy_sequences(from: &Transaction<'_>, into: &Transaction<'_>) -> Result<(), StoreError> {
    for row in from.query(SEQUENCES, &[]).await? {
        let (name, last): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        into.execute("SELECT setval($1::text::regclass, $2)", &[&name, &last]).await?;
    }
    Ok(())
}

/// Which rows go over: what was told against a message says something of it.
fn condition(table: &str) -> &'static str {
    match table {
        "told_against" => "NOT EXISTS (SELECT FROM removed WHERE removed.message = t.message)",
        _ => "true",
    }
}

/// What goes over of a column.
fn value<'a>(table: &str, column: &'a str) -> &'a str {
    match (table, column) {
        ("message", "state") => {
            "CASE WHEN EXISTS (SELECT FROM removed WHERE removed.message = t.id) THEN 4 ELSE 0 END::bigint"
        }
        // A body without anything in it, as `bodies.rs` writes it.
        ("message", "body") => {
            r"CASE WHEN EXISTS (SELECT FROM removed WHERE removed.message = t.id) THEN '\x01' ELSE t.body END"
        }
        ("message", "size") => {
            "CASE WHEN EXISTS (SELECT FROM removed WHERE removed.message = t.id) THEN 0 ELSE t.size END"
        }
        ("message", "control_id") => {
            "CASE WHEN EXISTS (SELECT FROM removed WHERE removed.message = t.id) THEN NULL ELSE t.control_id END"
        }
        // Whoever decided about it and when stays; what they wrote and what came of it does not.
        ("quarantine_act", "body") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN NULL ELSE t.body END"
        }
        ("quarantine_act", "digest") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN NULL ELSE t.digest END"
        }
        ("quarantine_act", "size") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN NULL ELSE t.size END"
        }
        ("quarantine_act", "reason") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN '' ELSE t.reason END"
        }
        ("quarantine_act", "outcome") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN 'The message was removed.'
               ELSE t.outcome END"
        }
        ("quarantine_act", "done_at") => {
            "CASE WHEN EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN coalesce(t.done_at, t.at)
               ELSE t.done_at END"
        }
        ("removed_item", "is_done") => "1::bigint AS is_done",
        ("application", "note") => {
            "CASE WHEN t.act <> 3 AND EXISTS (SELECT FROM removing WHERE removing.message = t.message) THEN NULL
               ELSE t.note END"
        }
        _ => column,
    }
}
