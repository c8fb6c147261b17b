//! The access log in the desk file.

use audit::{ChainRow, Commitment, Event, Head, Salt};
use record::PersonId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::File;
use crate::desk_log::{Columns, Following, RowsWanted, SaltedRow, StoredRow, event_from};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// Appends all rows, or none.
pub(crate) async fn append(desk: &File, rows: Vec<SaltedRow>) -> Result<Vec<Receipt>, StoreError> {
    desk.write("log accesses", move |connection| rows.iter().map(|row| append_one(connection, row)).collect()).await
}

fn append_one(connection: &Connection, salted: &SaltedRow) -> Result<Receipt, StoreError> {
    let chain = salted.chain();
    salted.facts_must_stand(facts_version(connection, chain)?)?;
    let head = salted.join(&read_head(connection, chain)?);
    let event = &salted.row.event;
    connection
        .prepare_cached(
            "INSERT INTO access_log
               (person, counter, act, at, staff, organisation, salt, event, commitment, head)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            chain,
            head.counter.cast_signed(),
            event.act.code(),
            event.at.as_second(),
            event.staff_id,
            event.organisation,
            salted.salt.as_bytes(),
            salted.canonical,
            salted.commitment.as_bytes(),
            head.hash
        ])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO chain_head (person, counter, hash) VALUES (?1, ?2, ?3)")?
        .execute(params![chain, head.counter.cast_signed(), head.hash])?;
    Ok(salted.receipt(&head))
}

fn facts_version(connection: &Connection, chain: i64) -> Result<i64, StoreError> {
    let version = connection
        .prepare_cached("SELECT version FROM person_facts WHERE person = ?1")?
        .query_row([chain], |row| row.get(0))
        .optional()?;
    Ok(version.unwrap_or(0))
}

fn read_head(connection: &Connection, chain: i64) -> Result<Head, StoreError> {
    let row: Option<(i64, [u8; 32])> = connection
        .prepare_cached("SELECT counter, hash FROM chain_head WHERE person = ?1")?
        .query_row([chain], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.map_or_else(Head::start, |(counter, hash)| Head { counter: counter.cast_unsigned(), hash }))
}

const ROWS_ABOUT: &str = "
    SELECT event FROM access_log
    WHERE person = ?1 AND (?2 IS NULL OR organisation = ?2) AND at >= ?3
    ORDER BY counter DESC LIMIT ?4";
const ROWS_OF_ALL: &str = "
    SELECT event FROM access_log
    WHERE ?1 IS NULL AND (?2 IS NULL OR organisation = ?2) AND at >= ?3
    ORDER BY id DESC LIMIT ?4";

/// Events of the log, newest first.
pub(crate) async fn rows(desk: &File, wanted: RowsWanted) -> Result<Vec<Event>, StoreError> {
    desk.read(move |connection| {
        let sql = if wanted.about.is_some() { ROWS_ABOUT } else { ROWS_OF_ALL };
        let mut statement = connection.prepare_cached(sql)?;
        let person = wanted.about.map(|person: PersonId| person.0.cast_signed());
        let mut rows = statement.query(params![person, wanted.organisation, wanted.since, wanted.at_most])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(event_from(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?);
        }
        Ok(events)
    })
    .await
}

/// Checks a chain and says how many rows it has.
pub(crate) async fn verify(desk: &File, chain: i64) -> Result<u64, StoreError> {
    desk.read(move |connection| {
        let mut following = Following::new(chain);
        let mut statement = connection.prepare_cached(
            "SELECT counter, salt, event, commitment, head, act, at, staff, organisation
             FROM access_log WHERE person = ?1 ORDER BY counter",
        )?;
        let mut rows = statement.query([chain])?;
        while let Some(row) = rows.next()? {
            following.take(&stored_row(row)?)?;
        }
        following.end(&read_head(connection, chain)?)
    })
    .await
}

fn stored_row(row: &Row<'_>) -> rusqlite::Result<StoredRow> {
    let chained = ChainRow {
        counter: row.get::<_, i64>(0)?.cast_unsigned(),
        salt: Salt::from_bytes(row.get(1)?),
        canonical: row.get(2)?,
        commitment: Commitment::from_bytes(row.get(3)?),
        hash: row.get(4)?,
    };
    let columns =
        Columns { act: row.get(5)?, at: row.get(6)?, staff: row.get(7)?, organisation: row.get(8)?, allowed: None };
    Ok(StoredRow { chained, columns })
}
