//! Which entries stood in a record that held two people, in PostgreSQL: by a function that looks at the receipt's
//! row itself and gives section, date and source alone.

use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;
use crate::stood::{StoodRow, StoodWanted};

const STOOD: &str = "
    SELECT s.what, s.id, s.chart, s.kind, s.source, s.is_sensitive, s.clinical_time, s.since, s.until
    FROM record.stood_entries($1, $2, $3, $4) s ORDER BY 1 DESC, 2, 8 LIMIT $5";

impl Server {
    pub(crate) async fn stood(&self, wanted: &StoodWanted) -> Result<Vec<StoodRow>, StoreError> {
        let StoodWanted { person, charts, since, counter, at_most } = wanted;
        let person = person.0.cast_signed();
        let rows = self.rows(Role::Reads, STOOD, &[counter, &person, charts, since, at_most]).await?;
        rows.iter().map(stood).collect()
    }
}

fn stood(row: &Row) -> Result<StoodRow, StoreError> {
    Ok(StoodRow {
        what: row.try_get(0)?,
        id: row.try_get(1)?,
        chart: row.try_get(2)?,
        kind: row.try_get(3)?,
        source: row.try_get(4)?,
        is_sensitive: row.try_get(5)?,
        when: row.try_get(6)?,
        since: row.try_get(7)?,
        until: row.try_get(8)?,
    })
}
