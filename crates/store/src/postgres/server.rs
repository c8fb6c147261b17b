//! One database, as the store's handles use it.

use super::connect::{Pools, PostgresAt};
use crate::error::StoreError;

/// A database whose schema is this program's.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) pools: Pools,
}

impl Server {
    /// Prepares to use the database.
    pub(crate) fn new(at: &PostgresAt) -> Result<Self, StoreError> {
        Ok(Self { pools: Pools::new(at)? })
    }
}
