//! One row of the `entry` table: written at intake, read by range.

use std::collections::HashMap;

use record::{ChartId, Code, Content, Entry, EntryId, MessageId, NewEntry, Provenance, Sensitivity, Standing, When};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::inbox::compress;
use crate::source_numbers::SourceNumbers;

/// The columns of an entry, in the order in which [`read`] expects them.
pub(crate) const COLUMNS: &str = "e.id, e.chart, e.source, e.kind, e.standing, e.sensitivity, e.clinical_time, \
     e.recorded, a.text, o.text, s.text, e.code, e.message, e.unit, e.line";
/// The joins that give texts to the numbers in an entry's columns.
pub(crate) const JOINS: &str = "LEFT JOIN word a ON a.number = e.author \
     LEFT JOIN word o ON o.number = e.organisation LEFT JOIN word s ON s.number = e.code_system";

/// The key under which a source's later version finds its earlier one: the
/// first 64 bits of its SHA-256.
pub(crate) fn key_hash(key: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    i64::from_be_bytes(digest.first_chunk::<8>().copied().unwrap_or_default())
}

/// Where an entry stands in its message.
#[derive(Clone, Copy)]
pub(crate) struct Place {
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
#[derive(Clone, PartialEq)]
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
    fn number(&mut self, connection: &Connection, text: Option<&String>) -> Result<Option<i64>, StoreError> {
        let Some(text) = text else { return Ok(None) };
        if let Some(number) = self.0.get(text) {
            return Ok(Some(*number));
        }
        let known: Option<i64> = connection
            .prepare_cached("SELECT number FROM word WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => {
                connection.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.execute([text])?;
                connection.last_insert_rowid()
            }
        };
        self.0.insert(text.clone(), number);
        Ok(Some(number))
    }
}

impl EntryRow {
    pub(crate) fn new(connection: &Connection, words: &mut Words, entry: &NewEntry) -> Result<Self, StoreError> {
        let (content, letter_text) = without_letter_text(&entry.content);
        Ok(Self {
            key_hash: key_hash(&entry.key),
            kind: position(Content::KINDS, &content.kind()),
            standing: position(Standing::ALL, &entry.standing),
            sensitivity: position(Sensitivity::ALL, &entry.sensitivity),
            clinical_time: entry.when.map(When::to_iso),
            recorded: entry.recorded.map(When::to_iso),
            author: words.number(connection, entry.author.as_ref())?,
            organisation: words.number(connection, entry.organisation.as_ref())?,
            code_system: words.number(connection, entry.code.as_ref().map(|code| &code.system))?,
            code: entry.code.as_ref().map(|code| code.code.clone()),
            part_of: entry.part_of.as_deref().map(key_hash),
            line: content.to_line(),
            letter_text,
        })
    }

    pub(crate) fn key_hash(&self) -> i64 {
        self.key_hash
    }

    pub(crate) fn insert(
        &self,
        connection: &Connection,
        id: EntryId,
        place: Place,
        since: i64,
    ) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "INSERT INTO entry (id, chart, key_hash, source, kind, standing, sensitivity, clinical_time, recorded,
                   author, organisation, code_system, code, part_of, message, unit, span_start, span_length, since,
                   stated_at, line)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21)",
            )?
            .execute(params![
                id.0.cast_signed(),
                place.chart.0.cast_signed(),
                self.key_hash,
                place.source,
                self.kind,
                self.standing,
                self.sensitivity,
                self.clinical_time,
                self.recorded,
                self.author,
                self.organisation,
                self.code_system,
                self.code,
                self.part_of,
                place.message.0.cast_signed(),
                place.unit,
                place.start,
                place.length,
                since,
                place.stated_at,
                self.line
            ])?;
        self.write_letter_text(connection, id)
    }

    /// Replaces what the entry said, a letter's text included; the caller has kept
    /// the earlier version.
    pub(crate) fn replace(
        &self,
        connection: &Connection,
        id: EntryId,
        place: Place,
        since: i64,
    ) -> Result<(), StoreError> {
        connection.prepare_cached("DELETE FROM entry WHERE id = ?1")?.execute([id.0.cast_signed()])?;
        connection.prepare_cached("DELETE FROM letter_text WHERE entry = ?1")?.execute([id.0.cast_signed()])?;
        self.insert(connection, id, place, since)
    }

    /// Keeps this as an earlier version: it arrived late, something newer is shown.
    pub(crate) fn insert_superseded(
        &self,
        connection: &Connection,
        id: EntryId,
        place: Place,
        version: i64,
    ) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "INSERT INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
                   clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
                   span_length, stated_at, line, letter_body)
                 VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21)",
            )?
            .execute(params![
                id.0.cast_signed(),
                version,
                place.chart.0.cast_signed(),
                place.source,
                self.kind,
                self.standing,
                self.sensitivity,
                self.clinical_time,
                self.recorded,
                self.author,
                self.organisation,
                self.code_system,
                self.code,
                self.part_of,
                place.message.0.cast_signed(),
                place.unit,
                place.start,
                place.length,
                place.stated_at,
                self.line,
                self.letter_text.as_deref().map(letter_body).transpose()?
            ])?;
        Ok(())
    }

    /// Whether the stored row says the same.
    pub(crate) fn says_the_same(&self, connection: &Connection, id: EntryId) -> Result<bool, StoreError> {
        let same: bool = connection
            .prepare_cached(
                "SELECT kind = ?2 AND standing = ?3 AND sensitivity = ?4 AND clinical_time IS ?5 AND recorded IS ?6
                   AND author IS ?7 AND organisation IS ?8 AND code_system IS ?9 AND code IS ?10 AND part_of IS ?11
                   AND line = ?12
                 FROM entry WHERE id = ?1",
            )?
            .query_row(
                params![
                    id.0.cast_signed(),
                    self.kind,
                    self.standing,
                    self.sensitivity,
                    self.clinical_time,
                    self.recorded,
                    self.author,
                    self.organisation,
                    self.code_system,
                    self.code,
                    self.part_of,
                    self.line
                ],
                |row| row.get(0),
            )?;
        Ok(same && self.has_letter_text(connection, id)?)
    }

    /// Whether the stored text of the letter is this one's, where either has any.
    fn has_letter_text(&self, connection: &Connection, id: EntryId) -> Result<bool, StoreError> {
        if !is_letter(self.kind) {
            return Ok(true);
        }
        Ok(stored_letter_text(connection, id)? == self.letter_text)
    }

    fn write_letter_text(&self, connection: &Connection, id: EntryId) -> Result<(), StoreError> {
        let Some(text) = &self.letter_text else { return Ok(()) };
        connection
            .prepare_cached("INSERT OR REPLACE INTO letter_text (entry, body) VALUES (?1, ?2)")?
            .execute(params![id.0.cast_signed(), letter_body(text)?])?;
        Ok(())
    }
}

/// The text of a letter as it is shown now.
pub(crate) fn stored_letter_text(connection: &Connection, id: EntryId) -> Result<Option<String>, StoreError> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM letter_text WHERE entry = ?1")?
        .query_row([id.0.cast_signed()], |row| row.get(0))
        .optional()?;
    body.as_deref().map(letter_text).transpose()
}

/// Four bytes of length, then the compressed text.
fn letter_body(text: &str) -> Result<Vec<u8>, StoreError> {
    let length = u32::try_from(text.len()).map_err(|_| StoreError::Damaged("a letter's length".to_owned()))?;
    let mut body = length.to_be_bytes().to_vec();
    body.extend(compress(text.as_bytes())?);
    Ok(body)
}

/// Reads what `letter_body` wrote.
fn letter_text(body: &[u8]) -> Result<String, StoreError> {
    let damaged = || StoreError::Damaged("a letter's text".to_owned());
    let (length, rest) = body.split_first_chunk::<4>().ok_or_else(damaged)?;
    let bytes = crate::inbox::decompress(rest, i64::from(u32::from_be_bytes(*length)))?;
    String::from_utf8(bytes).map_err(|_| damaged())
}

/// Reads one row of [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>, sources: &SourceNumbers) -> Result<Entry, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("an entry's {what}"));
    let kind = at(Content::KINDS, row.get(3)?).ok_or_else(|| damaged("kind"))?;
    let line = row.get_ref(14)?.as_str().map_err(rusqlite::Error::from)?;
    let system: Option<String> = row.get(10)?;
    let code: Option<String> = row.get(11)?;
    let unsigned = |index: usize| -> Result<u64, StoreError> { Ok(row.get::<_, i64>(index)?.cast_unsigned()) };
    Ok(Entry {
        id: EntryId(unsigned(0)?),
        content: Content::from_line(kind, line)?,
        standing: at(Standing::ALL, row.get(4)?).copied().ok_or_else(|| damaged("standing"))?,
        sensitivity: at(Sensitivity::ALL, row.get(5)?).copied().ok_or_else(|| damaged("sensitivity"))?,
        when: when(row, 6)?,
        code: code.map(|code| Code { system: system.unwrap_or_default(), code }),
        provenance: Provenance {
            source: sources.id(row.get(2)?)?,
            chart: ChartId(unsigned(1)?),
            message: MessageId(unsigned(12)?),
            unit: row.get(13)?,
            recorded: when(row, 7)?,
            author: row.get(8)?,
            organisation: row.get(9)?,
        },
    })
}

fn when(row: &Row<'_>, index: usize) -> Result<Option<When>, StoreError> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(rusqlite::Error::from)?;
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
