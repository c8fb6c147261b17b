//! One database, as the store's handles use it.

use std::sync::Arc;

use super::apply::{ApplyJob, apply_group};
use super::connect::{Pools, PostgresAt};
use super::groups::Groups;
use super::inbox::{ReceiveJob, receive_group};
use crate::apply::{Applied, ToApply};
use crate::error::StoreError;
use crate::inbox::{MessageRow, Received};

/// A database whose schema is this program's.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) pools: Arc<Pools>,
    receiving: Groups<ReceiveJob>,
    applying: Groups<ApplyJob>,
}

impl Server {
    /// Prepares to use the database.
    pub(crate) fn new(at: &PostgresAt) -> Result<Self, StoreError> {
        let pools = Arc::new(Pools::new(at)?);
        let (for_receiving, for_applying) = (Arc::clone(&pools), Arc::clone(&pools));
        Ok(Self {
            pools,
            receiving: Groups::start(move |jobs| receive_group(Arc::clone(&for_receiving), jobs)),
            applying: Groups::start(move |jobs| apply_group(Arc::clone(&for_applying), jobs)),
        })
    }

    /// Makes a message durable.
    pub(crate) async fn receive(&self, row: MessageRow) -> Result<Received, StoreError> {
        self.receiving.run(|reply| ReceiveJob { row, reply }).await
    }

    /// Applies a message, durably.
    pub(crate) async fn apply(&self, work: ToApply) -> Result<Applied, StoreError> {
        self.applying.run(|reply| ApplyJob { work, reply }).await
    }
}
