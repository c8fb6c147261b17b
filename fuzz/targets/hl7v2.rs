//! Any bytes as an HL7 v2 message: read, taken apart, answered, never a panic.

#![no_main]

use formats::hl7v2::{AckVerdict, Message, acknowledge_batch, answers, patient_key, read, read_batch};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::parse(bytes) {
        let end = message.spans().fold(0, |at, (_, span)| {
            assert_eq!(span.start, at, "spans tile the message");
            span.end
        });
        assert_eq!(end, bytes.len());
    }
    let problem = read(bytes).err();
    let at = "2026-11-23T12:00:00Z".parse().unwrap();
    for verdict in [AckVerdict::Accepted, AckVerdict::Faulty, AckVerdict::Unreadable] {
        let answered = answers(bytes, verdict, problem.as_ref(), "CC1", at);
        for answer in &answered {
            assert!(Message::parse(answer).is_ok() || Message::parse(bytes).is_err(), "an answer can be read");
        }
        let _ = acknowledge_batch(bytes, &answered, "CC1B", at);
    }
    let _ = patient_key(bytes);
    let batch = read_batch(bytes);
    let mut at = 0;
    for span in batch.messages {
        assert!(span.start >= at && span.end > span.start && span.end <= bytes.len());
        at = span.end;
        let _ = bytes.get(span).map(read);
    }
});
