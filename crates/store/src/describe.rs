//! Whom a message describes: placed before anything else, each unit's people all or none.

use record::PersonId;

use crate::apply::{Applying, ChartChange, UnitWork, already_placed, changes};
use crate::charts::ChartOutcome;
use crate::error::StoreError;

/// Why a unit is held, and whose record it concerns where that is known.
pub(crate) struct Held {
    pub(crate) person: Option<PersonId>,
    pub(crate) reasons: String,
}

impl Applying<'_> {
    /// Places whoever a unit describes. Where one of them contradicts, the unit is
    /// held as a whole: nothing is written of who the others are either, and nobody
    /// becomes known by it. The doubt is.
    pub(crate) fn describe(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        let described: Vec<&ChartChange> = changes(unit).iter().filter(|change| change.told.is_some()).collect();
        if let [only] = described.as_slice() {
            return self.chart(only).map(drop);
        }
        let (charts, persons) = (self.charts.clone(), self.applied.persons);
        self.rows.begin_attempt()?;
        let mut contradiction = None;
        for change in &described {
            if let ChartOutcome::Contradicts { reasons, .. } = self.chart(change)? {
                contradiction.get_or_insert((*change, reasons));
            }
        }
        if let Some((change, reasons)) = contradiction {
            self.rows.undo_attempt()?;
            (self.charts, self.applied.persons) = (charts, persons);
            for change in &described {
                if self.placing().contradicts(change)? {
                    self.chart(change)?;
                }
            }
            let person = self.placing().person_of(&change.key)?;
            self.held.insert(number, Held { person, reasons });
        }
        self.rows.end_attempt()
    }

    /// Why a unit cannot be applied: one of those whom it describes or refers to is
    /// not who the chart's patient was.
    pub(crate) fn contradiction(&mut self, number: u32, unit: &[ChartChange]) -> Option<Held> {
        let outcome = |change: &ChartChange| {
            let described = self.charts.get(&change.key).map(Vec::as_slice).unwrap_or_default();
            already_placed(described, change.told.as_ref()).cloned()
        };
        let found = unit.iter().filter_map(outcome).find_map(|outcome| match outcome {
            ChartOutcome::Contradicts { person, reasons, .. } => Some(Held { person: Some(person), reasons }),
            ChartOutcome::Placed { .. } => None,
        });
        let held = self.held.remove(&number);
        found.or(held)
    }

    /// Remembers whom a held unit speaks of although nothing of it is applied: their
    /// charts, and everybody who carries a number that it tells.
    pub(crate) fn note_mentioned(&self, change: &ChartChange) -> Result<(), StoreError> {
        let number = change.told.as_ref().and_then(|told| told.nhs_number);
        let number = number.map(|number| number.as_u64().cast_signed());
        self.rows.note_mentioned(self.application.message, self.source, &change.key, number)
    }
}
