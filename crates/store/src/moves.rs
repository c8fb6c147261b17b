//! Moving a chart's entries to the person it turned out to belong to.

use record::{ChartId, PersonId};
use rusqlite::{Connection, params};

use crate::apply_entries::next_place;
use crate::error::StoreError;

/// Moves a chart's entries to a person's range, oldest place first, with all that
/// they said before.
///
/// The versions of two people are counted apart. What moves holds from the
/// person's next version on; what it said before was never shown under this person.
pub(crate) fn move_entries(connection: &Connection, chart: ChartId, person: PersonId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM entry WHERE chart = ?1 ORDER BY id")?;
    let ids =
        statement.query_map([chart.0.cast_signed()], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    let version: i64 = connection
        .prepare_cached("UPDATE person SET version = version + 1 WHERE id = ?1 RETURNING version")?
        .query_row([person.0.cast_signed()], |row| row.get(0))?;
    for old in ids {
        let new = next_place(connection, person)?.0.cast_signed();
        connection
            .prepare_cached("UPDATE entry SET id = ?2, since = ?3 WHERE id = ?1")?
            .execute(params![old, new, version])?;
        connection
            .prepare_cached("UPDATE entry_version SET id = ?2, since = ?3, until = ?3 WHERE id = ?1")?
            .execute(params![old, new, version])?;
        connection.prepare_cached("UPDATE letter_text SET entry = ?2 WHERE entry = ?1")?.execute(params![old, new])?;
    }
    Ok(())
}
