//! Dictionaries in the embedded database.

use rusqlite::{Connection, params};

use crate::bodies::Dictionary;
use crate::error::StoreError;

pub(crate) fn all(connection: &Connection) -> Result<Vec<Dictionary>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT number, shape, body FROM dictionary ORDER BY number")?;
    let rows = statement.query_map([], |row| {
        Ok(Dictionary { number: row.get(0)?, shape: row.get(1)?, bytes: row.get::<_, Vec<u8>>(2)?.into() })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn insert(connection: &Connection, shape: &str, at: i64, bytes: &[u8]) -> Result<u32, StoreError> {
    connection
        .prepare_cached("INSERT INTO dictionary (shape, at, body) VALUES (?1, ?2, ?3)")?
        .execute(params![shape, at, bytes])?;
    u32::try_from(connection.last_insert_rowid()).map_err(|_| StoreError::TooLong("the list of dictionaries"))
}

pub(crate) fn newest_bodies(connection: &Connection, count_max: i64) -> Result<Vec<(Vec<u8>, i64)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body, size FROM message ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map([count_max], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
