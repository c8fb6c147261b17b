//! Messages and letters as they are stored: compressed.
//!
//! A message's body begins with a byte that says how it is stored, then the number
//! of the dictionary where one was used, then the lengths of its blocks where it
//! has several. A long message is cut into blocks that are compressed apart, so
//! that an entry of a long bundle opens without unpacking all of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, RwLock};

use zstd::bulk::{Compressor, Decompressor};

use crate::error::StoreError;

/// zstd level of bodies: the measured knee of the curve.
const COMPRESSION_LEVEL: i32 = 3;
/// A message is cut into blocks of so many bytes.
pub(crate) const BLOCK_BYTES: usize = 64 * 1024;
/// How long a dictionary may be, in bytes.
pub(crate) const DICTIONARY_BYTES_MAX: usize = 64 * 1024;

const PLAIN: u8 = 0b001;
const WITH_DICTIONARY: u8 = 0b010;
const IN_BLOCKS: u8 = 0b100;

/// A trained dictionary. Once used it is never changed: a new one gets a new number.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    pub(crate) number: u32,
    /// For messages of this shape.
    pub(crate) shape: String,
    pub(crate) bytes: Arc<[u8]>,
}

/// The dictionaries of a store, and the way into and out of its bodies.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_number: HashMap<u32, Arc<[u8]>>,
    newest: HashMap<String, u32>,
}

impl Bodies {
    /// Learns of dictionaries; the highest number of a shape is the one that is
    /// used from now on.
    pub(crate) fn learn(&self, dictionaries: Vec<Dictionary>) {
        let Ok(mut known) = self.known.write() else { return };
        for dictionary in dictionaries {
            let newest = known.newest.entry(dictionary.shape).or_default();
            *newest = dictionary.number.max(*newest);
            known.by_number.insert(dictionary.number, dictionary.bytes);
        }
    }

    fn dictionary_for(&self, message: &[u8]) -> Option<(u32, Arc<[u8]>)> {
        let known = self.known.read().ok()?;
        let number = known.newest.get(&shape(message))?;
        Some((*number, Arc::clone(known.by_number.get(number)?)))
    }

    fn dictionary(&self, number: u32) -> Result<Arc<[u8]>, StoreError> {
        let known = self.known.read().ok();
        known.and_then(|known| known.by_number.get(&number).cloned()).ok_or(StoreError::UnknownDictionary(number))
    }

    /// A message as it is stored.
    pub(crate) fn pack(&self, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        let dictionary = self.dictionary_for(message);
        let blocks = message
            .chunks(BLOCK_BYTES)
            .map(|block| compress_with(block, dictionary.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut body = vec![PLAIN];
        let mut how = PLAIN;
        if let Some((number, _)) = &dictionary {
            how |= WITH_DICTIONARY;
            body.extend(number.to_be_bytes());
        }
        if blocks.len() > 1 {
            how |= IN_BLOCKS;
            for length in std::iter::once(blocks.len()).chain(blocks.iter().map(Vec::len)) {
                body.extend(u32::try_from(length).map_err(|_| StoreError::TooLong("a message"))?.to_be_bytes());
            }
        }
        if let Some(first) = body.first_mut() {
            *first = how;
        }
        blocks.iter().for_each(|block| body.extend(block));
        Ok(body)
    }

    /// A message as it came.
    pub(crate) fn unpack(&self, body: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
        let whole = self.unpack_span(body, size, 0, size)?;
        whole.ok_or_else(|| StoreError::Damaged("a message's size".to_owned()))
    }

    /// The bytes of a span, for which only the blocks that hold it are unpacked;
    /// `None` where the message does not reach so far.
    pub(crate) fn unpack_span(
        &self,
        body: &[u8],
        size: i64,
        start: i64,
        length: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let whole = |number: i64| usize::try_from(number).map_err(|_| StoreError::Damaged("a message's span".into()));
        let (size, start) = (whole(size)?, whole(start)?);
        let Some(end) = start.checked_add(whole(length)?).filter(|end| *end <= size) else { return Ok(None) };
        let stored = Stored::read(body)?;
        let dictionary = match stored.dictionary {
            Some(number) => Some((number, self.dictionary(number)?)),
            None => None,
        };
        let first = start / BLOCK_BYTES;
        let mut bytes = Vec::with_capacity(end - start + BLOCK_BYTES);
        for (index, block) in stored.blocks.iter().enumerate().skip(first) {
            let from = index * BLOCK_BYTES;
            if from >= end {
                break;
            }
            let length = BLOCK_BYTES.min(size.saturating_sub(from));
            bytes.extend(decompress_with(block, length, dictionary.as_ref())?);
        }
        let skipped = first * BLOCK_BYTES;
        let span = bytes.get(start - skipped..end - skipped).map(<[u8]>::to_vec);
        span.map(Some).ok_or_else(|| StoreError::Damaged("a message's length".to_owned()))
    }
}

/// A body taken apart.
struct Stored<'a> {
    dictionary: Option<u32>,
    blocks: Vec<&'a [u8]>,
}

impl<'a> Stored<'a> {
    fn read(body: &'a [u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("a message's body".to_owned());
        let (how, mut rest) = body.split_first().ok_or_else(damaged)?;
        if how & PLAIN == 0 || how & !(PLAIN | WITH_DICTIONARY | IN_BLOCKS) != 0 {
            return Err(damaged());
        }
        let number = |rest: &mut &'a [u8]| -> Result<u32, StoreError> {
            let (bytes, after) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
            *rest = after;
            Ok(u32::from_be_bytes(*bytes))
        };
        let dictionary = if how & WITH_DICTIONARY == 0 { None } else { Some(number(&mut rest)?) };
        if how & IN_BLOCKS == 0 {
            return Ok(Self { dictionary, blocks: if rest.is_empty() { Vec::new() } else { vec![rest] } });
        }
        let count = number(&mut rest)?;
        let lengths = (0..count).map(|_| number(&mut rest)).collect::<Result<Vec<_>, _>>()?;
        let mut blocks = Vec::with_capacity(lengths.len());
        for length in lengths {
            let length = usize::try_from(length).map_err(|_| damaged())?;
            let (block, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
            blocks.push(block);
            rest = after;
        }
        Ok(Self { dictionary, blocks })
    }
}

/// What kind of message this is, as far as its first bytes tell: messages of one
/// shape repeat each other's words.
pub(crate) fn shape(message: &[u8]) -> String {
    let head = message.get(..message.len().min(400)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t', '\u{b}']);
    let word = |text: &str| text.chars().take_while(char::is_ascii_alphanumeric).take(32).collect::<String>();
    if text.starts_with("MSH") {
        let separator = text.chars().nth(3).unwrap_or('|');
        return format!("hl7v2 {}", word(text.split(separator).nth(8).unwrap_or_default()));
    }
    if let Some((_, after)) = text.split_once("\"resourceType\"") {
        return format!("json {}", word(after.trim_start_matches([' ', ':', '"', '\n', '\t'])));
    }
    match text.strip_prefix('<') {
        Some(element) => format!("xml {}", word(element)),
        None => "other".to_owned(),
    }
}

/// Trains a dictionary on messages of one shape; `None` where they are too few or
/// too unlike each other for one.
pub(crate) fn train(samples: &[Vec<u8>]) -> Option<Vec<u8>> {
    zstd::dict::from_samples(samples, DICTIONARY_BYTES_MAX).ok().filter(|dictionary| !dictionary.is_empty())
}

thread_local! {
    /// Making a compressor costs more than most messages do. One for each dictionary.
    static COMPRESSORS: RefCell<HashMap<u32, Compressor<'static>>> = RefCell::new(HashMap::new());
    static DECOMPRESSORS: RefCell<HashMap<u32, Decompressor<'static>>> = RefCell::new(HashMap::new());
}

/// No dictionary has this number.
const NONE: u32 = 0;

/// A number of a dictionary, and the dictionary.
type Numbered = (u32, Arc<[u8]>);

fn damaged(error: std::io::Error) -> StoreError {
    StoreError::Damaged(error.to_string())
}

fn compress_with(text: &[u8], dictionary: Option<&Numbered>) -> Result<Vec<u8>, StoreError> {
    COMPRESSORS.with_borrow_mut(|kept| {
        let number = dictionary.map_or(NONE, |(number, _)| *number);
        let compressor = match kept.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let made = match dictionary {
                    Some((_, bytes)) => Compressor::with_dictionary(COMPRESSION_LEVEL, bytes),
                    None => Compressor::new(COMPRESSION_LEVEL),
                };
                entry.insert(made.map_err(damaged)?)
            }
        };
        compressor.compress(text).map_err(damaged)
    })
}

fn decompress_with(body: &[u8], size: usize, dictionary: Option<&Numbered>) -> Result<Vec<u8>, StoreError> {
    DECOMPRESSORS.with_borrow_mut(|kept| {
        let number = dictionary.map_or(NONE, |(number, _)| *number);
        let decompressor = match kept.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let made = match dictionary {
                    Some((_, bytes)) => Decompressor::with_dictionary(bytes),
                    None => Decompressor::new(),
                };
                entry.insert(made.map_err(damaged)?)
            }
        };
        decompressor.decompress(body, size).map_err(damaged)
    })
}

/// A text that stands alone, such as a letter's.
pub(crate) fn compress(text: &[u8]) -> Result<Vec<u8>, StoreError> {
    compress_with(text, None)
}

/// Reads what [`compress`] wrote.
pub(crate) fn decompress(body: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
    let size = usize::try_from(size).map_err(|_| StoreError::Damaged("a text's size".to_owned()))?;
    decompress_with(body, size, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(number: u32) -> Vec<u8> {
        format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{number}|P|2.4\rPID|1||{number}^^^KB\r")
            .into_bytes()
    }

    fn trained() -> Bodies {
        let bodies = Bodies::default();
        let bytes = train(&(0..500).map(message).collect::<Vec<_>>()).unwrap().into();
        bodies.learn(vec![Dictionary { number: 7, shape: "hl7v2 ADT".to_owned(), bytes }]);
        bodies
    }

    #[test]
    fn a_shape_is_told_by_the_first_bytes() {
        assert_eq!(shape(&message(1)), "hl7v2 ADT");
        assert_eq!(shape(b"{\n \"resourceType\" : \"Bundle\", \"entry\": []}"), "json Bundle");
        assert_eq!(shape(b"<Patient xmlns=\"http://hl7.org/fhir\"/>"), "xml Patient");
        assert_eq!(shape("\u{feff}<Bundle/>".as_bytes()), "xml Bundle");
        assert_eq!((shape(b""), shape(b"a,b\n1,2")), ("other".to_owned(), "other".to_owned()));
        assert_eq!(shape(b"MSH|^~\\&|"), "hl7v2 ");
    }

    #[test]
    fn a_dictionary_makes_a_short_message_a_fraction_and_is_needed_to_read_it() {
        let (with, without) = (trained(), Bodies::default());
        let text = message(4711);
        let (short, long) = (with.pack(&text).unwrap(), without.pack(&text).unwrap());
        assert!(short.len() * 2 < long.len(), "{} and {}", short.len(), long.len());
        let size = i64::try_from(text.len()).unwrap();
        assert_eq!(with.unpack(&short, size).unwrap(), text);
        assert_eq!(with.unpack(&long, size).unwrap(), text, "what was stored before stays readable");
        assert!(matches!(without.unpack(&short, size), Err(StoreError::UnknownDictionary(7))));
    }

    #[test]
    fn an_entry_of_a_long_message_is_read_from_its_own_blocks_alone() {
        let bodies = Bodies::default();
        let text: Vec<u8> = (0..300_000u32).flat_map(|n| n.to_be_bytes()).collect();
        let mut body = bodies.pack(&text).unwrap();
        // The first block is spoilt: whoever reads further on does not notice.
        let blocks = text.len().div_ceil(BLOCK_BYTES);
        body[1 + 4 * (blocks + 1) + 20] ^= 0xff;
        let size = i64::try_from(text.len()).unwrap();
        let start = BLOCK_BYTES * 2 - 10;
        let span = bodies.unpack_span(&body, size, i64::try_from(start).unwrap(), 20).unwrap();
        assert_eq!(span.as_deref(), text.get(start..start + 20));
        assert!(bodies.unpack(&body, size).map_or(true, |read| read != text));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_was_packed_is_unpacked_whole_and_in_part(
            text in prop::collection::vec(any::<u8>(), 0..200_000),
            from in 0usize..200_000,
            length in 0usize..200_000,
        ) {
            let bodies = trained();
            let body = bodies.pack(&text).unwrap();
            let whole = |number: usize| i64::try_from(number).unwrap();
            prop_assert_eq!(bodies.unpack(&body, whole(text.len())).unwrap(), text.clone());
            let span = bodies.unpack_span(&body, whole(text.len()), whole(from), whole(length)).unwrap();
            prop_assert_eq!(span.as_deref(), text.get(from..from + length));
        }

        #[test]
        fn damaged_bodies_never_panic(body in prop::collection::vec(any::<u8>(), 0..300), size in -2i64..100_000) {
            let _ = trained().unpack(&body, size);
        }
    }
}
