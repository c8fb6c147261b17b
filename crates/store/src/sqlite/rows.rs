//! [`Rows`] on the embedded database: a statement for each.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{ChartId, EntryId, MessageId, PersonId};
use rusqlite::Connection;

use super::{alike, by_hand, chart_rows, entry_rows, joins, link_rows, message_rows, order, who_steps};
use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::error::StoreError;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::order::Noted;
use crate::rows::{ChartRow, Found, QuarantineRow, Rows, StoredEntry, ToldRow, WorkItem};
use crate::who_step::{FirstSight, StoredStep};

/// The rows of one transaction.
pub(crate) struct SqliteRows<'a> {
    connection: &'a Connection,
}

impl<'a> SqliteRows<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }
}

impl Rows for SqliteRows<'_> {
    fn message_state(&self, message: MessageId) -> Result<Option<i64>, StoreError> {
        message_rows::state(self.connection, message)
    }

    fn finish_message(
        &self,
        message: MessageId,
        stated_at: Option<i64>,
        noted: Option<Noted>,
    ) -> Result<(), StoreError> {
        message_rows::finish(self.connection, message, stated_at)?;
        let Some(Noted { act, at, note }) = noted else { return Ok(()) };
        order::note(self.connection, act, message, at, note.as_deref())
    }

    fn keep_unit(&self, message: MessageId, unit: u32, kind: &str) -> Result<(), StoreError> {
        message_rows::keep_unit(self.connection, message, unit, kind)
    }

    fn quarantine(&self, row: QuarantineRow) -> Result<(), StoreError> {
        message_rows::quarantine(self.connection, &row)
    }

    fn hand_is_open(&self, request: i64) -> Result<bool, StoreError> {
        by_hand::is_open(self.connection, request)
    }

    fn finish_hand(&self, done: HandDone) -> Result<(), StoreError> {
        by_hand::finish(self.connection, &done)
    }

    fn note_chart(&self, message: MessageId, chart: ChartId) -> Result<(), StoreError> {
        message_rows::note_chart(self.connection, message, chart)
    }

    fn note_mentioned(
        &self,
        message: MessageId,
        source: i64,
        key: &str,
        number: Option<i64>,
    ) -> Result<(), StoreError> {
        message_rows::note_mentioned(self.connection, message, source, key, number)
    }

    fn chart(&self, source: i64, key: &str) -> Result<Option<ChartRow>, StoreError> {
        chart_rows::chart(self.connection, source, key)
    }

    fn charts_of(&self, person: PersonId) -> Result<Vec<ChartRow>, StoreError> {
        chart_rows::charts_of(self.connection, person)
    }

    fn people_with_number(&self, number: i64, count_max: usize) -> Result<Vec<PersonId>, StoreError> {
        chart_rows::people_with_number(self.connection, number, count_max)
    }

    fn found_under(&self, keys: &[RangeInclusive<i64>], count_max: usize) -> Result<Vec<Vec<Found>>, StoreError> {
        alike::found_under(self.connection, keys, count_max)
    }

    fn counted(&self, keys: &[i64]) -> Result<Vec<i64>, StoreError> {
        alike::counted(self.connection, keys)
    }

    fn sealed_from(&self, charts: &BTreeSet<ChartId>) -> Result<Vec<(ChartId, ChartId)>, StoreError> {
        alike::sealed_from(self.connection, charts)
    }

    fn new_person(&self, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
        chart_rows::new_person(self.connection, wanted)
    }

    fn insert_chart(
        &self,
        source: i64,
        key: &str,
        person: PersonId,
        wanted: Option<ChartId>,
        told: Option<ToldRow<'_>>,
    ) -> Result<ChartId, StoreError> {
        chart_rows::insert_chart(self.connection, source, key, (person, wanted), told)
    }

    fn link(&self, at: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError> {
        chart_rows::link(self.connection, at, chart, person, evidence)
    }

    fn write_told(&self, chart: ChartId, person: PersonId, told: ToldRow<'_>) -> Result<(), StoreError> {
        alike::write_counted(self.connection, &told.keys.counted)?;
        let found_by = super::keys::write_keys(self.connection, chart, person, &told.keys)?;
        chart_rows::write_told(self.connection, chart, person, (told.text, told.told_at), &found_by)
    }

    fn confirm_told(&self, chart: ChartId, told_at: Option<i64>) -> Result<(), StoreError> {
        chart_rows::confirm_told(self.connection, chart, told_at)
    }

    fn update_restriction(&self, person: PersonId) -> Result<(), StoreError> {
        chart_rows::update_restriction(self.connection, person)
    }

    fn first_link(&self, at: i64, chart: ChartId, person: PersonId, evidence: &str) -> Result<(), StoreError> {
        chart_rows::first_link(self.connection, at, chart, person, evidence)
    }

    fn chart_came(&self, person: PersonId, says_restricted: bool) -> Result<(), StoreError> {
        chart_rows::chart_came(self.connection, person, says_restricted)
    }

    fn links_moved(&self, person: PersonId) -> Result<(), StoreError> {
        chart_rows::links_moved(self.connection, person)
    }

    fn work_item(&self, item: WorkItem) -> Result<bool, StoreError> {
        message_rows::work_item(self.connection, &item)
    }

    fn move_chart(&self, chart: ChartId, from: PersonId, to: PersonId) -> Result<Vec<(EntryId, EntryId)>, StoreError> {
        super::moves::move_chart(self.connection, chart, from, to)
    }

    fn joins_of(&self, person: PersonId) -> Result<Vec<Join>, StoreError> {
        joins::of_person(self.connection, person)
    }

    fn was_parted(&self, prior: ChartId, survivor: ChartId) -> Result<bool, StoreError> {
        joins::was_parted(self.connection, prior, survivor)
    }

    fn put_join(&self, join: &Join) -> Result<(), StoreError> {
        joins::put(self.connection, join)
    }

    fn refiled_of(&self, chart: ChartId) -> Result<Vec<Refiled>, StoreError> {
        joins::refiled_of(self.connection, chart)
    }

    fn put_refiled(&self, refiled: &Refiled) -> Result<(), StoreError> {
        joins::put_refiled(self.connection, refiled)
    }

    fn entries_of(&self, chart: ChartId) -> Result<Vec<StoredEntry>, StoreError> {
        entry_rows::of_chart(self.connection, chart)
    }

    fn covered_of(&self, person: PersonId) -> Result<Vec<Covered>, StoreError> {
        joins::covered(self.connection, person)
    }

    fn put_covered(&self, person: PersonId, covered: &Covered) -> Result<(), StoreError> {
        joins::put_covered(self.connection, person, covered)
    }

    fn chart_row(&self, chart: ChartId) -> Result<Option<ChartRow>, StoreError> {
        chart_rows::chart_row(self.connection, chart)
    }

    fn kept_apart(&self, chart: ChartId) -> Result<Vec<KeptApart>, StoreError> {
        link_rows::kept_apart(self.connection, chart)
    }

    fn keep_apart(&self, kept: KeptApart) -> Result<(), StoreError> {
        link_rows::keep_apart(self.connection, kept)
    }

    fn bring_together(&self, one: ChartId, other: ChartId) -> Result<(), StoreError> {
        link_rows::bring_together(self.connection, one, other)
    }

    fn hand_link_to(&self, chart: ChartId, person: PersonId) -> Result<Option<HandLink>, StoreError> {
        link_rows::hand_link_to(self.connection, chart, person)
    }

    fn put_hand_link(&self, link: HandLink) -> Result<(), StoreError> {
        link_rows::put_hand_link(self.connection, link)
    }

    fn take_hand_link(&self, chart: ChartId, step: i64) -> Result<(), StoreError> {
        link_rows::take_hand_link(self.connection, chart, step)
    }

    fn people_before(&self, chart: ChartId) -> Result<Vec<PersonId>, StoreError> {
        link_rows::people_before(self.connection, chart)
    }

    fn came(&self, chart: ChartId, person: PersonId) -> Result<Option<i64>, StoreError> {
        link_rows::came(self.connection, chart, person)
    }

    fn close_doubts(&self, item: i64, between: Option<(PersonId, PersonId)>) -> Result<(), StoreError> {
        link_rows::close_doubts(self.connection, item, between)
    }

    fn name_both(&self, item: i64, person: PersonId, other: PersonId) -> Result<(), StoreError> {
        link_rows::name_both(self.connection, item, person, other)
    }

    fn open_doubt(&self, item: i64, people: (PersonId, PersonId)) -> Result<(), StoreError> {
        link_rows::open_doubt(self.connection, item, people)
    }

    fn note_step(&self, charts: &[ChartId], step: &str) -> Result<(), StoreError> {
        who_steps::note(self.connection, charts, step)
    }

    fn steps_of(&self, chart: ChartId) -> Result<Option<Vec<StoredStep>>, StoreError> {
        who_steps::of_chart(self.connection, chart).map(Some)
    }

    fn first_sight_of(&self, chart: ChartId) -> Result<Option<FirstSight>, StoreError> {
        who_steps::first_sight(self.connection, chart)
    }

    fn doubted_with(&self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        who_steps::doubted_with(self.connection, person)
    }

    fn unit_waits(&self, message: MessageId, unit: u32) -> Result<bool, StoreError> {
        who_steps::unit_waits(self.connection, message, unit)
    }

    fn settle_unit(&self, message: MessageId, unit: u32) -> Result<(), StoreError> {
        who_steps::settle_unit(self.connection, message, unit)
    }

    fn version(&self, person: PersonId) -> Result<i64, StoreError> {
        entry_rows::version(self.connection, person)
    }

    fn next_version(&self, person: PersonId) -> Result<i64, StoreError> {
        entry_rows::next_version(self.connection, person)
    }

    fn next_place(&self, person: PersonId) -> Result<EntryId, StoreError> {
        entry_rows::next_place(self.connection, person)
    }

    fn word(&self, text: &str) -> Result<i64, StoreError> {
        entry_rows::word(self.connection, text)
    }

    fn entry(&self, chart: ChartId, key_hash: i64) -> Result<Option<StoredEntry>, StoreError> {
        entry_rows::entry(self.connection, chart, key_hash)
    }

    fn insert_entry(&self, entry: &StoredEntry) -> Result<(), StoreError> {
        entry_rows::insert(self.connection, entry)
    }

    fn replace_entry(&self, entry: &StoredEntry) -> Result<(), StoreError> {
        entry_rows::replace(self.connection, entry)
    }

    fn confirm_entry(&self, id: EntryId, stated_at: Option<i64>) -> Result<(), StoreError> {
        entry_rows::confirm(self.connection, id, stated_at)
    }

    fn keep_version(&self, entry: &StoredEntry, until: i64) -> Result<(), StoreError> {
        entry_rows::keep_version(self.connection, entry, until)
    }

    fn begin_attempt(&self) -> Result<(), StoreError> {
        message_rows::run(self.connection, "SAVEPOINT attempt")
    }

    fn undo_attempt(&self) -> Result<(), StoreError> {
        message_rows::run(self.connection, "ROLLBACK TO attempt")
    }

    fn end_attempt(&self) -> Result<(), StoreError> {
        message_rows::run(self.connection, "RELEASE attempt")
    }
}
