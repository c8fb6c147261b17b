//! What the store does for its callers, counted: for tests and for whoever asks where time goes.
//!
//! Nothing is counted until somebody asks for it, and then it costs an addition.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::{Place, Store};

/// What callers have waited for since counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How often a caller waited until something was durable; several who share one
    /// commit wait once each.
    pub durable_waits: u64,
    /// Statements that read rows, those within writes left out.
    pub reads: u64,
    /// Statements that read rows in a transaction that was then made durable, such
    /// as the head of a person's log: part of that wait.
    pub reads_within_writes: u64,
}

/// Counts what a store does from now on.
#[derive(Clone)]
pub struct Counting(Vec<Arc<Counters>>);

impl Counting {
    /// What has been counted so far.
    #[must_use]
    pub fn so_far(&self) -> Counted {
        let sum = |of: fn(&Counters) -> &AtomicU64| self.0.iter().map(|one| of(one).load(Ordering::Relaxed)).sum();
        Counted {
            durable_waits: sum(|one| &one.durable_waits),
            reads: sum(|one| &one.reads),
            reads_within_writes: sum(|one| &one.reads_within_writes),
        }
    }
}

impl Store {
    /// Begins to count.
    #[must_use]
    pub fn counting(&self) -> Counting {
        let counters = match &self.desk.place {
            Place::Sqlite { record, desk } => vec![record.counters(), desk.counters()],
            Place::Postgres(server) => vec![server.pools.counters()],
        };
        counters.iter().for_each(|one| one.is_on.store(true, Ordering::Relaxed));
        Counting(counters)
    }
}

/// The counters of one file or one server.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    is_on: AtomicBool,
    durable_waits: AtomicU64,
    reads: AtomicU64,
    reads_within_writes: AtomicU64,
}

impl Counters {
    /// Whether somebody asked for it.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    pub(crate) fn durable_wait(&self) {
        self.add(&self.durable_waits);
    }

    pub(crate) fn read(&self) {
        self.add(&self.reads);
    }

    pub(crate) fn read_within_write(&self) {
        self.add(&self.reads_within_writes);
    }

    fn add(&self, counter: &AtomicU64) {
        if self.is_on() {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts the statements of one SQLite connection, which stays on its own thread.
pub(crate) struct Watch {
    counters: Arc<Counters>,
    count: fn(&Counters),
    is_watching: bool,
}

/// Whose counters a thread's statements count for, and what they count as.
type CountsFor = (Arc<Counters>, fn(&Counters));

thread_local! {
    /// Where the statements of this thread's connection are counted: SQLite tells
    /// of a statement without saying who asked to be told.
    static HERE: RefCell<Option<CountsFor>> = const { RefCell::new(None) };
}

impl Watch {
    /// For a thread that counts each statement with `count`.
    pub(crate) fn new(counters: Arc<Counters>, count: fn(&Counters)) -> Self {
        Self { counters, count, is_watching: false }
    }

    /// Begins to watch the connection once somebody asked to count.
    pub(crate) fn look(&mut self, connection: &Connection) {
        if self.is_watching || !self.counters.is_on() {
            return;
        }
        self.is_watching = true;
        HERE.set(Some((Arc::clone(&self.counters), self.count)));
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(statement_began));
    }
}

fn statement_began(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(_, sql) = event else { return };
    if reads_rows(sql) {
        HERE.with_borrow(|here| {
            if let Some((counters, count)) = here {
                count(counters);
            }
        });
    }
}

/// A statement that answers with rows; `BEGIN`, `INSERT` and the like do not.
fn reads_rows(sql: &str) -> bool {
    let sql = sql.trim_start();
    sql.starts_with("SELECT") || sql.starts_with("WITH") || sql.contains(" RETURNING ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_answer_with_rows_are_told_from_others() {
        for sql in ["\n  SELECT 1", "WITH a AS (SELECT 1) SELECT 2", "UPDATE t SET a = 1 RETURNING a"] {
            assert!(reads_rows(sql), "{sql}");
        }
        for sql in ["BEGIN DEFERRED", "COMMIT", "SAVEPOINT caller", "INSERT INTO t SELECT 1", "-- SELECT"] {
            assert!(!reads_rows(sql), "{sql}");
        }
    }

    #[test]
    fn nothing_is_counted_before_somebody_asks() {
        let counters = Counters::default();
        counters.read();
        counters.is_on.store(true, Ordering::Relaxed);
        counters.durable_wait();
        let counted = Counting(vec![Arc::new(counters)]).so_far();
        assert_eq!(counted, Counted { durable_waits: 1, ..Counted::default() });
    }
}
