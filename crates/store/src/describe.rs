//! Whom a message describes: placed before anything else, each unit's people all or none.

use record::{Demographics, PersonId};

use crate::apply::{Applying, ChartChange, Description, Terms, UnitWork, Work};
use crate::by_hand::StillHeld;
use crate::charts::ChartOutcome;
use crate::error::StoreError;
use crate::mentioned::Mentioned;
use crate::rearrange::Rearrange;
use crate::rows::QuarantineRow;

/// Why a unit is held, and whose record it concerns where that is known.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) person: Option<PersonId>,
    pub(crate) reasons: String,
}

impl Applying<'_> {
    /// Places whoever a unit describes. Where one of them contradicts, the unit is
    /// held as a whole: nothing is written of who the others are either, and nobody
    /// becomes known by it. The doubt is.
    pub(crate) fn describe(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        if terms(unit).only_if_new && self.leave_described(unit)? {
            return Ok(());
        }
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

    /// Whoever is known already is left as they are by a unit that describes them
    /// only where they are new.
    fn leave_described(&mut self, unit: &UnitWork) -> Result<bool, StoreError> {
        for change in changes(unit).iter().filter(|change| change.told.is_some()) {
            let is_known = self.charts.contains_key(&change.key) || self.placing().is_described(&change.key)?;
            if !is_known {
                return Ok(false);
            }
            self.chart(&referred_to(change))?;
        }
        Ok(true)
    }

    /// Finds whether a unit waits of those that are applied together or not at all.
    pub(crate) fn find_what_all_wait_for(&mut self) {
        let application = self.application;
        for (number, unit) in (0u32..).zip(&application.units).filter(|(_, unit)| terms(unit).with_all) {
            if let Some(held) = self.contradiction(number, changes(unit)) {
                let reasons = format!("this transaction is applied as a whole or not at all: {}", held.reasons);
                self.all_wait = Some(Held { person: held.person, reasons });
                self.held.insert(number, held);
                return;
            }
        }
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

    pub(crate) fn hold(
        &mut self,
        number: u32,
        unit: &UnitWork,
        person: Option<PersonId>,
        place: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.count(unit).quarantined += 1;
        if self.by_hand.is_some_and(|by_hand| by_hand.units.is_some()) {
            self.still_held.push(StillHeld { unit: number, place: place.to_owned(), reason: reason.to_owned() });
            return Ok(());
        }
        self.rows.quarantine(QuarantineRow {
            source: self.source,
            message: self.application.message,
            unit: number,
            kind: unit.kind.clone(),
            person,
            place: place.to_owned(),
            reason: reason.to_owned(),
            at: self.application.at.as_second(),
            about: Mentioned::in_units(std::slice::from_ref(unit)),
        })
    }

    /// Remembers whom a held unit speaks of although nothing of it is applied: their
    /// charts, and everybody who carries a number that it tells.
    pub(crate) fn note_mentioned(&self, change: &ChartChange) -> Result<(), StoreError> {
        let number = change.told.as_ref().and_then(|told| told.nhs_number);
        let number = number.map(|number| number.as_u64().cast_signed());
        self.rows.note_mentioned(self.application.message, self.source, &change.key, number)
    }
}

pub(crate) fn terms(unit: &UnitWork) -> Terms {
    match &unit.work {
        Work::ApplyOn(terms, _) | Work::Rearrange(Rearrange { terms, .. }) => *terms,
        Work::Apply(_) | Work::Keep | Work::Quarantine { .. } | Work::Remove(_) => Terms::default(),
    }
}

/// The same patient, only referred to.
pub(crate) fn referred_to(change: &ChartChange) -> ChartChange {
    ChartChange { key: change.key.clone(), local_numbers: Vec::new(), told: None, entries: Vec::new() }
}

/// Who is only referred to is whoever the message describes; where one of its
/// descriptions contradicts, what refers to it waits too.
pub(crate) fn already_placed<'a>(
    described: &'a [Description],
    told: Option<&Demographics>,
) -> Option<&'a ChartOutcome> {
    let contradicts = |outcome: &ChartOutcome| matches!(outcome, ChartOutcome::Contradicts { .. });
    let found = match told {
        Some(_) => described.iter().find(|(earlier, _)| earlier.as_ref() == told),
        None => described.iter().find(|(_, outcome)| contradicts(outcome)).or(described.last()),
    };
    found.map(|(_, outcome)| outcome)
}

/// Whom a unit that waits seems to speak of.
pub(crate) fn waits_about(unit: &UnitWork) -> &[Mentioned] {
    match &unit.work {
        Work::Quarantine { about, .. } => about,
        Work::Rearrange(asked) => &asked.about,
        Work::Apply(_) | Work::ApplyOn(..) | Work::Keep | Work::Remove(_) => &[],
    }
}

/// The source's own keys of all patients that a unit names.
pub(crate) fn keys_named(unit: &UnitWork) -> impl Iterator<Item = &str> {
    let asked = match &unit.work {
        Work::Rearrange(asked) => Some(asked.keys()),
        _ => None,
    };
    changes(unit).iter().map(|change| change.key.as_str()).chain(asked.into_iter().flatten())
}

pub(crate) fn changes(unit: &UnitWork) -> &[ChartChange] {
    match &unit.work {
        Work::Apply(changes) | Work::ApplyOn(_, changes) | Work::Rearrange(Rearrange { changes, .. }) => changes,
        Work::Keep | Work::Quarantine { .. } | Work::Remove(_) => &[],
    }
}
