//! The numbers under which sources are stored in the embedded database.

use record::Source;
use rusqlite::Connection;

use crate::error::StoreError;

/// Gives each configured source its number; every source that ever had one.
pub(crate) fn register(connection: &Connection, sources: &[Source]) -> Result<Vec<(i64, String)>, StoreError> {
    for source in sources {
        connection.execute(
            "INSERT INTO source (id, organisation) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation",
            [source.id.as_str(), source.organisation.as_str()],
        )?;
    }
    let mut statement = connection.prepare("SELECT number, id FROM source")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
