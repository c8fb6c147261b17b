//! Groups of messages on their way to the disk.

use std::sync::Arc;

use super::connect::Pools;
use super::inbox::receive;
use crate::answer::Reply;
use crate::error::StoreError;
use crate::fate::Fate;
use crate::inbox::{Kept, MessageRow};

/// A message to be made durable, and where its answer is awaited.
pub(crate) struct ReceiveJob {
    pub(crate) row: MessageRow,
    /// It is kept behind these or not at all.
    pub(crate) behind: Vec<Fate>,
    pub(crate) fate: Fate,
    pub(crate) reply: Reply<Kept>,
}

/// Makes a group of messages durable.
pub(super) async fn receive_group(pools: Arc<Pools>, jobs: Vec<ReceiveJob>) {
    let (left_behind, jobs): (Vec<_>, Vec<_>) = jobs.into_iter().partition(ReceiveJob::is_left_behind);
    left_behind.into_iter().for_each(|job| job.answer(Err(StoreError::LeftBehind)));
    let rows: Vec<&MessageRow> = jobs.iter().map(|job| &job.row).collect();
    match receive(&pools, &rows).await {
        Ok(received) => jobs.into_iter().zip(received).for_each(|(job, kept)| job.answer(Ok(kept))),
        // What the database cannot hold must not keep others from being received.
        Err(error) if !error.may_pass() && jobs.len() > 1 => one_by_one(&pools, jobs).await,
        Err(error) => {
            tracing::error!(%error, messages = jobs.len(), "messages could not be made durable");
            jobs.into_iter().for_each(|job| job.answer(Err(error.again())));
        }
    }
}

impl ReceiveJob {
    fn is_left_behind(&self) -> bool {
        self.behind.iter().any(Fate::has_failed)
    }

    fn answer(self, result: Result<Kept, StoreError>) {
        self.fate.set(result.is_err());
        // A sender that went away needs no answer; its message is durable all the same.
        let _ = self.reply.send(result);
    }
}

async fn one_by_one(pools: &Pools, jobs: Vec<ReceiveJob>) {
    for job in jobs {
        let received =
            if job.is_left_behind() { Err(StoreError::LeftBehind) } else { receive(pools, &[&job.row]).await };
        job.answer(received.and_then(|received| received.into_iter().next().ok_or(StoreError::Closed)));
    }
}
