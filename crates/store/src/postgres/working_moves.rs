//! Moving charts and what hangs on them, in memory, as `sqlite/moves.rs` does.

use record::{ChartId, EntryId, PersonId};

use super::working::{ChartVersion, HeldWorkItem, Move, State};
use crate::covered::Covered;
use crate::error::StoreError;
use crate::joins::{JOIN_DOUBTED, JOIN_HOLDS, JOIN_LEFT, JOIN_PARTED, Join};
use crate::rows::{StoredEntry, WorkItem};

impl State {
    pub(super) fn move_chart(
        &mut self,
        chart: ChartId,
        from: PersonId,
        to: PersonId,
    ) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        self.whole(chart)?;
        let id = chart.0.cast_signed();
        let until = self.change_person(from.0.cast_signed(), |row| row.version += 1)?.version;
        let since = self.change_person(to.0.cast_signed(), |row| row.version += 1)?.version;
        let entries = self.move_entries(id, to, since, until)?;
        let mut held = self.chart(id)?;
        self.added.chart_versions.push(ChartVersion { row: held.row.clone(), since: held.since, until });
        held.since = since;
        self.charts.set(id, held.clone());
        let is_only = self.charts_of_person.of(&from.0.cast_signed()).iter().all(|one| *one == id);
        self.move_doubts((from, to), chart, is_only);
        self.added.moves.push(Move {
            chart: id,
            source: held.row.source,
            key: held.key,
            is_only,
            quarantined_before: self.added.quarantine.len(),
            from: from.0.cast_signed(),
            to: to.0.cast_signed(),
            since,
            entries: entries.clone(),
        });
        self.change_person(from.0.cast_signed(), |row| row.link_version += 1)?;
        let unsigned = |(old, new): (i64, i64)| (EntryId(old.cast_unsigned()), EntryId(new.cast_unsigned()));
        Ok(entries.into_iter().map(unsigned).collect())
    }

    /// All entries of a chart. Where they are not all here, the message has to be
    /// applied anew with them.
    pub(super) fn whole(&mut self, chart: ChartId) -> Result<Vec<StoredEntry>, StoreError> {
        if !self.whole_charts.contains(&chart.0.cast_signed()) {
            self.missing_entries_of = Some(chart.0.cast_signed());
            return Err(StoreError::NotFound("entries of a chart in memory"));
        }
        let mut entries: Vec<StoredEntry> =
            self.entries.values().filter(|entry| entry.origin.chart == chart).cloned().collect();
        entries.sort_unstable_by_key(|entry| entry.id.0);
        Ok(entries)
    }

    pub(super) fn joins_of(&self, person: PersonId) -> Vec<Join> {
        let holds = |join: &&Join| join.person == person && matches!(join.state, JOIN_HOLDS | JOIN_LEFT);
        let mut joins: Vec<Join> = self.joins.values().filter(holds).cloned().collect();
        joins.sort_unstable_by_key(|join| (join.message.0, join.unit, join.prior.0, join.survivor.0));
        joins
    }

    pub(super) fn was_parted(&self, prior: ChartId, survivor: ChartId) -> bool {
        let join = self.joins.get(&(prior.0.cast_signed(), survivor.0.cast_signed()));
        join.is_some_and(|join| matches!(join.state, JOIN_PARTED | JOIN_DOUBTED))
    }

    pub(super) fn covered_of(&self, person: PersonId) -> Vec<Covered> {
        let is_covered = |one: &&Covered| one.entry.person() == person && one.until.is_none();
        let mut covered: Vec<Covered> = self.covered.values().filter(is_covered).cloned().collect();
        covered.sort_unstable_by_key(|one| one.entry.0);
        covered
    }

    pub(super) fn next_place(&mut self, person: PersonId) -> Result<EntryId, StoreError> {
        let next = self.change_person(person.0.cast_signed(), |row| row.next_place += 1)?.next_place - 1;
        EntryId::new(person, next.cast_unsigned()).ok_or(StoreError::RecordFull)
    }

    /// Moves entries as `sqlite/moves.rs` does, and gives their ids before and after.
    fn move_entries(
        &mut self,
        chart: i64,
        to: PersonId,
        since: i64,
        until: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let entries = self.whole(ChartId(chart.cast_unsigned()))?;
        let mut moved = Vec::new();
        for entry in entries {
            let new = self.next_place(to)?;
            let old = entry.id;
            let earlier: Vec<_> = self.added.entry_versions.iter().filter(|(one, _)| one.id == old).cloned().collect();
            let here = earlier.into_iter().map(|(one, _)| (StoredEntry { id: new, since, ..one }, since));
            self.added.entry_versions.extend(here);
            self.added.entry_versions.push((entry.clone(), until));
            self.entries.remove(old.0.cast_signed());
            self.entry_by_key.set((chart, entry.row.key_hash), new.0.cast_signed());
            self.entries.set(new.0.cast_signed(), StoredEntry { id: new, since, ..entry });
            moved.push((old.0.cast_signed(), new.0.cast_signed()));
        }
        Ok(moved)
    }

    /// Keeps a doubt, unless the same one waits; whether it was kept.
    pub(super) fn doubt(&mut self, item: WorkItem) -> bool {
        let same = |held: &HeldWorkItem| {
            let known = &held.item;
            held.is_open
                && (known.kind.as_ref(), known.person, known.other, known.chart)
                    == (item.kind.as_ref(), item.person, item.other, item.chart)
        };
        if self.work_items.values().any(same) {
            return false;
        }
        self.added.work_items += 1;
        self.work_items.set(-self.added.work_items, HeldWorkItem { item, is_open: true });
        true
    }

    /// What is doubted about one person is doubted about the other; whether the two
    /// are one person has just been decided.
    fn move_doubts(&mut self, (from, to): (PersonId, PersonId), chart: ChartId, is_only: bool) {
        let changed: Vec<(i64, HeldWorkItem)> = self.work_items.all().map(|(key, held)| (*key, held.clone())).collect();
        for (key, mut held) in changed.into_iter().filter(|(_, held)| is_only || held.item.chart == chart) {
            let before = (held.item.person, held.item.other);
            if held.item.person == from {
                held.item.person = to;
            }
            if held.item.other == Some(from) {
                held.item.other = Some(to);
            }
            if held.item.person == to && held.item.other == Some(to) {
                held.is_open = false;
            }
            if before != (held.item.person, held.item.other) {
                self.work_items.set(key, held);
            }
        }
    }
}
