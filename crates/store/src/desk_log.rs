//! Writing and reading the access log.

use access::{FactsVersion, RequestId, ReviewDecision};
use audit::{Act, ChainRow, Commitment, Event, Head, Salt};
use jiff::Timestamp;
use record::PersonId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::desk::{Desk, desk_part, read_closed};
use crate::error::StoreError;
use crate::receipt::Receipt;
use crate::sqlite::File;

/// The most rows that one page of the access log shows.
pub const LOG_ROWS_MAX: usize = 200;
/// The chain of rows that are about nobody in particular.
const NOBODY: i64 = 0;

/// A row to be written, and what it rests on.
pub struct LogRow {
    /// Which request.
    pub request: RequestId,
    /// What happened.
    pub event: Event,
    /// The facts that the decision used: the row is refused when they have moved.
    pub rests_on: Option<FactsVersion>,
}

impl Desk {
    /// Writes a row of the access log. When this returns, the row is durable:
    /// only then is there a receipt, and only with it can anything be read.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the facts changed since the decision; any
    /// other error means that nothing clinical may be sent.
    pub async fn log(&self, row: LogRow) -> Result<Receipt, StoreError> {
        let salt = Salt::from_bytes(self.chance.bytes32());
        self.file
            .write("log access", move |connection| {
                facts_must_stand(connection, &row)?;
                append(connection, &row, &salt)
            })
            .await
    }

    /// Writes several rows in one commit, such as one for each person that a
    /// search displayed or a message concerns; the receipts are in the same order.
    ///
    /// # Errors
    /// As [`Desk::log`]; then none of them is written.
    pub async fn log_all(&self, rows: Vec<LogRow>) -> Result<Vec<Receipt>, StoreError> {
        let salted: Vec<(LogRow, Salt)> =
            rows.into_iter().map(|row| (row, Salt::from_bytes(self.chance.bytes32()))).collect();
        self.file
            .write("log accesses", move |connection| {
                let mut receipts = Vec::with_capacity(salted.len());
                for (row, salt) in &salted {
                    facts_must_stand(connection, row)?;
                    receipts.push(append(connection, row, salt)?);
                }
                Ok(receipts)
            })
            .await
    }
}

fn facts_must_stand(connection: &Connection, row: &LogRow) -> Result<(), StoreError> {
    let (Some(person), Some(version)) = (row.event.person, row.rests_on) else { return Ok(()) };
    let (now, _, _) = read_closed(connection, person)?;
    if now == desk_part(version) { Ok(()) } else { Err(StoreError::FactsMoved) }
}

fn append(connection: &Connection, row: &LogRow, salt: &Salt) -> Result<Receipt, StoreError> {
    let event = &row.event;
    let chain = event.person.map_or(NOBODY, |person| person.0.cast_signed());
    let canonical = event.canonical();
    // A row that could not be read again would close the person's log for ever.
    if canonical.len() > Event::BYTES_MAX {
        return Err(StoreError::TooLong("the row of the access log"));
    }
    let commitment = audit::commitment(salt, &canonical);
    let head = read_head(connection, chain)?.next(&commitment);
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
            salt.as_bytes(),
            canonical,
            commitment.as_bytes(),
            head.hash
        ])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO chain_head (person, counter, hash) VALUES (?1, ?2, ?3)")?
        .execute(params![chain, head.counter.cast_signed(), head.hash])?;
    Ok(Receipt::of_commit(row.request, event, head.counter, commitment))
}

fn read_head(connection: &Connection, chain: i64) -> Result<Head, StoreError> {
    let row: Option<(i64, [u8; 32])> = connection
        .prepare_cached("SELECT counter, hash FROM chain_head WHERE person = ?1")?
        .query_row([chain], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.map_or_else(Head::start, |(counter, hash)| Head { counter: counter.cast_unsigned(), hash }))
}

/// The access log's reading side. Only `disclosure` is handed one.
#[derive(Clone)]
pub struct LogReads {
    pub(crate) file: File,
}

impl LogReads {
    /// Rows that a review decision lets be seen, newest first, at most
    /// [`LOG_ROWS_MAX`]; and whether there are more.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn rows(
        &self,
        decision: &ReviewDecision,
        receipt: &Receipt,
        from: Option<Timestamp>,
    ) -> Result<(Vec<Event>, bool), StoreError> {
        receipt.must_be_for(decision.request(), decision.about(), Act::LogReviewed)?;
        let about = decision.about();
        let organisation = decision.organisation().map(ToString::to_string);
        self.file
            .read(move |connection| {
                let sql = match about {
                    Some(_) => {
                        "SELECT event FROM access_log
                         WHERE person = ?1 AND (?2 IS NULL OR organisation = ?2) AND at >= ?3
                         ORDER BY id DESC LIMIT ?4"
                    }
                    None => {
                        "SELECT event FROM access_log
                         WHERE ?1 IS NULL AND (?2 IS NULL OR organisation = ?2) AND at >= ?3
                         ORDER BY id DESC LIMIT ?4"
                    }
                };
                let limit = i64::try_from(LOG_ROWS_MAX + 1).unwrap_or(i64::MAX);
                let since = from.map_or(i64::MIN, Timestamp::as_second);
                let mut statement = connection.prepare_cached(sql)?;
                let person = about.map(|person: PersonId| person.0.cast_signed());
                let mut rows = statement.query(params![person, organisation, since, limit])?;
                let mut events = Vec::new();
                while let Some(row) = rows.next()? {
                    let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                    events.push(Event::parse(bytes).map_err(|error| StoreError::Damaged(error.to_string()))?);
                }
                let more = events.len() > LOG_ROWS_MAX;
                events.truncate(LOG_ROWS_MAX);
                Ok((events, more))
            })
            .await
    }

    /// Checks one person's chain from its first row to its head.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row was altered, removed or put elsewhere.
    pub async fn verify(&self, person: PersonId) -> Result<u64, StoreError> {
        self.file.read(move |connection| verify_chain(connection, person.0.cast_signed())).await
    }
}

fn verify_chain(connection: &Connection, chain: i64) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT counter, salt, event, commitment, head, act, at, staff, organisation
         FROM access_log WHERE person = ?1 ORDER BY counter",
    )?;
    let mut rows = statement.query([chain])?;
    let mut chained = Vec::new();
    while let Some(row) = rows.next()? {
        let canonical: Vec<u8> = row.get(2)?;
        let counter = row.get::<_, i64>(0)?.cast_unsigned();
        let columns = Columns { act: row.get(5)?, at: row.get(6)?, staff: row.get(7)?, organisation: row.get(8)? };
        if !columns.are_of(&canonical, chain) {
            return Err(StoreError::Damaged(format!("row {counter} stands where its event does not belong")));
        }
        chained.push(ChainRow {
            counter,
            salt: Salt::from_bytes(row.get(1)?),
            canonical,
            commitment: Commitment::from_bytes(row.get(3)?),
            hash: row.get(4)?,
        });
    }
    let head = read_head(connection, chain)?;
    audit::verify_against(&head, chained.into_iter()).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(head.counter)
}

/// The columns by which rows are found. They are not in the chain, so they must
/// say what the event says: else a row could be hidden from whoever looks for it.
struct Columns {
    act: String,
    at: i64,
    staff: String,
    organisation: String,
}

impl Columns {
    fn are_of(&self, canonical: &[u8], chain: i64) -> bool {
        Event::parse(canonical).is_ok_and(|event| {
            event.act.code() == self.act
                && event.at.as_second() == self.at
                && event.staff_id == self.staff
                && event.organisation == self.organisation
                && event.person.map_or(NOBODY, |person| person.0.cast_signed()) == chain
        })
    }
}
