//! A request's body: in pieces, packed or not, and never longer than its limit.

use std::io::{self, Write as _};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, StatusCode, header};
use flate2::write::MultiGzDecoder;
use formats::mllp::OVERSIZE_HEAD_BYTES;
use futures_util::StreamExt;

use super::answer::{Refusal, refusal};

/// A body of which nothing comes for this long is given up.
const BODY_WAIT_MAX: Duration = Duration::from_secs(30);
/// How much of an oversized body is read and thrown away, so that its sender gets
/// to read the answer, in bytes.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How much packed text is unpacked at once, in bytes. Gzip makes at most 1,032
/// bytes of one, so no more than a megabyte comes of it before the limit is looked at.
const UNPACKED_AT_ONCE_BYTES: usize = 1024;

/// What was read of a body that must be whole.
pub(super) enum BodyRead {
    /// All of it.
    Whole(Vec<u8>),
    /// Longer than it may be, once unpacked: its beginning.
    Oversize { head: Vec<u8> },
}

/// A body that is being read, unpacked where it came packed.
pub(super) struct Pieces {
    body: BodyDataStream,
    unpacking: Option<MultiGzDecoder<Vec<u8>>>,
    /// What came and is not unpacked yet.
    packed: Vec<u8>,
}

impl Pieces {
    /// Begins to read.
    pub(super) fn of(body: Body, headers: &HeaderMap) -> Result<Self, Refusal> {
        let encoding = headers.get(header::CONTENT_ENCODING).map(|told| told.as_bytes().to_ascii_lowercase());
        let unpacking = match encoding.as_deref() {
            None | Some(b"" | b"identity") => None,
            Some(b"gzip" | b"x-gzip") => Some(MultiGzDecoder::new(Vec::new())),
            Some(_) => {
                let what = "a content encoding that is not read here: send it plain or as gzip";
                return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", what));
            }
        };
        Ok(Self { body: body.into_data_stream(), unpacking, packed: Vec::new() })
    }

    /// The next piece, unpacked; `None` at the end. A piece may be empty.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        if self.packed.is_empty() {
            match tokio::time::timeout(BODY_WAIT_MAX, self.body.next()).await {
                Ok(Some(Ok(piece))) if self.unpacking.is_none() => return Ok(Some(piece.into())),
                Ok(Some(Ok(piece))) => self.packed = piece.into(),
                Ok(None) => return self.ended(),
                Ok(Some(Err(_))) => {
                    return Err(refusal(StatusCode::BAD_REQUEST, "incomplete", "the body was cut short"));
                }
                Err(_) => {
                    return Err(refusal(StatusCode::REQUEST_TIMEOUT, "timeout", "the rest of the body never came"));
                }
            }
        }
        let rest = self.packed.split_off(self.packed.len().min(UNPACKED_AT_ONCE_BYTES));
        let now = std::mem::replace(&mut self.packed, rest);
        let Some(unpacking) = &mut self.unpacking else { return Ok(Some(now)) };
        unpacked(unpacking, &now).map(Some).map_err(|_| not_gzip())
    }

    fn ended(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(mut unpacking) = self.unpacking.take() else { return Ok(None) };
        // What is cut short fails here.
        unpacking.try_finish().map_err(|_| not_gzip())?;
        let rest = std::mem::take(unpacking.get_mut());
        Ok(Some(rest).filter(|rest| !rest.is_empty()))
    }

    /// The whole body, where it is not longer than this.
    pub(super) async fn whole(mut self, bytes_max: usize) -> Result<BodyRead, Refusal> {
        let mut bytes = Vec::new();
        let mut length: usize = 0;
        loop {
            let piece = match self.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                // It is too long already: how it goes on does not matter.
                Err(_) if length > bytes_max => break,
                Err(refused) => return Err(refused),
            };
            length = length.saturating_add(piece.len());
            if length <= bytes_max {
                bytes.extend_from_slice(&piece);
                continue;
            }
            // What is thrown away need not be unpacked.
            self.unpacking = None;
            self.packed.clear();
            let head = OVERSIZE_HEAD_BYTES.saturating_sub(bytes.len()).min(piece.len());
            bytes.extend_from_slice(piece.get(..head).unwrap_or_default());
            bytes.truncate(OVERSIZE_HEAD_BYTES);
            if length > bytes_max.saturating_add(DISCARDED_BYTES_MAX) {
                break;
            }
        }
        Ok(if length > bytes_max { BodyRead::Oversize { head: bytes } } else { BodyRead::Whole(bytes) })
    }
}

fn unpacked(unpacking: &mut MultiGzDecoder<Vec<u8>>, packed: &[u8]) -> io::Result<Vec<u8>> {
    unpacking.write_all(packed)?;
    Ok(std::mem::take(unpacking.get_mut()))
}

fn not_gzip() -> Refusal {
    refusal(StatusCode::BAD_REQUEST, "incomplete", "the body is not gzip, or was cut short: send it again")
}
