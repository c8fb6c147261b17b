//! Any bytes as an HL7 v2 message: read, acknowledged, never a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let problem = formats::hl7v2::read(bytes).err();
    let at = "2026-11-23T12:00:00Z".parse().unwrap();
    let _ = formats::hl7v2::acknowledge(bytes, formats::hl7v2::AckCode::Error, problem.as_ref(), "CC1", at);
    let _ = formats::hl7v2::split_file(bytes);
});
