//! What would move before it is decided, in the embedded database.

use rusqlite::{Connection, params};

use crate::clinical_rows::range;
use crate::error::StoreError;
use crate::identity_moves::{CountRow, MOVING_LISTED_MAX, MoveRow, MovesWanted};

pub(crate) fn rows(connection: &Connection, wanted: &MovesWanted) -> Result<(Vec<CountRow>, Vec<MoveRow>), StoreError> {
    let (first, last) = range(wanted.person);
    // Numbers always have a JSON spelling.
    let charts = serde_json::to_string(&wanted.charts).unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "SELECT kind, sensitivity <> 0, count(*) FROM entry
         WHERE id BETWEEN ?1 AND ?2 AND chart IN (SELECT value FROM json_each(?3)) GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let counts = statement
        .query_map(params![first, last, charts], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, source, clinical_time FROM entry
         WHERE id BETWEEN max(?1, ?4) AND ?2 AND chart IN (SELECT value FROM json_each(?3)) AND sensitivity = 0
         ORDER BY id LIMIT ?5",
    )?;
    let after = wanted.after.saturating_add(1);
    let listed = statement
        .query_map(params![first, last, charts, after, MOVING_LISTED_MAX + 1], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok((counts, listed))
}
