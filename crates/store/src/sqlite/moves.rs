//! Moving a chart to the person it turned out to belong to.

use record::{ChartId, EntryId, PersonId};
use rusqlite::{Connection, params};

use super::entry_rows::{next_place, next_version};
use crate::error::StoreError;

pub(super) fn move_chart(
    connection: &Connection,
    chart: ChartId,
    from: PersonId,
    to: PersonId,
) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
    let until = next_version(connection, from)?;
    let since = next_version(connection, to)?;
    let moved = move_entries(connection, chart, to, since, until)?;
    leave_chart(connection, chart, since, until)?;
    super::keys::move_keys(connection, chart, to)?;
    let others: i64 = connection
        .prepare_cached("SELECT count(*) FROM chart WHERE person = ?1 AND id <> ?2")?
        .query_row([from.0.cast_signed(), chart.0.cast_signed()], |row| row.get(0))?;
    let is_only = others == 0;
    connection
        .prepare_cached(
            "UPDATE quarantine SET person = ?2 WHERE person = ?1
               AND (?4 OR (source, chart_key) = (SELECT source, key FROM chart WHERE id = ?3))",
        )?
        .execute(params![from.0.cast_signed(), to.0.cast_signed(), chart.0.cast_signed(), is_only])?;
    for sql in [
        "UPDATE work_item SET person = ?2 WHERE person = ?1 AND (?4 OR chart = ?3)",
        "UPDATE work_item SET other_person = ?2 WHERE other_person = ?1 AND (?4 OR chart = ?3)",
        // Whether the two are one person has just been decided.
        "UPDATE work_item SET state = 1 WHERE person = ?2 AND other_person = ?2 AND ?1 <> ?2 AND (?4 OR chart = ?3)",
    ] {
        connection.prepare_cached(sql)?.execute(params![
            from.0.cast_signed(),
            to.0.cast_signed(),
            chart.0.cast_signed(),
            is_only
        ])?;
    }
    super::chart_rows::links_moved(connection, from)?;
    Ok(moved)
}

/// Moves a chart's entries to a person's range, oldest place first. What they said
/// under the person before stays there, for whoever asks what was shown then; it
/// stands under the new one too, as something that was never shown there.
fn move_entries(
    connection: &Connection,
    chart: ChartId,
    to: PersonId,
    since: i64,
    until: i64,
) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM entry WHERE chart = ?1 ORDER BY id")?;
    let ids =
        statement.query_map([chart.0.cast_signed()], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut moved = Vec::with_capacity(ids.len());
    for old in ids {
        let id = next_place(connection, to)?;
        let new = id.0.cast_signed();
        moved.push((EntryId(old.cast_unsigned()), id));
        connection
            .prepare_cached(
                "INSERT INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
                   clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
                   span_length, stated_at, line, letter_body)
                 SELECT ?2, ?3, ?3, chart, source, kind, standing, sensitivity,
                   clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
                   span_length, stated_at, line, letter_body
                 FROM entry_version WHERE id = ?1",
            )?
            .execute(params![old, new, since])?;
        connection
            .prepare_cached(
                "INSERT INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
                   clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
                   span_length, stated_at, line, letter_body)
                 SELECT id, since, ?2, chart, source, kind, standing, sensitivity, clinical_time, recorded, author,
                   organisation, code_system, code, part_of, message, unit, span_start, span_length, stated_at, line,
                   (SELECT body FROM letter_text WHERE entry = ?1)
                 FROM entry WHERE id = ?1",
            )?
            .execute(params![old, until])?;
        connection
            .prepare_cached("UPDATE entry SET id = ?2, since = ?3 WHERE id = ?1")?
            .execute(params![old, new, since])?;
        connection.prepare_cached("UPDATE letter_text SET entry = ?2 WHERE entry = ?1")?.execute(params![old, new])?;
    }
    Ok(moved)
}

fn leave_chart(connection: &Connection, chart: ChartId, since: i64, until: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO chart_version (person, since, until, chart, source, told, told_at)
             SELECT person, since, ?2, id, source, told, told_at FROM chart WHERE id = ?1",
        )?
        .execute(params![chart.0.cast_signed(), until])?;
    connection
        .prepare_cached("UPDATE chart SET since = ?2 WHERE id = ?1")?
        .execute(params![chart.0.cast_signed(), since])?;
    Ok(())
}
