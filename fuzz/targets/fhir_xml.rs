//! Any bytes as FHIR XML: every unit accounted for, never a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = formats::fhir::read_xml(bytes);
});
