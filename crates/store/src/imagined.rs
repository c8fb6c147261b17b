//! Where charts are placed without anything being written: those concerned are nobody's at first, everybody else is as
//! they are. What the rules and decisions come to is read off it afterwards (`placed_anew.rs`).

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, PersonId};

use crate::apply::IdentityRules;
use crate::error::StoreError;
use crate::joins::Join;
use crate::kept_apart::KeptApart;
use crate::link_to_do::HandLink;
use crate::rows::{ChartRow, Keys, QuarantineRow, Rows, WorkItem};

/// People beyond this number are made here alone. No store gives as many.
pub(crate) const MADE_HERE: u64 = 1 << 40;

/// A doubt, and at which step it came up.
#[derive(Clone, Debug)]
pub(crate) struct ImaginedDoubt {
    pub(crate) at_step: usize,
    pub(crate) item: WorkItem,
}

/// For which chart a person was made, and whether because it was first seen.
pub(crate) type MadeFor = (ChartId, bool);

#[derive(Clone, Default)]
pub(crate) struct ImaginedState {
    pub(crate) charts: BTreeMap<ChartId, (ChartRow, Keys)>,
    /// Each event that linked a chart; its number is its place here.
    pub(crate) events: Vec<(ChartId, PersonId, String)>,
    pub(crate) joins: BTreeMap<(ChartId, ChartId), Join>,
    pub(crate) kept: BTreeMap<(ChartId, ChartId), KeptApart>,
    pub(crate) links: BTreeMap<(ChartId, i64), HandLink>,
    pub(crate) doubts: Vec<ImaginedDoubt>,
    /// What waits in quarantine, by message and unit.
    pub(crate) waiting: BTreeMap<(u64, u32), QuarantineRow>,
    pub(crate) made: BTreeMap<PersonId, MadeFor>,
}

pub(crate) struct Imagined<'a> {
    pub(crate) real: &'a dyn Rows,
    rules: &'a IdentityRules,
    /// The charts concerned as they are, and all people who have or had one of them: who they are is open here.
    pub(crate) now: BTreeMap<ChartId, ChartRow>,
    pub(crate) people: BTreeSet<PersonId>,
    /// Charts of those people that are not concerned, and by what they are found.
    others: OnceCell<Vec<(ChartRow, Keys)>>,
    /// The charts from which people began, and those for whom one was made when they were placed anew.
    pub(crate) began: BTreeMap<ChartId, PersonId>,
    /// The chart that is seen for the first time.
    pub(crate) seen_first: Cell<Option<ChartId>>,
    pub(crate) at_step: Cell<usize>,
    pub(crate) state: RefCell<ImaginedState>,
    pub(crate) before: RefCell<Option<ImaginedState>>,
}

impl<'a> Imagined<'a> {
    pub(crate) fn new(
        (real, rules): (&'a dyn Rows, &'a IdentityRules),
        now: BTreeMap<ChartId, ChartRow>,
        people: BTreeSet<PersonId>,
        began: BTreeMap<ChartId, PersonId>,
    ) -> Self {
        Self {
            real,
            rules,
            now,
            people,
            others: OnceCell::new(),
            began,
            seen_first: Cell::default(),
            at_step: Cell::default(),
            state: RefCell::default(),
            before: RefCell::default(),
        }
    }

    pub(crate) fn holds_others(&self, person: PersonId) -> Result<bool, StoreError> {
        Ok(self.real.charts_of(person)?.iter().any(|row| !self.now.contains_key(&row.chart)))
    }

    pub(crate) fn others(&self) -> Result<&[(ChartRow, Keys)], StoreError> {
        if let Some(others) = self.others.get() {
            return Ok(others);
        }
        let mut others = Vec::new();
        for person in &self.people {
            let rows = self.real.charts_of(*person)?;
            for row in rows.into_iter().filter(|row| !self.now.contains_key(&row.chart)) {
                let keys = Keys::of(&row, self.rules)?;
                others.push((row, keys));
            }
        }
        Ok(self.others.get_or_init(|| others))
    }
}

impl ImaginedState {
    pub(crate) fn row_mut(&mut self, chart: ChartId) -> Result<&mut (ChartRow, Keys), StoreError> {
        self.charts.get_mut(&chart).ok_or(StoreError::NotFound("chart that was seen"))
    }

    pub(crate) fn of_person(&self, person: PersonId) -> impl Iterator<Item = &(ChartRow, Keys)> {
        self.charts.values().filter(move |(row, _)| row.person == person)
    }

    pub(crate) fn person(&self, chart: ChartId) -> Option<PersonId> {
        self.charts.get(&chart).map(|(row, _)| row.person)
    }

    /// By which event the chart came to whose it is.
    pub(crate) fn came(&self, chart: ChartId, person: PersonId) -> Option<usize> {
        self.events.iter().rposition(|(one, to, _)| (*one, *to) == (chart, person))
    }

    /// As `sqlite/moves.rs` has it: a doubt about the two is settled once they are one.
    pub(crate) fn move_doubts(&mut self, chart: ChartId, from: PersonId, to: PersonId) {
        let is_only = self.of_person(from).all(|(row, _)| row.chart == chart);
        for doubt in self.doubts.iter_mut().filter(|doubt| is_only || doubt.item.chart == chart) {
            if doubt.item.person == from {
                doubt.item.person = to;
            }
            if doubt.item.other == Some(from) {
                doubt.item.other = Some(to);
            }
        }
    }
}
