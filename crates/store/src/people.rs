use record::{MessageId, NhsNumber, PersonId};
use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::sqlite::File;

/// Which people there are, and nothing about them: ids for commands that act on
/// a named person, and counts for reports.
#[derive(Clone)]
pub struct People {
    pub(crate) file: File,
}

impl People {
    /// The people whose charts carry this NHS number: usually one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn with_number(&self, number: NhsNumber) -> Result<Vec<PersonId>, StoreError> {
        self.file
            .read(move |connection| {
                let mut statement = connection
                    .prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person")?;
                let people = statement
                    .query_map([number.as_u64().cast_signed()], |row| row.get::<_, i64>(0))?
                    .map(|person| person.map(|person| PersonId(person.cast_unsigned())))
                    .collect::<Result<_, _>>()?;
                Ok(people)
            })
            .await
    }

    /// The people whom a message speaks of, as far as it was applied or waits.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn in_message(&self, message: MessageId) -> Result<Vec<PersonId>, StoreError> {
        self.file.read(move |connection| people_in_message(connection, message)).await
    }

    /// How many people and entries there are. A person whose last chart turned out
    /// to belong to somebody else is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn count(&self) -> Result<(u64, u64), StoreError> {
        self.file
            .read(|connection| {
                let count = |sql: &str| -> Result<u64, StoreError> {
                    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
                };
                Ok((count("SELECT count(DISTINCT person) FROM chart")?, count("SELECT count(*) FROM entry")?))
            })
            .await
    }
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
