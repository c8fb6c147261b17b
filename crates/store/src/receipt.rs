use access::RequestId;
use audit::{Act, Commitment, Event, Outcome};
use record::PersonId;

use crate::error::StoreError;

/// Proof that a request stands in the access log, durably.
///
/// Only the commit of a log row returns one, and every function that lets
/// content out of the store asks for it: no receipt, no data.
///
/// ```compile_fail,E0451
/// # fn forge(request: access::RequestId, commitment: audit::Commitment) -> store::Receipt {
/// store::Receipt { request, act: None, person: None, counter: 1, commitment, record_version: None }
/// # }
/// ```
///
/// It cannot be conjured from nothing either:
///
/// ```compile_fail,E0277
/// fn conjure<T: Default>() -> T { T::default() }
/// let receipt: store::Receipt = conjure();
/// ```
#[derive(Debug)]
pub struct Receipt {
    request: RequestId,
    /// What the row says was done; `None` when it says that it was refused.
    act: Option<Act>,
    person: Option<PersonId>,
    counter: u64,
    commitment: Commitment,
    record_version: Option<u64>,
}

impl Receipt {
    /// Called by the commit of a log row alone (`desk_log.rs`).
    pub(crate) fn of_commit(request: RequestId, event: &Event, counter: u64, commitment: Commitment) -> Self {
        Self {
            request,
            act: (event.outcome == Outcome::Allowed).then_some(event.act),
            person: event.person,
            counter,
            commitment,
            record_version: event.record_version,
        }
    }

    /// The request it belongs to.
    #[must_use]
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// The row's place in the person's own count.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// The commitment to the row's content.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The version of the record that the row says was shown.
    pub(crate) fn record_version(&self) -> Option<u64> {
        self.record_version
    }

    /// Refuses a receipt that was given for another request, person or act: what
    /// leaves the store is what the log says that it was.
    pub(crate) fn must_be_for(&self, request: RequestId, person: Option<PersonId>, act: Act) -> Result<(), StoreError> {
        let same = self.request == request && self.person == person && self.act == Some(act);
        if same { Ok(()) } else { Err(StoreError::ReceiptForAnother) }
    }
}
