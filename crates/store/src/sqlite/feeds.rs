//! The rhythm of sources' messages, in the embedded database.

use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::feeds::{FeedRow, SourceRow};

const SOURCES: &str = "SELECT s.number, s.last_message_at, w.until, w.numbers
     FROM source s LEFT JOIN watched w ON w.source = s.number ORDER BY s.number";
const FEEDS: &str = "SELECT source, kind, last_at, due_at, sections, in_hour, in_hour_before, usual, state
     FROM feed ORDER BY source, kind";
const KEEP_SOURCE: &str = "INSERT INTO watched (source, until, numbers) VALUES (?1, ?2, ?3)
     ON CONFLICT (source) DO UPDATE SET until = excluded.until, numbers = excluded.numbers";
const KEEP_FEED: &str =
    "INSERT INTO feed (source, kind, last_at, due_at, sections, in_hour, in_hour_before, usual, state)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     ON CONFLICT (source, kind) DO UPDATE SET last_at = excluded.last_at, due_at = excluded.due_at,
       sections = excluded.sections, in_hour = excluded.in_hour, in_hour_before = excluded.in_hour_before,
       usual = excluded.usual, state = excluded.state";
const FORGET: &str = "DELETE FROM feed WHERE source = ?1 AND kind = ?2";

/// Every source that ever had a number, and every feed.
pub(crate) fn known(connection: &Connection) -> Result<(Vec<SourceRow>, Vec<FeedRow>), StoreError> {
    let mut statement = connection.prepare_cached(SOURCES)?;
    let sources = statement.query_map([], |row| {
        Ok(SourceRow {
            number: row.get(0)?,
            last_message_at: row.get(1)?,
            watched_until: row.get(2)?,
            numbers: row.get(3)?,
        })
    })?;
    let sources = sources.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(FEEDS)?;
    let feeds = statement.query_map([], |row| {
        Ok(FeedRow {
            source: row.get(0)?,
            kind: row.get(1)?,
            last_at: row.get(2)?,
            due_at: row.get(3)?,
            sections: row.get(4)?,
            in_hour: row.get(5)?,
            in_hour_before: row.get(6)?,
            usual: row.get(7)?,
            state: row.get(8)?,
        })
    })?;
    let feeds = feeds.collect::<Result<_, _>>()?;
    Ok((sources, feeds))
}

pub(crate) fn keep(connection: &Connection, sources: &[SourceRow], feeds: &[FeedRow]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(KEEP_SOURCE)?;
    for row in sources {
        statement.execute(params![row.number, row.watched_until, row.numbers])?;
    }
    let mut statement = connection.prepare_cached(KEEP_FEED)?;
    for row in feeds {
        statement.execute(params![
            row.source,
            row.kind,
            row.last_at,
            row.due_at,
            row.sections,
            row.in_hour,
            row.in_hour_before,
            row.usual,
            row.state
        ])?;
    }
    Ok(())
}

pub(crate) fn forget(connection: &Connection, source: i64, kind: &str) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(FORGET)?.execute(params![source, kind])? > 0)
}
