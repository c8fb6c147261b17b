//! In which charts a source's entry lies, in the embedded database.

use rusqlite::{Connection, params};

use crate::error::StoreError;

/// One look-up for each chart of the source: a deletion names no patient.
const CHARTS_HOLDING: &str = "
    SELECT c.key FROM chart c CROSS JOIN entry e WHERE c.source = ?1 AND e.chart = c.id AND e.key_hash = ?2";

pub(crate) fn charts_holding(
    connection: &Connection,
    source: i64,
    key_hashes: &[i64],
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement = connection.prepare_cached(CHARTS_HOLDING)?;
    let mut found = Vec::new();
    for hash in key_hashes {
        let mut rows = statement.query(params![source, hash])?;
        while let Some(row) = rows.next()? {
            found.push((*hash, row.get(0)?));
        }
    }
    Ok(found)
}
