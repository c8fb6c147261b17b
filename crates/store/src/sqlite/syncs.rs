//! Making commits durable beside the writer: while the disk takes the pages of one, the
//! next is being written.
//!
//! Nobody has an answer before a sync of the log that began after the commit and did not
//! fail. Of what is not synced, a loss of power leaves a beginning: SQLite's log says
//! with a sum over each page and all before it where the last whole commit ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rusqlite::{Connection, ffi};
use tokio::time::Instant;

use super::writer_job::Job;
use crate::commit_measure::CommitMeasure;
use crate::error::StoreError;

/// How many commits the writer may be ahead of the disk: one is being synced, and what
/// comes meanwhile shares the next sync.
const AHEAD_MAX: usize = 8;

/// Callers whose changes are in the log.
pub(super) struct Committed {
    pub(super) jobs: Vec<Box<dyn Job>>,
    /// When the writer began with them.
    pub(super) began: Instant,
}

/// The thread that syncs the log of one file.
pub(super) struct Syncs {
    committed: Option<SyncSender<Committed>>,
    failure: Arc<OnceLock<ffi::Error>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncs {
    /// Starts the thread. From now on this connection's commits are not durable by
    /// themselves: each has to be added.
    pub(super) fn start(connection: &Connection, measure: CommitMeasure) -> Result<Self, StoreError> {
        let path = log_path(connection);
        // Opened before the first commit: the system tells a fault of the disk to every
        // file that was open then, however many ask.
        let cannot = |cause: std::io::Error| StoreError::CannotOpen { path: path.clone(), cause: cause.to_string() };
        let log = fs::File::open(&path).map_err(cannot)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let (committed, queue) = sync_channel(AHEAD_MAX);
        let failure = Arc::new(OnceLock::new());
        let told = Arc::clone(&failure);
        let thread = std::thread::Builder::new()
            .name("store-syncs".to_owned())
            .spawn(move || sync_until_closed(&queue, &told, &measure, || log.sync_data()))
            .map_err(|_| StoreError::Closed)?;
        Ok(Self { committed: Some(committed), failure, thread: Some(thread) })
    }

    /// Why the disk failed, once it has.
    pub(super) fn failure(&self) -> Option<ffi::Error> {
        self.failure.get().copied()
    }

    /// Lets these callers have their answer once their commit is durable. Waits while
    /// too many are ahead.
    pub(super) fn add(&self, committed: Committed) {
        if let Some(sender) = &self.committed
            && let Err(refused) = sender.send(committed)
        {
            // The thread is gone, so nobody knows what is on disk.
            refuse(refused.0.jobs, ffi::Error::new(ffi::SQLITE_IOERR_FSYNC));
        }
    }
}

/// Waits until all that was added is durable.
impl Drop for Syncs {
    fn drop(&mut self) {
        self.committed.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn log_path(connection: &Connection) -> PathBuf {
    let mut path = Path::new(connection.path().unwrap_or_default()).as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// After a failed sync nobody knows what is on disk, and a second try may seem to succeed
/// without being so: whoever comes after it is refused too.
fn sync_until_closed(
    queue: &Receiver<Committed>,
    failure: &OnceLock<ffi::Error>,
    measure: &CommitMeasure,
    sync: impl Fn() -> std::io::Result<()>,
) {
    while let Ok(first) = queue.recv() {
        let together: Vec<Committed> = std::iter::once(first).chain(queue.try_iter()).collect();
        if failure.get().is_none()
            && let Err(error) = sync()
        {
            let callers: usize = together.iter().map(|one| one.jobs.len()).sum();
            tracing::error!(%error, callers, "a sync failed: nobody was told that anything of it was kept");
            let _ = failure.set(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC));
        }
        for one in together {
            measure.ended(one.began, one.jobs.len(), failure.get().is_none());
            match failure.get() {
                None => one.jobs.into_iter().for_each(|job| job.answer(Ok(()))),
                Some(failure) => refuse(one.jobs, *failure),
            }
        }
    }
}

/// Tells them that a commit failed, and why.
pub(super) fn refuse(jobs: impl IntoIterator<Item = Box<dyn Job>>, failure: ffi::Error) {
    for job in jobs {
        job.answer(Err(StoreError::Database(rusqlite::Error::SqliteFailure(failure, None))));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::answer::Answer;
    use crate::sqlite::writer_job::{Urgency, Work};

    /// A group of one caller whose commit is in the log.
    fn committed() -> (Committed, Answer<()>) {
        let connection = Connection::open_in_memory().unwrap();
        let (mut job, _, answer) = Work::new("a", Urgency::Urgent, Vec::new(), |_: &Connection| Ok(()));
        assert!(job.run(&connection));
        (Committed { jobs: vec![Box::new(job)], began: CommitMeasure::start() }, answer)
    }

    fn run(queue: &Receiver<Committed>, sync: impl Fn() -> std::io::Result<()>) -> OnceLock<ffi::Error> {
        let failure = OnceLock::new();
        sync_until_closed(queue, &failure, &CommitMeasure::of("x"), sync);
        failure
    }

    #[test]
    fn nobody_is_answered_before_a_sync_that_began_after_the_commit() {
        let (sender, queue) = sync_channel(AHEAD_MAX);
        let (first, first_answer) = committed();
        let (second, second_answer) = committed();
        let answers = Mutex::new((first_answer, second_answer));
        let coming = Mutex::new(Some((sender.clone(), second)));
        sender.send(first).unwrap();
        drop(sender);
        let seen = Mutex::new(Vec::new());
        run(&queue, || {
            let mut answers = answers.lock().unwrap();
            seen.lock().unwrap().push((answers.0.try_recv().is_ok(), answers.1.try_recv().is_ok()));
            // The second commit ends while the first is being synced.
            if let Some((sender, second)) = coming.lock().unwrap().take() {
                sender.send(second).unwrap();
            }
            Ok(())
        });
        assert_eq!(*seen.lock().unwrap(), [(false, false), (true, false)]);
        assert!(answers.into_inner().unwrap().1.try_recv().unwrap().is_ok());
    }

    #[test]
    fn commits_that_wait_at_the_same_time_share_a_sync() {
        let (sender, queue) = sync_channel(AHEAD_MAX);
        let (ones, answers): (Vec<_>, Vec<_>) = (0..AHEAD_MAX).map(|_| committed()).unzip();
        ones.into_iter().for_each(|one| sender.send(one).unwrap());
        drop(sender);
        let syncs = Mutex::new(0);
        let count = || {
            *syncs.lock().unwrap() += 1;
            Ok(())
        };
        assert!(run(&queue, count).get().is_none());
        assert_eq!(*syncs.lock().unwrap(), 1);
        assert!(answers.into_iter().all(|mut answer| answer.try_recv().unwrap().is_ok()));
    }

    #[test]
    fn after_a_sync_that_failed_nobody_is_told_that_anything_is_kept_even_if_the_next_would_succeed() {
        let (sender, queue) = sync_channel(AHEAD_MAX);
        let (later, mut later_answer) = committed();
        let (first, mut first_answer) = committed();
        let coming = Mutex::new(Some((sender.clone(), later)));
        sender.send(first).unwrap();
        drop(sender);
        let tries = Mutex::new(0);
        let failure = run(&queue, || {
            *tries.lock().unwrap() += 1;
            if let Some((sender, later)) = coming.lock().unwrap().take() {
                sender.send(later).unwrap();
                return Err(std::io::ErrorKind::Other.into());
            }
            Ok(())
        });
        assert_eq!((*tries.lock().unwrap(), failure.get().unwrap().code), (1, rusqlite::ErrorCode::SystemIoFailure));
        for answer in [&mut first_answer, &mut later_answer] {
            assert!(matches!(answer.try_recv().unwrap(), Err(StoreError::Database(_))));
        }
    }

    #[test]
    fn the_log_of_a_file_lies_beside_it_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("x.sqlite")).unwrap();
        assert_eq!(log_path(&connection), folder.path().join("x.sqlite-wal"));
        let without = Syncs::start(&connection, CommitMeasure::of("x"));
        assert!(matches!(without.err(), Some(StoreError::CannotOpen { .. })), "it keeps no such log");
    }
}
