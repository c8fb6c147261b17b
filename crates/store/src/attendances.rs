//! Attendances that their source files elsewhere: two of a patient's made one, one given
//! another number, one moved to another of its patients. Whatever was told under the
//! attendance goes where it is filed now; where it was it is not shown any more. Each such
//! word is kept, so that what comes late finds the place too.

use record::{ChartId, Content, EntryId, MessageId, PersonId};

use crate::apply::{Applying, ChartChange};
use crate::charts::ChartOutcome;
use crate::covered::Covered;
use crate::describe::{Held, already_placed, referred_to};
use crate::entry_row::{EntryRow, Origin, at, key_hash};
use crate::error::StoreError;
use crate::rows::StoredEntry;

/// That an attendance is filed elsewhere from now on.
#[derive(Clone, Debug)]
pub struct Refile {
    /// Where it was.
    pub from: Attended,
    /// Where it is.
    pub into: Attended,
    /// The two were different attendances: what is told of the one that goes on is not
    /// replaced by what was told of the one that is to be no more.
    pub makes_one: bool,
}

/// An attendance of one patient of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended {
    /// The source's own key of the patient.
    pub chart: String,
    /// The key of the attendance among that patient's entries.
    pub attendance: String,
}

/// By which word of the source an attendance is filed elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refiled {
    pub(crate) chart: ChartId,
    pub(crate) key_hash: i64,
    pub(crate) to: ChartId,
    /// The source's own key of that chart.
    pub(crate) to_chart: String,
    pub(crate) to_key_hash: i64,
    pub(crate) makes_one: bool,
    pub(crate) when: Asked,
}

/// When that was said: by the source's clock, then in the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Asked {
    pub(crate) at: i64,
    pub(crate) message: MessageId,
    pub(crate) unit: u32,
    /// Which of the unit's words, as one may say several.
    pub(crate) word: u32,
}

/// Where an attendance is filed now.
struct Filed {
    chart: ChartId,
    person: PersonId,
    key_hash: i64,
    /// When it was first filed away from where it was looked for.
    since: i64,
    /// It was made one with another on the way.
    is_made_one: bool,
}

/// The attendance to which an entry belongs, or which it is.
fn attendance_of(row: &EntryRow) -> Option<i64> {
    if is_attendance(row) { Some(row.key_hash) } else { row.part_of }
}

fn is_attendance(row: &EntryRow) -> bool {
    at(Content::KINDS, row.kind) == Some(&"attendance")
}

/// What is told under an attendance, told under the one that it is now.
fn told_under(row: EntryRow, attendance: i64) -> EntryRow {
    if is_attendance(&row) {
        EntryRow { key_hash: attendance, ..row }
    } else {
        EntryRow { part_of: Some(attendance), ..row }
    }
}

impl Applying<'_> {
    /// Files an attendance elsewhere, with whatever was told under it.
    pub(crate) fn refile(&mut self, unit: u32, word: u32, asked: &Refile) -> Result<(), StoreError> {
        if asked.from == asked.into {
            return Ok(());
        }
        let (from, into) = (self.row_of(&asked.from.chart)?, self.row_of(&asked.into.chart)?);
        let at = self.stated_at().unwrap_or_else(|| self.application.at.as_second());
        let attendance = key_hash(&asked.from.attendance);
        self.rows.put_refiled(&Refiled {
            chart: from.chart,
            key_hash: attendance,
            to: into.chart,
            to_chart: asked.into.chart.clone(),
            to_key_hash: key_hash(&asked.into.attendance),
            makes_one: asked.makes_one,
            when: Asked { at, message: self.application.message, unit, word },
        })?;
        self.refiled.clear();
        let Some(filed) = self.filed_now(from.chart, attendance)? else { return Ok(()) };
        let covered = self.rows.covered_of(from.person)?;
        for entry in self.rows.entries_of(from.chart)? {
            let known = covered.iter().find(|known| known.entry == entry.id);
            let has_left = known.is_some_and(|known| known.by == known.chart);
            if attendance_of(&entry.row) == Some(attendance) && !has_left {
                self.refile_entry(from.person, &entry, known, &filed)?;
            }
        }
        Ok(())
    }

    /// An entry stands where its attendance is filed. Where it was it is there for
    /// whoever asks what was shown before.
    fn refile_entry(
        &mut self,
        person: PersonId,
        entry: &StoredEntry,
        known: Option<&Covered>,
        filed: &Filed,
    ) -> Result<(), StoreError> {
        let whole = self.rows.entry(entry.origin.chart, entry.row.key_hash)?.ok_or(StoreError::NotFound("entry"))?;
        let left = self.next_version(person)?;
        let gone =
            Covered { entry: entry.id, chart: entry.origin.chart, by: entry.origin.chart, since: left, until: None };
        let row = told_under(whole.row.clone(), filed.key_hash);
        self.rows.entries_of(filed.chart)?;
        // Where the same entry is filed under another number it only changes what it belongs to.
        if filed.chart == entry.origin.chart && row.key_hash == entry.row.key_hash {
            return self.rows.replace_entry(&StoredEntry { row, ..whole });
        }
        match known {
            Some(known) => self.rows.put_covered(person, &Covered { by: known.chart, ..known.clone() })?,
            None => self.rows.put_covered(person, &gone)?,
        }
        let origin = Origin { chart: filed.chart, ..whole.origin };
        let Some(there) = self.rows.entry(filed.chart, row.key_hash)? else {
            let id = self.rows.next_place(filed.person)?;
            let since = self.next_version(filed.person)?;
            self.rows.insert_entry(&StoredEntry { id, since, row, origin })?;
            let hidden = known.map(|known| Covered { entry: id, chart: filed.chart, since, ..known.clone() });
            return hidden.map_or(Ok(()), |hidden| self.rows.put_covered(filed.person, &hidden));
        };
        self.meet(&there, StoredEntry { id: there.id, since: 0, row, origin }, filed.person)
    }

    /// What is filed there is shown. What had been filed away from there comes back;
    /// of two that are one from now on the one that goes on is what it was.
    fn meet(&mut self, there: &StoredEntry, comes: StoredEntry, person: PersonId) -> Result<(), StoreError> {
        let covered = self.rows.covered_of(person)?;
        let left = covered.into_iter().find(|known| known.entry == there.id && known.by == known.chart);
        let Some(left) = left else {
            let now = self.rows.version(person)?;
            return self.rows.keep_version(&StoredEntry { since: now, ..comes }, now);
        };
        let until = Some(self.next_version(person)?);
        self.rows.put_covered(person, &Covered { until, ..left })?;
        self.entry_again(person, there, comes.origin, comes.row, false)
    }

    /// Where what is told under an attendance of this chart stands; nowhere, where it is
    /// an attendance that has been made one with another since.
    pub(crate) fn where_it_stands(
        &mut self,
        person: PersonId,
        origin: Origin,
        row: EntryRow,
    ) -> Result<Option<(PersonId, Origin, EntryRow)>, StoreError> {
        let filed = attendance_of(&row).map_or(Ok(None), |attendance| self.filed_now(origin.chart, attendance))?;
        let Some(filed) = filed else { return Ok(Some((person, origin, row))) };
        // Whatever is told there is looked at, and nobody has named that chart.
        self.rows.entries_of(filed.chart)?;
        let is_of_before = filed.is_made_one && origin.stated_at.is_some_and(|stated| stated < filed.since);
        let (is_attendance, row) = (is_attendance(&row), told_under(row, filed.key_hash));
        let origin = Origin { chart: filed.chart, ..origin };
        let there = self.rows.entry(filed.chart, row.key_hash)?.filter(|_| is_of_before && is_attendance);
        let Some(there) = there else { return Ok(Some((filed.person, origin, row))) };
        self.meet(&there, StoredEntry { id: there.id, since: 0, row, origin }, filed.person)?;
        Ok(None)
    }

    /// Why what is told of a chart waits: it goes on telling of an attendance that is another
    /// patient's by now. What was said before that was said is that patient's.
    pub(crate) fn tells_of_anothers(&mut self, changes: &[ChartChange]) -> Result<Option<Held>, StoreError> {
        for change in changes.iter().filter(|change| !change.entries.is_empty()) {
            let described = self.charts.get(&change.key).map(Vec::as_slice).unwrap_or_default();
            let outcome = already_placed(described, change.told.as_ref()).cloned();
            // Who is described is placed by now, except whom the unit leaves as they are.
            let outcome = match outcome {
                Some(outcome) => outcome,
                None if change.told.is_some() => self.chart(&referred_to(change))?,
                None => self.chart(change)?,
            };
            let ChartOutcome::Placed { chart, person } = outcome else { continue };
            if self.refiled_of(chart)?.is_empty() {
                continue;
            }
            for entry in &change.entries {
                let is_attendance = matches!(entry.content, Content::Attendance(_));
                let attendance = if is_attendance { Some(entry.key.as_str()) } else { entry.part_of.as_deref() };
                let filed = attendance.map_or(Ok(None), |key| self.filed_now(chart, key_hash(key)))?;
                let is_said_since = |filed: &Filed| self.stated_at().is_none_or(|stated| stated >= filed.since);
                if filed.is_some_and(|filed| filed.person != person && is_said_since(&filed)) {
                    let reasons = "it tells of an attendance that its source has moved to another patient".to_owned();
                    return Ok(Some(Held { person: Some(person), reasons }));
                }
            }
        }
        Ok(None)
    }

    /// Follows what the source said since, from where an attendance was; `None` where it
    /// is still filed there. Each word followed is later than the one before: it ends.
    fn filed_now(&mut self, chart: ChartId, attendance: i64) -> Result<Option<Filed>, StoreError> {
        let (mut place, mut last): (_, Option<Refiled>) = ((chart, attendance), None);
        let (mut since, mut is_made_one) = (i64::MAX, false);
        loop {
            let after = last.as_ref().map(|last| last.when);
            let words = self.refiled_of(place.0)?;
            let later = |one: &&Refiled| one.key_hash == place.1 && after.is_none_or(|after| one.when > after);
            let next = words.iter().filter(later).reduce(|best, one| if one.when > best.when { one } else { best });
            let Some(next) = next.cloned() else { break };
            since = since.min(next.when.at);
            is_made_one |= next.makes_one;
            place = (next.to, next.to_key_hash);
            last = Some(next);
        }
        let Some(last) = last.filter(|_| place != (chart, attendance)) else { return Ok(None) };
        let there = self.rows.chart(self.source, &last.to_chart)?.ok_or(StoreError::NotFound("chart"))?;
        Ok(Some(Filed { chart: place.0, person: there.person, key_hash: place.1, since, is_made_one }))
    }

    fn refiled_of(&mut self, chart: ChartId) -> Result<&[Refiled], StoreError> {
        if !self.refiled.contains_key(&chart) {
            self.refiled.insert(chart, self.rows.refiled_of(chart)?);
        }
        Ok(self.refiled.get(&chart).map(Vec::as_slice).unwrap_or_default())
    }
}

/// Whether an entry is filed elsewhere: its own chart hides it, and no join shows it again.
pub(crate) fn has_left(entry: EntryId, covered: &[Covered]) -> bool {
    covered.iter().any(|known| known.entry == entry && known.by == known.chart)
}
