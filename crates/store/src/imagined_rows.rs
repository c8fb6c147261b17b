//! [`Rows`] of what is imagined: whatever is written stays here, and of whoever is not concerned the real rows are read.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, EntryId, MessageId, PersonId};

use crate::alike::found_here;
use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::error::StoreError;
use crate::imagined::{Imagined, ImaginedDoubt, MADE_HERE};
use crate::joins::{JOIN_DOUBTED, JOIN_HOLDS, JOIN_LEFT, JOIN_PARTED, Join};
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::order::Noted;
use crate::rows::{ChartRow, Found, QuarantineRow, Rows, StoredEntry, ToldRow, WorkItem};
use crate::who_step::{FirstSight, StoredStep};

impl Rows for Imagined<'_> {
    fn message_state(&self, _: MessageId) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }

    fn finish_message(&self, _: MessageId, _: Option<i64>, _: Option<Noted>) -> Result<(), StoreError> {
        Ok(())
    }

    fn keep_unit(&self, _: MessageId, _: u32, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn quarantine(&self, row: QuarantineRow) -> Result<(), StoreError> {
        self.state.borrow_mut().waiting.insert((row.message.0, row.unit), row);
        Ok(())
    }

    fn hand_is_open(&self, _: i64) -> Result<bool, StoreError> {
        Ok(false)
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

    /// Here a chart's key is its number.
    fn chart(&self, _: i64, key: &str) -> Result<Option<ChartRow>, StoreError> {
        key.parse().map_or(Ok(None), |chart| self.chart_row(ChartId(chart)))
    }

    fn charts_of(&self, person: PersonId) -> Result<Vec<ChartRow>, StoreError> {
        let mut rows = self.real.charts_of(person)?;
        rows.retain(|row| !self.now.contains_key(&row.chart));
        rows.extend(self.state.borrow().of_person(person).map(|(row, _)| row.clone()));
        rows.sort_unstable_by_key(|row| row.chart.0);
        Ok(rows)
    }

    fn people_with_number(&self, number: i64, count_max: usize) -> Result<Vec<PersonId>, StoreError> {
        let mut people = self.real.people_with_number(number, count_max + self.people.len())?;
        people.retain(|person| !self.people.contains(person));
        let state = self.state.borrow();
        people.extend(state.charts.values().filter(|(_, keys)| keys.number == Some(number)).map(|(row, _)| row.person));
        people.sort_unstable_by_key(|person| person.0);
        people.dedup();
        people.truncate(count_max);
        Ok(people)
    }

    fn found_under(&self, keys: &[RangeInclusive<i64>], count_max: usize) -> Result<Vec<Vec<Found>>, StoreError> {
        let (others, state) = (self.others()?, self.state.borrow());
        // Each chart has at most one key of a range, so more are not left out of it.
        let left_out = self.now.len() + others.len();
        let real = self.real.found_under(keys, count_max.saturating_add(left_out))?;
        let here = state.charts.values().chain(others);
        Ok(found_here(real, keys, here, |person| self.people.contains(person), count_max))
    }

    /// How often a name is told in the region now: it is not known any more how often it was then.
    fn counted(&self, keys: &[i64]) -> Result<Vec<i64>, StoreError> {
        self.real.counted(keys)
    }

    fn sealed_from(&self, charts: &BTreeSet<ChartId>) -> Result<Vec<(ChartId, ChartId)>, StoreError> {
        self.real.sealed_from(charts)
    }

    /// Whoever began with this chart, or was made for it before, is it again.
    fn new_person(&self, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
        let chart = self.seen_first.get();
        let wanted = wanted.or_else(|| chart.and_then(|chart| self.began.get(&chart)).copied());
        if let Some(person) = wanted
            && self.state.borrow().of_person(person).next().is_none()
            && !self.holds_others(person)?
        {
            return Ok(person);
        }
        let mut state = self.state.borrow_mut();
        let person = PersonId(MADE_HERE + state.made.len() as u64);
        // Where it is not for a first sight, whoever asked for it says for which chart (`SentAway`).
        state.made.insert(person, (chart.unwrap_or(ChartId(0)), chart.is_some()));
        Ok(person)
    }

    fn insert_chart(
        &self,
        source: i64,
        key: &str,
        person: PersonId,
        _: Option<ChartId>,
        told: Option<ToldRow<'_>>,
    ) -> Result<ChartId, StoreError> {
        let chart = key.parse().map(ChartId).map_err(|_| StoreError::NotFound("number of a chart"))?;
        let (text, told_at) = told.as_ref().map_or((None, None), |told| (Some(told.text.to_owned()), told.told_at));
        let row = ChartRow { chart, source, person, told: text, told_at };
        let keys = told.map(|told| told.keys).unwrap_or_default();
        self.state.borrow_mut().charts.insert(chart, (row, keys));
        Ok(chart)
    }

    fn link(&self, _: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        state.row_mut(chart)?.0.person = person;
        state.events.push((chart, person, evidence.to_owned()));
        Ok(())
    }

    fn write_told(&self, chart: ChartId, _: PersonId, told: ToldRow<'_>) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let (row, keys) = state.row_mut(chart)?;
        (row.told, *keys) = (Some(told.text.to_owned()), told.keys);
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

    fn work_item(&self, item: WorkItem) -> Result<bool, StoreError> {
        let doubt = ImaginedDoubt { at_step: self.at_step.get(), item };
        self.state.borrow_mut().doubts.push(doubt);
        Ok(true)
    }

    fn move_chart(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        let mut state = self.state.borrow_mut();
        state.move_doubts(chart, from, to);
        state.row_mut(chart)?.0.person = to;
        Ok(Vec::new())
    }

    fn joins_of(&self, person: PersonId) -> Result<Vec<Join>, StoreError> {
        let mut joins = self.real.joins_of(person)?;
        joins.retain(|join| !self.now.contains_key(&join.prior));
        let state = self.state.borrow();
        let holds = |join: &&Join| join.person == person && matches!(join.state, JOIN_HOLDS | JOIN_LEFT);
        joins.extend(state.joins.values().filter(holds).cloned());
        joins.sort_unstable_by_key(|join| (join.message.0, join.unit, join.prior.0, join.survivor.0));
        Ok(joins)
    }

    fn was_parted(&self, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError> {
        if !self.now.contains_key(&prior) && !self.now.contains_key(&survivor) {
            return self.real.was_parted(prior, survivor);
        }
        let state = self.state.borrow();
        let join = state.joins.get(&(prior, survivor));
        Ok(join.is_some_and(|join| matches!(join.state, JOIN_PARTED | JOIN_DOUBTED)))
    }

    fn put_join(&self, join: &Join) -> Result<(), StoreError> {
        self.state.borrow_mut().joins.insert((join.prior, join.survivor), join.clone());
        Ok(())
    }

    fn refiled_of(&self, _: ChartId) -> Result<Vec<Refiled>, StoreError> {
        Ok(Vec::new())
    }

    fn put_refiled(&self, _: &Refiled) -> Result<(), StoreError> {
        Ok(())
    }

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
        if self.now.contains_key(&chart) {
            return Ok(self.state.borrow().charts.get(&chart).map(|(row, _)| row.clone()));
        }
        self.real.chart_row(chart)
    }

    fn kept_apart(&self, chart: ChartId) -> Result<Vec<KeptApart>, StoreError> {
        let mut kept = self.real.kept_apart(chart)?;
        kept.retain(|one| !self.now.contains_key(&one.chart) || !self.now.contains_key(&one.other));
        kept.extend(self.state.borrow().kept.values().filter(|one| one.chart == chart).copied());
        kept.sort_unstable_by_key(|one| one.other.0);
        Ok(kept)
    }

    fn keep_apart(&self, kept: KeptApart) -> Result<(), StoreError> {
        self.state.borrow_mut().kept.insert((kept.chart, kept.other), kept);
        Ok(())
    }

    fn bring_together(&self, one: ChartId, other: ChartId) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        state.kept.remove(&(one, other));
        state.kept.remove(&(other, one));
        Ok(())
    }

    fn hand_link_to(&self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError> {
        if !self.now.contains_key(&chart) {
            return self.real.hand_link_to(chart, person);
        }
        let state = self.state.borrow();
        let to = state.links.values().filter(|link| (link.chart, link.person) == (chart, person));
        Ok(to.max_by_key(|link| link.step).copied())
    }

    fn put_hand_link(&self, link: HandLink) -> Result<(), StoreError> {
        self.state.borrow_mut().links.insert((link.chart, link.step), link);
        Ok(())
    }

    fn take_hand_link(&self, chart: ChartId, step: i64) -> Result<(), StoreError> {
        self.state.borrow_mut().links.remove(&(chart, step));
        Ok(())
    }

    fn people_before(&self, chart: ChartId) -> Result<Vec<PersonId>, StoreError> {
        let state = self.state.borrow();
        Ok(state.events.iter().rev().filter(|(one, ..)| *one == chart).map(|(_, person, _)| *person).collect())
    }

    /// Whoever is not concerned came before all of this.
    fn came(&self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
        if !self.now.contains_key(&chart) {
            return Ok(Some(-1));
        }
        Ok(self.state.borrow().came(chart, person).and_then(|event| i64::try_from(event).ok()))
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

    fn steps_of(&self, _: ChartId) -> Result<Option<Vec<StoredStep>>, StoreError> {
        Ok(None)
    }

    fn first_sight_of(&self, _: ChartId) -> Result<Option<FirstSight>, StoreError> {
        Ok(None)
    }

    fn doubted_with(&self, _: PersonId) -> Result<Vec<PersonId>, StoreError> {
        Ok(Vec::new())
    }

    fn unit_waits(&self, message: MessageId, unit: u32) -> Result<bool, StoreError> {
        Ok(self.state.borrow().waiting.contains_key(&(message.0, unit)))
    }

    fn settle_unit(&self, message: MessageId, unit: u32) -> Result<(), StoreError> {
        self.state.borrow_mut().waiting.remove(&(message.0, unit));
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

    fn begin_attempt(&self) -> Result<(), StoreError> {
        *self.before.borrow_mut() = Some(self.state.borrow().clone());
        Ok(())
    }

    fn undo_attempt(&self) -> Result<(), StoreError> {
        if let Some(before) = self.before.borrow().as_ref() {
            self.state.borrow_mut().clone_from(before);
        }
        Ok(())
    }

    fn end_attempt(&self) -> Result<(), StoreError> {
        *self.before.borrow_mut() = None;
        Ok(())
    }
}
