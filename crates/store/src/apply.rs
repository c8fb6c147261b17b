//! Applying a message: identity, entries and the message's state in one
//! transaction, so that a message is applied once or not at all.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use record::{Demographics, EntryId, LocalNumber, MessageId, NewEntry, PersonId, SourceId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::charts::{self, ChartOutcome};
use crate::entry_row::{EntryRow, Place, Words};
use crate::error::StoreError;
use crate::inbox::{Inbox, QuarantineNote, STATE_DONE, quarantine};

/// A message taken apart, ready to be applied.
pub struct Application {
    /// Which message.
    pub message: MessageId,
    /// From which source.
    pub source: SourceId,
    /// When the sender says that it was made: an older message never overwrites
    /// what a newer one told.
    pub stated_at: Option<Timestamp>,
    /// The time now.
    pub at: Timestamp,
    /// Its units in order.
    pub units: Vec<UnitWork>,
}

/// One unit of a message.
pub struct UnitWork {
    /// Its type: `ADT^A01`, `Observation`.
    pub kind: String,
    /// Its bytes within the message.
    pub span: Range<usize>,
    /// What to do.
    pub work: Work,
}

/// What to do with a unit.
pub enum Work {
    /// Apply these changes.
    Apply(Vec<ChartChange>),
    /// Keep and count it.
    Keep,
    /// It waits for a hand.
    Quarantine {
        /// Where in the unit.
        place: String,
        /// Why.
        reason: String,
    },
}

/// What a unit says about one patient of the source.
pub struct ChartChange {
    /// The source's own key for its patient.
    pub key: String,
    /// Local numbers.
    pub local_numbers: Vec<LocalNumber>,
    /// Who the source says it is, where it says so.
    pub told: Option<Demographics>,
    /// Folded keys under which the person is found by name.
    pub name_keys: Vec<String>,
    /// Folded keys of family name and postcode.
    pub place_keys: Vec<String>,
    /// What it says.
    pub entries: Vec<NewEntry>,
}

/// A person who may be the one that a message speaks of.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// What each linked chart told.
    pub charts: Vec<Demographics>,
    /// Somebody else shares family name and birth date at that address.
    pub shares_family_and_birth_at_address: bool,
}

/// Where a chart belongs, as the identity rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// To this person, for these reasons.
    Link(PersonId, String),
    /// To nobody known.
    NewPerson,
    /// To a new person, and somebody must look.
    NewPersonAndWorkList {
        /// Whose record it may concern.
        conflicts: Vec<PersonId>,
        /// Why.
        reasons: String,
    },
}

/// The identity rules, handed in so that they run inside the transaction that
/// acts on them.
pub struct IdentityRules {
    /// Places a chart that is seen or described for the first time.
    pub place: fn(&Demographics, &[Candidate]) -> Placement,
    /// Says why a known chart's new message contradicts what it told before.
    pub contradiction: fn(before: &Demographics, told: &Demographics, candidates: &[Candidate]) -> Option<String>,
}

/// What an application did, unit by unit type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Per type: applied, kept, quarantined.
    pub by_kind: BTreeMap<String, UnitCounts>,
    /// New people.
    pub persons: u64,
    /// New entries.
    pub entries: u64,
}

/// Units counted by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// Applied.
    pub applied: u64,
    /// Kept and said.
    pub kept: u64,
    /// Waiting for a hand.
    pub quarantined: u64,
}

impl Inbox {
    /// Applies a durable message. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the file cannot be written: the message stays received and is
    /// applied at the next start.
    pub async fn apply(&self, application: Application, rules: Arc<IdentityRules>) -> Result<Applied, StoreError> {
        let source = self.sources.number(&application.source)?;
        self.file
            .write("apply message", move |connection| {
                let mut applying = Applying {
                    connection,
                    rules: &rules,
                    application: &application,
                    source,
                    words: Words::default(),
                    charts: HashMap::new(),
                    versions: HashMap::new(),
                    applied: Applied::default(),
                };
                applying.run()
            })
            .await
    }
}

struct Applying<'a> {
    connection: &'a Connection,
    rules: &'a IdentityRules,
    application: &'a Application,
    source: i64,
    words: Words,
    charts: HashMap<String, ChartOutcome>,
    versions: HashMap<PersonId, i64>,
    applied: Applied,
}

impl Applying<'_> {
    fn run(&mut self) -> Result<Applied, StoreError> {
        let application = self.application;
        if self.is_done()? {
            return Ok(Applied::default());
        }
        // Whoever is described is placed first, so that a bundle may name its
        // patient after the entries that refer to them.
        for change in application.units.iter().flat_map(changes).filter(|change| change.told.is_some()) {
            self.chart(change)?;
        }
        for (number, unit) in (0u32..).zip(&application.units) {
            self.unit(number, unit)?;
        }
        self.connection
            .prepare_cached("UPDATE message SET state = ?2 WHERE id = ?1")?
            .execute(params![application.message.0.cast_signed(), STATE_DONE])?;
        Ok(std::mem::take(&mut self.applied))
    }

    fn is_done(&self) -> Result<bool, StoreError> {
        let state: Option<i64> = self
            .connection
            .prepare_cached("SELECT state FROM message WHERE id = ?1")?
            .query_row([self.application.message.0.cast_signed()], |row| row.get(0))
            .optional()?;
        state.map(|state| state == STATE_DONE).ok_or(StoreError::NotFound("message"))
    }

    fn unit(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        match &unit.work {
            Work::Keep => self.keep(number, unit),
            Work::Quarantine { place, reason } => self.hold(number, unit, None, place, reason),
            Work::Apply(changes) => {
                for change in changes {
                    if let ChartOutcome::Contradicts { person, reasons } = self.chart(change)? {
                        return self.hold(number, unit, Some(person), "who the person is", &reasons);
                    }
                }
                for change in changes {
                    self.entries(number, unit, change)?;
                }
                self.count(unit).applied += 1;
                Ok(())
            }
        }
    }

    fn count(&mut self, unit: &UnitWork) -> &mut UnitCounts {
        self.applied.by_kind.entry(unit.kind.clone()).or_default()
    }

    fn keep(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO kept (message, unit, kind) VALUES (?1, ?2, ?3)")?
            .execute(params![self.application.message.0.cast_signed(), number, unit.kind])?;
        self.count(unit).kept += 1;
        Ok(())
    }

    fn hold(
        &mut self,
        number: u32,
        unit: &UnitWork,
        person: Option<PersonId>,
        place: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let note = QuarantineNote { kind: unit.kind.clone(), place: place.to_owned(), reason: reason.to_owned() };
        let person = person.map(|person| person.0);
        let (message, at) = (self.application.message, self.application.at.as_second());
        quarantine(self.connection, self.source, message, number, person, &note, at)?;
        self.count(unit).quarantined += 1;
        Ok(())
    }

    /// The chart that a change speaks of, placed once per message.
    fn chart(&mut self, change: &ChartChange) -> Result<ChartOutcome, StoreError> {
        if let Some(known) = self.charts.get(&change.key) {
            return Ok(known.clone());
        }
        let placing = charts::Placing {
            connection: self.connection,
            rules: self.rules,
            source: self.source,
            message: self.application.message,
            stated_at: self.application.stated_at.map(Timestamp::as_second),
            at: self.application.at.as_second(),
        };
        let placed = placing.place(change)?;
        self.applied.persons += u64::from(placed.new_person);
        self.charts.insert(change.key.clone(), placed.outcome.clone());
        Ok(placed.outcome)
    }

    fn entries(&mut self, number: u32, unit: &UnitWork, change: &ChartChange) -> Result<(), StoreError> {
        let ChartOutcome::Placed { chart, person } = self.chart(change)? else { return Ok(()) };
        let whole = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let place = Place {
            source: self.source,
            chart,
            message: self.application.message,
            unit: number,
            start: whole(unit.span.start),
            length: whole(unit.span.len()),
        };
        for entry in &change.entries {
            self.entry(person, place, entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, person: PersonId, place: Place, entry: &NewEntry) -> Result<(), StoreError> {
        let row = EntryRow::new(self.connection, &mut self.words, entry)?;
        let known: Option<(i64, Option<i64>)> = self
            .connection
            .prepare_cached(
                "SELECT e.id, m.stated_at FROM entry e JOIN message m ON m.id = e.message
                 WHERE e.chart = ?1 AND e.key_hash = ?2",
            )?
            .query_row(params![place.chart.0.cast_signed(), row.key_hash()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, told_at)) = known else {
            let id = self.next_place(person)?;
            let since = self.version(person)?;
            self.applied.entries += 1;
            return row.insert(self.connection, id, place, since);
        };
        let id = EntryId(id.cast_unsigned());
        if row.says_the_same(self.connection, id)? {
            return Ok(());
        }
        let version = self.version(person)?;
        let stated_at = self.application.stated_at.map(Timestamp::as_second);
        if told_at.zip(stated_at).is_some_and(|(told, stated)| stated < told) {
            return row.insert_superseded(self.connection, id, place, version);
        }
        keep_version(self.connection, id, version)?;
        row.replace(self.connection, id, place, version)
    }

    fn next_place(&self, person: PersonId) -> Result<EntryId, StoreError> {
        let next: i64 = self
            .connection
            .prepare_cached("UPDATE person SET next_place = next_place + 1 WHERE id = ?1 RETURNING next_place - 1")?
            .query_row([person.0.cast_signed()], |row| row.get(0))?;
        EntryId::new(person, next.cast_unsigned()).ok_or(StoreError::RecordFull)
    }

    /// The person's version that this message makes: it moves once per message.
    fn version(&mut self, person: PersonId) -> Result<i64, StoreError> {
        if let Some(version) = self.versions.get(&person) {
            return Ok(*version);
        }
        let version = self
            .connection
            .prepare_cached("UPDATE person SET version = version + 1 WHERE id = ?1 RETURNING version")?
            .query_row([person.0.cast_signed()], |row| row.get(0))?;
        self.versions.insert(person, version);
        Ok(version)
    }
}

fn changes(unit: &UnitWork) -> &[ChartChange] {
    match &unit.work {
        Work::Apply(changes) => changes,
        Work::Keep | Work::Quarantine { .. } => &[],
    }
}

/// Copies what an entry says now to its versions, until `version`.
fn keep_version(connection: &Connection, id: EntryId, version: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO entry_version (id, since, until, chart, source, kind, standing, sensitivity,
               clinical_time, recorded, author, organisation, code_system, code, part_of, message, unit, span_start,
               span_length, line)
             SELECT id, since, ?2, chart, source, kind, standing, sensitivity, clinical_time, recorded, author,
               organisation, code_system, code, part_of, message, unit, span_start, span_length, line
             FROM entry WHERE id = ?1",
        )?
        .execute(params![id.0.cast_signed(), version])?;
    Ok(())
}
