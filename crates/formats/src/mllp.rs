//! MLLP frames: how HL7 v2 messages travel over TCP (HL7 v2 "Minimal Lower
//! Layer Protocol", release 1): `0x0B`, the message, `0x1C 0x0D`.

use std::io;

use tokio_util::bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

/// The longest message that is read, in bytes, unless configuration says otherwise.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How much of an oversized message is kept, in bytes: enough to name it in the
/// acknowledgement.
pub const OVERSIZE_HEAD_BYTES: usize = 4 * 1024;

const START: u8 = 0x0B;
const END: [u8; 2] = [0x1C, 0x0D];

/// What one frame held.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// A whole message, without its frame bytes. It may be empty.
    Message(Vec<u8>),
    /// A message longer than the limit. The rest of it is skipped up to the next
    /// start byte; answer it with a reject.
    Oversize {
        /// Its first [`OVERSIZE_HEAD_BYTES`].
        head: Vec<u8>,
    },
    /// A message whose end never came: the connection closed, or another message
    /// began. It must not be applied.
    Cut(Vec<u8>),
}

/// A frame's bytes are a person's record: debug output shows their number alone.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, bytes) = match self {
            Self::Message(bytes) => ("Message", bytes),
            Self::Oversize { head } => ("Oversize", head),
            Self::Cut(bytes) => ("Cut", bytes),
        };
        write!(f, "{name}({} bytes)", bytes.len())
    }
}

/// A frame and what was skipped to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The frame.
    pub frame: Frame,
    /// Bytes outside any frame that came before it.
    pub skipped_bytes: u64,
}

/// Reads and writes MLLP frames. It holds at most `message_bytes_max` and what
/// one read of the connection brings.
#[derive(Clone, Debug)]
pub struct MllpCodec {
    message_bytes_max: usize,
    place: Place,
    skipped_bytes: u64,
    skipped_bytes_total: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a start byte.
    Outside,
    /// Behind an oversized head: what follows was its rest, not junk.
    Discarding,
    /// In a frame; this many of its bytes hold no end.
    Inside(usize),
}

impl Default for MllpCodec {
    fn default() -> Self {
        Self::new(MESSAGE_BYTES_MAX)
    }
}

impl MllpCodec {
    /// A codec that refuses messages longer than this many bytes.
    #[must_use]
    pub fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, place: Place::Outside, skipped_bytes: 0, skipped_bytes_total: 0 }
    }

    /// Bytes outside any frame since the connection began.
    #[must_use]
    pub fn skipped_bytes_total(&self) -> u64 {
        self.skipped_bytes_total
    }

    /// Whether a message began whose end has not come yet.
    #[must_use]
    pub fn is_within_message(&self) -> bool {
        matches!(self.place, Place::Inside(_))
    }

    fn skip_to_start(&mut self, buffer: &mut BytesMut) -> bool {
        let start = buffer.iter().position(|byte| *byte == START);
        let skipped = start.unwrap_or(buffer.len());
        if self.place == Place::Outside {
            self.skipped_bytes += skipped as u64;
            self.skipped_bytes_total += skipped as u64;
        }
        buffer.advance(skipped);
        if start.is_some() {
            buffer.advance(1);
            self.place = Place::Inside(0);
        }
        start.is_some()
    }

    fn received(&mut self, frame: Frame) -> Received {
        Received { frame, skipped_bytes: std::mem::take(&mut self.skipped_bytes) }
    }

    fn scan(&mut self, buffer: &mut BytesMut, from: usize) -> Option<Received> {
        match next_mark(buffer, from) {
            Mark::End(at) if at <= self.message_bytes_max => {
                let message = buffer.split_to(at).to_vec();
                buffer.advance(END.len());
                self.place = Place::Outside;
                Some(self.received(Frame::Message(message)))
            }
            Mark::Restart(at) if at <= self.message_bytes_max => {
                let cut = buffer.split_to(at).to_vec();
                self.place = Place::Outside;
                Some(self.received(Frame::Cut(cut)))
            }
            Mark::None(clear) if clear <= self.message_bytes_max => {
                self.place = Place::Inside(clear);
                None
            }
            _ => {
                let head = buffer.split_to(OVERSIZE_HEAD_BYTES.min(self.message_bytes_max)).to_vec();
                buffer.advance(self.message_bytes_max - head.len());
                self.place = Place::Discarding;
                Some(self.received(Frame::Oversize { head }))
            }
        }
    }
}

enum Mark {
    End(usize),
    /// A start byte and `MSH`: the sender gave up on this message and began anew.
    /// A start byte alone is content: word processors leave vertical tabs behind.
    Restart(usize),
    /// No mark so far; this many bytes need not be looked at again.
    None(usize),
}

fn next_mark(buffer: &[u8], from: usize) -> Mark {
    let mut at = from;
    while let Some(rest) = buffer.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(found) = rest.iter().position(|byte| *byte == END[0] || *byte == START) else {
            return Mark::None(buffer.len());
        };
        at += found;
        let here = buffer.get(at..).unwrap_or_default();
        let (wanted, mark): (&[u8], Mark) =
            if here.first() == Some(&START) { (b"\x0BMSH", Mark::Restart(at)) } else { (&END, Mark::End(at)) };
        if here.starts_with(wanted) {
            return mark;
        }
        if wanted.starts_with(here) {
            return Mark::None(at);
        }
        at += 1;
    }
    Mark::None(buffer.len())
}

impl Decoder for MllpCodec {
    type Item = Received;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Received>> {
        let from = match self.place {
            Place::Inside(clear) => clear,
            Place::Outside | Place::Discarding => {
                if !self.skip_to_start(buffer) {
                    return Ok(None);
                }
                0
            }
        };
        Ok(self.scan(buffer, from))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Received>> {
        if let Some(received) = self.decode(buffer)? {
            return Ok(Some(received));
        }
        match self.place {
            Place::Inside(_) => {
                self.place = Place::Outside;
                // The half of an end may have come that would have made it whole.
                let mut cut = buffer.split().to_vec();
                let is_too_long = cut.len() > self.message_bytes_max;
                cut.truncate(if is_too_long { OVERSIZE_HEAD_BYTES.min(self.message_bytes_max) } else { cut.len() });
                Ok(Some(self.received(if is_too_long { Frame::Oversize { head: cut } } else { Frame::Cut(cut) })))
            }
            Place::Outside | Place::Discarding => Ok(None),
        }
    }
}

impl Encoder<&[u8]> for MllpCodec {
    type Error = io::Error;

    fn encode(&mut self, message: &[u8], buffer: &mut BytesMut) -> io::Result<()> {
        if message.len() > self.message_bytes_max {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the message is longer than the limit"));
        }
        if message.windows(END.len()).any(|two| two == END) || message.last() == Some(&END[0]) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the message holds the bytes that end a frame"));
        }
        buffer.reserve(message.len() + 1 + END.len());
        buffer.put_u8(START);
        buffer.put_slice(message);
        buffer.put_slice(&END);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(codec: &mut MllpCodec, pieces: &[&[u8]]) -> Vec<Received> {
        let mut buffer = BytesMut::new();
        let mut received = Vec::new();
        for piece in pieces {
            buffer.extend_from_slice(piece);
            while let Some(one) = codec.decode(&mut buffer).unwrap() {
                received.push(one);
            }
        }
        while let Some(one) = codec.decode_eof(&mut buffer).unwrap() {
            received.push(one);
        }
        received
    }

    fn frames(limit: usize, pieces: &[&[u8]]) -> Vec<Frame> {
        all(&mut MllpCodec::new(limit), pieces).into_iter().map(|received| received.frame).collect()
    }

    #[test]
    fn junk_before_a_message_is_skipped_and_counted() {
        let mut codec = MllpCodec::default();
        let received = all(&mut codec, &[b"\r\nhello\x0BMSH|one\x1C\r\n\x0BMSH|two\x1C\r"]);
        assert_eq!(received.len(), 2);
        assert_eq!((received[0].skipped_bytes, received[1].skipped_bytes), (7, 1));
        assert_eq!(codec.skipped_bytes_total(), 8);
        assert_eq!(received[1].frame, Frame::Message(b"MSH|two".to_vec()));
    }

    #[test]
    fn an_end_that_comes_in_two_pieces_ends_the_message() {
        assert_eq!(frames(99, &[b"\x0BMSH|a\x1C", b"\r"]), [Frame::Message(b"MSH|a".to_vec())]);
    }

    #[test]
    fn a_file_separator_within_the_content_is_content() {
        assert_eq!(frames(99, &[b"\x0Ba\x1Cb\x1C\x1C\r"]), [Frame::Message(b"a\x1Cb\x1C".to_vec())]);
    }

    #[test]
    fn a_message_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
        assert_eq!(frames(4, &[b"\x0B1234\x1C", b"\r"]), [Frame::Message(b"1234".to_vec())]);
        assert_eq!(
            frames(4, &[b"\x0B12345\x1C\r\x0Bnext\x1C\r"]),
            [Frame::Oversize { head: b"1234".to_vec() }, Frame::Message(b"next".to_vec())]
        );
    }

    #[test]
    fn an_oversized_message_is_named_at_once_and_never_held_whole() {
        let mut codec = MllpCodec::new(10_000);
        let mut buffer = BytesMut::from(&b"\x0BMSH|"[..]);
        let mut oversized = 0;
        for _ in 0..1_000 {
            buffer.extend_from_slice(&[b'x'; 1_000]);
            while let Some(received) = codec.decode(&mut buffer).unwrap() {
                let Frame::Oversize { head } = received.frame else { panic!("only the oversized head is told") };
                assert_eq!(head.len(), OVERSIZE_HEAD_BYTES);
                oversized += 1;
            }
            assert!(buffer.len() <= 11_000);
        }
        assert_eq!(oversized, 1);
        assert_eq!(codec.skipped_bytes_total(), 0);
    }

    #[test]
    fn a_message_that_is_cut_off_is_told_apart_from_a_whole_one() {
        assert_eq!(frames(99, &[b"\x0BMSH|half"]), [Frame::Cut(b"MSH|half".to_vec())]);
        assert_eq!(
            frames(99, &[b"\x0BMSH|half\x0BM", b"SH|whole\x1C\r"]),
            [Frame::Cut(b"MSH|half".to_vec()), Frame::Message(b"MSH|whole".to_vec())]
        );
        assert_eq!(frames(99, &[b"\x0Ba\x0Bb\x1C\r"]), [Frame::Message(b"a\x0Bb".to_vec())]);
    }

    #[test]
    fn a_message_of_the_limit_that_is_cut_off_in_its_end_is_never_held_longer_than_the_limit() {
        assert_eq!(frames(4, &[b"\x0B1234"]), [Frame::Cut(b"1234".to_vec())]);
        assert_eq!(frames(4, &[b"\x0B1234\x1C"]), [Frame::Oversize { head: b"1234".to_vec() }]);
        assert_eq!(frames(4, &[b"\x0B1234\x0BMS"]), [Frame::Oversize { head: b"1234".to_vec() }]);
    }

    #[test]
    fn what_would_end_its_own_frame_is_not_written() {
        let mut buffer = BytesMut::new();
        assert!(MllpCodec::default().encode(&b"a\x1C\rb"[..], &mut buffer).is_err());
        assert!(MllpCodec::default().encode(&b"a\x1C"[..], &mut buffer).is_err());
        assert!(MllpCodec::new(2).encode(&b"abc"[..], &mut buffer).is_err());
        assert!(buffer.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_however_it_is_cut(
            messages in prop::collection::vec("[ -~\r]{0,40}", 1..5),
            cut in 1usize..20,
        ) {
            let mut codec = MllpCodec::default();
            let mut wire = BytesMut::new();
            for message in &messages {
                codec.encode(message.as_bytes(), &mut wire).unwrap();
            }
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            let wanted: Vec<_> = messages.iter().map(|m| Frame::Message(m.clone().into_bytes())).collect();
            prop_assert_eq!(frames(MESSAGE_BYTES_MAX, &pieces), wanted);
        }

        #[test]
        fn no_bytes_make_it_panic_or_loop(
            pieces in prop::collection::vec(prop::collection::vec(prop::sample::select(b"\x0B\x1C\rMSHx".to_vec()), 0..12), 0..6),
            limit in 0usize..8,
        ) {
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let _ = frames(limit, &pieces);
        }
    }
}
