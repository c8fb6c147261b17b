//! The schema of the database, brought to this program's version under a lock.

use super::PostgresAt;
use super::connect::connect_as_owner;
use crate::error::StoreError;

/// Migrations, oldest first; the schema version is their number. A later one
/// first widens; what is no longer used is taken away by one after that, so that
/// two versions of the program may run side by side while servers are changed.
const MIGRATIONS: &[&[&str]] = &[&[
    include_str!("schema_0001_record.sql"),
    include_str!("schema_0001_desk.sql"),
    include_str!("schema_0001_rights.sql"),
    include_str!("schema_0001_rights_record.sql"),
]];

/// Held while the schema changes, so that two servers that start at the same time
/// do not both change it. The number spells `CCmigrat`.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"CCmigrat");

/// Brings the database to this program's schema.
///
/// # Errors
/// [`StoreError::UnknownSchema`] when another version of the program was here, or
/// whatever the server says.
pub(crate) async fn migrate(at: &PostgresAt) -> Result<(), StoreError> {
    let mut client = connect_as_owner(at).await?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS public.connect_care_schema (version bigint NOT NULL);
             GRANT SELECT ON public.connect_care_schema TO PUBLIC",
        )
        .await?;
    let row = client.query_one("SELECT coalesce(max(version), 0) FROM public.connect_care_schema", &[]).await?;
    let found: i64 = row.get(0);
    let Some(done) = usize::try_from(found).ok().filter(|done| *done <= MIGRATIONS.len()) else {
        return Err(StoreError::UnknownSchema { path: "the PostgreSQL database".into(), found, known });
    };
    for (index, steps) in MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = client.transaction().await?;
        for sql in *steps {
            transaction.batch_execute(sql).await?;
        }
        let version = i64::try_from(index + 1).unwrap_or(known);
        transaction.execute("INSERT INTO public.connect_care_schema VALUES ($1)", &[&version]).await?;
        transaction.commit().await?;
        tracing::info!(version, "schema migrated");
    }
    // The connection ends here and its lock with it.
    Ok(())
}

/// Refuses a database that has another schema than this program's.
pub(crate) async fn schema_must_be_ours(at: &PostgresAt) -> Result<(), StoreError> {
    let client = connect_as_owner(at).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let unknown = |found| StoreError::UnknownSchema { path: "the PostgreSQL database".into(), found, known };
    let table = client.query_one("SELECT to_regclass('public.connect_care_schema') IS NOT NULL", &[]).await?;
    if !table.get::<_, bool>(0) {
        return Err(unknown(0));
    }
    let row = client.query_one("SELECT coalesce(max(version), 0) FROM public.connect_care_schema", &[]).await?;
    let found: i64 = row.get(0);
    if found == known { Ok(()) } else { Err(unknown(found)) }
}

/// Which version of the rules made what people are looked up by; zero where the database does not say.
pub(crate) async fn look_up_rules(at: &PostgresAt) -> Result<i64, StoreError> {
    let client = connect_as_owner(at).await?;
    let table = client.query_one("SELECT to_regclass('record.look_up_rules') IS NOT NULL", &[]).await?;
    if !table.get::<_, bool>(0) {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(version), 0) FROM record.look_up_rules";
    Ok(client.query_one(sql, &[]).await?.get(0))
}
