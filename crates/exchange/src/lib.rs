//! FHIR R4 for other systems and for the person's own copy.
//!
//! Invariants:
//! - Everything written here comes out of a [`disclosure::Disclosed`] value:
//!   decided and logged before it was read.
//! - A resource that came as FHIR leaves byte for byte as it came.

mod person_bundle;

pub use person_bundle::person_bundle;
