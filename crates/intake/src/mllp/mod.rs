//! HL7 v2 over MLLP: a source's own port, or a connection that we open to a source
//! that only listens; plain within a network that is trusted, or TLS with
//! certificates on both sides.
//!
//! Invariants:
//! - On one connection messages become durable in the order in which they were
//!   sent, and are answered in that order.
//! - Every wait has an end: for a handshake, for a message to begin, for it to be
//!   whole, and for its answer to be taken.
//! - What a connection holds in memory is bounded, and so is how many of them do.
//! - One sender's connections, however many and whatever they do, end nobody else's.

mod conversation;
mod dialling;
mod frames;
mod limits;
mod listener;
mod patience;
mod peers;
mod port;
mod refusals;
mod tls;

pub use dialling::{DialAddress, MllpDialler};
pub use limits::MllpLimits;
pub use listener::{MllpListener, listen};
pub use peers::Peers;
pub use tls::{MllpTls, TlsFiles};
