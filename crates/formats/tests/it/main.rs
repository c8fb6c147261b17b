//! Tests of `formats` from outside, on material that others wrote.

#[cfg(test)]
mod fhir_corpus;
#[cfg(test)]
mod fhir_references;
#[cfg(test)]
mod fhir_versions;
#[cfg(test)]
mod fuzz_corpus;
#[cfg(test)]
mod hl7v2_any_bytes;
#[cfg(test)]
mod hl7v2_corpus;
#[cfg(test)]
mod hl7v2_differences;
#[cfg(test)]
mod hl7v2_document;
#[cfg(test)]
mod hl7v2_fuzz_corpus;
#[cfg(test)]
mod hl7v2_habits;
#[cfg(test)]
mod trace_corpus;
