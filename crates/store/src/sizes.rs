use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// The bytes that each table and each index of one file of the embedded store takes,
/// by name. Reads every page of the file, and what its write-ahead log holds of it;
/// writes nothing, and may run beside a program that has the store open. Pages not in
/// use are not among it.
///
/// # Errors
/// When the file does not exist, is no database or cannot be read.
pub fn sizes(file: &Path) -> Result<Vec<(String, u64)>, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .map_err(|cause| StoreError::CannotOpen { path: file.to_owned(), cause: cause.to_string() })?;
    let sql = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC, 1";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_indexes_have_their_pages_and_what_is_not_yet_checkpointed_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sqlite");
        let connection = Connection::open(&path).unwrap();
        let sql = "PRAGMA journal_mode = WAL; CREATE TABLE t (a); CREATE INDEX t_a ON t (a);";
        connection.execute_batch(sql).unwrap();
        let size = |name: &str| sizes(&path).unwrap().into_iter().find(|(known, _)| known == name).unwrap().1;
        assert_eq!((size("t"), size("t_a")), (4_096, 4_096), "a page each");
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []).unwrap();
        assert!(size("t") >= 100_000 && size("t_a") >= 100_000);
    }

    #[test]
    fn a_file_that_does_not_exist_is_named_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.sqlite");
        assert!(sizes(&path).unwrap_err().to_string().contains("none.sqlite"));
        assert!(!path.exists());
    }
}
