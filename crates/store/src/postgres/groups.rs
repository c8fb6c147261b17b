//! Jobs of one kind that wait at the same time share one transaction.

use std::future::Future;

use tokio::sync::{mpsc, oneshot};

use crate::answer::{Answer, Reply};
use crate::error::StoreError;

/// The most jobs that share one transaction: keeps the wait of each short.
const GROUP_MAX: usize = 256;
/// The most jobs that wait; whoever brings one more waits before it is taken.
const WAITING_MAX: usize = 1_024;

/// Hands jobs to one task, which carries them out in groups, in order.
pub(crate) struct Groups<J> {
    jobs: mpsc::Sender<J>,
}

impl<J> Clone for Groups<J> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

impl<J: Send + 'static> Groups<J> {
    /// Starts the task. It ends when the last handle is gone and everything that
    /// was accepted is done. Where carrying out a group panics, that group alone has no
    /// answer.
    pub(crate) fn start<F>(carry_out: impl Fn(Vec<J>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (jobs, mut waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(async move {
            let mut group = Vec::new();
            while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
                if let Err(error) = tokio::spawn(carry_out(std::mem::take(&mut group))).await {
                    tracing::error!(%error, "a group of jobs was given up");
                }
            }
        });
        Self { jobs }
    }

    /// Waits until the job is done; `job` is given where to answer.
    pub(crate) async fn run<T>(&self, job: impl FnOnce(Reply<T>) -> J) -> Result<T, StoreError> {
        self.send(job).await?.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Waits until the job is taken: it is done after those that were sent before it.
    pub(crate) async fn send<T>(&self, job: impl FnOnce(Reply<T>) -> J) -> Result<Answer<T>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| StoreError::Closed)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_that_wait_together_are_done_together_and_in_order() {
        let (started, first_started) = oneshot::channel::<()>();
        let (go, may_go) = oneshot::channel::<()>();
        let gate = std::sync::Mutex::new(Some((started, may_go)));
        let groups = Groups::start(move |jobs: Vec<(u32, Reply<usize>)>| {
            let gate = gate.lock().unwrap().take();
            async move {
                if let Some((started, may_go)) = gate {
                    started.send(()).unwrap();
                    may_go.await.unwrap();
                }
                let together = jobs.len();
                jobs.into_iter().for_each(|(_, reply)| reply.send(Ok(together)).unwrap());
            }
        });
        let first = tokio::spawn({
            let groups = groups.clone();
            async move { groups.run(|reply| (0, reply)).await.unwrap() }
        });
        first_started.await.unwrap();
        let others = async { tokio::join!(groups.run(|reply| (1, reply)), groups.run(|reply| (2, reply))) };
        let release = async { go.send(()).unwrap() };
        let ((second, third), ()) = tokio::join!(others, release);
        assert_eq!((first.await.unwrap(), second.unwrap(), third.unwrap()), (1, 2, 2));
    }

    #[tokio::test]
    async fn a_group_that_panics_fails_alone() {
        let groups = Groups::start(|jobs: Vec<(bool, Reply<()>)>| async move {
            assert!(jobs.iter().all(|(panics, _)| !panics), "as asked");
            jobs.into_iter().for_each(|(_, reply)| reply.send(Ok(())).unwrap());
        });
        assert!(matches!(groups.run(|reply| (true, reply)).await, Err(StoreError::Closed)));
        assert!(groups.run(|reply| (false, reply)).await.is_ok());
    }
}
