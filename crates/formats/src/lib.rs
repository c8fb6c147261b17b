//! Bytes to entries and back: HL7 v2, MLLP frames, FHIR R4 JSON and XML, CSV.
//!
//! Invariants:
//! - Reading never panics and never allocates more than its input allows.
//! - Reading returns a value and the problems met; it refuses only what cannot
//!   be framed. Every unit of the input is accounted for in [`Delivery::units`].
//! - Nothing that cannot be decoded is altered: it is passed on as it came.
//! - No crate but this one knows what a message looks like.

pub mod csv;
mod delivered;
pub mod fhir;
pub mod hl7v2;
mod mentioned;
pub mod mllp;
mod outline;
mod rearrangement;
mod ucum;

pub use delivered::{Change, ChartClaim, Delivery, Outcome, Problem, Unit};
pub use mentioned::{MENTIONED_MAX, Mentioned};
pub use mllp::MESSAGE_BYTES_MAX;
pub use outline::{OUTLINE_FIELDS_MAX, OUTLINE_LINES_MAX, Outline, OutlineField, OutlineLine};
pub use rearrangement::{Ask, Named, Rearranged, Rearrangement, Verb};
