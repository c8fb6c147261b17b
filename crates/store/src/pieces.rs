//! Entries that HL7 v2 tells in pieces: a discharge does not repeat the ward.

use record::{Content, Sensitivity, SourceFormat, Standing};

use crate::entry_row::{EntryRow, at, position};
use crate::error::StoreError;

/// Whether a source of this format tells such an entry in pieces. FHIR and CSV
/// send whole resources and rows: what is not in them is not so any more.
pub(crate) fn comes_in_pieces(format: Option<SourceFormat>, content: &Content) -> bool {
    format == Some(SourceFormat::Hl7v2) && content.is_told_in_pieces()
}

/// What `now` says, and where it is silent, what `earlier` said of the same entry.
/// A protected visit stays protected: a message that does not speak of it cannot
/// be told from one that opens it.
pub(crate) fn filled(now: &EntryRow, earlier: &EntryRow) -> Result<EntryRow, StoreError> {
    if now.kind != earlier.kind {
        return Ok(now.clone());
    }
    let (told, before) = (content(now)?, content(earlier)?);
    let whole = told.filled_from(&before);
    let start = match &whole {
        Content::Attendance(it) => it.start,
        Content::Appointment(it) => it.start,
        _ => None,
    };
    let mut row = now.clone();
    row.line = whole.to_line();
    row.clinical_time = start.map(record::When::to_iso).or(row.clinical_time);
    if !told.tells_status() && row.standing != position(Standing::ALL, &Standing::EnteredInError) {
        row.standing = earlier.standing;
    }
    if earlier.sensitivity == position(Sensitivity::ALL, &Sensitivity::Sensitive) {
        row.sensitivity = earlier.sensitivity;
    }
    // A code says which service: it stays with the name alone.
    if row.code.is_none() && service(&whole) == service(&before) {
        (row.code_system, row.code) = (earlier.code_system, earlier.code.clone());
    }
    row.part_of = row.part_of.or(earlier.part_of);
    Ok(row)
}

fn service(content: &Content) -> Option<&str> {
    match content {
        Content::Appointment(it) => Some(&it.service),
        _ => None,
    }
}

fn content(row: &EntryRow) -> Result<Content, StoreError> {
    let kind = at(Content::KINDS, row.kind).ok_or_else(|| StoreError::Damaged("an entry's kind".to_owned()))?;
    Ok(Content::from_line(kind, &row.line)?)
}
