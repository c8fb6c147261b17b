//! Moving a chart to the person it turned out to belong to.

use record::{ChartId, PersonId};
use rusqlite::{Connection, params};

use crate::apply_entries::next_place;
use crate::error::StoreError;

/// Moves the only chart of `from` to the person `to`: its entries, the keys by
/// which it is found, what waits and what is doubted about it. Nothing is left
/// behind under a person who is nobody any more.
pub(crate) fn move_only_chart(
    connection: &Connection,
    chart: ChartId,
    from: PersonId,
    to: PersonId,
) -> Result<(), StoreError> {
    move_entries(connection, chart, to)?;
    for sql in [
        "UPDATE number_key SET person = ?2 WHERE chart = ?1",
        "UPDATE name_key SET person = ?2 WHERE chart = ?1",
        "UPDATE place_key SET person = ?2 WHERE chart = ?1",
    ] {
        connection.prepare_cached(sql)?.execute(params![chart.0.cast_signed(), to.0.cast_signed()])?;
    }
    for sql in [
        "UPDATE quarantine SET person = ?2 WHERE person = ?1",
        "UPDATE work_item SET person = ?2 WHERE person = ?1",
        "UPDATE work_item SET other_person = ?2 WHERE other_person = ?1",
        // Whether the two are one person has just been decided.
        "UPDATE work_item SET state = 1 WHERE person = ?2 AND other_person = ?2 AND ?1 <> ?2",
    ] {
        connection.prepare_cached(sql)?.execute(params![from.0.cast_signed(), to.0.cast_signed()])?;
    }
    connection
        .prepare_cached("UPDATE person SET version = version + 1, link_version = link_version + 1 WHERE id = ?1")?
        .execute([from.0.cast_signed()])?;
    Ok(())
}

/// Moves a chart's entries to a person's range, oldest place first, with all that
/// they said before.
///
/// The versions of two people are counted apart. What moves holds from the
/// person's next version on; what it said before was never shown under this person.
fn move_entries(connection: &Connection, chart: ChartId, person: PersonId) -> Result<(), StoreError> {
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
