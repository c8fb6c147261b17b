//! What would move before it is decided, in PostgreSQL: by a function that looks at the receipt's row itself and
//! gives section, date and source alone.

use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;
use crate::identity_moves::{CountRow, MOVING_LISTED_MAX, MoveRow, MovesWanted};

const COUNTS: &str = "
    SELECT m.kind, m.is_sensitive, count(*) FROM record.moving_entries($1, $2, $3) m GROUP BY 1, 2 ORDER BY 1, 2";
const LISTED: &str = "
    SELECT m.id, m.kind, m.source, m.clinical_time FROM record.moving_entries($1, $2, $3) m
    WHERE m.id > $4 AND NOT m.is_sensitive ORDER BY m.id LIMIT $5";

impl Server {
    pub(crate) async fn moving(&self, wanted: &MovesWanted) -> Result<(Vec<CountRow>, Vec<MoveRow>), StoreError> {
        let person = wanted.person.0.cast_signed();
        let counts = self.rows(Role::Reads, COUNTS, &[&wanted.counter, &person, &wanted.charts]).await?;
        let limit = MOVING_LISTED_MAX + 1;
        let values = (&wanted.counter, &person, &wanted.charts, &wanted.after, &limit);
        let listed = self.rows(Role::Reads, LISTED, &[values.0, values.1, values.2, values.3, values.4]).await?;
        let count = |row: &Row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let one = |row: &Row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
        Ok((counts.iter().map(count).collect::<Result<_, _>>()?, listed.iter().map(one).collect::<Result<_, _>>()?))
    }
}
