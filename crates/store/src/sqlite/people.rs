//! Which people there are, in the embedded database.

use record::{ChartId, MessageId, NhsNumber, PersonId};
use rusqlite::{Connection, params};

use super::chart_rows::people_with_number;
use crate::error::StoreError;

/// More people than this with one number are not listed.
const WITH_NUMBER_MAX: usize = 1_000;

pub(crate) fn with_number(connection: &Connection, number: NhsNumber) -> Result<Vec<PersonId>, StoreError> {
    people_with_number(connection, number.as_u64().cast_signed(), WITH_NUMBER_MAX)
}

pub(crate) fn first_chart(connection: &Connection, person: PersonId) -> Result<Option<ChartId>, StoreError> {
    let chart: Option<i64> = connection
        .prepare_cached("SELECT min(id) FROM chart WHERE person = ?1")?
        .query_row([person.0.cast_signed()], |row| row.get(0))?;
    Ok(chart.map(|chart| ChartId(chart.cast_unsigned())))
}

pub(crate) fn count(connection: &Connection) -> Result<(u64, u64), StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    };
    Ok((count("SELECT count(DISTINCT person) FROM chart")?, count("SELECT count(*) FROM entry")?))
}

/// Everybody of whom the message speaks: by its charts, by what waits, by doubts.
pub(crate) fn people_in_message(connection: &Connection, message: MessageId) -> Result<Vec<PersonId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.person FROM message_chart m JOIN chart c ON c.id = m.chart WHERE m.message = ?1
         UNION SELECT person FROM quarantine WHERE message = ?1 AND person IS NOT NULL
         UNION SELECT person FROM work_item WHERE message = ?1
         UNION SELECT other_person FROM work_item WHERE message = ?1 AND other_person IS NOT NULL
         ORDER BY 1",
    )?;
    let people = statement.query_map(params![message.0.cast_signed()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}
