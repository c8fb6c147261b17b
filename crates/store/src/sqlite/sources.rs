//! The numbers under which sources are stored in the embedded database.

use record::Source;
use rusqlite::Connection;

use crate::error::StoreError;

/// Gives each configured source its number; every source that ever had one.
pub(crate) fn register(connection: &Connection, sources: &[Source]) -> Result<Vec<(i64, String)>, StoreError> {
    for source in sources {
        connection.execute("INSERT OR IGNORE INTO source (id) VALUES (?1)", [source.id.as_str()])?;
    }
    let mut statement = connection.prepare("SELECT number, id FROM source")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
