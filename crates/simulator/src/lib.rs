//! A made-up region shaped like south-east London: people, staff, organisations,
//! the messages that their record systems send, and a sign-in provider.
//!
//! Invariants:
//! - The same plan ([`RegionPlan`]) gives the same region, byte for byte. No clock
//!   is read and no chance is taken: both come in with the plan.
//! - Nobody here exists. NHS numbers lie in 999, the range kept for tests; names are
//!   combined by dice; ODS codes begin `ZZ`; telephone numbers lie in the ranges that
//!   Ofcom keeps for drama; postcodes end in letters that Royal Mail does not use.
//! - What leaves this crate is what a real source would send: HL7 v2, FHIR R4 JSON or
//!   CSV text, written here by hand and never by the code that reads it.
//! - The sign-in provider lets anybody in as anybody. Its issuer always carries
//!   [`openid::DEMO_ISSUER_MARK`], so that a real installation can refuse it.

mod bulk;
mod chart;
mod conditions;
mod csv_writer;
pub mod deliver;
pub mod demographics;
mod diary;
mod dice;
mod drugs;
mod fhir_medicines;
mod fhir_resources;
mod fhir_writer;
mod hl7v2_segments;
mod hl7v2_writer;
mod household;
mod identity_set;
mod letters;
mod life;
mod names;
pub mod openid;
mod organisations;
mod panels;
mod places;
mod region;
mod staff;
mod stories;

pub use bulk::Bulk;
pub use identity_set::{IDENTITY_RECORDS_HEADER, IDENTITY_TRUTH_HEADER, IdentitySet};
pub use region::{Body, Delivery, Region, RegionPlan};
pub use staff::{Persona, personas};
pub use stories::{Story, stories};
