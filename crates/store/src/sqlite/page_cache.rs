//! How many pages of its file a connection holds in memory.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// What each connection holds, in KiB.
pub(super) const CACHE_KIB: i64 = 16_000;
/// What a writer holds at most, in KiB.
const WRITER_CACHE_KIB_MAX: i64 = 64_000;
/// Of a long file a writer holds one part in so many.
const FILE_TO_CACHE: u64 = 16;
/// After how many commits the file's length is looked at again.
const COMMITS_BETWEEN: u32 = 256;

/// What a writer holds. Among a million people the pages that a commit reads and writes are other
/// ones than those of the commit before: what is not held is read again each time. A short file
/// needs no more than any other, and a cache that is longer than it need be is walked through by
/// each commit.
pub(super) struct WriterCache {
    path: PathBuf,
    kib: i64,
    commits: u32,
}

impl WriterCache {
    /// That of a connection as it was opened.
    pub(super) fn of(connection: &Connection) -> Self {
        let path = Path::new(connection.path().unwrap_or_default()).to_owned();
        let mut cache = Self { path, kib: CACHE_KIB, commits: 0 };
        cache.fit(connection);
        cache
    }

    /// To be called after each commit.
    pub(super) fn committed(&mut self, connection: &Connection) {
        self.commits += 1;
        if self.commits >= COMMITS_BETWEEN {
            self.commits = 0;
            self.fit(connection);
        }
    }

    /// A cache that cannot be made longer is as good as before.
    fn fit(&mut self, connection: &Connection) {
        let wanted = wanted_kib(std::fs::metadata(&self.path).map_or(0, |file| file.len()));
        if wanted != self.kib && connection.pragma_update(None, "cache_size", -wanted).is_ok() {
            self.kib = wanted;
        }
    }
}

fn wanted_kib(file_bytes: u64) -> i64 {
    let share = i64::try_from(file_bytes / 1024 / FILE_TO_CACHE).unwrap_or(i64::MAX);
    share.clamp(CACHE_KIB, WRITER_CACHE_KIB_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Built with it, readers that hold all they may make the writer drop each page once it is read: a hundred reads
    /// for a chart instead of four.
    #[test]
    fn no_connection_drops_its_pages_for_what_others_hold() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "SELECT sqlite_compileoption_used('ENABLE_MEMORY_MANAGEMENT')";
        assert!(!connection.query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap());
    }

    #[test]
    fn a_short_file_is_held_as_by_anybody_and_a_long_one_in_part() {
        let at = |mebibytes: u64| wanted_kib(mebibytes * 1024 * 1024);
        assert_eq!((at(0), at(250)), (CACHE_KIB, CACHE_KIB));
        assert_eq!((at(251), at(500), at(999)), (16_064, 32_000, 63_936));
        assert_eq!((at(1_000), at(1_001), wanted_kib(u64::MAX)), (64_000, 64_000, WRITER_CACHE_KIB_MAX));
    }

    #[test]
    fn a_writer_looks_at_its_file_again_after_so_many_commits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let held = || connection.query_row("PRAGMA cache_size", [], |row| row.get::<_, i64>(0)).unwrap();
        let mut cache = WriterCache::of(&connection);
        std::fs::File::options().write(true).open(&path).unwrap().set_len(512 * 1024 * 1024).unwrap();
        let before = held();
        (1..COMMITS_BETWEEN).for_each(|_| cache.committed(&connection));
        assert_eq!(held(), before);
        cache.committed(&connection);
        assert_eq!(held(), -32_768);
    }
}
