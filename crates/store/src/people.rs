use record::{MessageId, NhsNumber, PersonId};
use rusqlite::params;

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
        self.file
            .read(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT DISTINCT id >> 20 FROM entry WHERE message = ?1
                     UNION SELECT person FROM quarantine WHERE message = ?1 AND person IS NOT NULL
                     UNION SELECT person FROM work_item WHERE message = ?1
                     ORDER BY 1",
                )?;
                let people = statement
                    .query_map(params![message.0.cast_signed()], |row| row.get::<_, i64>(0))?
                    .map(|person| person.map(|person| PersonId(person.cast_unsigned())))
                    .collect::<Result<_, _>>()?;
                Ok(people)
            })
            .await
    }

    /// How many people and entries there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn count(&self) -> Result<(u64, u64), StoreError> {
        self.file
            .read(|connection| {
                let count = |sql: &str| -> Result<u64, StoreError> {
                    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
                };
                Ok((count("SELECT count(*) FROM person")?, count("SELECT count(*) FROM entry")?))
            })
            .await
    }
}
