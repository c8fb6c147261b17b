//! One database, as the store's handles use it.

use std::sync::Arc;

use super::apply::{ApplyJob, apply_group};
use super::connect::{Pools, PostgresAt};
use super::desk_log::{LogJob, append_group};
use super::groups::Groups;
use super::receiving::{ReceiveJob, receive_group};
use crate::answer::Answer;
use crate::apply::{Applied, ToApply};
use crate::desk_log::SaltedRow;
use crate::error::StoreError;
use crate::fate::Fate;
use crate::inbox::{Kept, MessageRow};
use crate::receipt::Receipt;

/// A database whose schema is this program's.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) pools: Arc<Pools>,
    /// For what only whoever made the schema may do.
    pub(crate) at: PostgresAt,
    receiving: Groups<ReceiveJob>,
    applying: Groups<ApplyJob>,
    logging: Groups<LogJob>,
}

impl Server {
    /// Prepares to use the database. Must be called within a runtime, which will
    /// carry the tasks that write.
    pub(crate) fn new(at: &PostgresAt) -> Result<Self, StoreError> {
        let pools = Arc::new(Pools::new(at)?);
        let (for_receiving, for_applying, for_logging) = (Arc::clone(&pools), Arc::clone(&pools), Arc::clone(&pools));
        Ok(Self {
            pools,
            at: at.clone(),
            receiving: Groups::start(move |jobs| receive_group(Arc::clone(&for_receiving), jobs)),
            applying: Groups::start(move |jobs| apply_group(Arc::clone(&for_applying), jobs)),
            logging: Groups::start(move |jobs| append_group(Arc::clone(&for_logging), jobs)),
        })
    }

    /// Sends a message on its way to the disk, behind what was sent before.
    pub(crate) async fn receive(&self, row: MessageRow, behind: Vec<Fate>) -> Result<(Fate, Answer<Kept>), StoreError> {
        let fate = Fate::open();
        let job = |reply| ReceiveJob { row, behind, fate: fate.clone(), reply };
        let answer = self.receiving.send(job).await?;
        Ok((fate, answer))
    }

    /// Applies messages, durably: all, or none.
    pub(crate) async fn apply(&self, work: Vec<ToApply>) -> Result<Vec<Applied>, StoreError> {
        self.waited(self.applying.run(|reply| ApplyJob { work, reply }).await)
    }

    /// Makes rows of the access log durable: all, or none.
    pub(crate) async fn append_to_log(&self, rows: Vec<SaltedRow>) -> Result<Vec<Receipt>, StoreError> {
        self.waited(self.logging.run(|reply| LogJob { rows, reply }).await)
    }

    /// A caller has waited until something was durable.
    pub(super) fn waited<T>(&self, answer: T) -> T {
        self.pools.counters().durable_wait();
        answer
    }
}
