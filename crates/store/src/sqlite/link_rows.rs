//! What somebody decided about whose charts are whose, as applying messages needs it, in the embedded database.

use record::{ChartId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;

pub(super) fn kept_apart(connection: &Connection, chart: ChartId) -> Result<Vec<KeptApart>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT other, facts, other_facts FROM kept_apart WHERE chart = ?1 ORDER BY other")?;
    let rows = statement.query_map([chart.0.cast_signed()], |row| {
        let other = ChartId(row.get::<_, i64>(0)?.cast_unsigned());
        Ok(KeptApart { chart, other, facts: row.get(1)?, other_facts: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn keep_apart(connection: &Connection, kept: KeptApart) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO kept_apart (chart, other, facts, other_facts) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![kept.chart.0.cast_signed(), kept.other.0.cast_signed(), kept.facts, kept.other_facts])?;
    Ok(())
}

pub(super) fn bring_together(connection: &Connection, one: ChartId, other: ChartId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("DELETE FROM kept_apart WHERE chart = ?1 AND other = ?2")?;
    for (one, other) in [(one, other), (other, one)] {
        statement.execute(params![one.0.cast_signed(), other.0.cast_signed()])?;
    }
    Ok(())
}

pub(super) fn hand_link_to(
    connection: &Connection,
    chart: ChartId,
    person: PersonId,
) -> Result<Option<HandLink>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT step, from_person FROM hand_link WHERE chart = ?1 AND person = ?2 ORDER BY step DESC LIMIT 1",
        )?
        .query_row(params![chart.0.cast_signed(), person.0.cast_signed()], |row| {
            let from = PersonId(row.get::<_, i64>(1)?.cast_unsigned());
            Ok(HandLink { chart, step: row.get(0)?, from, person })
        })
        .optional()?)
}

pub(super) fn put_hand_link(connection: &Connection, link: HandLink) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO hand_link (chart, step, from_person, person) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            link.chart.0.cast_signed(),
            link.step,
            link.from.0.cast_signed(),
            link.person.0.cast_signed()
        ])?;
    Ok(())
}

pub(super) fn take_hand_link(connection: &Connection, chart: ChartId, step: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM hand_link WHERE chart = ?1 AND step = ?2")?
        .execute(params![chart.0.cast_signed(), step])?;
    Ok(())
}

pub(super) fn people_before(connection: &Connection, chart: ChartId) -> Result<Vec<PersonId>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT person FROM link_event WHERE chart = ?1 ORDER BY id DESC")?;
    let people = statement.query_map([chart.0.cast_signed()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

pub(super) fn came(connection: &Connection, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT max(id) FROM link_event WHERE chart = ?1 AND person = ?2")?
        .query_row([chart.0.cast_signed(), person.0.cast_signed()], |row| row.get(0))?)
}

pub(super) fn close_doubts(
    connection: &Connection,
    item: i64,
    between: Option<(PersonId, PersonId)>,
) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE work_item SET state = 1 WHERE id = ?1")?.execute([item])?;
    let Some((one, other)) = between else { return Ok(()) };
    connection
        .prepare_cached(
            "UPDATE work_item SET state = 1 WHERE state = 0 AND person IN (?1, ?2) AND other_person IN (?1, ?2)",
        )?
        .execute(params![one.0.cast_signed(), other.0.cast_signed()])?;
    Ok(())
}

pub(super) fn name_both(
    connection: &Connection,
    item: i64,
    person: PersonId,
    other: PersonId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE work_item SET person = ?2, other_person = ?3 WHERE id = ?1 AND person = other_person")?
        .execute(params![item, person.0.cast_signed(), other.0.cast_signed()])?;
    Ok(())
}

pub(super) fn open_doubt(
    connection: &Connection,
    item: i64,
    (person, other): (PersonId, PersonId),
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE work_item SET state = 0, person = ?2, other_person = iif(other_person IS NULL AND ?2 = ?3, NULL, ?3) WHERE id = ?1",
        )?
        .execute(params![item, person.0.cast_signed(), other.0.cast_signed()])?;
    Ok(())
}
