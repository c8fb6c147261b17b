//! Reading on into an entry: a letter's text, the bytes that it came from.

use access::FactsVersion;
use record::{EntryId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use super::clinical::links_must_stand;
use super::entry_rows::stored_letter_text;
use super::people::people_in_message;
use crate::bodies::Bodies;
use crate::clinical::ShownWhole;
use crate::clinical_rows::range;
use crate::entry_row::is_letter;
use crate::error::StoreError;

/// The text of a letter that is shown.
pub(crate) fn letter(
    connection: &Connection,
    shown: &ShownWhole,
    entry: EntryId,
) -> Result<Option<String>, StoreError> {
    links_must_stand(connection, shown.person, shown.facts)?;
    if !shows_letter(connection, shown, entry)? {
        return Err(StoreError::NotFound("letter"));
    }
    stored_letter_text(connection, entry)
}

/// The bytes of the unit that an entry came from.
pub(crate) fn unit(
    connection: &Connection,
    bodies: &Bodies,
    shown: &ShownWhole,
    entry: EntryId,
) -> Result<Vec<u8>, StoreError> {
    links_must_stand(connection, shown.person, shown.facts)?;
    if !shows_unit(connection, shown, entry)? {
        return Err(StoreError::NotFound("entry"));
    }
    SourceTexts::default().of(connection, bodies, entry)?.ok_or(StoreError::NotFound("entry"))
}

/// One message, where everybody whom it concerns is known to the decision.
pub(crate) fn message(
    connection: &Connection,
    bodies: &Bodies,
    message: MessageId,
    concerns: &[(PersonId, FactsVersion)],
) -> Result<Vec<u8>, StoreError> {
    for person in people_in_message(connection, message)? {
        let known = concerns.iter().find(|(known, _)| *known == person);
        let (_, facts) = known.ok_or(StoreError::FactsMoved)?;
        links_must_stand(connection, person, *facts)?;
    }
    let (body, size) = read_body(connection, message.0.cast_signed())?.ok_or(StoreError::NotFound("message"))?;
    bodies.unpack(&body, size)
}

/// Whether the entry is a letter that is shown.
fn shows_letter(connection: &Connection, shown: &ShownWhole, entry: EntryId) -> Result<bool, StoreError> {
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
fn shows_unit(connection: &Connection, shown: &ShownWhole, entry: EntryId) -> Result<bool, StoreError> {
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

fn read_body(connection: &Connection, message: i64) -> Result<Option<Body>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT body, size FROM message WHERE id = ?1")?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// A message's compressed bytes, and how many they are unpacked.
type Body = (Vec<u8>, i64);

/// Reads the bytes that entries came from. Entries side by side often come from
/// one message, whose body is then read once.
#[derive(Default)]
pub(crate) struct SourceTexts {
    last: Option<(i64, Option<Body>)>,
}

impl SourceTexts {
    /// The bytes of the unit that the entry came from, as the source sent them.
    pub(crate) fn of(
        &mut self,
        connection: &Connection,
        bodies: &Bodies,
        entry: EntryId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(i64, i64, i64)> = connection
            .prepare_cached("SELECT message, span_start, span_length FROM entry WHERE id = ?1")?
            .query_row([entry.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((message, start, length)) = row else { return Ok(None) };
        if self.last.as_ref().is_none_or(|(last, _)| *last != message) {
            self.last = Some((message, read_body(connection, message)?));
        }
        let Some((_, Some((body, size)))) = &self.last else { return Ok(None) };
        bodies.unpack_span(body, *size, start, length)
    }
}
