//! Dictionaries in PostgreSQL.

use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use crate::bodies::Dictionary;
use crate::error::StoreError;

impl Server {
    pub(crate) async fn dictionaries(&self) -> Result<Vec<Dictionary>, StoreError> {
        let sql = "SELECT number, shape, body FROM record.dictionary ORDER BY number";
        let dictionary = |row: &Row| {
            let bytes: &[u8] = row.try_get(2)?;
            Ok(Dictionary { number: number(row)?, shape: row.try_get(1)?, bytes: bytes.into() })
        };
        self.rows(Role::Intake, sql, &[]).await?.iter().map(dictionary).collect()
    }

    pub(crate) async fn keep_dictionary(&self, shape: &str, at: i64, bytes: &[u8]) -> Result<u32, StoreError> {
        let sql = "INSERT INTO record.dictionary (shape, at, body) VALUES ($1, $2, $3) RETURNING number";
        let rows = self.rows(Role::Intake, sql, &[&shape, &at, &bytes]).await?;
        number(rows.first().ok_or(StoreError::NotFound("dictionary"))?)
    }

    pub(crate) async fn newest_bodies(&self, count_max: i64) -> Result<Vec<(Vec<u8>, i64)>, StoreError> {
        let sql = "SELECT body, size FROM record.message ORDER BY id DESC LIMIT $1";
        let rows = self.rows(Role::Intake, sql, &[&count_max]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

fn number(row: &Row) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<_, i64>(0)?).map_err(|_| StoreError::TooLong("the list of dictionaries"))
}
