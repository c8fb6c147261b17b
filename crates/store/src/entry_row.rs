//! One row of the `entry` table: written at intake, read by range.

use std::collections::HashMap;
use std::sync::Arc;

use record::{ChartId, Code, Content, Entry, EntryId, MessageId, NewEntry, Provenance, Sensitivity, Standing, When};
use sha2::{Digest, Sha256};

use crate::bodies::compress;
use crate::error::StoreError;
use crate::rows::Rows;
use crate::source_numbers::SourceNumbers;

/// The key under which a source's later version finds its earlier one: the
/// first 64 bits of its SHA-256.
pub(crate) fn key_hash(key: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    i64::from_be_bytes(digest.first_chunk::<8>().copied().unwrap_or_default())
}

/// Where an entry stands in its message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Origin {
    pub(crate) source: i64,
    pub(crate) chart: ChartId,
    pub(crate) message: MessageId,
    pub(crate) unit: u32,
    pub(crate) start: i64,
    pub(crate) length: i64,
    /// When the source says that the message was made.
    pub(crate) stated_at: Option<i64>,
}

/// An entry's columns, ready to be written or compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EntryRow {
    pub(crate) key_hash: i64,
    pub(crate) kind: i64,
    pub(crate) standing: i64,
    pub(crate) sensitivity: i64,
    pub(crate) clinical_time: Option<String>,
    pub(crate) recorded: Option<String>,
    pub(crate) author: Option<i64>,
    pub(crate) organisation: Option<i64>,
    pub(crate) code_system: Option<i64>,
    pub(crate) code: Option<String>,
    pub(crate) part_of: Option<i64>,
    pub(crate) line: String,
    pub(crate) letter_text: Option<String>,
}

/// Numbers of repeating texts, remembered for one application.
#[derive(Default)]
pub(crate) struct Words(HashMap<String, i64>);

impl Words {
    fn number(&mut self, rows: &dyn Rows, text: Option<&str>) -> Result<Option<i64>, StoreError> {
        let Some(text) = text else { return Ok(None) };
        if let Some(number) = self.0.get(text) {
            return Ok(Some(*number));
        }
        let number = rows.word(text)?;
        self.0.insert(text.to_owned(), number);
        Ok(Some(number))
    }
}

/// The repeating texts of an entry.
pub(crate) fn words_of(entry: &NewEntry) -> impl Iterator<Item = &str> {
    let system = entry.code.as_ref().map(|code| &*code.system);
    [entry.author.as_deref(), entry.organisation.as_deref(), system].into_iter().flatten()
}

impl EntryRow {
    pub(crate) fn new(rows: &dyn Rows, words: &mut Words, entry: &NewEntry) -> Result<Self, StoreError> {
        let (content, letter_text) = without_letter_text(&entry.content);
        Ok(Self {
            key_hash: key_hash(&entry.key),
            kind: position(Content::KINDS, &content.kind()),
            standing: position(Standing::ALL, &entry.standing),
            sensitivity: position(Sensitivity::ALL, &entry.sensitivity),
            clinical_time: entry.when.map(When::to_iso),
            recorded: entry.recorded.map(When::to_iso),
            author: words.number(rows, entry.author.as_deref())?,
            organisation: words.number(rows, entry.organisation.as_deref())?,
            code_system: words.number(rows, entry.code.as_ref().map(|code| &*code.system))?,
            code: entry.code.as_ref().map(|code| code.code.clone()),
            part_of: entry.part_of.as_deref().map(key_hash),
            line: content.to_line(),
            letter_text,
        })
    }

    /// Whether another row of the same entry says the same.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self == other
    }

    /// The text of a letter as it is stored, apart from the row.
    pub(crate) fn letter_body(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.letter_text.as_deref().map(letter_body).transpose()
    }
}

/// Four bytes of length, then the compressed text.
fn letter_body(text: &str) -> Result<Vec<u8>, StoreError> {
    let length = u32::try_from(text.len()).map_err(|_| StoreError::Damaged("a letter's length".to_owned()))?;
    let mut body = length.to_be_bytes().to_vec();
    body.extend(compress(text.as_bytes())?);
    Ok(body)
}

/// Reads what `letter_body` wrote.
pub(crate) fn letter_text(body: &[u8]) -> Result<String, StoreError> {
    let damaged = || StoreError::Damaged("a letter's text".to_owned());
    let (length, rest) = body.split_first_chunk::<4>().ok_or_else(damaged)?;
    let bytes = crate::bodies::decompress(rest, i64::from(u32::from_be_bytes(*length)))?;
    String::from_utf8(bytes).map_err(|_| damaged())
}

/// An entry's columns as a record is read: numbers of repeating texts already
/// given their texts.
pub(crate) struct EntryColumns<'a> {
    pub(crate) id: i64,
    pub(crate) chart: i64,
    pub(crate) source: i64,
    pub(crate) kind: i64,
    pub(crate) standing: i64,
    pub(crate) sensitivity: i64,
    pub(crate) message: i64,
    pub(crate) unit: i64,
    pub(crate) clinical_time: Option<&'a str>,
    pub(crate) recorded: Option<&'a str>,
    pub(crate) author: Option<&'a Arc<str>>,
    pub(crate) organisation: Option<&'a Arc<str>>,
    pub(crate) code_system: Option<&'a Arc<str>>,
    pub(crate) code: Option<&'a str>,
    pub(crate) line: &'a str,
}

impl EntryColumns<'_> {
    /// The entry that they are.
    pub(crate) fn entry(&self, sources: &SourceNumbers) -> Result<Entry, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("an entry's {what}"));
        let kind = at(Content::KINDS, self.kind).ok_or_else(|| damaged("kind"))?;
        let code = |code: &str| Code { system: self.code_system.cloned().unwrap_or_default(), code: code.to_owned() };
        Ok(Entry {
            id: EntryId(self.id.cast_unsigned()),
            content: Content::from_line(kind, self.line)?,
            standing: at(Standing::ALL, self.standing).copied().ok_or_else(|| damaged("standing"))?,
            sensitivity: at(Sensitivity::ALL, self.sensitivity).copied().ok_or_else(|| damaged("sensitivity"))?,
            when: when(self.clinical_time)?,
            code: self.code.map(code),
            provenance: Provenance {
                source: sources.id(self.source)?,
                chart: ChartId(self.chart.cast_unsigned()),
                message: MessageId(self.message.cast_unsigned()),
                unit: u32::try_from(self.unit).map_err(|_| damaged("unit"))?,
                recorded: when(self.recorded)?,
                author: self.author.cloned(),
                organisation: self.organisation.cloned(),
            },
        })
    }
}

fn when(text: Option<&str>) -> Result<Option<When>, StoreError> {
    text.map(|text| When::parse_iso(text).map_err(|_| StoreError::Damaged("an entry's time".to_owned()))).transpose()
}

/// Whether a stored kind is the one whose text is kept apart.
pub(crate) fn is_letter(kind: i64) -> bool {
    at(Content::KINDS, kind) == Some(&"letter")
}

/// Kinds, standings and sensitivities are stored as their position in the list:
/// the lists only ever grow at their end.
pub(crate) fn position<T: PartialEq>(all: &[T], value: &T) -> i64 {
    all.iter().position(|one| one == value).and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

pub(crate) fn at<T>(all: &[T], position: i64) -> Option<&T> {
    usize::try_from(position).ok().and_then(|index| all.get(index))
}

fn without_letter_text(content: &Content) -> (Content, Option<String>) {
    match content {
        Content::Letter(letter) if letter.text.is_some() => {
            let mut short = letter.clone();
            let text = short.text.take();
            (Content::Letter(short), text)
        }
        other => (other.clone(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letters_text_reads_back() {
        let text = "Dear colleague,\n".repeat(100);
        assert_eq!(letter_text(&letter_body(&text).unwrap()).unwrap(), text);
        assert!(letter_text(b"abc").is_err());
    }

    #[test]
    fn stored_positions_never_change() {
        assert_eq!(Content::KINDS.first(), Some(&"alert"));
        assert_eq!(Content::KINDS.last(), Some(&"social-care"));
        assert_eq!(Content::KINDS.len(), 13);
        assert_eq!(Standing::ALL.len(), 3);
        assert_eq!(position(Standing::ALL, &Standing::EnteredInError), 2);
    }
}
