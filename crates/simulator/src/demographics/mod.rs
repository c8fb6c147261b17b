//! A demographics service that answers as the Personal Demographics Service does
//! (PDS FHIR API): by number, by demographics, for superseded, invalidated and
//! restricted records, with its errors; and that can be broken on purpose.

mod answers;
mod people;
mod search;
mod service;

pub use people::{DemographicsPerson, demographics_people};
pub use service::{DEMOGRAPHICS_PATH, DemographicsStub, ServiceTrouble};
