//! Reading on into an entry: a letter's text, the bytes that it came from.

use access::FactsVersion;
use record::{EntryId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clinical_rows::range;
use crate::entry_row::is_letter;
use crate::error::StoreError;
use crate::inbox::decompress;

/// What a decision shows whole of one person's record.
pub(crate) struct ShownWhole {
    pub(crate) person: PersonId,
    pub(crate) facts: FactsVersion,
    /// Kinds that are shown, not merely named.
    pub(crate) kinds: i64,
    pub(crate) sees_sensitive: bool,
}

/// Whether the entry is a letter that is shown.
pub(crate) fn shows_letter(connection: &Connection, shown: &ShownWhole, entry: EntryId) -> Result<bool, StoreError> {
    let row: Option<(i64, bool)> = connection
        .prepare_cached("SELECT kind, ((1 << kind) & ?2) <> 0 AND (?3 OR sensitivity = 0) FROM entry WHERE id = ?1")?
        .query_row(params![entry.0.cast_signed(), shown.kinds, shown.sees_sensitive], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(row.is_some_and(|(kind, allowed)| allowed && is_letter(kind)))
}

/// Whether everything that the entry's unit said about the person is shown, what
/// has been replaced since included.
pub(crate) fn shows_unit(connection: &Connection, shown: &ShownWhole, entry: EntryId) -> Result<bool, StoreError> {
    let unit: Option<(i64, i64)> = connection
        .prepare_cached("SELECT message, unit FROM entry WHERE id = ?1")?
        .query_row([entry.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((message, unit)) = unit else { return Ok(false) };
    let (first, last) = range(shown.person);
    let hidden: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE id BETWEEN ?1 AND ?2 AND message = ?3 AND unit = ?4
                AND NOT (((1 << kind) & ?5) <> 0 AND (?6 OR sensitivity = 0)))
             OR EXISTS (SELECT 1 FROM entry_version WHERE id BETWEEN ?1 AND ?2 AND message = ?3 AND unit = ?4
                AND NOT (((1 << kind) & ?5) <> 0 AND (?6 OR sensitivity = 0)))",
        )?
        .query_row(params![first, last, message, unit, shown.kinds, shown.sees_sensitive], |row| row.get(0))?;
    Ok(!hidden)
}

/// One message of the inbox, byte for byte.
pub(crate) fn read_message(connection: &Connection, message: MessageId) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<(Vec<u8>, i64)> = connection
        .prepare_cached("SELECT body, size FROM message WHERE id = ?1")?
        .query_row([message.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(body, size)| decompress(&body, size)).transpose()
}

/// Reads the bytes that entries came from. Entries side by side often come from
/// one message, which is then unpacked once.
#[derive(Default)]
pub(crate) struct SourceTexts {
    last: Option<(i64, Option<Vec<u8>>)>,
}

impl SourceTexts {
    /// The bytes of the unit that the entry came from, as the source sent them.
    pub(crate) fn of(&mut self, connection: &Connection, entry: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(i64, i64, i64)> = connection
            .prepare_cached("SELECT message, span_start, span_length FROM entry WHERE id = ?1")?
            .query_row([entry.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((message, start, length)) = row else { return Ok(None) };
        let span = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(length)).ok());
        let bytes = self.message(connection, message)?;
        Ok(bytes.zip(span).and_then(|(bytes, (from, to))| bytes.get(from..to).map(<[u8]>::to_vec)))
    }

    fn message(&mut self, connection: &Connection, message: i64) -> Result<Option<&[u8]>, StoreError> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != message) {
            self.last = Some((message, read_message(connection, MessageId(message.cast_unsigned()))?));
        }
        Ok(self.last.as_ref().and_then(|(_, bytes)| bytes.as_deref()))
    }
}
