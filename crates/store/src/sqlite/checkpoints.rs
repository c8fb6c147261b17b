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

/// After how many times its usual share the writer moves the last pages itself, so
/// that the log can begin anew: while there are commits it never ends by itself. It waits for the
/// disk to take them, so seldom.
const SHARES_MAX: i32 = 16;
/// How many shares may be left then: among a million people so many come while the disk takes those before.
const SHARES_LEFT_MAX: i32 = 4;

thread_local! {
    /// How long the log of this thread's connection was after its last commit, in pages.
    static LOG_PAGES: Cell<c_int> = const { Cell::new(0) };
}

/// The thread beside a writer.
pub(crate) struct Checkpoints {
    /// How many pages make it worth while.
    share: i32,
    /// How many pages of the log are in the file already; locked while some are moved.
    moved: Arc<Mutex<i32>>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread over a connection of its own to `file`. `share` is in pages: few mean
    /// short pauses, many mean less writing.
    pub(crate) fn start(connection: Connection, share: u32, file: Arc<fs::File>) -> Result<Self, StoreError> {
        let (wake, woken) = sync_channel(1);
        let moved = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&moved);
        let thread = std::thread::Builder::new()
            .name("store-moves".to_owned())
            .spawn(move || move_when_woken(&connection, &woken, &counted, &file))
            .map_err(|_| StoreError::Closed)?;
        let share = i32::try_from(share).unwrap_or(i32::MAX);
        Ok(Self { share, moved, wake: Some(wake), thread: Some(thread) })
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
        let moved = if pages >= self.share.saturating_mul(2 * SHARES_MAX) {
            locked(&self.moved)
        } else if let Ok(moved) = self.moved.try_lock() {
            moved
        } else {
            // Some are being moved just now.
            return;
        };
        // A log that began anew is shorter than what was moved of the one before.
        let left = if *moved > pages { pages } else { pages - *moved };
        if pages >= self.share.saturating_mul(SHARES_MAX) && left < self.share.saturating_mul(SHARES_LEFT_MAX)
            || pages >= self.share.saturating_mul(2 * SHARES_MAX)
        {
            move_pages(connection, moved);
        } else if left >= self.share
            && let Some(wake) = &self.wake
        {
            // Where this is full it has been woken already.
            let _ = wake.try_send(());
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
/// It stands back no further than the writer, who has to do what is not done here.
fn move_when_woken(connection: &Connection, woken: &Receiver<()>, moved: &Mutex<i32>, file: &fs::File) {
    stand_back(StandBack::ALittle);
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

    fn commit(writer: &Connection, checkpoints: &Checkpoints) {
        writer.execute("INSERT INTO t VALUES (zeroblob(40000))", []).unwrap();
        checkpoints.committed(writer);
    }

    #[test]
    fn the_log_begins_anew_however_many_commits_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder);
        let checkpoints = Checkpoints::start(open(&folder), 16, file(&folder)).unwrap();
        Checkpoints::watch(&writer);
        let mut longest = 0;
        for _ in 0..400 {
            commit(&writer, &checkpoints);
            longest = longest.max(LOG_PAGES.get());
        }
        assert!(longest >= 16, "the commits were counted");
        assert!(longest <= 16 * 2 * SHARES_MAX + 16, "{longest} pages in the log");
        assert_eq!(writer.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 400);
    }

    #[test]
    fn a_reader_who_stays_keeps_the_log_and_nothing_is_lost_when_it_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = (open(&folder), open(&folder));
        let checkpoints = Checkpoints::start(open(&folder), 4, file(&folder)).unwrap();
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
