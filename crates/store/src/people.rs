use record::{ChartId, MessageId, NhsNumber, PersonId};

use crate::Place;
use crate::error::StoreError;
use crate::sqlite;

/// Which people there are, and nothing about them: ids for commands that act on
/// a named person, and counts for reports.
#[derive(Clone)]
pub struct People {
    pub(crate) place: Place,
}

impl People {
    /// The people whose charts carry this NHS number: usually one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn with_number(&self, number: NhsNumber) -> Result<Vec<PersonId>, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::people::with_number(connection, number)).await
            }
            Place::Postgres(server) => server.with_number(number).await,
        }
    }

    /// The oldest chart of a person; none where they have none left.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn first_chart(&self, person: PersonId) -> Result<Option<ChartId>, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::people::first_chart(connection, person)).await
            }
            Place::Postgres(server) => server.first_chart(person).await,
        }
    }

    /// The people whom a message speaks of, as far as it was applied or waits.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn in_message(&self, message: MessageId) -> Result<Vec<PersonId>, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::people::people_in_message(connection, message)).await
            }
            Place::Postgres(server) => server.people_in_message(message).await,
        }
    }

    /// How many people and entries there are. A person whose last chart turned out
    /// to belong to somebody else is not counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn count(&self) -> Result<(u64, u64), StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => record.read(sqlite::people::count).await,
            Place::Postgres(server) => server.count().await,
        }
    }
}
