//! Messages and letters as they are stored: compressed.

use std::cell::RefCell;

use zstd::bulk::Compressor;

use crate::error::StoreError;

/// zstd level of bodies: the measured knee of the curve.
const COMPRESSION_LEVEL: i32 = 3;

thread_local! {
    /// Making a compressor costs more than most messages do.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

pub(crate) fn compress(text: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = |error: std::io::Error| StoreError::Damaged(error.to_string());
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(COMPRESSION_LEVEL).map_err(damaged)?),
        };
        compressor.compress(text).map_err(damaged)
    })
}

pub(crate) fn decompress(body: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
    let size = usize::try_from(size).map_err(|_| StoreError::Damaged("a message's size".to_owned()))?;
    zstd::bulk::decompress(body, size).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// The bytes of a span; `None` where the body does not reach so far.
pub(crate) fn decompress_span(body: &[u8], size: i64, start: i64, length: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let span = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(length)).ok());
    let bytes = decompress(body, size)?;
    Ok(span.and_then(|(from, to)| bytes.get(from..to).map(<[u8]>::to_vec)))
}
