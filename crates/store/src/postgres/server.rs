//! One database, as the store's handles use it.

use super::connect::{Pools, PostgresAt};
use super::desk_log::{self, LogJob};
use super::groups::Groups;
use crate::error::StoreError;

/// A database whose schema is this program's.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) pools: Pools,
    /// Writes the access log.
    pub(crate) log: Groups<LogJob>,
}

impl Server {
    /// Prepares to use the database. Must be called within a runtime, which will
    /// carry the task that writes the log.
    pub(crate) fn new(at: &PostgresAt) -> Result<Self, StoreError> {
        let pools = Pools::new(at)?;
        Ok(Self { log: desk_log::start(pools.clone()), pools })
    }
}
