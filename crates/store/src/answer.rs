//! Where the answer to a job goes and where it is awaited, on both back-ends.

use tokio::sync::oneshot;

use crate::error::StoreError;

/// Where it goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;
/// Where it is awaited.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;
