use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::reader::Readers;
use super::writer::Writer;
use crate::error::StoreError;

/// How many threads read one file at the same time.
const READERS: usize = 4;
/// Prepared statements that each connection keeps.
const STATEMENTS_MAX: usize = 64;

/// One database file: a writer thread and reader threads.
#[derive(Clone)]
pub(crate) struct File {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl File {
    /// Opens or creates the file, brings it to the schema that this program knows
    /// and refuses one that it does not.
    pub(crate) fn open(path: &Path, migrations: &[&str]) -> Result<Self, StoreError> {
        let mut connection = connect(path, OpenFlags::default())?;
        migrate(&mut connection, path, migrations)?;
        let readers = (0..READERS)
            .map(|_| connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { writer: Arc::new(Writer::start(connection)?), readers: Arc::new(Readers::start(readers)?) })
    }

    /// Runs `work` in a transaction and returns once it is durable. Several
    /// callers share one commit; a failed one is undone alone.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(name, work).await
    }

    /// Runs `work` on one snapshot of the file.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(work).await
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let cannot = |cause: rusqlite::Error| StoreError::CannotOpen { path: path.to_owned(), cause: cause.to_string() };
    let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        connection.execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;").map_err(cannot)?;
    }
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;",
        )
        .map_err(cannot)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let done = usize::try_from(found).ok().filter(|done| *done <= migrations.len());
    let Some(done) = done else {
        return Err(StoreError::UnknownSchema { path: PathBuf::from(path), found, known });
    };
    for (index, sql) in migrations.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(known))?;
        transaction.commit()?;
        tracing::info!(version = index + 1, "schema migrated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::DESK_MIGRATIONS;

    #[test]
    fn a_file_from_a_later_version_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = File::open(&path, DESK_MIGRATIONS).err().unwrap();
        assert!(matches!(error, StoreError::UnknownSchema { found: 99, .. }), "{error}");
    }

    #[test]
    fn a_folder_that_does_not_exist_is_named() {
        let error = File::open(Path::new("/nonexistent/desk.sqlite"), DESK_MIGRATIONS).err().unwrap();
        assert!(error.to_string().contains("/nonexistent/desk.sqlite"), "{error}");
    }

    #[test]
    fn every_connection_syncs_each_commit() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("x.sqlite"), OpenFlags::default()).unwrap();
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "FULL");
    }
}
