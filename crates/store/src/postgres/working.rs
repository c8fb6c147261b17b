//! The rows that a group of messages may need, read ahead and held in memory
//! while the messages are applied one after the other.
//!
//! Whatever a message can look at is among them (`load.rs` says why), so a row
//! that is not here does not exist. Nobody else writes meanwhile: the group holds
//! the lock of those who apply messages.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::table::{Index, Table};
use crate::attendances::Refiled;
use crate::by_hand::HandDone;
use crate::covered::Covered;
use crate::error::StoreError;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::order::Noted;
use crate::rows::{ChartRow, Keys, QuarantineRow, StoredEntry, WorkItem};
use crate::who_step::{FirstSight, StoredStep};

/// Rows in memory. One message at a time uses them.
#[derive(Debug, Default)]
pub(super) struct WorkingSet {
    pub(super) state: RefCell<State>,
}

/// Everything that the rows are.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) messages: Table<i64, MessageState>,
    pub(super) persons: Table<i64, PersonRow>,
    pub(super) charts: Table<i64, HeldChart>,
    pub(super) chart_by_key: Table<(i64, String), i64>,
    pub(super) charts_of_person: Index<i64>,
    pub(super) charts_by_number: Index<i64>,
    /// Charts that are found by a key, as far as it was read ahead.
    pub(super) charts_found: Index<i64>,
    /// How often what is counted was told before the group.
    pub(super) alike_counts: HashMap<i64, i64>,
    /// And how much more often since.
    pub(super) alike_moved: Table<i64, i64>,
    pub(super) sealed: Index<i64>,
    pub(super) keys: Table<i64, Keys>,
    pub(super) entries: Table<i64, StoredEntry>,
    pub(super) entry_by_key: Table<(i64, i64), i64>,
    pub(super) work_items: Table<i64, HeldWorkItem>,
    /// By prior and surviving chart.
    pub(super) joins: Table<(i64, i64), Join>,
    /// By entry and the version from which it is not shown.
    pub(super) covered: Table<(i64, i64), Covered>,
    /// By message, unit and word.
    pub(super) refiled: Table<(i64, u32, u32), Refiled>,
    /// Which charts somebody told apart, and which were linked by hand. Only carrying a decision out changes
    /// these, and that is never undone by itself: where it fails, nothing of it is written.
    pub(super) kept_apart: Table<(i64, i64), KeptApart>,
    pub(super) hand_links: Table<(i64, i64), HandLink>,
    /// Whose a chart was, the last first, and the number of the event that says so.
    pub(super) people_before: Table<i64, Vec<(i64, i64)>>,
    pub(super) added: Added,
    /// Repeating texts; those of the group are all here.
    pub(super) words: HashMap<String, i64>,
    /// What happened to charts that a decision may concern, when they were first seen, and which units of messages wait.
    pub(super) steps: HashMap<i64, Vec<StoredStep>>,
    pub(super) first_sights: HashMap<i64, FirstSight>,
    pub(super) waiting_units: HashSet<(i64, i64)>,
    /// Decisions about quarantine that are still to be carried out.
    pub(super) open_hands: HashSet<i64>,
    /// Charts whose entries are all here, so that they may be moved.
    pub(super) whole_charts: HashSet<i64>,
    /// Numbers that the database has given for people and charts that may be new.
    pub(super) spare_persons: Vec<i64>,
    pub(super) spare_charts: Vec<i64>,
    /// A chart that was to be moved without all its entries being here: the message
    /// has to be applied anew with them.
    pub(super) missing_entries_of: Option<i64>,
    attempt: Option<Mark>,
}

/// What is only ever added.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) kept: Vec<(i64, i64, String)>,
    pub(super) quarantine: Vec<QuarantineRow>,
    pub(super) mentions: Vec<(i64, i64)>,
    pub(super) links: Vec<(i64, i64, i64, String)>,
    pub(super) chart_versions: Vec<ChartVersion>,
    pub(super) entry_versions: Vec<(StoredEntry, i64)>,
    pub(super) moves: Vec<Move>,
    /// Messages in the order in which they were applied, and what is noted of it.
    pub(super) order: Vec<(i64, Noted)>,
    pub(super) hands: Vec<HandDone>,
    pub(super) work_items: i64,
    /// Steps of who is who: of which chart, and how many links the group had made before.
    pub(super) steps: Vec<(i64, usize, String)>,
    /// Units of messages that wait no longer.
    pub(super) settled: Vec<(i64, i64)>,
}

#[derive(Clone, Debug)]
pub(super) struct MessageState {
    pub(super) state: i64,
    pub(super) stated_at: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct PersonRow {
    pub(super) version: i64,
    pub(super) link_version: i64,
    pub(super) next_place: i64,
    pub(super) restricted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct HeldChart {
    pub(super) row: ChartRow,
    pub(super) key: String,
    pub(super) since: i64,
}

/// What a chart told under a person from `since` up to `until`.
#[derive(Clone, Debug)]
pub(super) struct ChartVersion {
    pub(super) row: ChartRow,
    pub(super) since: i64,
    pub(super) until: i64,
}

/// A doubt; those that are new have a key below zero.
#[derive(Clone, Debug)]
pub(super) struct HeldWorkItem {
    pub(super) item: WorkItem,
    pub(super) is_open: bool,
}

/// A chart was moved to another person.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) chart: i64,
    pub(super) source: i64,
    pub(super) key: String,
    /// It was all that the person had.
    pub(super) is_only: bool,
    /// How many rows of quarantine the messages of the group had written before it.
    pub(super) quarantined_before: usize,
    pub(super) from: i64,
    pub(super) to: i64,
    /// The other person's version from which the entries hold.
    pub(super) since: i64,
    /// Entry ids before and after.
    pub(super) entries: Vec<(i64, i64)>,
}

/// A moment to which everything may go back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark([usize; 16], [usize; 11]);

impl State {
    pub(super) fn mark(&self) -> Mark {
        let added = &self.added;
        Mark(
            [
                self.messages.mark(),
                self.persons.mark(),
                self.charts.mark(),
                self.chart_by_key.mark(),
                self.charts_of_person.mark(),
                self.charts_by_number.mark(),
                self.charts_found.mark(),
                self.keys.mark(),
                self.entries.mark(),
                self.entry_by_key.mark(),
                self.work_items.mark(),
                self.alike_moved.mark(),
                self.joins.mark(),
                self.covered.mark(),
                self.refiled.mark(),
                self.people_before.mark(),
            ],
            [
                added.kept.len(),
                added.quarantine.len(),
                added.mentions.len(),
                added.links.len(),
                added.chart_versions.len(),
                added.entry_versions.len(),
                added.moves.len(),
                added.order.len(),
                added.hands.len(),
                added.steps.len(),
                added.settled.len(),
            ],
        )
    }

    pub(super) fn undo_to(&mut self, mark: Mark) {
        let Mark(
            [
                messages,
                persons,
                charts,
                by_key,
                of_person,
                by_number,
                found,
                keys,
                entries,
                entry_keys,
                work,
                alike_moved,
                joins,
                covered,
                refiled,
                people_before,
            ],
            lists,
        ) = mark;
        self.messages.undo_to(messages);
        self.persons.undo_to(persons);
        self.charts.undo_to(charts);
        self.chart_by_key.undo_to(by_key);
        self.charts_of_person.undo_to(of_person);
        self.charts_by_number.undo_to(by_number);
        self.charts_found.undo_to(found);
        self.keys.undo_to(keys);
        self.entries.undo_to(entries);
        self.entry_by_key.undo_to(entry_keys);
        self.work_items.undo_to(work);
        self.alike_moved.undo_to(alike_moved);
        self.joins.undo_to(joins);
        self.covered.undo_to(covered);
        self.refiled.undo_to(refiled);
        self.people_before.undo_to(people_before);
        let [kept, quarantine, mentions, links, chart_versions, entry_versions, moves, order, hands, steps, settled] =
            lists;
        let added = &mut self.added;
        added.kept.truncate(kept);
        added.quarantine.truncate(quarantine);
        added.mentions.truncate(mentions);
        added.links.truncate(links);
        added.chart_versions.truncate(chart_versions);
        added.entry_versions.truncate(entry_versions);
        added.moves.truncate(moves);
        added.order.truncate(order);
        added.hands.truncate(hands);
        added.steps.truncate(steps);
        added.settled.truncate(settled);
    }

    pub(super) fn begin_attempt(&mut self) {
        self.attempt = Some(self.mark());
    }

    pub(super) fn undo_attempt(&mut self) {
        if let Some(mark) = self.attempt {
            self.undo_to(mark);
        }
    }

    pub(super) fn end_attempt(&mut self) {
        self.attempt = None;
    }

    pub(super) fn person(&self, person: i64) -> Result<PersonRow, StoreError> {
        self.persons.get(&person).cloned().ok_or(StoreError::NotFound("person"))
    }

    /// Changes a person's row and gives it as it is then.
    pub(super) fn change_person(
        &mut self,
        person: i64,
        change: impl FnOnce(&mut PersonRow),
    ) -> Result<PersonRow, StoreError> {
        let mut row = self.person(person)?;
        change(&mut row);
        self.persons.set(person, row.clone());
        Ok(row)
    }

    /// Something is told of a person who may be restricted by it: record and links move.
    pub(super) fn told_anew(
        &mut self,
        person: record::PersonId,
        restricted: impl FnOnce(bool) -> bool,
    ) -> Result<(), StoreError> {
        self.change_person(person.0.cast_signed(), |row| {
            row.restricted = restricted(row.restricted);
            row.version += 1;
            row.link_version += 1;
        })?;
        Ok(())
    }

    pub(super) fn chart(&self, chart: i64) -> Result<HeldChart, StoreError> {
        self.charts.get(&chart).cloned().ok_or(StoreError::NotFound("chart"))
    }

    /// An entry as the database has it.
    pub(super) fn load_entry(&mut self, entry: StoredEntry) {
        let chart = entry.origin.chart.0.cast_signed();
        let id = entry.id.0.cast_signed();
        self.entry_by_key.load((chart, entry.row.key_hash), id);
        self.entries.load(id, entry);
    }

    /// A chart as the database has it.
    pub(super) fn load_chart(&mut self, chart: HeldChart) {
        let id = chart.row.chart.0.cast_signed();
        self.chart_by_key.load((chart.row.source, chart.key.clone()), id);
        self.charts_of_person.load_one(chart.row.person.0.cast_signed(), id);
        self.charts.load(id, chart);
    }
}
