//! Any bytes as FHIR JSON: every unit accounted for, never a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = formats::fhir::read_json(bytes);
    let _ = formats::fhir::split_ndjson(bytes);
});
