//! Which people there are, in PostgreSQL.

use record::{ChartId, MessageId, NhsNumber, PersonId};
use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;

const IN_MESSAGE: &str = "
    SELECT c.person FROM record.message_chart m JOIN record.chart c ON c.id = m.chart WHERE m.message = $1
    UNION SELECT person FROM record.quarantine WHERE message = $1 AND person IS NOT NULL
    UNION SELECT person FROM record.work_item WHERE message = $1
    UNION SELECT other_person FROM record.work_item WHERE message = $1 AND other_person IS NOT NULL
    ORDER BY 1";

impl Server {
    pub(crate) async fn with_number(&self, number: NhsNumber) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT DISTINCT person FROM record.number_key WHERE nhs_number = $1 ORDER BY person";
        let number = number.as_u64().cast_signed();
        self.rows(Role::Intake, sql, &[&number]).await?.iter().map(person).collect()
    }

    pub(crate) async fn first_chart(&self, person: PersonId) -> Result<Option<ChartId>, StoreError> {
        let sql = "SELECT min(id) FROM record.chart WHERE person = $1";
        let rows = self.rows(Role::Intake, sql, &[&person.0.cast_signed()]).await?;
        let chart: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(chart.map(|chart| ChartId(chart.cast_unsigned())))
    }

    /// Everybody of whom the message speaks: by its charts, by what waits, by doubts.
    pub(crate) async fn people_in_message(&self, message: MessageId) -> Result<Vec<PersonId>, StoreError> {
        let message = message.0.cast_signed();
        self.rows(Role::Intake, IN_MESSAGE, &[&message]).await?.iter().map(person).collect()
    }

    pub(crate) async fn count(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT (SELECT count(DISTINCT person) FROM record.chart), (SELECT count(*) FROM record.entry)";
        let rows = self.rows(Role::Intake, sql, &[]).await?;
        let row = rows.first().ok_or(StoreError::NotFound("count"))?;
        Ok((row.try_get::<_, i64>(0)?.cast_unsigned(), row.try_get::<_, i64>(1)?.cast_unsigned()))
    }
}

fn person(row: &Row) -> Result<PersonId, StoreError> {
    Ok(PersonId(row.try_get::<_, i64>(0)?.cast_unsigned()))
}
