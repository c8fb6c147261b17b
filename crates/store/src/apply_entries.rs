//! Applying entries: a new one, the same again, a later version or one that came late.

use record::{EntryId, NewEntry, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::apply::{Applying, ChartChange, UnitWork};
use crate::charts::ChartOutcome;
use crate::entry_row::{EntryRow, Place};
use crate::error::StoreError;
use crate::pieces::{self, ShownRow};

impl Applying<'_> {
    /// Applies what a unit says about one chart.
    pub(crate) fn entries(&mut self, number: u32, unit: &UnitWork, change: &ChartChange) -> Result<(), StoreError> {
        let ChartOutcome::Placed { chart, person } = self.chart(change)? else { return Ok(()) };
        let whole = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let place = Place {
            source: self.source,
            chart,
            message: self.application.message,
            unit: number,
            start: whole(unit.span.start),
            length: whole(unit.span.len()),
            stated_at: self.stated_at(),
        };
        for entry in &change.entries {
            self.entry(person, place, entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, person: PersonId, place: Place, entry: &NewEntry) -> Result<(), StoreError> {
        let row = EntryRow::new(self.connection, &mut self.words, entry)?;
        let Some((id, shown_stated_at)) = self.known_entry(place, &row)? else {
            let id = next_place(self.connection, person)?;
            let since = self.version(person)?;
            self.applied.entries += 1;
            return row.insert(self.connection, id, place, since);
        };
        let shown = match pieces::comes_in_pieces(self.format, &entry.content) {
            true => Some(ShownRow::read(self.connection, id)?),
            false => None,
        };
        if shown_stated_at.zip(place.stated_at).is_some_and(|(shown, stated)| stated < shown) {
            return self.late_entry(person, id, place, &row, shown.as_ref());
        }
        let row = match shown {
            Some(shown) => pieces::filled(&row, &shown.row)?,
            None => row,
        };
        if row.says_the_same(self.connection, id)? {
            return confirm(self.connection, id, shown_stated_at, place.stated_at);
        }
        let version = self.version(person)?;
        keep_version(self.connection, id, version)?;
        // A message without a stated time replaces in order of arrival, and what
        // was stated before still holds off what is older.
        let place = Place { stated_at: place.stated_at.or(shown_stated_at), ..place };
        row.replace(self.connection, id, place, version)
    }

    /// An older message that comes late is kept as an earlier version. It overwrites
    /// nothing, and fills what the messages since have left out.
    fn late_entry(
        &mut self,
        person: PersonId,
        id: EntryId,
        place: Place,
        late: &EntryRow,
        shown: Option<&ShownRow>,
    ) -> Result<(), StoreError> {
        if late.says_the_same(self.connection, id)? {
            return Ok(());
        }
        late.insert_superseded(self.connection, id, place, self.version_now(person)?)?;
        let Some(shown) = shown else { return Ok(()) };
        let whole = pieces::filled(&shown.row, late)?;
        if whole == shown.row {
            return Ok(());
        }
        let version = self.version(person)?;
        keep_version(self.connection, id, version)?;
        whole.replace(self.connection, id, shown.place, version)
    }

    /// The entry that has this key in this chart, and the newest stated time of
    /// what it says.
    fn known_entry(&self, place: Place, row: &EntryRow) -> Result<Option<(EntryId, Option<i64>)>, StoreError> {
        let known: Option<(i64, Option<i64>)> = self
            .connection
            .prepare_cached("SELECT id, stated_at FROM entry WHERE chart = ?1 AND key_hash = ?2")?
            .query_row(params![place.chart.0.cast_signed(), row.key_hash()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(known.map(|(id, stated_at)| (EntryId(id.cast_unsigned()), stated_at)))
    }

    /// The person's version that this message makes: it moves once per message.
    fn version(&mut self, person: PersonId) -> Result<i64, StoreError> {
        if let Some(version) = self.versions.get(&person) {
            return Ok(*version);
        }
        let version = self
            .connection
            .prepare_cached("UPDATE person SET version = version + 1 WHERE id = ?1 RETURNING version")?
            .query_row([person.0.cast_signed()], |row| row.get(0))?;
        self.versions.insert(person, version);
        Ok(version)
    }

    /// The person's version as it is: what came late changes nothing that is shown.
    fn version_now(&self, person: PersonId) -> Result<i64, StoreError> {
        let version = self
            .connection
            .prepare_cached("SELECT version FROM person WHERE id = ?1")?
            .query_row([person.0.cast_signed()], |row| row.get(0))?;
        Ok(version)
    }
}

/// The next free place among a person's entries.
pub(crate) fn next_place(connection: &Connection, person: PersonId) -> Result<EntryId, StoreError> {
    let next: i64 = connection
        .prepare_cached("UPDATE person SET next_place = next_place + 1 WHERE id = ?1 RETURNING next_place - 1")?
        .query_row([person.0.cast_signed()], |row| row.get(0))?;
    EntryId::new(person, next.cast_unsigned()).ok_or(StoreError::RecordFull)
}

/// The same was said again, perhaps later: from now on only what is newer than
/// that may replace it.
fn confirm(connection: &Connection, id: EntryId, shown: Option<i64>, stated: Option<i64>) -> Result<(), StoreError> {
    if stated > shown {
        connection
            .prepare_cached("UPDATE entry SET stated_at = ?2 WHERE id = ?1")?
            .execute(params![id.0.cast_signed(), stated])?;
    }
    Ok(())
}

/// Copies what an entry says now, a letter's text included, to its versions, until `version`.
fn keep_version(connection: &Connection, id: EntryId, version: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
               clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
               span_length, stated_at, line, letter_body)
             SELECT id, since, ?2, chart, source, kind, standing, sensitivity, clinical_time, recorded, author,
               organisation, code_system, code, part_of, message, unit, span_start, span_length, stated_at, line,
               (SELECT body FROM letter_text WHERE entry = ?1)
             FROM entry WHERE id = ?1",
        )?
        .execute(params![id.0.cast_signed(), version])?;
    Ok(())
}
