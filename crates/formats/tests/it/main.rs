//! Tests of `formats` from outside, on material that others wrote.

mod fhir_corpus;
mod fhir_references;
mod fhir_versions;
mod fuzz_corpus;
mod hl7v2_corpus;
