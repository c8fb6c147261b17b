//! What changed about who is who, step by step, in the embedded database.

use record::{ChartId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;
use crate::who_step::{FirstSight, StoredStep};

pub(super) fn note(connection: &Connection, charts: &[ChartId], step: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO who_step (chart, after, step) VALUES (?1, (SELECT coalesce(max(id), 0) FROM link_event), ?2)",
    )?;
    for (place, chart) in charts.iter().enumerate() {
        if !charts.iter().take(place).any(|before| before == chart) {
            statement.execute(params![chart.0.cast_signed(), step])?;
        }
    }
    Ok(())
}

pub(super) fn of_chart(connection: &Connection, chart: ChartId) -> Result<Vec<StoredStep>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT after, id, step FROM who_step WHERE chart = ?1 ORDER BY id")?;
    let steps = statement.query_map([chart.0.cast_signed()], |row| {
        Ok(StoredStep { after: row.get(0)?, id: row.get(1)?, text: row.get(2)? })
    })?;
    Ok(steps.collect::<Result<_, _>>()?)
}

pub(super) fn first_sight(connection: &Connection, chart: ChartId) -> Result<Option<FirstSight>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id, person, evidence FROM link_event WHERE chart = ?1 ORDER BY id LIMIT 1")?
        .query_row([chart.0.cast_signed()], |row| {
            let person = PersonId(row.get::<_, i64>(1)?.cast_unsigned());
            Ok(FirstSight { event: row.get(0)?, person, evidence: row.get(2)? })
        })
        .optional()?)
}

pub(super) fn doubted_with(connection: &Connection, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT other_person FROM work_item WHERE person = ?1 AND other_person IS NOT NULL
         UNION SELECT person FROM work_item WHERE other_person = ?1",
    )?;
    let people = statement.query_map([person.0.cast_signed()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

pub(super) fn unit_waits(connection: &Connection, message: MessageId, unit: u32) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM quarantine WHERE message = ?1 AND unit = ?2 AND state = 0)")?
        .query_row(params![message.0.cast_signed(), unit], |row| row.get(0))?)
}

pub(super) fn settle_unit(connection: &Connection, message: MessageId, unit: u32) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE quarantine SET state = 1 WHERE message = ?1 AND unit = ?2 AND state = 0")?
        .execute(params![message.0.cast_signed(), unit])?;
    Ok(())
}
