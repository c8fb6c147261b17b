//! In which charts a source's entry lies, in PostgreSQL.

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;

/// One look-up for each chart of the source: a deletion names no patient.
const CHARTS_HOLDING: &str = "
    SELECT e.key_hash, c.key FROM record.chart c
    JOIN record.entry e ON e.person = c.person AND e.chart = c.id AND e.key_hash = ANY($2)
    WHERE c.source = $1";

impl Server {
    pub(crate) async fn charts_holding(
        &self,
        source: i64,
        key_hashes: &[i64],
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let rows = self.rows(Role::Intake, CHARTS_HOLDING, &[&source, &key_hashes]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}
