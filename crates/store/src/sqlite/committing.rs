//! One commit for a group of callers: all that succeed are kept together, what fails is
//! undone alone, and each is answered once the commit is durable.

use std::path::Path;

use rusqlite::{Connection, ffi};

use super::syncs::{Committed, Syncs, refuse};
use super::writer_job::Job;
use crate::commit_measure::CommitMeasure;
use crate::error::StoreError;

/// Takes the right to write at once: there is no other writer to wait for.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// When a commit of a file becomes durable.
#[derive(Clone, Copy)]
pub(crate) enum Durable {
    /// SQLite syncs within it.
    WithinCommit,
    /// While the next is being written.
    BesideTheWriter,
}

/// What ends a group: a commit, and its callers' answers once it is durable.
pub(super) struct Committing {
    measure: CommitMeasure,
    /// `None` where each commit is durable by itself.
    syncs: Option<Syncs>,
}

impl Committing {
    pub(super) fn start(connection: &Connection, durable: Durable) -> Result<Self, StoreError> {
        let measure = CommitMeasure::of(&file_stem(connection));
        let syncs = match durable {
            Durable::WithinCommit => None,
            Durable::BesideTheWriter => Some(Syncs::start(connection, measure.clone())?),
        };
        Ok(Self { measure, syncs })
    }

    /// Commits what the callers of a group ask for and sees that they are answered.
    pub(super) fn commit(&self, connection: &Connection, mut group: Vec<Box<dyn Job>>) -> Result<(), ffi::Error> {
        if let Some(failure) = self.syncs.as_ref().and_then(Syncs::failure) {
            refuse(group, failure);
            return Err(failure);
        }
        let began = CommitMeasure::start();
        if let Err(failure) = commit_group(connection, &mut group) {
            tracing::error!(error = %failure, callers = group.len(), "a commit failed: nothing of it was kept");
            self.measure.ended(began, group.len(), false);
            refuse(group, failure);
            return Err(failure);
        }
        if let Some(syncs) = &self.syncs {
            syncs.add(Committed { jobs: group, began });
        } else {
            self.measure.ended(began, group.len(), true);
            group.into_iter().for_each(|job| job.answer(Ok(())));
        }
        Ok(())
    }
}

fn commit_group(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), ffi::Error> {
    let kind = |error: rusqlite::Error| error.sqlite_error().copied().unwrap_or(ffi::Error::new(ffi::SQLITE_ERROR));
    run_group(connection, group).map_err(kind)
}

fn run_group(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
    statement(connection, BEGIN)?;
    let committed = run_together(connection, group).and_then(|()| statement(connection, "COMMIT"));
    if committed.is_err() {
        roll_back(connection);
    }
    committed
}

/// Without a savepoint for each, which would copy every page before it is written.
/// Where one of them fails, which is rare, all of it is undone and done once more,
/// each in its own savepoint.
fn run_together(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
    if group.iter_mut().all(|job| job.run(connection)) {
        return Ok(());
    }
    roll_back(connection);
    statement(connection, BEGIN)?;
    for job in group.iter_mut() {
        statement(connection, "SAVEPOINT caller")?;
        if !job.run(connection) {
            tracing::debug!(name = job.name(), "a transaction was undone");
            statement(connection, "ROLLBACK TO caller")?;
        }
        statement(connection, "RELEASE caller")?;
    }
    Ok(())
}

fn statement(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// SQLite has rolled back by itself where the disk was full or failed.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = statement(connection, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}

fn file_stem(connection: &Connection) -> String {
    let stem = connection.path().and_then(|path| Path::new(path).file_stem());
    stem.unwrap_or_default().to_string_lossy().into_owned()
}
