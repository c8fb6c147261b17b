//! When a record held two people, and who was shown something of it then, in the embedded database.

use audit::Event;
use record::{ChartId, PersonId};
use rusqlite::{Connection, params};

use super::File;
use crate::desk_log::event_from;
use crate::error::StoreError;
use crate::exposure::ShownWanted;
use crate::mixed::{Linked, MIXED_DECISIONS_MAX, MIXED_LINKS_MAX, MixedRows};

const DECIDED: &str = "
    SELECT done_at, did FROM identity_act
    WHERE item = ?1 AND state = 2 AND act IN (0, 3) AND did IS NOT NULL ORDER BY id LIMIT ?2";
const LINKS: &str = "SELECT id, at, person FROM link_event WHERE chart = ?1 ORDER BY id LIMIT ?2";
const SEALED: &str = "SELECT other FROM sealed_pair WHERE chart = ?1";
const SHOWN: &str = "
    SELECT event FROM access_log
    WHERE person = ?1 AND at BETWEEN ?2 AND ?3 AND act IN (?4, ?5, ?6) AND (?7 IS NULL OR organisation = ?7)
    ORDER BY counter LIMIT ?8";

pub(crate) fn mixed(connection: &Connection, item: i64) -> Result<MixedRows, StoreError> {
    let mut statement = connection.prepare_cached(DECIDED)?;
    let found = statement.query_map([item, MIXED_DECISIONS_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let decided = MixedRows::decided(found.collect::<Result<_, _>>()?)?;
    let charts = MixedRows::charts(&decided);
    let (mut links, mut is_sealed) = (Vec::new(), false);
    for chart in &charts {
        let left = MIXED_LINKS_MAX - i64::try_from(links.len()).unwrap_or(MIXED_LINKS_MAX);
        links.extend(links_of(connection, *chart, left)?);
        is_sealed = is_sealed || sealed_from(connection, *chart)?.iter().any(|other| charts.contains(other));
    }
    Ok(MixedRows { decided, links, is_sealed })
}

fn links_of(connection: &Connection, chart: ChartId, at_most: i64) -> Result<Vec<Linked>, StoreError> {
    let mut statement = connection.prepare_cached(LINKS)?;
    let found = statement.query_map([chart.0.cast_signed(), at_most], |row| {
        let person = PersonId(row.get::<_, i64>(2)?.cast_unsigned());
        Ok(Linked { chart, event: row.get(0)?, at: row.get(1)?, person })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn sealed_from(connection: &Connection, chart: ChartId) -> Result<Vec<ChartId>, StoreError> {
    let mut statement = connection.prepare_cached(SEALED)?;
    let found = statement
        .query_map([chart.0.cast_signed()], |row| Ok(ChartId(row.get::<_, i64>(0)?.cast_unsigned())))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// What was shown of one person's record in that time, in the order in which it was.
pub(crate) async fn shown(desk: &File, wanted: ShownWanted) -> Result<Vec<Event>, StoreError> {
    desk.read(move |connection| {
        let ShownWanted { person, from, until, organisation, acts: [one, two, three], at_most } = wanted;
        let mut statement = connection.prepare_cached(SHOWN)?;
        let mut rows = statement.query(params![person, from, until, one, two, three, organisation, at_most])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(event_from(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?);
        }
        Ok(events)
    })
    .await
}
