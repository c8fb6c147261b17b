//! Moving what was committed from a file's write-ahead log into the file: beside
//! the writer, so that whoever waits for a commit does not wait for that too.
//!
//! SQLite itself would do it within a commit, before the callers have their answer.

use std::cell::Cell;
use std::ffi::c_int;
use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::aside::{StandBack, stand_back};
use crate::error::StoreError;

/// Of a long file the share that is moved at a time is one page in so many. Among a million people the pages that
/// charts are found by are other ones with each commit: what is moved seldom holds the changes of many
/// commits, and is written to the disk once for all of them.
const FILE_TO_SHARE: u64 = 8;
/// How long the log may become, where the disk does not keep up: so many times what it should be.
const LOG_MAX: i32 = 2;

/// How long the log of a kind of file is, in pages.
#[derive(Clone, Copy)]
pub(crate) struct LogRules {
    /// How many are worth while to move, of a short file.
    pub(crate) share_min: i32,
    /// The same of a file however long. Few where somebody waits while pages are moved.
    pub(crate) share_max: i32,
    /// The log is not begun anew before it has so many.
    pub(crate) log_min: i32,
    /// How many may be left when the writer moves the last ones itself, so that the log can begin anew:
    /// while there are commits it never ends by itself. Whoever waits for a commit waits for that, and for the
    /// disk to take them.
    pub(crate) left_max: i32,
    /// How far the thread that moves them stands back. Where it does not keep up the writer waits for it, and
    /// leaves it a processor by that.
    pub(crate) moved_by: StandBack,
}

/// The same for a file of some length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LogPages {
    /// How many make it worth while to move them.
    share: i32,
    /// With how many it is to begin anew.
    anew: i32,
    /// How many may be left then.
    left_max: i32,
}

impl LogPages {
    fn of(rules: LogRules, file_bytes: u64) -> Self {
        let part = i32::try_from(file_bytes / PAGE_BYTES / FILE_TO_SHARE).unwrap_or(i32::MAX);
        let share = part.clamp(rules.share_min, rules.share_max);
        Self { share, anew: share.max(rules.log_min), left_max: rules.left_max }
    }

    fn max(self) -> i32 {
        self.anew.saturating_mul(LOG_MAX)
    }

    /// What is to be done with a log of so many pages of which so many are left to move.
    fn next(self, pages: i32, left: i32) -> Next {
        let is_to_end = pages >= self.anew;
        if is_to_end && left < self.left_max || pages >= self.max() {
            Next::End
        } else if left >= if is_to_end { self.left_max } else { self.share } {
            Next::Move
        } else {
            Next::Wait
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Nothing yet.
    Wait,
    /// A share is moved beside the writer.
    Move,
    /// The writer moves the last, and the log begins anew.
    End,
}

thread_local! {
    /// How long the log of this thread's connection was after its last commit, in pages.
    static LOG_PAGES: Cell<c_int> = const { Cell::new(0) };
}

/// What a page of a file takes.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// The thread beside a writer.
pub(crate) struct Checkpoints {
    rules: LogRules,
    /// What they are moved into.
    file: Arc<fs::File>,
    /// How many pages of the log are in the file already; locked while some are moved.
    moved: Arc<Mutex<i32>>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread over a connection of its own to `file`. Few pages at a time mean
    /// short pauses, many mean less writing.
    pub(crate) fn start(connection: Connection, rules: LogRules, file: Arc<fs::File>) -> Result<Self, StoreError> {
        let (wake, woken) = sync_channel(1);
        let moved = Arc::new(Mutex::new(0));
        let (counted, into) = (Arc::clone(&moved), Arc::clone(&file));
        let thread = std::thread::Builder::new()
            .name("store-moves".to_owned())
            .spawn(move || {
                stand_back(rules.moved_by);
                move_when_woken(&connection, &woken, &counted, &into);
            })
            .map_err(|_| StoreError::Closed)?;
        Ok(Self { rules, file, moved, wake: Some(wake), thread: Some(thread) })
    }

    /// Lets the log's length be told after each commit of this connection, on the
    /// thread that calls this.
    pub(crate) fn watch(connection: &Connection) {
        connection.wal_hook(Some(|_: &Wal, pages| {
            LOG_PAGES.set(pages);
            Ok(())
        }));
    }

    /// To be called by the writer once its callers have their answer.
    pub(crate) fn committed(&self, connection: &Connection) {
        let pages = LOG_PAGES.get();
        // Of a file that does not tell its length no more is moved at a time than of a short one.
        let log = LogPages::of(self.rules, self.file.metadata().map_or(0, |file| file.len()));
        let moved = if pages >= log.max() {
            locked(&self.moved)
        } else if let Ok(moved) = self.moved.try_lock() {
            moved
        } else {
            // Some are being moved just now.
            return;
        };
        // A log that began anew is shorter than what was moved of the one before.
        let left = if *moved > pages { pages } else { pages - *moved };
        match log.next(pages, left) {
            Next::Wait => {}
            Next::Move => {
                if let Some(wake) = &self.wake {
                    // Where this is full it has been woken already.
                    let _ = wake.try_send(());
                }
            }
            Next::End => move_pages(connection, moved),
        }
    }
}

/// The writer's connection must be the last to close: it leaves no log behind.
impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// SQLite syncs the file only where the whole log is in it, which while there are commits is left to the
/// writer: it would wait for the disk to take all that was moved before. So each share is synced here.
fn move_when_woken(connection: &Connection, woken: &Receiver<()>, moved: &Mutex<i32>, file: &fs::File) {
    while woken.recv().is_ok() {
        move_pages(connection, locked(moved));
        if let Err(error) = file.sync_data() {
            // SQLite is told the same when it syncs, and keeps the log.
            tracing::warn!(%error, "what was moved into the store's file could not be synced");
        }
    }
}

/// A number cannot be left half written.
fn locked(moved: &Mutex<i32>) -> MutexGuard<'_, i32> {
    moved.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves what no reader needs where it is. What cannot be moved stays in the log,
/// where it is as durable, and is tried again after the next commits.
fn move_pages(connection: &Connection, mut moved: MutexGuard<'_, i32>) {
    let told = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |row| row.get(2)));
    match told {
        Ok(pages) => *moved = pages,
        Err(error) => tracing::warn!(%error, "the log of the store could not be moved into its file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &tempfile::TempDir) -> Connection {
        let connection = Connection::open(folder.path().join("x.sqlite")).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (x BLOB)").unwrap();
        connection
    }

    fn file(folder: &tempfile::TempDir) -> Arc<fs::File> {
        Arc::new(fs::File::open(folder.path().join("x.sqlite")).unwrap())
    }

    const SHORT: LogRules =
        LogRules { share_min: 4, share_max: 8, log_min: 64, left_max: 16, moved_by: StandBack::ALittle };

    #[test]
    fn a_long_file_has_a_long_log_and_a_short_one_a_short_log() {
        let rules = LogRules { share_min: 500, share_max: 32_000, log_min: 16_000, left_max: 1_000, ..SHORT };
        let of = |pages: u64| {
            let log = LogPages::of(rules, pages * PAGE_BYTES);
            (log.share, log.anew, log.max())
        };
        assert_eq!(of(0), (500, 16_000, 32_000));
        assert_eq!(of(4_007), (500, 16_000, 32_000));
        assert_eq!(of(4_008), (501, 16_000, 32_000));
        assert_eq!(of(160_000), (20_000, 20_000, 40_000));
        assert_eq!(of(256_000), (32_000, 32_000, 64_000));
        assert_eq!(of(u64::MAX / PAGE_BYTES), (32_000, 32_000, 64_000));
    }

    #[test]
    fn a_log_that_is_to_begin_anew_is_moved_until_little_is_left_and_then_by_the_writer() {
        let log = LogPages { share: 100, anew: 400, left_max: 50 };
        assert_eq!([log.next(99, 99), log.next(100, 100), log.next(399, 49)], [Next::Wait, Next::Move, Next::Wait]);
        assert_eq!([log.next(400, 50), log.next(400, 49)], [Next::Move, Next::End]);
        assert_eq!([log.next(799, 799), log.next(800, 799)], [Next::Move, Next::End], "the disk does not keep up");
    }

    fn commit(writer: &Connection, checkpoints: &Checkpoints) {
        writer.execute("INSERT INTO t VALUES (zeroblob(40000))", []).unwrap();
        checkpoints.committed(writer);
    }

    #[test]
    fn the_log_begins_anew_however_many_commits_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder);
        let checkpoints = Checkpoints::start(open(&folder), SHORT, file(&folder)).unwrap();
        Checkpoints::watch(&writer);
        let mut longest = 0;
        for _ in 0..400 {
            commit(&writer, &checkpoints);
            longest = longest.max(LOG_PAGES.get());
        }
        assert!(longest >= 16, "the commits were counted");
        let limit = LogPages::of(SHORT, 16 * 1024 * 1024).max();
        assert!(longest <= limit + 16, "{longest} pages in the log");
        assert_eq!(writer.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 400);
    }

    #[test]
    fn a_reader_who_stays_keeps_the_log_and_nothing_is_lost_when_it_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = (open(&folder), open(&folder));
        let checkpoints = Checkpoints::start(open(&folder), SHORT, file(&folder)).unwrap();
        Checkpoints::watch(&writer);
        let count = |from: &Connection| from.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(count(&reader).unwrap(), 0);
        for _ in 0..50 {
            commit(&writer, &checkpoints);
        }
        assert_eq!(count(&reader).unwrap(), 0, "it stays in its moment");
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(count(&reader).unwrap(), 50);
        drop(checkpoints);
        drop(reader);
        drop(writer);
        assert!(!folder.path().join("x.sqlite-wal").exists(), "a clean end leaves no log behind");
    }
}
