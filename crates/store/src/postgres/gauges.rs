//! What an operator watches, in PostgreSQL.

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;
use crate::gauges::Depth;
use crate::inbox::timestamp;
use crate::source_numbers::SourceNumbers;

const INBOX_DEPTHS: &str = "
    SELECT source, count(*), min(received_at) FROM record.message WHERE state = 0 GROUP BY source";
const QUARANTINE_DEPTHS: &str = "
    SELECT source, count(*), min(at) FROM record.quarantine WHERE state = 0 GROUP BY source";
/// No row of the access log is ever removed. Numbers may be left out, so this is
/// how many there are at the most.
const LOG_ROWS: &str = "SELECT coalesce(max(id), 0) FROM desk.access_log";
const SIZE: &str = "
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace($1)";
/// A transaction that has to reach the disk like any other, and changes nothing.
const PROVE: &str = "SELECT pg_current_xact_id()::text";

impl Server {
    pub(crate) async fn inbox_depths(&self, sources: &SourceNumbers) -> Result<Vec<Depth>, StoreError> {
        self.depths(sources, INBOX_DEPTHS).await
    }

    pub(crate) async fn quarantine_depths(&self, sources: &SourceNumbers) -> Result<Vec<Depth>, StoreError> {
        self.depths(sources, QUARANTINE_DEPTHS).await
    }

    async fn depths(&self, sources: &SourceNumbers, sql: &str) -> Result<Vec<Depth>, StoreError> {
        let rows = self.rows(Role::Intake, sql, &[]).await?;
        let depth = |row: &tokio_postgres::Row| {
            Ok(Depth {
                source: sources.id(row.try_get(0)?)?,
                count: row.try_get::<_, i64>(1)?.cast_unsigned(),
                oldest_at: timestamp(row.try_get(2)?),
            })
        };
        rows.iter().map(depth).collect()
    }

    pub(crate) async fn log_rows(&self) -> Result<u64, StoreError> {
        let rows = self.rows(Role::Desk, LOG_ROWS, &[]).await?;
        let row = rows.first().ok_or(StoreError::NotFound("count"))?;
        Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
    }

    pub(crate) async fn record_bytes(&self) -> Result<u64, StoreError> {
        self.bytes_of("record").await
    }

    pub(crate) async fn desk_bytes(&self) -> Result<u64, StoreError> {
        self.bytes_of("desk").await
    }

    async fn bytes_of(&self, schema: &str) -> Result<u64, StoreError> {
        let rows = self.rows(Role::Intake, SIZE, &[&schema]).await?;
        let row = rows.first().ok_or(StoreError::NotFound("size"))?;
        Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
    }

    pub(crate) async fn prove_record_writable(&self) -> Result<(), StoreError> {
        self.rows(Role::Intake, PROVE, &[]).await.map(drop)
    }

    pub(crate) async fn prove_desk_writable(&self) -> Result<(), StoreError> {
        self.rows(Role::Desk, PROVE, &[]).await.map(drop)
    }
}
