//! [`Rows`] in memory.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, EntryId, MessageId, PersonId};

use super::working::{HeldChart, MessageState, WorkingSet};
use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::error::StoreError;
use crate::inbox::STATE_DONE;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::order::Noted;
use crate::rows::{ChartRow, Found, QuarantineRow, Rows, StoredEntry, ToldRow, WorkItem};
use crate::told;
use crate::who_step::{FirstSight, StoredStep};

impl Rows for WorkingSet {
    fn message_state(&self, message: MessageId) -> Result<Option<i64>, StoreError> {
        Ok(self.state.borrow().messages.get(&message.0.cast_signed()).map(|message| message.state))
    }

    fn finish_message(
        &self,
        message: MessageId,
        stated_at: Option<i64>,
        noted: Option<Noted>,
    ) -> Result<(), StoreError> {
        let done = MessageState { state: STATE_DONE, stated_at };
        let mut state = self.state.borrow_mut();
        state.messages.set(message.0.cast_signed(), done);
        state.added.order.extend(noted.map(|noted| (message.0.cast_signed(), noted)));
        Ok(())
    }

    fn keep_unit(&self, message: MessageId, unit: u32, kind: &str) -> Result<(), StoreError> {
        let row = (message.0.cast_signed(), i64::from(unit), kind.to_owned());
        self.state.borrow_mut().added.kept.push(row);
        Ok(())
    }

    /// Of whom it speaks is what was known before it, whoever else is of the group.
    fn quarantine(&self, row: QuarantineRow) -> Result<(), StoreError> {
        for one in &row.about {
            let key = one.key.as_deref().unwrap_or_default();
            self.note_mentioned(row.message, row.source, key, one.number())?;
        }
        self.state.borrow_mut().added.quarantine.push(row);
        Ok(())
    }

    fn hand_is_open(&self, request: i64) -> Result<bool, StoreError> {
        let state = self.state.borrow();
        let is_done = state.added.hands.iter().any(|done| done.request == request);
        Ok(state.open_hands.contains(&request) && !is_done)
    }

    fn finish_hand(&self, done: HandDone) -> Result<(), StoreError> {
        self.state.borrow_mut().added.hands.push(done);
        Ok(())
    }

    fn note_chart(&self, message: MessageId, chart: ChartId) -> Result<(), StoreError> {
        self.state.borrow_mut().added.mentions.push((message.0.cast_signed(), chart.0.cast_signed()));
        Ok(())
    }

    fn note_mentioned(
        &self,
        message: MessageId,
        source: i64,
        key: &str,
        number: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let mut charts: Vec<i64> = number.map(|number| state.charts_by_number.of(&number).to_vec()).unwrap_or_default();
        charts.extend(state.chart_by_key.get(&(source, key.to_owned())));
        let message = message.0.cast_signed();
        state.added.mentions.extend(charts.into_iter().map(|chart| (message, chart)));
        Ok(())
    }

    fn chart(&self, source: i64, key: &str) -> Result<Option<ChartRow>, StoreError> {
        let state = self.state.borrow();
        let id = state.chart_by_key.get(&(source, key.to_owned()));
        Ok(id.and_then(|id| state.charts.get(id)).map(|chart| chart.row.clone()))
    }

    fn charts_of(&self, person: PersonId) -> Result<Vec<ChartRow>, StoreError> {
        let state = self.state.borrow();
        let mut ids = state.charts_of_person.of(&person.0.cast_signed()).to_vec();
        ids.sort_unstable();
        Ok(ids.iter().filter_map(|id| state.charts.get(id)).map(|chart| chart.row.clone()).collect())
    }

    fn people_with_number(&self, number: i64, count_max: usize) -> Result<Vec<PersonId>, StoreError> {
        let state = self.state.borrow();
        let charts = state.charts_by_number.of(&number).iter().filter_map(|chart| state.charts.get(chart));
        let mut people: Vec<PersonId> = charts.map(|chart| chart.row.person).collect();
        people.sort_unstable_by_key(|person| person.0);
        people.dedup();
        people.truncate(count_max);
        Ok(people)
    }

    fn found_under(&self, keys: &[RangeInclusive<i64>], count_max: usize) -> Result<Vec<Vec<Found>>, StoreError> {
        let state = self.state.borrow();
        Ok(keys.iter().map(|range| state.found_under(range, count_max)).collect())
    }

    fn counted(&self, keys: &[i64]) -> Result<Vec<i64>, StoreError> {
        let state = self.state.borrow();
        Ok(keys.iter().map(|key| state.counted(*key)).collect())
    }

    fn sealed_from(&self, charts: &BTreeSet<ChartId>) -> Result<Vec<(ChartId, ChartId)>, StoreError> {
        let state = self.state.borrow();
        Ok(charts.iter().flat_map(|chart| state.sealed_from(*chart).into_iter().map(|other| (*chart, other))).collect())
    }

    fn new_person(&self, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
        self.state.borrow_mut().new_person(wanted)
    }

    fn insert_chart(
        &self,
        source: i64,
        key: &str,
        person: PersonId,
        wanted: Option<ChartId>,
        told: Option<ToldRow<'_>>,
    ) -> Result<ChartId, StoreError> {
        let mut state = self.state.borrow_mut();
        let wanted = wanted.map(|wanted| wanted.0.cast_signed());
        let id = wanted.or_else(|| state.spare_charts.pop()).ok_or(StoreError::NotFound("number for a new chart"))?;
        let since = state.person(person.0.cast_signed())?.version + 1;
        let chart = ChartId(id.cast_unsigned());
        let row = ChartRow { chart, source, person, told: None, told_at: None };
        state.charts.set(id, HeldChart { row, key: key.to_owned(), since });
        state.chart_by_key.set((source, key.to_owned()), id);
        state.charts_of_person.add(person.0.cast_signed(), id);
        state.whole_charts.insert(id);
        state.people_before.set(id, Vec::new());
        drop(state);
        told.map_or(Ok(()), |told| self.write_told(chart, person, told))?;
        Ok(chart)
    }

    fn link(&self, at: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let (id, to) = (chart.0.cast_signed(), person.0.cast_signed());
        state.added.links.push((at, id, to, evidence.to_owned()));
        state.comes_to(id, to);
        let mut held = state.chart(id)?;
        state.charts_of_person.take_away(held.row.person.0.cast_signed(), id);
        state.charts_of_person.add(to, id);
        held.row.person = person;
        state.charts.set(id, held);
        Ok(())
    }

    fn write_told(&self, chart: ChartId, person: PersonId, told: ToldRow<'_>) -> Result<(), StoreError> {
        self.state.borrow_mut().write_told(chart, person, told)
    }

    fn confirm_told(&self, chart: ChartId, told_at: Option<i64>) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let mut held = state.chart(chart.0.cast_signed())?;
        held.row.told_at = told_at;
        state.charts.set(chart.0.cast_signed(), held);
        Ok(())
    }

    fn update_restriction(&self, person: PersonId) -> Result<(), StoreError> {
        let told = self.charts_of(person)?.into_iter().filter_map(|chart| chart.told);
        let mut restricted = false;
        for told in told {
            restricted |= told::from_text(&told)?.who.restricted;
        }
        self.state.borrow_mut().told_anew(person, |_| restricted)
    }

    fn chart_came(&self, person: PersonId, says_restricted: bool) -> Result<(), StoreError> {
        self.state.borrow_mut().told_anew(person, |before| before || says_restricted)
    }

    fn links_moved(&self, person: PersonId) -> Result<(), StoreError> {
        self.state.borrow_mut().change_person(person.0.cast_signed(), |row| row.link_version += 1)?;
        Ok(())
    }

    fn work_item(&self, item: WorkItem) -> Result<bool, StoreError> {
        Ok(self.state.borrow_mut().doubt(item))
    }

    fn move_chart(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        self.state.borrow_mut().move_chart(chart, from, to)
    }

    fn joins_of(&self, person: PersonId) -> Result<Vec<Join>, StoreError> {
        Ok(self.state.borrow().joins_of(person))
    }

    fn was_parted(&self, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError> {
        Ok(self.state.borrow().was_parted(prior, survivor))
    }

    fn put_join(&self, join: &Join) -> Result<(), StoreError> {
        let key = (join.prior.0.cast_signed(), join.survivor.0.cast_signed());
        self.state.borrow_mut().joins.set(key, join.clone());
        Ok(())
    }

    fn refiled_of(&self, chart: ChartId) -> Result<Vec<Refiled>, StoreError> {
        let state = self.state.borrow();
        Ok(state.refiled.values().filter(|refiled| refiled.chart == chart).cloned().collect())
    }

    fn put_refiled(&self, refiled: &Refiled) -> Result<(), StoreError> {
        self.state.borrow_mut().refiled.set(super::refiled::key(refiled), refiled.clone());
        Ok(())
    }

    fn entries_of(&self, chart: ChartId) -> Result<Vec<StoredEntry>, StoreError> {
        self.state.borrow_mut().whole(chart)
    }

    fn covered_of(&self, person: PersonId) -> Result<Vec<Covered>, StoreError> {
        Ok(self.state.borrow().covered_of(person))
    }

    fn put_covered(&self, _: PersonId, covered: &Covered) -> Result<(), StoreError> {
        let key = (covered.entry.0.cast_signed(), covered.since);
        self.state.borrow_mut().covered.set(key, covered.clone());
        Ok(())
    }

    fn chart_row(&self, chart: ChartId) -> Result<Option<ChartRow>, StoreError> {
        Ok(self.state.borrow().charts.get(&chart.0.cast_signed()).map(|held| held.row.clone()))
    }

    fn kept_apart(&self, chart: ChartId) -> Result<Vec<KeptApart>, StoreError> {
        Ok(self.state.borrow().kept_apart_from(chart))
    }

    fn keep_apart(&self, kept: KeptApart) -> Result<(), StoreError> {
        self.state.borrow_mut().kept_apart.set((kept.chart.0.cast_signed(), kept.other.0.cast_signed()), kept);
        Ok(())
    }

    fn bring_together(&self, one: ChartId, other: ChartId) -> Result<(), StoreError> {
        self.state.borrow_mut().bring_together(one.0.cast_signed(), other.0.cast_signed());
        Ok(())
    }

    fn hand_link_to(&self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError> {
        self.state.borrow_mut().hand_link_to(chart, person)
    }

    fn put_hand_link(&self, link: HandLink) -> Result<(), StoreError> {
        self.state.borrow_mut().hand_links.set((link.chart.0.cast_signed(), link.step), link);
        Ok(())
    }

    fn take_hand_link(&self, chart: ChartId, step: i64) -> Result<(), StoreError> {
        self.state.borrow_mut().hand_links.remove((chart.0.cast_signed(), step));
        Ok(())
    }

    fn people_before(&self, chart: ChartId) -> Result<Vec<PersonId>, StoreError> {
        let state = self.state.borrow();
        let before = state.people_before.get(&chart.0.cast_signed()).map(Vec::as_slice).unwrap_or_default();
        Ok(before.iter().map(|(person, _)| PersonId(person.cast_unsigned())).collect())
    }

    fn came(&self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
        self.state.borrow_mut().came_to(chart, person)
    }

    fn close_doubts(&self, item: i64, between: Option<(PersonId, PersonId)>) -> Result<(), StoreError> {
        self.state.borrow_mut().close_doubts(item, between);
        Ok(())
    }

    fn name_both(&self, item: i64, person: PersonId, other: PersonId) -> Result<(), StoreError> {
        self.state.borrow_mut().name_both(item, person, other);
        Ok(())
    }

    fn open_doubt(&self, item: i64, people: (PersonId, PersonId)) -> Result<(), StoreError> {
        self.state.borrow_mut().open_doubt(item, people);
        Ok(())
    }

    fn note_step(&self, charts: &[ChartId], step: &str) -> Result<(), StoreError> {
        self.state.borrow_mut().note_step(charts, step);
        Ok(())
    }

    fn steps_of(&self, chart: ChartId) -> Result<Option<Vec<StoredStep>>, StoreError> {
        Ok(self.state.borrow().steps.get(&chart.0.cast_signed()).cloned())
    }

    fn first_sight_of(&self, chart: ChartId) -> Result<Option<FirstSight>, StoreError> {
        Ok(self.state.borrow().first_sights.get(&chart.0.cast_signed()).cloned())
    }

    fn doubted_with(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        Ok(self.state.borrow().doubted_with(person))
    }

    fn unit_waits(&self, message: MessageId, unit: u32) -> Result<bool, StoreError> {
        Ok(self.state.borrow().waiting_units.contains(&(message.0.cast_signed(), i64::from(unit))))
    }

    fn settle_unit(&self, message: MessageId, unit: u32) -> Result<(), StoreError> {
        self.state.borrow_mut().added.settled.push((message.0.cast_signed(), i64::from(unit)));
        Ok(())
    }

    fn version(&self, person: PersonId) -> Result<i64, StoreError> {
        Ok(self.state.borrow().person(person.0.cast_signed())?.version)
    }

    fn next_version(&self, person: PersonId) -> Result<i64, StoreError> {
        Ok(self.state.borrow_mut().change_person(person.0.cast_signed(), |row| row.version += 1)?.version)
    }

    fn next_place(&self, person: PersonId) -> Result<EntryId, StoreError> {
        self.state.borrow_mut().next_place(person)
    }

    fn word(&self, text: &str) -> Result<i64, StoreError> {
        self.state.borrow().words.get(text).copied().ok_or(StoreError::NotFound("word"))
    }

    fn entry(&self, chart: ChartId, key_hash: i64) -> Result<Option<StoredEntry>, StoreError> {
        let state = self.state.borrow();
        let id = state.entry_by_key.get(&(chart.0.cast_signed(), key_hash));
        Ok(id.and_then(|id| state.entries.get(id)).cloned())
    }

    fn insert_entry(&self, entry: &StoredEntry) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let id = entry.id.0.cast_signed();
        state.entry_by_key.set((entry.origin.chart.0.cast_signed(), entry.row.key_hash), id);
        state.entries.set(id, entry.clone());
        Ok(())
    }

    fn replace_entry(&self, entry: &StoredEntry) -> Result<(), StoreError> {
        self.state.borrow_mut().entries.set(entry.id.0.cast_signed(), entry.clone());
        Ok(())
    }

    fn confirm_entry(&self, id: EntryId, stated_at: Option<i64>) -> Result<(), StoreError> {
        let mut state = self.state.borrow_mut();
        let id = id.0.cast_signed();
        let mut entry = state.entries.get(&id).cloned().ok_or(StoreError::NotFound("entry"))?;
        entry.origin.stated_at = stated_at;
        state.entries.set(id, entry);
        Ok(())
    }

    fn keep_version(&self, entry: &StoredEntry, until: i64) -> Result<(), StoreError> {
        self.state.borrow_mut().added.entry_versions.push((entry.clone(), until));
        Ok(())
    }

    fn begin_attempt(&self) -> Result<(), StoreError> {
        self.state.borrow_mut().begin_attempt();
        Ok(())
    }

    fn undo_attempt(&self) -> Result<(), StoreError> {
        self.state.borrow_mut().undo_attempt();
        Ok(())
    }

    fn end_attempt(&self) -> Result<(), StoreError> {
        self.state.borrow_mut().end_attempt();
        Ok(())
    }
}
