//! Asking a demographics service (PDS FHIR API) who somebody is. Off unless the
//! configuration names one.
//!
//! What it tells is a source of its own: it comes back as [`Traced`], with when it
//! was asked, and never as part of what the sources of a person tell together.

mod asked;
mod http;
mod service;

pub use asked::{Asked, NotToBeAsked};
pub use service::{DemographicsLimits, DemographicsService, NumberTrace, SearchTrace, TraceError, Traced};
