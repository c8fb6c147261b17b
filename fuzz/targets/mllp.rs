//! Any bytes as MLLP frames: bounded, resynchronised, never a panic.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use tokio_util::codec::Decoder;
    let mut codec = formats::mllp::MllpCodec::new(256);
    let mut buffer = tokio_util::bytes::BytesMut::from(bytes);
    while let Ok(Some(_)) = codec.decode_eof(&mut buffer) {}
});
