use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Schema;
use super::checkpoints::{Checkpoints, PAGE_BYTES};
use super::page_cache::CACHE_KIB;
use super::reader::Readers;
use super::writer::Writer;
use super::writer_job::Urgency;
use crate::answer::Answer;
use crate::counting::Counters;
use crate::error::{StoreError, remedy};
use crate::fate::Fate;

/// How many threads read one file at the same time.
const READERS: usize = 4;
/// Prepared statements that each connection keeps.
const STATEMENTS_MAX: usize = 96;

/// One database file: a writer thread and reader threads.
#[derive(Clone)]
pub(crate) struct File {
    path: Arc<Path>,
    counters: Arc<Counters>,
    // Dropped first: the last connection to close must be able to write, so that a
    // clean end leaves no write-ahead log behind.
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    /// For syncing what was moved out of the log. Dropped last: whoever closes any handle of a file gives up
    /// the locks that SQLite holds on it in this program.
    _synced: Arc<fs::File>,
}

impl File {
    /// Opens or creates the file, brings it to the schema that this program knows
    /// and refuses one that it does not.
    pub(crate) fn open(path: &Path, schema: Schema) -> Result<Self, StoreError> {
        Self::open_with(path, schema, None)
    }

    /// The same, with another file attached to each reader, as schema `record`.
    pub(crate) fn open_beside(path: &Path, schema: Schema, record: &Self) -> Result<Self, StoreError> {
        Self::open_with(path, schema, Some(record))
    }

    fn open_with(path: &Path, schema: Schema, record: Option<&Self>) -> Result<Self, StoreError> {
        let mut connection = connect(path, OpenFlags::default())?;
        must_be_ours(&connection, path, schema)?;
        migrate(&mut connection, path, schema)?;
        let synced = Arc::new(fs::File::open(path).map_err(|cause| cannot_open_file(path, &cause))?);
        let own = connect(path, OpenFlags::default())?;
        let checkpoints = Checkpoints::start(own, schema.log, Arc::clone(&synced))?;
        let readers = (0..READERS).map(|_| connect_reader(path, record)).collect::<Result<Vec<_>, _>>()?;
        let counters = Arc::new(Counters::default());
        let (durable, stands_back) = (schema.durable, schema.stands_back);
        let writer = Writer::start(connection, checkpoints, durable, stands_back, Arc::clone(&counters))?;
        let readers = Arc::new(Readers::start(readers, record.cloned(), &counters)?);
        Ok(Self { path: path.into(), counters, readers, writer: Arc::new(writer), _synced: synced })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Runs `work` in a transaction and returns once it is durable. Several
    /// callers share one commit; a failed one is undone alone, and then the others
    /// may run once more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(name, Urgency::Urgent, work).await
    }

    /// The same for what nobody outside waits for, so many messages of it: it lets
    /// others go first.
    pub(crate) async fn write_later<T: Send + 'static>(
        &self,
        name: &'static str,
        messages: usize,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(name, Urgency::Patient(messages), work).await
    }

    /// Sends `work` to the writer behind what was sent before, and does not wait for it.
    pub(crate) fn send<T: Send + 'static>(
        &self,
        name: &'static str,
        behind: Vec<Fate>,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<(Fate, Answer<T>), StoreError> {
        self.writer.send(name, Urgency::Urgent, behind, work)
    }

    /// Runs `work` on one snapshot of the file.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(work).await
    }
}

fn cannot_open_file(path: &Path, cause: &std::io::Error) -> StoreError {
    StoreError::CannotOpen { path: path.to_owned(), cause: cause.to_string() }
}

fn cannot_open(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError {
    move |cause| {
        let remedy = cause.sqlite_error_code().and_then(remedy).map(|remedy| format!(": {remedy}"));
        StoreError::CannotOpen { path: path.to_owned(), cause: format!("{cause}{}", remedy.unwrap_or_default()) }
    }
}

/// A connection that only reads. What is attached to it is only read too.
fn connect_reader(path: &Path, record: Option<&File>) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    if let Some(record) = record {
        connection
            .execute("ATTACH ?1 AS record", [record.path.to_string_lossy()])
            .map_err(cannot_open(&record.path))?;
    }
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let cannot = cannot_open(path);
    let connection = Connection::open_with_flags(path, flags).map_err(&cannot)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.execute_batch("PRAGMA busy_timeout = 5000;").map_err(&cannot)?;
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        connection.pragma_update(None, "page_size", PAGE_BYTES.cast_signed()).map_err(&cannot)?;
        connection.execute_batch("PRAGMA journal_mode = WAL;").map_err(&cannot)?;
    }
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")
        .map_err(&cannot)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(&cannot)?;
    Ok(connection)
}

/// A file of another kind or of another program is refused before anything is
/// written to it.
fn must_be_ours(connection: &Connection, path: &Path, schema: Schema) -> Result<(), StoreError> {
    let (application, tables): (i32, i64) = connection
        .query_row(
            "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(cannot_open(path))?;
    if application == schema.application || (application == 0 && tables == 0) {
        return Ok(());
    }
    Err(StoreError::CannotOpen { path: path.to_owned(), cause: "it is a file of another kind".to_owned() })
}

fn migrate(connection: &mut Connection, path: &Path, schema: Schema) -> Result<(), StoreError> {
    let migrations = schema.migrations;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(cannot_open(path))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let done = usize::try_from(found).ok().filter(|done| *done <= migrations.len());
    let Some(done) = done else {
        return Err(StoreError::UnknownSchema { path: PathBuf::from(path), found, known });
    };
    for (index, sql) in migrations.iter().enumerate().skip(done) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", schema.application)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(known))?;
        transaction.commit()?;
        tracing::info!(version = index + 1, "schema migrated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::DESK;

    #[test]
    fn a_file_from_a_later_version_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = File::open(&path, DESK).err().unwrap();
        assert!(matches!(error, StoreError::UnknownSchema { found: 99, .. }), "{error}");
    }

    #[test]
    fn a_folder_that_does_not_exist_is_named() {
        let error = File::open(Path::new("/nonexistent/desk.sqlite"), DESK).err().unwrap();
        assert!(error.to_string().contains("/nonexistent/desk.sqlite"), "{error}");
    }

    #[test]
    fn every_connection_syncs_each_commit_unless_somebody_does_it_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("x.sqlite"), OpenFlags::default()).unwrap();
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "FULL");
    }

    #[tokio::test]
    async fn a_reader_stays_in_its_moment_while_a_writer_commits() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::open(&folder.path().join("desk.sqlite"), DESK).unwrap();
        let count = |connection: &Connection| -> Result<i64, StoreError> {
            Ok(connection.query_row("SELECT count(*) FROM person_facts", [], |row| row.get(0))?)
        };
        let (has_read, first_read) = tokio::sync::oneshot::channel();
        let (has_written, written) = std::sync::mpsc::channel();
        let reading = file.read(move |connection| {
            let before = count(connection)?;
            has_read.send(()).unwrap();
            written.recv().unwrap();
            Ok((before, count(connection)?))
        });
        let writing = async {
            first_read.await.unwrap();
            let sql = "INSERT INTO person_facts VALUES (1, 1, 0, 0)";
            file.write("test", move |connection| Ok(connection.execute(sql, [])?)).await.unwrap();
            has_written.send(()).unwrap();
        };
        let (read, ()) = tokio::join!(reading, writing);
        assert_eq!(read.unwrap(), (0, 0));
        assert_eq!(file.read(count).await.unwrap(), 1, "the next reader sees it");
    }
}
