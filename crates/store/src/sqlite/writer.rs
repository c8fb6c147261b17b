use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, ffi};

use super::checkpoints::Checkpoints;
use super::committing::{Committing, Durable};
use super::page_cache::WriterCache;
use super::syncs::refuse;
use super::writer_job::{Job, Urgency, Work};
use crate::answer::Answer;
use crate::aside::{StandBack, stand_back};
use crate::counting::{Counters, Watch};
use crate::error::StoreError;
use crate::fate::Fate;

/// After a full disk nothing is written until so much is free again, in bytes: some
/// commits' worth.
const ROOM_BYTES_MIN: u64 = 1024 * 1024;
/// The most callers that share one commit: keeps the wait of each short.
const GROUP_MAX: usize = 256;
/// How many messages that may wait share a commit, whether or not with callers who may not. With fewer, what a
/// commit costs is spread over too few, and all become slower; with more, most of those who are under way wait for one
/// sync of the disk, and the writer for them.
const PATIENT_MAX: usize = 128;
/// How many commits of callers who may not wait go by before what may wait has a share
/// of one: whoever waits for an acknowledgement goes first, and meanwhile several
/// messages of one patient come together, whose pages are then written once.
const PASSED_OVER_MAX: usize = 4;

/// The one thread that writes a file. Callers that wait at the same time share
/// one commit and so one sync of the disk; what fails is undone alone.
pub(crate) struct Writer {
    counters: Arc<Counters>,
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        checkpoints: Checkpoints,
        durable: Durable,
        stands_back: Option<StandBack>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let committing = Committing::start(&connection, durable)?;
        let (jobs, queue) = channel();
        let watch = Watch::new(Arc::clone(&counters), Counters::read_within_write);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                stands_back.into_iter().for_each(stand_back);
                write_until_closed(connection, checkpoints, committing, &queue, watch);
            })
            .map_err(|_| StoreError::Closed)?;
        Ok(Self { counters, jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` and answers once its changes are durable. It may run twice: of the
    /// first time nothing is left then.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        name: &'static str,
        urgency: Urgency,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (_, answer) = self.send(name, urgency, Vec::new(), work)?;
        let answer = answer.await.unwrap_or(Err(StoreError::Closed));
        self.counters.durable_wait();
        answer
    }

    /// Sends `work` on its way, behind what was sent before: it fails where that fails of
    /// those that it must not overtake.
    pub(crate) fn send<T: Send + 'static>(
        &self,
        name: &'static str,
        urgency: Urgency,
        behind: Vec<Fate>,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<(Fate, Answer<T>), StoreError> {
        let (job, fate, answer) = Work::new(name, urgency, behind, work);
        let job: Box<dyn Job> = Box::new(job);
        let jobs = self.jobs.lock().map_err(|_| StoreError::Closed)?;
        jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(StoreError::Closed)?;
        Ok((fate, answer))
    }
}

/// Closing waits until everything that was accepted is durable.
impl Drop for Writer {
    fn drop(&mut self) {
        if let Ok(mut jobs) = self.jobs.lock() {
            jobs.take();
        }
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn write_until_closed(
    connection: Connection,
    checkpoints: Checkpoints,
    committing: Committing,
    queue: &Receiver<Box<dyn Job>>,
    mut watch: Watch,
) {
    Checkpoints::watch(&connection);
    let mut waiting = Waiting::default();
    let mut room = Room::of(&connection);
    let mut cache = WriterCache::of(&connection);
    while let Some(group) = waiting.next_group(queue) {
        if room.is_wanting() {
            refuse(group, ffi::Error::new(ffi::SQLITE_FULL));
            continue;
        }
        watch.look(&connection);
        match committing.commit(&connection, group) {
            Ok(()) => {
                checkpoints.committed(&connection);
                cache.committed(&connection);
            }
            Err(failure) if failure.code == ErrorCode::SystemIoFailure => {
                refuse(waiting.patient, failure);
                return refuse_until_closed(failure, queue);
            }
            Err(failure) => room.was_full = failure.code == ErrorCode::DiskFull,
        }
    }
}

/// Callers who may wait and were passed over so far.
#[derive(Default)]
struct Waiting {
    patient: VecDeque<Box<dyn Job>>,
    /// How many commits have gone by without one of them.
    passed_over: usize,
}

impl Waiting {
    /// Whoever shares the next commit; waits while there is nobody, and gives `None`
    /// once there never will be.
    fn next_group(&mut self, queue: &Receiver<Box<dyn Job>>) -> Option<Vec<Box<dyn Job>>> {
        let mut group = Vec::new();
        if self.patient.is_empty() {
            self.sort_in(queue.recv().ok()?, &mut group);
        }
        while group.len() < GROUP_MAX && self.patient.len() < GROUP_MAX {
            match queue.try_recv() {
                Ok(job) => self.sort_in(job, &mut group),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let mut room = self.room_beside(group.len());
        while let Some(job) = self.patient.front()
            && room > 0
        {
            room = room.saturating_sub(job.urgency().messages());
            group.extend(self.patient.pop_front());
        }
        Some(group)
    }

    /// For how many messages that may wait there is room beside so many callers.
    fn room_beside(&mut self, urgent: usize) -> usize {
        if urgent > 0 && !self.patient.is_empty() && self.passed_over < PASSED_OVER_MAX {
            self.passed_over += 1;
            return 0;
        }
        self.passed_over = 0;
        PATIENT_MAX
    }

    fn sort_in(&mut self, job: Box<dyn Job>, urgent: &mut Vec<Box<dyn Job>>) {
        match job.urgency() {
            Urgency::Urgent => urgent.push(job),
            Urgency::Patient(_) => self.patient.push_back(job),
        }
    }
}

/// Whether the disk was full at the last commit, and has no room since.
///
/// Pages that are moved out of the log leave room in it: without this a short message
/// would be taken while a long one is refused, and a sender that gives up after so many
/// refusals would lose the one and not the other.
struct Room {
    folder: PathBuf,
    was_full: bool,
}

impl Room {
    fn of(connection: &Connection) -> Self {
        let folder = connection.path().and_then(|path| Path::new(path).parent()).unwrap_or(Path::new("."));
        Self { folder: folder.to_owned(), was_full: false }
    }

    /// Where the system does not tell how much there is, writing is tried.
    fn is_wanting(&mut self) -> bool {
        if self.was_full {
            let told = rustix::fs::statvfs(&self.folder);
            self.was_full = told.is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_BYTES_MIN);
        }
        self.was_full
    }
}

/// After a failed sync nobody knows what is on disk, and a second try may seem to
/// succeed without being so. Nothing is acknowledged any more until the program
/// starts anew and reads what is there.
fn refuse_until_closed(failure: ffi::Error, queue: &Receiver<Box<dyn Job>>) {
    tracing::error!(error = %failure, "the disk failed: nothing more is written until the next start");
    while let Ok(job) = queue.recv() {
        refuse([job], failure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &tempfile::TempDir) -> Writer {
        let path = folder.path().join("x.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        let file = Arc::new(std::fs::File::open(&path).unwrap());
        let log = crate::sqlite::RECORD.log;
        let checkpoints = Checkpoints::start(Connection::open(&path).unwrap(), log, file).unwrap();
        Writer::start(connection, checkpoints, Durable::BesideTheWriter, None, Arc::default()).unwrap()
    }

    fn insert(n: i64) -> impl Fn(&Connection) -> Result<(), StoreError> + Send + 'static {
        move |connection| {
            connection.execute("INSERT INTO t VALUES (?1)", [n])?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn one_callers_failure_undoes_its_own_changes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder);
        let (first, second, third) = tokio::join!(
            writer.run("a", Urgency::Urgent, insert(1)),
            writer.run("b", Urgency::Urgent, insert(1)),
            writer.run("c", Urgency::Urgent, insert(2))
        );
        assert!(first.is_ok() && second.is_err() && third.is_ok());
        let count = writer
            .run("count", Urgency::Urgent, |connection| {
                Ok(connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))?)
            })
            .await;
        assert_eq!(count.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_is_sent_behind_work_that_failed_fails_and_what_comes_once_that_is_told_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder);
        let send = |behind: Vec<Fate>, n| writer.send("a", Urgency::Urgent, behind, insert(n)).unwrap();
        let (first, kept) = send(Vec::new(), 1);
        let (failed, again) = send(vec![first], 1);
        let (left, behind) = send(vec![failed.clone()], 2);
        let (_, behind_both) = send(vec![left], 3);
        assert!(kept.await.unwrap().is_ok() && again.await.unwrap().is_err());
        for behind in [behind, behind_both] {
            assert!(matches!(behind.await.unwrap(), Err(StoreError::LeftBehind)));
        }
        failed.told();
        assert!(!failed.is_open(), "whoever sends from now on is not behind it");
        assert!(send(Vec::new(), 2).1.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn what_was_accepted_is_written_before_the_writer_closes() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder);
        let pending = writer.run("a", Urgency::Urgent, insert(7));
        pending.await.unwrap();
        drop(writer);
        let connection = Connection::open(folder.path().join("x.sqlite")).unwrap();
        let kept: i64 = connection.query_row("SELECT n FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 7);
    }

    #[test]
    fn a_disk_that_was_full_is_asked_for_room_and_one_that_was_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut room = Room { folder: folder.path().to_owned(), was_full: false };
        assert!(!room.is_wanting());
        room.was_full = true;
        assert!(!room.is_wanting() && !room.was_full, "there is room where tests run");
        let mut nowhere = Room { folder: folder.path().join("nowhere"), was_full: true };
        assert!(!nowhere.is_wanting(), "nobody can tell, so it is tried");
    }

    #[test]
    fn whoever_waits_for_an_answer_goes_first_and_nobody_waits_for_ever() {
        let (jobs, queue) = channel::<Box<dyn Job>>();
        let send = |name, urgency| {
            jobs.send(Box::new(Work::new(name, urgency, Vec::new(), |_: &Connection| Ok(())).0)).unwrap();
        };
        let names = |group: Option<Vec<Box<dyn Job>>>| -> Vec<&'static str> {
            group.unwrap().iter().map(|job| job.name()).collect()
        };
        let mut waiting = Waiting::default();
        for _ in 0..PATIENT_MAX + 1 {
            send("apply", Urgency::Patient(1));
        }
        for _ in 0..PASSED_OVER_MAX {
            send("receive", Urgency::Urgent);
            assert_eq!(names(waiting.next_group(&queue)), ["receive"]);
        }
        send("receive", Urgency::Urgent);
        let shared = names(waiting.next_group(&queue));
        assert_eq!((shared[0], shared.len()), ("receive", 1 + PATIENT_MAX));
        assert_eq!(names(waiting.next_group(&queue)), ["apply"], "nobody else waits");
        send("together", Urgency::Patient(PATIENT_MAX));
        send("apply", Urgency::Patient(1));
        waiting.passed_over = PASSED_OVER_MAX;
        send("receive", Urgency::Urgent);
        assert_eq!(names(waiting.next_group(&queue)), ["receive", "together"], "messages are counted, not callers");
        assert_eq!(names(waiting.next_group(&queue)), ["apply"]);
        for _ in 0..PATIENT_MAX + 1 {
            send("apply", Urgency::Patient(1));
        }
        assert_eq!(names(waiting.next_group(&queue)).len(), PATIENT_MAX, "the others while the disk takes these");
        assert_eq!(names(waiting.next_group(&queue)).len(), 1);
        drop(jobs);
        assert!(waiting.next_group(&queue).is_none());
    }
}
