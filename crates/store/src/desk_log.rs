//! Writing and reading the access log.

use access::{FactsVersion, RequestId, ReviewDecision};
use audit::{Act, ChainRow, Commitment, Event, Head, Outcome, Salt};
use jiff::Timestamp;
use record::PersonId;

use crate::desk::Desk;
use crate::error::StoreError;
use crate::receipt::Receipt;
use crate::stand::desk_part;
use crate::{Place, postgres, sqlite};

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
        self.log_all(vec![row]).await?.pop().ok_or(StoreError::Closed)
    }

    /// Writes several rows in one commit, such as one for each person that a
    /// search displayed or a message concerns; the receipts are in the same order.
    ///
    /// # Errors
    /// As [`Desk::log`]; then none of them is written.
    pub async fn log_all(&self, rows: Vec<LogRow>) -> Result<Vec<Receipt>, StoreError> {
        let rows = rows.into_iter().map(|row| self.salted(row)).collect::<Result<Vec<_>, _>>()?;
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk_log::append(desk, rows).await,
            Place::Postgres(server) => server.append_to_log(rows).await,
        }
    }

    fn salted(&self, row: LogRow) -> Result<SaltedRow, StoreError> {
        let canonical = row.event.canonical();
        // A row that could not be read again would close the person's log for ever.
        if canonical.len() > Event::BYTES_MAX {
            return Err(StoreError::TooLong("the row of the access log"));
        }
        let salt = Salt::from_bytes(self.chance.bytes32());
        let commitment = audit::commitment(&salt, &canonical);
        Ok(SaltedRow { row, salt, canonical, commitment })
    }
}

/// A row that is ready to join its chain.
pub(crate) struct SaltedRow {
    pub(crate) row: LogRow,
    pub(crate) salt: Salt,
    pub(crate) canonical: Vec<u8>,
    pub(crate) commitment: Commitment,
}

impl SaltedRow {
    /// The chain that it joins: the person's, or nobody's.
    pub(crate) fn chain(&self) -> i64 {
        chain_of(&self.row.event)
    }

    /// Refuses a row whose decision rests on facts of another version than `now`.
    pub(crate) fn facts_must_stand(&self, now: i64) -> Result<(), StoreError> {
        let rests_on = self.row.event.person.and(self.row.rests_on).map(desk_part);
        if rests_on.is_none_or(|version| version == now.cast_unsigned()) { Ok(()) } else { Err(StoreError::FactsMoved) }
    }

    /// The chain's head once it has joined.
    pub(crate) fn join(&self, head: &Head) -> Head {
        head.next(&self.commitment)
    }

    /// The receipt, to be handed out once the row is durable and not before.
    pub(crate) fn receipt(&self, head: &Head) -> Receipt {
        Receipt::of_commit(self.row.request, &self.row.event, head.counter, self.commitment)
    }
}

fn chain_of(event: &Event) -> i64 {
    event.person.map_or(NOBODY, |person| person.0.cast_signed())
}

/// The access log's reading side. Only `disclosure` is handed one.
#[derive(Clone)]
pub struct LogReads {
    pub(crate) place: Place,
}

/// Which rows of the log are wanted.
pub(crate) struct RowsWanted {
    pub(crate) about: Option<PersonId>,
    /// The one organisation whose staff's rows may be seen; every organisation's, if none.
    pub(crate) organisation: Option<String>,
    /// In seconds.
    pub(crate) since: i64,
    pub(crate) at_most: i64,
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
        let wanted = RowsWanted {
            about: decision.about(),
            organisation: decision.organisation().map(ToString::to_string),
            since: from.map_or(i64::MIN, Timestamp::as_second),
            at_most: i64::try_from(LOG_ROWS_MAX + 1).unwrap_or(i64::MAX),
        };
        let mut events = match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk_log::rows(desk, wanted).await?,
            Place::Postgres(server) => postgres::desk_log::rows(server, &wanted).await?,
        };
        let more = events.len() > LOG_ROWS_MAX;
        events.truncate(LOG_ROWS_MAX);
        Ok((events, more))
    }

    /// Checks one person's chain from its first row to its head.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row was altered, removed or put elsewhere.
    pub async fn verify(&self, person: PersonId) -> Result<u64, StoreError> {
        let chain = person.0.cast_signed();
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::desk_log::verify(desk, chain).await,
            Place::Postgres(server) => postgres::desk_log::verify(server, chain).await,
        }
    }
}

/// An event as stored.
pub(crate) fn event_from(bytes: &[u8]) -> Result<Event, StoreError> {
    Event::parse(bytes).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// A stored row, to be checked.
pub(crate) struct StoredRow {
    pub(crate) chained: ChainRow,
    pub(crate) columns: Columns,
}

/// The columns by which rows are found. They are not in the chain, so they must
/// say what the event says: else a row could be hidden from whoever looks for it.
pub(crate) struct Columns {
    pub(crate) act: String,
    pub(crate) at: i64,
    pub(crate) staff: String,
    pub(crate) organisation: String,
    /// Where there is such a column.
    pub(crate) allowed: Option<bool>,
}

impl Columns {
    fn are_of(&self, canonical: &[u8], chain: i64) -> bool {
        Event::parse(canonical).is_ok_and(|event| {
            event.act.code() == self.act
                && event.at.as_second() == self.at
                && event.staff_id == self.staff
                && event.organisation == self.organisation
                && self.allowed.is_none_or(|allowed| allowed == (event.outcome == Outcome::Allowed))
                && chain_of(&event) == chain
        })
    }
}

/// Follows one chain row by row, so that its length does not matter.
pub(crate) struct Following {
    chain: i64,
    head: Head,
}

impl Following {
    pub(crate) fn new(chain: i64) -> Self {
        Self { chain, head: Head::start() }
    }

    /// Takes the next row, if it follows.
    pub(crate) fn take(&mut self, row: &StoredRow) -> Result<(), StoreError> {
        if !row.columns.are_of(&row.chained.canonical, self.chain) {
            let counter = row.chained.counter;
            return Err(StoreError::Damaged(format!("row {counter} stands where its event does not belong")));
        }
        self.head = self.head.follow(&row.chained).map_err(damaged)?;
        Ok(())
    }

    /// Compares with the stored head, and says how many rows there were.
    pub(crate) fn end(self, known: &Head) -> Result<u64, StoreError> {
        self.head.must_be(known).map_err(damaged)?;
        Ok(known.counter)
    }
}

fn damaged(problem: audit::AuditProblem) -> StoreError {
    StoreError::Damaged(problem.to_string())
}
