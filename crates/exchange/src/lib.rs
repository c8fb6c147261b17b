//! FHIR R4 for other systems and for the person's own copy, and asking a demographics
//! service.
//!
//! Invariants:
//! - Everything written here comes out of a [`disclosure::Disclosed`] value:
//!   decided and logged before it was read.
//! - A resource that came as FHIR leaves byte for byte as it came.
//! - What a demographics service tells is its word alone ([`Traced`]); nothing said or
//!   logged about asking it names anybody.

mod demographics;
mod person_bundle;

pub use demographics::{
    Asked, DemographicsLimits, DemographicsService, NotToBeAsked, NumberTrace, SearchTrace, TraceError, Traced,
};
pub use person_bundle::person_bundle;
