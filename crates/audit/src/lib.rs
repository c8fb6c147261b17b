//! Shape, chaining and checking of the access log.
//!
//! Each event has one canonical spelling. Salted and hashed it becomes a
//! [`Commitment`], which says nothing to anyone without the salt; the
//! commitments that concern one person form a chain whose [`Head`] changes with
//! every event. Whoever knows a head can tell whether the events behind it are
//! all there, unaltered and in order.
//!
//! Invariants:
//! - Pure: salts and times are passed in, rows are stored elsewhere.
//! - The same event always gives the same bytes, and bytes that are not in the
//!   canonical spelling are not an event: two spellings would have two hashes.
//! - An event names staff, roles and organisations as they were called then, as
//!   plain text: it must be readable after they are gone from configuration.

mod act;
mod chain;
mod event;

pub use act::Act;
pub use chain::{ChainRow, Commitment, Head, Salt, commitment, verify_against, verify_chain};
pub use event::{Event, Outcome};

/// Why a log cannot be trusted, or a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditProblem {
    /// The bytes are longer than [`Event::BYTES_MAX`].
    #[error("the event is longer than {} bytes", Event::BYTES_MAX)]
    TooLong,
    /// The bytes are not an event. Holds what is wrong, never the event.
    #[error("not an event of the access log: {0}")]
    NotAnEvent(&'static str),
    /// The bytes mean an event but are not its one spelling.
    #[error("the event is not in its canonical spelling")]
    NotCanonical,
    /// A row is missing, repeated or out of order.
    #[error("event {expected} is missing: {found} stands in its place")]
    CounterGap {
        /// The number that should come next.
        expected: u64,
        /// The number that comes.
        found: u64,
    },
    /// The event or its salt is not what was committed to.
    #[error("event {counter} is not the one that was committed to")]
    CommitmentDiffers {
        /// Which event.
        counter: u64,
    },
    /// The chain does not lead from the event before to this one.
    #[error("the chain breaks at event {counter}")]
    HashDiffers {
        /// Which event.
        counter: u64,
    },
    /// The rows end before, or go on after, the head that is known.
    #[error("the log holds {found} events, {known} are known")]
    LengthDiffers {
        /// How many are known.
        known: u64,
        /// How many there are.
        found: u64,
    },
    /// As many rows as are known, ending in another hash: another history.
    #[error("the log ends in another hash than the one that is known")]
    HeadDiffers,
}
