//! Which entries stood in a record that held two people, in the embedded database.

use rusqlite::{Connection, params};

use crate::clinical_rows::range;
use crate::error::StoreError;
use crate::stood::{StoodRow, StoodWanted};

/// Entries and what they said before; when they were not shown; what was removed; when it was last swept (4, a code
/// of `order.rs`: a partial index is found by the figure itself).
const STOOD: &str = "
    SELECT 0, id, chart, kind, source, sensitivity <> 0, clinical_time, since, NULL
    FROM entry WHERE id BETWEEN ?1 AND ?2 AND chart IN (SELECT value FROM json_each(?3))
    UNION ALL
    SELECT 0, id, chart, kind, source, sensitivity <> 0, clinical_time, since, until
    FROM entry_version WHERE id BETWEEN ?1 AND ?2 AND chart IN (SELECT value FROM json_each(?3)) AND since < until
    UNION ALL
    SELECT 1, entry, NULL, NULL, NULL, NULL, NULL, since, until FROM entry_covered WHERE person = ?4
    UNION ALL
    SELECT 2, count(*), NULL, NULL, source, NULL, NULL, NULL, NULL
    FROM removed_item WHERE person = ?4 AND is_done = 1 AND at >= ?5 GROUP BY source
    UNION ALL
    SELECT 3, max(at), NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM application WHERE message = 0 AND act = 4 HAVING max(at) IS NOT NULL
    ORDER BY 1 DESC, 2, 8 LIMIT ?6";

pub(crate) fn rows(connection: &Connection, wanted: &StoodWanted) -> Result<Vec<StoodRow>, StoreError> {
    let (first, last) = range(wanted.person);
    // Numbers always have a JSON spelling.
    let charts = serde_json::to_string(&wanted.charts).unwrap_or_default();
    let person = wanted.person.0.cast_signed();
    let mut statement = connection.prepare_cached(STOOD)?;
    let values = params![first, last, charts, person, wanted.since, wanted.at_most];
    let rows = statement.query_map(values, |row| {
        Ok(StoodRow {
            what: row.get(0)?,
            id: row.get(1)?,
            chart: row.get(2)?,
            kind: row.get(3)?,
            source: row.get(4)?,
            is_sensitive: row.get(5)?,
            when: row.get(6)?,
            since: row.get(7)?,
            until: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
