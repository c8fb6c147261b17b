//! [`Rows`] that are read and not written.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, EntryId, MessageId, PersonId};

use crate::alike::found_here;
use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::error::StoreError;
use crate::foreseen::MADE_WHERE_FORESEEN;
use crate::joins::{JOIN_DOUBTED, JOIN_HOLDS, JOIN_LEFT, JOIN_PARTED, Join};
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::order::Noted;
use crate::read_only::ReadOnly;
use crate::rows::{ChartRow, Found, QuarantineRow, Rows, StoredEntry, ToldRow, WorkItem};
use crate::who_step::{FirstSight, StoredStep};

/// The number of the first event that is not written: beyond any of the store's.
const EVENTS_HERE: i64 = 1 << 62;

impl Rows for ReadOnly<'_> {
    fn message_state(&self, message: MessageId) -> Result<Option<i64>, StoreError> {
        self.real.message_state(message)
    }

    fn finish_message(&self, _: MessageId, _: Option<i64>, _: Option<Noted>) -> Result<(), StoreError> {
        Ok(())
    }

    fn keep_unit(&self, _: MessageId, _: u32, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn quarantine(&self, _: QuarantineRow) -> Result<(), StoreError> {
        Ok(())
    }

    fn hand_is_open(&self, request: i64) -> Result<bool, StoreError> {
        self.real.hand_is_open(request)
    }

    fn finish_hand(&self, _: HandDone) -> Result<(), StoreError> {
        Ok(())
    }

    fn note_chart(&self, _: MessageId, _: ChartId) -> Result<(), StoreError> {
        Ok(())
    }

    fn note_mentioned(&self, _: MessageId, _: i64, _: &str, _: Option<i64>) -> Result<(), StoreError> {
        Ok(())
    }

    fn chart(&self, source: i64, key: &str) -> Result<Option<ChartRow>, StoreError> {
        self.real.chart(source, key)?.map_or(Ok(None), |row| self.chart_row(row.chart))
    }

    fn charts_of(&self, person: PersonId) -> Result<Vec<ChartRow>, StoreError> {
        let state = self.state.borrow();
        if !state.people.contains(&person) {
            return self.real.charts_of(person);
        }
        Ok(state.charts.values().filter(|(row, _)| row.person == person).map(|(row, _)| row.clone()).collect())
    }

    fn people_with_number(&self, number: i64, count_max: usize) -> Result<Vec<PersonId>, StoreError> {
        let state = self.state.borrow();
        let mut people = self.real.people_with_number(number, count_max + state.people.len())?;
        people.retain(|person| !state.people.contains(person));
        people.extend(state.charts.values().filter(|(_, keys)| keys.number == Some(number)).map(|(row, _)| row.person));
        people.sort_unstable_by_key(|person| person.0);
        people.dedup();
        people.truncate(count_max);
        Ok(people)
    }

    fn found_under(&self, keys: &[RangeInclusive<i64>], count_max: usize) -> Result<Vec<Vec<Found>>, StoreError> {
        let state = self.state.borrow();
        // Each chart has at most one key of a range, so more are not left out of it.
        let real = self.real.found_under(keys, count_max.saturating_add(state.charts.len()))?;
        Ok(found_here(real, keys, state.charts.values(), |person| state.people.contains(person), count_max))
    }

    fn counted(&self, keys: &[i64]) -> Result<Vec<i64>, StoreError> {
        self.real.counted(keys)
    }

    fn sealed_from(&self, charts: &BTreeSet<ChartId>) -> Result<Vec<(ChartId, ChartId)>, StoreError> {
        self.real.sealed_from(charts)
    }

    fn new_person(&self, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
        if let Some(person) = wanted
            && self.charts_of(person)?.is_empty()
        {
            return Ok(person);
        }
        let mut state = self.state.borrow_mut();
        state.made += 1;
        Ok(PersonId(MADE_WHERE_FORESEEN + state.made))
    }

    /// No decision is about a chart that nobody knows.
    fn insert_chart(
        &self,
        _: i64,
        _: &str,
        _: PersonId,
        _: Option<ChartId>,
        _: Option<ToldRow<'_>>,
    ) -> Result<ChartId, StoreError> {
        Err(StoreError::NotFound("number for a new chart"))
    }

    fn link(&self, _: i64, chart: ChartId, person: PersonId, _: &str) -> Result<(), StoreError> {
        self.state.borrow_mut().events.push((chart, person));
        Ok(())
    }

    fn write_told(&self, _: ChartId, _: PersonId, _: ToldRow<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn confirm_told(&self, _: ChartId, _: Option<i64>) -> Result<(), StoreError> {
        Ok(())
    }

    fn update_restriction(&self, _: PersonId) -> Result<(), StoreError> {
        Ok(())
    }

    fn chart_came(&self, _: PersonId, _: bool) -> Result<(), StoreError> {
        Ok(())
    }

    fn links_moved(&self, _: PersonId) -> Result<(), StoreError> {
        Ok(())
    }

    fn work_item(&self, _: WorkItem) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn move_chart(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        self.take(from)?;
        self.take(to)?;
        let mut state = self.state.borrow_mut();
        let (row, _) = state.charts.get_mut(&chart).ok_or(StoreError::NotFound("chart"))?;
        row.person = to;
        Ok(Vec::new())
    }

    fn joins_of(&self, person: PersonId) -> Result<Vec<Join>, StoreError> {
        let state = self.state.borrow();
        let mut joins = self.real.joins_of(person)?;
        joins.retain(|join| !state.joins.contains_key(&(join.prior, join.survivor)));
        let holds = |join: &&Join| join.person == person && matches!(join.state, JOIN_HOLDS | JOIN_LEFT);
        joins.extend(state.joins.values().filter(holds).cloned());
        joins.sort_unstable_by_key(|join| (join.message.0, join.unit, join.prior.0, join.survivor.0));
        Ok(joins)
    }

    fn was_parted(&self, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError> {
        match self.state.borrow().joins.get(&(prior, survivor)) {
            Some(join) => Ok(matches!(join.state, JOIN_PARTED | JOIN_DOUBTED)),
            None => self.real.was_parted(prior, survivor),
        }
    }

    fn put_join(&self, join: &Join) -> Result<(), StoreError> {
        self.state.borrow_mut().joins.insert((join.prior, join.survivor), join.clone());
        Ok(())
    }

    fn refiled_of(&self, chart: ChartId) -> Result<Vec<Refiled>, StoreError> {
        self.real.refiled_of(chart)
    }

    fn put_refiled(&self, _: &Refiled) -> Result<(), StoreError> {
        Ok(())
    }

    /// An entry is where its chart is: nothing asks for one to know where that goes.
    fn entries_of(&self, _: ChartId) -> Result<Vec<StoredEntry>, StoreError> {
        Ok(Vec::new())
    }

    fn covered_of(&self, _: PersonId) -> Result<Vec<Covered>, StoreError> {
        Ok(Vec::new())
    }

    fn put_covered(&self, _: PersonId, _: &Covered) -> Result<(), StoreError> {
        Ok(())
    }

    fn chart_row(&self, chart: ChartId) -> Result<Option<ChartRow>, StoreError> {
        match self.state.borrow().charts.get(&chart) {
            Some((row, _)) => Ok(Some(row.clone())),
            None => self.real.chart_row(chart),
        }
    }

    fn kept_apart(&self, chart: ChartId) -> Result<Vec<KeptApart>, StoreError> {
        let state = self.state.borrow();
        let mut kept = self.real.kept_apart(chart)?;
        kept.retain(|one| !state.kept.contains_key(&(one.chart, one.other)));
        kept.extend(state.kept.values().flatten().filter(|one| one.chart == chart).copied());
        kept.sort_unstable_by_key(|one| one.other.0);
        Ok(kept)
    }

    fn keep_apart(&self, kept: KeptApart) -> Result<(), StoreError> {
        self.state.borrow_mut().kept.insert((kept.chart, kept.other), Some(kept));
        Ok(())
    }

    fn bring_together(&self, one: ChartId, other: ChartId) -> Result<(), StoreError> {
        self.state.borrow_mut().kept.extend([((one, other), None), ((other, one), None)]);
        Ok(())
    }

    fn hand_link_to(&self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError> {
        let state = self.state.borrow();
        let real = self.real.hand_link_to(chart, person)?;
        let real = real.filter(|link| !state.links.contains_key(&(chart, link.step)));
        let here = state.links.values().flatten().filter(|link| (link.chart, link.person) == (chart, person));
        Ok(here.copied().chain(real).max_by_key(|link| link.step))
    }

    fn put_hand_link(&self, link: HandLink) -> Result<(), StoreError> {
        self.state.borrow_mut().links.insert((link.chart, link.step), Some(link));
        Ok(())
    }

    fn take_hand_link(&self, chart: ChartId, step: i64) -> Result<(), StoreError> {
        self.state.borrow_mut().links.insert((chart, step), None);
        Ok(())
    }

    fn people_before(&self, chart: ChartId) -> Result<Vec<PersonId>, StoreError> {
        let state = self.state.borrow();
        let here = state.events.iter().rev().filter(|(one, _)| *one == chart).map(|(_, person)| *person);
        Ok(here.chain(self.real.people_before(chart)?).collect())
    }

    fn came(&self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
        match self.state.borrow().events.iter().rposition(|event| *event == (chart, person)) {
            Some(place) => Ok(i64::try_from(place).ok().map(|place| EVENTS_HERE + place)),
            None => self.real.came(chart, person),
        }
    }

    fn close_doubts(&self, _: i64, _: Option<(PersonId, PersonId)>) -> Result<(), StoreError> {
        Ok(())
    }

    fn name_both(&self, _: i64, _: PersonId, _: PersonId) -> Result<(), StoreError> {
        Ok(())
    }

    fn open_doubt(&self, _: i64, _: (PersonId, PersonId)) -> Result<(), StoreError> {
        Ok(())
    }

    fn note_step(&self, _: &[ChartId], _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn steps_of(&self, chart: ChartId) -> Result<Option<Vec<StoredStep>>, StoreError> {
        self.real.steps_of(chart)
    }

    fn first_sight_of(&self, chart: ChartId) -> Result<Option<FirstSight>, StoreError> {
        self.real.first_sight_of(chart)
    }

    fn doubted_with(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        self.real.doubted_with(person)
    }

    fn unit_waits(&self, message: MessageId, unit: u32) -> Result<bool, StoreError> {
        self.real.unit_waits(message, unit)
    }

    fn settle_unit(&self, _: MessageId, _: u32) -> Result<(), StoreError> {
        Ok(())
    }

    fn version(&self, _: PersonId) -> Result<i64, StoreError> {
        Ok(0)
    }

    fn next_version(&self, _: PersonId) -> Result<i64, StoreError> {
        Ok(0)
    }

    fn next_place(&self, person: PersonId) -> Result<EntryId, StoreError> {
        EntryId::new(person, 0).ok_or(StoreError::RecordFull)
    }

    fn word(&self, _: &str) -> Result<i64, StoreError> {
        Err(StoreError::NotFound("word"))
    }

    fn entry(&self, _: ChartId, _: i64) -> Result<Option<StoredEntry>, StoreError> {
        Ok(None)
    }

    fn insert_entry(&self, _: &StoredEntry) -> Result<(), StoreError> {
        Ok(())
    }

    fn replace_entry(&self, _: &StoredEntry) -> Result<(), StoreError> {
        Ok(())
    }

    fn confirm_entry(&self, _: EntryId, _: Option<i64>) -> Result<(), StoreError> {
        Ok(())
    }

    fn keep_version(&self, _: &StoredEntry, _: i64) -> Result<(), StoreError> {
        Ok(())
    }

    /// Nothing that is only foreseen is compared with what was shown, and so nothing is undone.
    fn begin_attempt(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn undo_attempt(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn end_attempt(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
