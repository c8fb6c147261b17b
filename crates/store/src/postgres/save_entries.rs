//! Writing entries at once, and what they said before.

use deadpool_postgres::Transaction;
use record::EntryId;

use super::entry_columns::Columns;
use super::load::all;
use super::working::State;
use crate::error::StoreError;

/// What was said before under ids that move stands under the new ones too, as
/// something that was never shown there.
const VERSIONS_MOVED: &str = "
    INSERT INTO record.entry_version (person, id, since, until, chart, source, kind, standing, sensitivity,
      author, organisation, code_system, part_of, message, unit, span_start, span_length, stated_at, clinical_time,
      recorded, code, line, letter_body)
    SELECT $1, moved.new, $2, $2, v.chart, v.source, v.kind, v.standing, v.sensitivity, v.author, v.organisation,
      v.code_system, v.part_of, v.message, v.unit, v.span_start, v.span_length, v.stated_at, v.clinical_time,
      v.recorded, v.code, v.line, v.letter_body
    FROM unnest($4::bigint[], $5::bigint[]) AS moved (old, new)
    JOIN record.entry_version v ON v.person = $3 AND v.id = moved.old";
const ENTRIES_GONE: &str = "
    DELETE FROM record.entry e USING unnest($1::bigint[], $2::bigint[]) AS gone (person, id)
    WHERE e.person = gone.person AND e.id = gone.id";
const LETTERS_GONE: &str = "
    DELETE FROM record.letter_text l USING unnest($1::bigint[], $2::bigint[]) AS gone (person, id)
    WHERE l.person = gone.person AND l.entry = gone.id";
const LETTERS: &str = "
    INSERT INTO record.letter_text (person, entry, body) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
const ENTRIES: &str = "
    INSERT INTO record.entry (person, id, since, kind, standing, sensitivity, clinical_time, recorded, author,
      organisation, code_system, code, part_of, line, source, chart, message, unit, span_start, span_length, stated_at, key_hash)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[], $14::text[],
      $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[],
      $22::bigint[])";
const ENTRY_VERSIONS: &str = "
    INSERT INTO record.entry_version (person, id, since, kind, standing, sensitivity, clinical_time, recorded, author,
      organisation, code_system, code, part_of, line, source, chart, message, unit, span_start, span_length, stated_at, until, letter_body)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::bigint[], $14::text[],
      $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[],
      $22::bigint[], $23::bytea[])";

/// What was said before under ids that have moved, as far as the database has it.
pub(super) async fn versions_moved(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    // One after the other: an entry may move twice.
    for moved in &state.added.moves {
        let (old, new): (Vec<i64>, Vec<i64>) = moved.entries.iter().copied().unzip();
        all(transaction, &[(VERSIONS_MOVED, &[&moved.to, &moved.since, &moved.from, &old, &new])]).await?;
    }
    Ok(())
}

/// Entries that are new, say something else or are gone.
pub(super) async fn entries(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let (mut gone_persons, mut gone) = (Vec::new(), Vec::new());
    let (mut letter_persons, mut letters, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns = Columns::default();
    for (id, entry) in state.entries.changed() {
        let person = EntryId(id.cast_unsigned()).person().0.cast_signed();
        // A new one has nothing to make room for: an import deletes nothing.
        if state.entries.is_stored(id) {
            gone_persons.push(person);
            gone.push(*id);
        }
        let Some(entry) = entry else { continue };
        columns.push(entry)?;
        if let Some(body) = columns.letter_body.pop().flatten() {
            letter_persons.push(person);
            letters.push(*id);
            bodies.push(body);
        }
    }
    if gone.is_empty() && columns.is_empty() {
        return Ok(());
    }
    if !gone.is_empty() {
        all(transaction, &[(ENTRIES_GONE, &[&gone_persons, &gone]), (LETTERS_GONE, &[&gone_persons, &gone])]).await?;
    }
    let mut values = columns.values();
    values.push(&columns.key_hash);
    all(transaction, &[(ENTRIES, &values), (LETTERS, &[&letter_persons, &letters, &bodies])]).await.map(drop)
}

/// What entries said before.
pub(super) async fn versions(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let mut columns = Columns::default();
    let mut until = Vec::new();
    for (entry, version) in &state.added.entry_versions {
        columns.push(entry)?;
        until.push(*version);
    }
    if columns.is_empty() {
        return Ok(());
    }
    let mut values = columns.values();
    values.push(&until);
    values.push(&columns.letter_body);
    all(transaction, &[(ENTRY_VERSIONS, &values)]).await.map(drop)
}
