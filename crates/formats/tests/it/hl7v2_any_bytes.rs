//! Whatever bytes come: every one of them is accounted for, nothing panics.

use formats::hl7v2::{AckVerdict, Message, Segment, SpanKind, acknowledge_batch, answers, read, read_batch};
use formats::mllp::{Frame, MllpCodec, Received};
use proptest::prelude::*;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

/// The message written again from its smallest parts.
fn emitted(message: &Message<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut between = message.spans().filter(|(kind, _)| *kind == SpanKind::Between).map(|(_, span)| span).peekable();
    for segment in message.segments() {
        if let Some(span) = between.next_if(|span| span.end <= segment.span().start) {
            bytes.extend_from_slice(&message.bytes()[span]);
        }
        emit_segment(segment, message, &mut bytes);
    }
    between.for_each(|span| bytes.extend_from_slice(&message.bytes()[span]));
    bytes
}

fn emit_segment(segment: Segment<'_>, message: &Message<'_>, bytes: &mut Vec<u8>) {
    let separators = message.separators();
    let mark = |mark: u8| vec![mark];
    let first = if segment.name() == "MSH" { 2 } else { 1 };
    let before = segment.bytes().split(|byte| *byte == separators.field).next().unwrap();
    bytes.extend_from_slice(before);
    for number in first..=segment.field_count() {
        bytes.push(separators.field);
        let repetitions: Vec<Vec<u8>> = segment
            .field(number)
            .repetitions()
            .map(|one| {
                let components: Vec<Vec<u8>> = one
                    .components()
                    .map(|part| {
                        let subs: Vec<Vec<u8>> = part.subcomponents().map(|value| value.bytes().to_vec()).collect();
                        subs.join(&mark(separators.subcomponent.unwrap_or(0))[..])
                    })
                    .collect();
                components.join(&mark(separators.component)[..])
            })
            .collect();
        bytes.extend(repetitions.join(&mark(separators.repetition)[..]));
    }
}

fn is_tiled(message: &Message<'_>) -> bool {
    let end = message.spans().try_fold(0, |at, (_, span)| (span.start == at && span.end > at).then_some(span.end));
    end == Some(message.bytes().len())
}

/// Bytes that look like a message more often than chance would have it.
fn message_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        b"MSH|^~\\&|A|B|C|D|20261102||ADT^A01|1|P|2.4\r".as_slice(),
        b"MSH$*+?!$A$",
        b"PID|1||77",
        b"OBX|1|TX|x||",
        b"NTE|",
        b"MRG|78",
        b"\r",
        b"\n",
        b"\r\n",
        b"|",
        b"^",
        b"~",
        b"&",
        b"\\",
        b"\\X0D\\",
        b"\"\"",
        b"BHS|",
        b"BTS|2",
        b"FHS|",
        b"\xEF\xBB\xBF",
        b"\x0B",
        b"\x1C\r",
        b"\xE9",
        b"a",
        b" ",
        b"\x00",
    ]);
    let noise = prop::collection::vec(any::<u8>(), 0..6);
    let pieces = prop::collection::vec(prop_oneof![4 => piece.prop_map(<[u8]>::to_vec), 1 => noise], 0..40);
    (any::<bool>(), pieces).prop_map(|(headed, pieces)| {
        let head: &[u8] = if headed { b"MSH|^~\\&|PAS|ZZ901|CC|SEL|||ORU^R01|1|P|2.4||||||8859/1\r" } else { b"" };
        [head, &pieces.concat()].concat()
    })
}

/// What was read, with each junk and frame byte, put together again.
fn framed_again(wire: &[u8], received: &[Received]) -> Vec<u8> {
    let mut again: Vec<u8> = Vec::new();
    for one in received {
        let skipped = usize::try_from(one.skipped_bytes).unwrap();
        again.extend_from_slice(&wire[again.len()..again.len() + skipped]);
        match &one.frame {
            Frame::Message(message) => again.extend([b"\x0B", message.as_slice(), b"\x1C\r"].concat()),
            Frame::Cut(half) => again.extend([b"\x0B", half.as_slice()].concat()),
            Frame::Oversize { .. } => panic!("nothing here is that long"),
        }
    }
    again
}

fn decoded(wire: &[u8], cut: usize) -> (Vec<Received>, u64) {
    let mut codec = MllpCodec::default();
    let (mut buffer, mut received) = (BytesMut::new(), Vec::new());
    for piece in wire.chunks(cut) {
        buffer.extend_from_slice(piece);
        while let Some(one) = codec.decode(&mut buffer).unwrap() {
            received.push(one);
        }
    }
    while let Some(one) = codec.decode_eof(&mut buffer).unwrap() {
        received.push(one);
    }
    (received, codec.skipped_bytes_total())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn spans_tile_every_input_and_writing_it_again_gives_the_same_bytes(bytes in message_like()) {
        if let Ok(message) = Message::parse(&bytes) {
            prop_assert!(is_tiled(&message));
            prop_assert_eq!(emitted(&message), bytes.clone());
        }
    }

    #[test]
    fn no_input_makes_reading_or_answering_panic(bytes in message_like()) {
        let problem = read(&bytes).err();
        let at = jiff::Timestamp::UNIX_EPOCH;
        for verdict in [AckVerdict::Accepted, AckVerdict::Faulty, AckVerdict::Unreadable] {
            let answered = answers(&bytes, verdict, problem.as_ref(), "CC1", at);
            prop_assert!(answered.len() <= 2);
            let batch = acknowledge_batch(&bytes, &answered, "CC1B", at);
            prop_assert_eq!(read_batch(&batch).messages.len(), answered.len());
        }
        let mut end = 0;
        for span in read_batch(&bytes).messages {
            prop_assert!(span.start >= end && span.start < span.end && span.end <= bytes.len());
            end = span.end;
            let _ = read(&bytes[span]);
        }
    }

    #[test]
    fn every_byte_of_a_connection_is_in_a_frame_or_counted_as_skipped(wire in message_like(), cut in 1usize..9) {
        let (received, skipped_total) = decoded(&wire, cut);
        let again = framed_again(&wire, &received);
        prop_assert!(wire.starts_with(&again));
        let rest = &wire[again.len()..];
        prop_assert!(!rest.contains(&0x0B), "nothing that begins a frame is left");
        let told: u64 = received.iter().map(|one| one.skipped_bytes).sum();
        prop_assert_eq!(skipped_total, told + rest.len() as u64);
    }

    #[test]
    fn what_was_written_as_frames_is_the_same_when_it_is_written_again(messages in prop::collection::vec(message_like(), 1..4), cut in 1usize..9) {
        let mut codec = MllpCodec::default();
        let mut wire = BytesMut::new();
        for message in &messages {
            // A message that would end its own frame is refused rather than written.
            let _ = codec.encode(message.as_slice(), &mut wire);
        }
        let (received, skipped) = decoded(&wire, cut);
        prop_assert_eq!(skipped, 0);
        prop_assert_eq!(framed_again(&wire, &received), wire.to_vec());
    }
}
