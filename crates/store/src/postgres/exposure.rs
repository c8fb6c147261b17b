//! When a record held two people, and who was shown something of it then, in PostgreSQL.

use audit::Event;
use record::{ChartId, PersonId};
use tokio_postgres::Row;

use super::connect::Role;
use super::desk_log::SEE_AS;
use super::server::Server;
use super::statements::{Step, Transaction};
use crate::desk_log::event_from;
use crate::error::StoreError;
use crate::exposure::ShownWanted;
use crate::mixed::{Linked, MIXED_DECISIONS_MAX, MIXED_LINKS_MAX, MixedRows};

const DECIDED: &str = "
    SELECT done_at, did FROM record.identity_act
    WHERE item = $1 AND state = 2 AND act IN (0, 3) AND did IS NOT NULL ORDER BY id LIMIT $2";
const LINKS: &str = "
    SELECT chart, at, person, id FROM record.link_event WHERE chart = ANY($1) ORDER BY chart, id LIMIT $2";
const SEALED: &str = "
    SELECT EXISTS (SELECT FROM record.sealed_pair WHERE chart = ANY($1) AND other = ANY($1))";
const SHOWN: &str = "
    SELECT event FROM desk.access_log
    WHERE person = $1 AND at BETWEEN $2 AND $3 AND act = ANY($4) AND ($5::text IS NULL OR organisation = $5)
    ORDER BY counter LIMIT $6";

impl Server {
    pub(crate) async fn mixed(&self, item: i64) -> Result<MixedRows, StoreError> {
        let found = self.rows(Role::Intake, DECIDED, &[&item, &MIXED_DECISIONS_MAX]).await?;
        let did = |row: &Row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?));
        let decided = MixedRows::decided(found.iter().map(did).collect::<Result<_, _>>()?)?;
        let charts: Vec<i64> = MixedRows::charts(&decided).into_iter().map(|chart| chart.0.cast_signed()).collect();
        let links = self.rows(Role::Intake, LINKS, &[&charts, &MIXED_LINKS_MAX]).await?;
        let sealed = self.rows(Role::Intake, SEALED, &[&charts]).await?;
        Ok(MixedRows {
            decided,
            links: links.iter().map(linked).collect::<Result<_, _>>()?,
            is_sealed: sealed.first().map_or(Ok(true), |row| row.try_get(0))?,
        })
    }
}

fn linked(row: &Row) -> Result<Linked, StoreError> {
    let (chart, person): (i64, i64) = (row.try_get(0)?, row.try_get(2)?);
    let (chart, person) = (ChartId(chart.cast_unsigned()), PersonId(person.cast_unsigned()));
    Ok(Linked { chart, event: row.try_get(3)?, at: row.try_get(1)?, person })
}

/// What was shown of one person's record in that time, in the order in which it was.
pub(crate) async fn shown(server: &Server, wanted: &ShownWanted) -> Result<Vec<Event>, StoreError> {
    server.twice(Role::Reads, || shown_once(server, wanted)).await
}

async fn shown_once(server: &Server, wanted: &ShownWanted) -> Result<Vec<Event>, StoreError> {
    let ShownWanted { person, from, until, organisation, acts, at_most } = wanted;
    let (see_as, acts) = (organisation.as_deref().unwrap_or("*"), acts.to_vec());
    let mut transaction = Transaction::new(server.pools.get(Role::Reads).await?);
    server.pools.counters().read();
    let named = Step { sql: SEE_AS, values: &[&see_as] };
    let shown = Step { sql: SHOWN, values: &[person, from, until, &acts, organisation, at_most] };
    let rows = transaction.begin(&[named, shown]).await?.pop().unwrap_or_default();
    transaction.commit().await?;
    rows.iter().map(|row| event_from(row.try_get(0)?)).collect()
}
