//! Beginning anew where facts moved while something was being disclosed.

use access::RequestId;
use store::StoreError;

use crate::door::{Closed, Disclosure};

/// How often a disclosure begins anew when facts or the record move under it,
/// before it gives up.
pub(crate) const ATTEMPTS_MAX: u32 = 5;

/// Why one attempt ended without content.
pub(crate) enum Failed {
    /// For good, and written down where it has to be.
    Closed(Closed),
    /// The store would not; where the facts moved, another attempt may do.
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// How often one disclosure has begun anew.
#[derive(Default)]
pub(crate) struct Attempts(u32);

impl Disclosure {
    /// Says whether to begin anew: `Ok` when the facts moved and it has not been
    /// tried too often. Each attempt is a request of its own in the log.
    pub(crate) fn begin_anew(&self, attempts: &mut Attempts, id: RequestId, failed: Failed) -> Result<(), Closed> {
        match failed {
            Failed::Store(StoreError::FactsMoved) if attempts.0 < ATTEMPTS_MAX => {
                attempts.0 += 1;
                Ok(())
            }
            failed => Err(self.ended(id, failed)),
        }
    }

    /// The failure as the outside sees it.
    pub(crate) fn ended(&self, id: RequestId, failed: Failed) -> Closed {
        match failed {
            Failed::Closed(closed) => closed,
            Failed::Store(error) => self.closed(id, error),
        }
    }
}
