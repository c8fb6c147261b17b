//! Any bytes as whatever a FHIR source delivers: every unit accounted for and lying
//! inside the bytes, never a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = formats::fhir::read_message(None, bytes) {
        assert!(!message.delivery.units.is_empty());
        for unit in &message.delivery.units {
            assert!(bytes.get(unit.span.clone()).is_some(), "{:?}", unit.span);
        }
    }
    let _ = formats::fhir::read_json(bytes);
});
