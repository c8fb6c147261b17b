//! Tests of `formats` from outside, on material that others wrote.

mod fhir_corpus;
mod fhir_references;
mod hl7v2_any_bytes;
mod hl7v2_corpus;
mod hl7v2_differences;
mod hl7v2_document;
mod hl7v2_fuzz_corpus;
mod hl7v2_habits;
