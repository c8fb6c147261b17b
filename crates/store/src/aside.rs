//! Work that may wait, on threads of its own: whoever opens a record goes first.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use crate::error::StoreError;

type Job = Box<dyn FnOnce() + Send>;

/// How many such threads there are at most; fewer where there are fewer processors.
const THREADS_MAX: usize = 4;

/// How far a thread that feeds the record stands back behind one that answers staff:
/// a step of 10 is a tenth of the processor where both want all of it.
#[derive(Clone, Copy)]
pub(crate) enum StandBack {
    /// The writer of the record, for whose commits hospitals wait, and who moves the desk's log into its file.
    ALittle = 4,
    /// Long messages, and who moves the record's log into its file: a long share at a time, for which nobody waits.
    Far = 10,
}

/// Makes the thread that calls this stand back. It cannot come forward again.
pub(crate) fn stand_back(how_far: StandBack) {
    // Where the system does not allow it everybody is as urgent as everybody else.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, how_far as i32) {
        tracing::debug!(%error, "a thread could not stand back");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = how_far;
}

/// The threads. What waits for them has its room already where it came in (`intake`'s
/// `room.rs`), which limits it in bytes. They end, after what was begun, when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Aside(Sender<Job>);

impl Aside {
    pub(crate) fn start() -> Result<Self, StoreError> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let count = std::thread::available_parallelism().map_or(1, |count| count.get().min(THREADS_MAX));
        for _ in 0..count {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("store-aside".to_owned());
            thread.spawn(move || work_until_closed(&queue)).map_err(|_| StoreError::Closed)?;
        }
        Ok(Self(jobs))
    }

    /// Does what takes long when its turn comes.
    ///
    /// # Errors
    /// When the work panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever asked may have gone away.
            let _ = reply.send(work());
        });
        self.0.send(job).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)
    }
}

fn work_until_closed(queue: &Mutex<Receiver<Job>>) {
    stand_back(StandBack::Far);
    loop {
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        // The work's own fault is told to whoever asked for it; the thread goes on.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_told_to_its_caller_and_nobody_else() {
        let aside = Aside::start().unwrap();
        for _ in 0..2 * THREADS_MAX {
            let failed: Result<(), _> = aside.run(|| panic!("as asked")).await;
            assert!(matches!(failed, Err(StoreError::Closed)));
        }
        assert_eq!(aside.run(|| 7).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_stands_back_and_whoever_asks_does_not() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        let aside = Aside::start().unwrap();
        assert!(aside.run(own).await.unwrap() >= StandBack::Far as i32);
        assert_eq!(own(), before);
    }
}
