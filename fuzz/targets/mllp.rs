//! Any bytes as MLLP frames: bounded, resynchronised, each byte accounted for.

#![no_main]

use formats::mllp::{Frame, MllpCodec};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut short = MllpCodec::new(256);
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(received)) = short.decode_eof(&mut buffer) {
        let (Frame::Message(held) | Frame::Cut(held) | Frame::Oversize { head: held }) = received.frame;
        assert!(held.len() <= 256);
    }

    // With room enough, what was read and what was skipped put together are the bytes.
    let mut codec = MllpCodec::default();
    let mut buffer = BytesMut::from(bytes);
    let mut again = BytesMut::new();
    while let Ok(Some(received)) = codec.decode_eof(&mut buffer) {
        let skipped = usize::try_from(received.skipped_bytes).unwrap();
        let from = again.len();
        again.extend_from_slice(&bytes[from..from + skipped]);
        match received.frame {
            Frame::Message(message) => {
                let mut framed = BytesMut::new();
                if codec.clone().encode(&message[..], &mut framed).is_err() {
                    framed.extend_from_slice(&[b"\x0B", message.as_slice(), b"\x1C\r"].concat());
                }
                again.extend_from_slice(&framed);
            }
            Frame::Cut(half) => again.extend_from_slice(&[b"\x0B", half.as_slice()].concat()),
            Frame::Oversize { .. } => return,
        }
    }
    assert!(bytes.starts_with(&again));
    assert!(!bytes[again.len()..].contains(&0x0B), "nothing that begins a frame is left");
});
