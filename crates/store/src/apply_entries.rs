//! Applying entries: a new one, the same again, a later version or one that came late.

use record::{ChartId, NewEntry, PersonId};

use crate::apply::{Applying, ChartChange, Terms, UnitWork};
use crate::charts::ChartOutcome;
use crate::covered::{newest, show_newest};
use crate::describe::referred_to;
use crate::entry_row::{EntryRow, Origin};
use crate::error::StoreError;
use crate::joins::together;
use crate::pieces;
use crate::rows::StoredEntry;

impl Applying<'_> {
    /// Applies what a unit says about one chart, and says whether any of it was new.
    pub(crate) fn entries(
        &mut self,
        number: u32,
        unit: &UnitWork,
        terms: Terms,
        change: &ChartChange,
    ) -> Result<bool, StoreError> {
        let is_left = terms.only_if_new && change.told.is_some() && self.is_only_referred_to(change);
        let outcome = if is_left { self.chart(&referred_to(change))? } else { self.chart(change)? };
        let ChartOutcome::Placed { chart, person } = outcome else { return Ok(false) };
        let origin = self.origin(number, unit, chart);
        let mut is_new = change.told.is_some() && !is_left;
        for entry in &change.entries {
            is_new |= self.entry(person, origin, terms, entry)?;
        }
        Ok(is_new)
    }

    /// Where what a unit says stands.
    pub(crate) fn origin(&self, number: u32, unit: &UnitWork, chart: ChartId) -> Origin {
        let whole = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        Origin {
            source: self.source,
            chart,
            message: self.application.message,
            unit: number,
            start: whole(unit.span.start),
            length: whole(unit.span.len()),
            stated_at: self.stated_at(),
        }
    }

    /// Whether this message left whom the change describes as they were.
    fn is_only_referred_to(&self, change: &ChartChange) -> bool {
        let described = self.charts.get(&change.key).map(Vec::as_slice).unwrap_or_default();
        !described.iter().any(|(told, _)| *told == change.told)
    }

    fn entry(&mut self, person: PersonId, origin: Origin, terms: Terms, entry: &NewEntry) -> Result<bool, StoreError> {
        let row = EntryRow::new(self.rows, &mut self.words, entry)?;
        let Some((person, origin, row)) = self.where_it_stands(person, origin, row)? else { return Ok(true) };
        let key_hash = row.key_hash;
        let joined = self.told_in_joined_charts(person, origin.chart, key_hash)?;
        let known = self.rows.entry(origin.chart, key_hash)?;
        if terms.only_if_new && (known.is_some() || !joined.is_empty()) {
            return Ok(false);
        }
        let in_pieces = pieces::comes_in_pieces(self.format, &entry.content);
        match known {
            Some(known) => self.entry_again(person, &known, origin, row, in_pieces)?,
            None => self.new_entry(person, origin, row, newest(&joined).filter(|_| in_pieces))?,
        }
        if !joined.is_empty() {
            self.show_the_newest(person, origin.chart, key_hash, joined)?;
        }
        Ok(true)
    }

    /// A thing of which a joined chart was told before in pieces is told on from there.
    fn new_entry(
        &mut self,
        person: PersonId,
        origin: Origin,
        row: EntryRow,
        before: Option<&StoredEntry>,
    ) -> Result<(), StoreError> {
        let before = before.filter(|before| !self.is_late(&before.origin, &origin));
        let row = before.map_or(Ok(row.clone()), |before| pieces::filled(&row, &before.row))?;
        let id = self.rows.next_place(person)?;
        let since = self.next_version(person)?;
        self.applied.entries += 1;
        self.rows.insert_entry(&StoredEntry { id, since, row, origin })
    }

    /// What charts that the source has joined with this one tell under the same key.
    fn told_in_joined_charts(
        &mut self,
        person: PersonId,
        chart: ChartId,
        key_hash: i64,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        if !self.joined.contains_key(&chart) {
            let all = together(chart, &self.rows.joins_of(person)?);
            self.joined.insert(chart, all.into_iter().filter(|one| *one != chart).collect());
        }
        let charts = self.joined.get(&chart).map(Vec::as_slice).unwrap_or_default();
        let found = charts.iter().map(|other| self.rows.entry(*other, key_hash));
        Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// The source goes on telling under one number what it told under another: the newest is shown alone.
    fn show_the_newest(
        &mut self,
        person: PersonId,
        chart: ChartId,
        key_hash: i64,
        mut told: Vec<StoredEntry>,
    ) -> Result<(), StoreError> {
        told.extend(self.rows.entry(chart, key_hash)?);
        let rows = self.rows;
        show_newest(rows, person, &told, &mut || self.next_version(person))
    }

    /// Applies what is said of a known entry.
    pub(crate) fn entry_again(
        &mut self,
        person: PersonId,
        known: &StoredEntry,
        origin: Origin,
        row: EntryRow,
        in_pieces: bool,
    ) -> Result<(), StoreError> {
        if self.is_late(&known.origin, &origin) {
            return self.late_entry(person, known, origin, row, in_pieces);
        }
        let row = if in_pieces { pieces::filled(&row, &known.row)? } else { row };
        if row.says_the_same(&known.row) {
            return self.confirm(known, origin.stated_at);
        }
        let since = self.next_version(person)?;
        self.rows.keep_version(known, since)?;
        // A message without a stated time replaces in order of arrival, and what
        // was stated before still holds off what is older.
        let origin = Origin { stated_at: origin.stated_at.or(known.origin.stated_at), ..origin };
        self.rows.replace_entry(&StoredEntry { id: known.id, since, row, origin })
    }

    /// Whether what is shown came later than this. Where one of the two does not say
    /// when it was made, what is applied by hand has its place in the order of arrival.
    fn is_late(&self, shown: &Origin, origin: &Origin) -> bool {
        let times = shown.stated_at.zip(origin.stated_at);
        let arrived_before = || self.by_hand.is_some_and(|by_hand| shown.message.0 > by_hand.original.0);
        times.map_or_else(arrived_before, |(shown, stated)| stated < shown)
    }

    /// An older message that comes late is kept as an earlier version. It overwrites
    /// nothing, and fills what the messages since have left out.
    fn late_entry(
        &mut self,
        person: PersonId,
        shown: &StoredEntry,
        origin: Origin,
        late: EntryRow,
        in_pieces: bool,
    ) -> Result<(), StoreError> {
        if late.says_the_same(&shown.row) {
            return Ok(());
        }
        let whole = if in_pieces { pieces::filled(&shown.row, &late)? } else { shown.row.clone() };
        // What came late changes nothing that is shown: the version stays as it is.
        let now = self.rows.version(person)?;
        self.rows.keep_version(&StoredEntry { id: shown.id, since: now, row: late, origin }, now)?;
        if whole == shown.row {
            return Ok(());
        }
        let since = self.next_version(person)?;
        self.rows.keep_version(shown, since)?;
        self.rows.replace_entry(&StoredEntry { since, row: whole, ..shown.clone() })
    }

    /// The same was said again, perhaps later: from now on only what is newer than
    /// that may replace it.
    fn confirm(&self, known: &StoredEntry, stated_at: Option<i64>) -> Result<(), StoreError> {
        if stated_at > known.origin.stated_at { self.rows.confirm_entry(known.id, stated_at) } else { Ok(()) }
    }

    /// The person's version that this message makes: it moves once per message.
    pub(crate) fn next_version(&mut self, person: PersonId) -> Result<i64, StoreError> {
        if let Some(version) = self.versions.get(&person) {
            return Ok(*version);
        }
        let version = self.rows.next_version(person)?;
        self.versions.insert(person, version);
        Ok(version)
    }
}
