//! Any bytes as FHIR XML: every unit accounted for and lying inside the bytes, never
//! a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(delivery) = formats::fhir::read_xml(bytes) {
        for unit in &delivery.units {
            assert!(bytes.get(unit.span.clone()).is_some(), "{:?}", unit.span);
        }
    }
});
