use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::file::File;
use crate::counting::{Counters, Watch};
use crate::error::StoreError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A fixed pool of threads that read one file, each on its own connection.
pub(crate) struct Readers {
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// A file that the connections have attached: its writer closes after them, as
    /// it must be the last to close.
    _beside: Option<File>,
}

impl Readers {
    pub(crate) fn start(
        connections: Vec<Connection>,
        beside: Option<File>,
        counters: &Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let queue = Arc::clone(&queue);
                let watch = Watch::new(Arc::clone(counters), Counters::read);
                std::thread::Builder::new()
                    .name("store-reader".to_owned())
                    .spawn(move || read_until_closed(connection, &queue, watch))
                    .map_err(|_| StoreError::Closed)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), threads: Mutex::new(threads), _beside: beside })
    }

    /// Runs `work` inside a read transaction, so that all it reads is one snapshot.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let read = || connection.transaction().map_err(StoreError::from).and_then(|snapshot| work(&snapshot));
            // The work's own fault is told to whoever asked for it; the thread goes on.
            let _ = reply.send(catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(StoreError::Panicked)));
        });
        self.jobs
            .lock()
            .ok()
            .and_then(|jobs| jobs.as_ref().and_then(|jobs| jobs.send(job).ok()))
            .ok_or(StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        if let Ok(mut jobs) = self.jobs.lock() {
            jobs.take();
        }
        if let Ok(mut threads) = self.threads.lock() {
            for thread in threads.drain(..) {
                let _ = thread.join();
            }
        }
    }
}

fn read_until_closed(mut connection: Connection, queue: &Mutex<Receiver<Job>>, mut watch: Watch) {
    loop {
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        match job {
            Ok(job) => {
                watch.look(&connection);
                job(&mut connection);
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_that_panics_is_told_to_its_caller_and_nobody_else() {
        let connections = vec![Connection::open_in_memory().unwrap()];
        let readers = Readers::start(connections, None, &Arc::default()).unwrap();
        for _ in 0..2 {
            let failed: Result<(), _> = readers.run(|_| panic!("as asked")).await;
            assert!(matches!(failed, Err(StoreError::Panicked)));
        }
        assert_eq!(readers.run(|_| Ok(7)).await.unwrap(), 7);
    }
}
