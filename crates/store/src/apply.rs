//! Applying a message: identity, entries and the message's state in one
//! transaction, so that a message is applied once or not at all.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use record::{ChartId, Demographics, LocalNumber, MessageId, NewEntry, PersonId, SourceFormat, SourceId};

use crate::alike::{LooksLike, ScoreRules};
use crate::attendances::Refiled;
use crate::by_hand::{ByHand, StillHeld};
use crate::charts::{ChartOutcome, Placing};
use crate::describe::{Held, already_placed};
use crate::entry_row::Words;
use crate::error::StoreError;
use crate::foreseen::Moved;
use crate::inbox::STATE_RECEIVED;
use crate::mentioned::Mentioned;
use crate::order::Given;
use crate::ready::Ready;
use crate::rearrange::{Rearrange, Refused};
use crate::removing::Removals;
use crate::rows::Rows;
use crate::sent_away::{SentAway, SentNote};

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
    /// Apply these changes, all or none.
    Apply(Vec<ChartChange>),
    /// Apply these changes on terms.
    ApplyOn(Terms, Vec<ChartChange>),
    /// The source has deleted the entry of this key, in whichever of its charts
    /// that is. The entry stays, as removed by the source.
    Remove(String),
    /// The source asks to join charts of its own, or to part them again.
    Rearrange(Rearrange),
    /// Keep and count it.
    Keep,
    /// It waits for a hand.
    Quarantine {
        /// Where in the unit.
        place: String,
        /// Why.
        reason: String,
        /// Whom it seems to speak of.
        about: Vec<Mentioned>,
    },
}

/// On which terms a unit's changes are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What is known already is left as it is.
    pub only_if_new: bool,
    /// Where one of the units on this term waits because of whom it describes, all
    /// of them wait.
    pub with_all: bool,
}

/// What a unit says about one patient of the source.
#[derive(Clone)]
pub struct ChartChange {
    /// The source's own key for its patient.
    pub key: String,
    /// Local numbers.
    pub local_numbers: Vec<LocalNumber>,
    /// Who the source says it is, where it says so. What it leaves out stays as the
    /// chart told it before.
    pub told: Option<Demographics>,
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
    /// To a new person, and somebody is asked whether it is one of these.
    NewPersonAndAsk(Vec<LooksLike>),
}

/// The identity rules, handed in so that they run inside the transaction that
/// acts on them.
pub struct IdentityRules {
    /// Places a chart that is seen or described for the first time.
    pub place: fn(&Demographics, &[Candidate]) -> Placement,
    /// Says why a known chart's new message contradicts what it told before; given
    /// who else carries the number that is told, where it is not the chart's own.
    pub contradiction: fn(before: &Demographics, told: &Demographics, candidates: &[Candidate]) -> Option<String>,
    /// Says why two charts that their source merges cannot be one person's.
    pub cannot_merge: fn(&Demographics, &Demographics) -> Option<String>,
    /// Under what whoever is told is found.
    pub found_by: fn(&Demographics) -> FoundBy,
    /// Places a chart for whom no number decides.
    pub score: ScoreRules,
}

/// The folded keys under which a person is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundBy {
    /// By how a name sounds. Each is a row of an index, for whom a birth date is told.
    pub names: Vec<String>,
    /// By postcode, a bar, and how the family name sounds. Each is a row of an index.
    pub places: Vec<String>,
    /// Postcode, a bar, and the family name itself: who of those who are found at a place is of one family.
    pub families_at: Vec<String>,
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
    /// The units that changed nothing because it was so already: what was to be
    /// applied only where it is new is known, what was deleted was never here.
    pub unchanged: BTreeSet<u32>,
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

/// A message to be applied, and by which rules.
#[derive(Clone)]
pub(crate) struct ToApply {
    pub(crate) application: Arc<Application>,
    pub(crate) rules: Arc<IdentityRules>,
    pub(crate) source: i64,
    /// How the source delivers; `None` for one that is no longer configured.
    pub(crate) format: Option<SourceFormat>,
    /// The numbers that its charts had before, where a record is built anew.
    pub(crate) given: Option<Arc<Given>>,
    pub(crate) removals: Arc<Removals>,
    /// What it tells of its patients, by these rules.
    pub(crate) ready: Arc<[Arc<Ready>]>,
    /// Because somebody decided so.
    pub(crate) by_hand: Option<ByHand>,
    /// For which charts new people were made when it was applied before.
    pub(crate) sent: SentNote,
}

impl ToApply {
    /// Applies the message through these rows, within their transaction.
    pub(crate) fn run(&self, rows: &dyn Rows) -> Result<Applied, StoreError> {
        let mut applying = Applying {
            rows,
            rules: &self.rules,
            application: &self.application,
            source: self.source,
            format: self.format,
            given: self.given.as_deref(),
            ready: &self.ready,
            by_hand: self.by_hand.as_ref(),
            still_held: Vec::new(),
            words: Words::default(),
            charts: HashMap::new(),
            held: HashMap::new(),
            refused: HashMap::new(),
            versions: HashMap::new(),
            joined: HashMap::new(),
            refiled: HashMap::new(),
            removals: &self.removals,
            all_wait: None,
            sent: SentAway::again(&self.sent),
            applied: Applied::default(),
        };
        applying.run()
    }
}

/// One message being applied, within its transaction.
pub(crate) struct Applying<'a> {
    pub(crate) rows: &'a dyn Rows,
    rules: &'a IdentityRules,
    pub(crate) application: &'a Application,
    pub(crate) source: i64,
    /// How the source delivers; `None` for one that is no longer configured.
    pub(crate) format: Option<SourceFormat>,
    pub(crate) given: Option<&'a Given>,
    ready: &'a [Arc<Ready>],
    pub(crate) by_hand: Option<&'a ByHand>,
    /// Units that cannot be applied by hand either.
    pub(crate) still_held: Vec<StillHeld>,
    pub(crate) words: Words,
    pub(crate) charts: HashMap<String, Vec<Description>>,
    /// Units that are held because of whom they describe.
    pub(crate) held: HashMap<u32, Held>,
    /// Units of which what they ask is not done.
    pub(crate) refused: HashMap<u32, Refused>,
    pub(crate) versions: HashMap<PersonId, i64>,
    /// The charts with which a chart is joined, once that was looked up.
    pub(crate) joined: HashMap<ChartId, Vec<ChartId>>,
    /// Where attendances of a chart are filed, once that was looked up.
    pub(crate) refiled: HashMap<ChartId, Vec<Refiled>>,
    pub(crate) removals: &'a Removals,
    /// Why all units wait that are applied together or not at all.
    pub(crate) all_wait: Option<Held>,
    /// For which charts new people were made, since the record that they were in was parted.
    pub(crate) sent: SentAway,
    pub(crate) applied: Applied,
}

/// What a message said about who a patient is (`None`: only referred to them),
/// and what became of it.
pub(crate) type Description = (Option<Demographics>, ChartOutcome);

impl Applying<'_> {
    fn run(&mut self) -> Result<Applied, StoreError> {
        let application = self.application;
        if !self.is_to_be_done()? {
            return Ok(Applied::default());
        }
        if self.is_waiting()? {
            let (by_hand, units) = (self.by_hand, (0u32..).zip(&application.units));
            let units = units.filter(|(number, _)| by_hand.is_none_or(|by_hand| by_hand.takes(*number)));
            // Whoever is described is placed first, so that a bundle may name its
            // patient after the entries that refer to them.
            for (number, unit) in units.clone() {
                self.describe(number, unit)?;
            }
            self.find_what_all_wait_for();
            for (number, unit) in units.clone() {
                self.rearrange(number, unit)?;
            }
            for (number, unit) in units {
                self.unit(number, unit)?;
            }
            self.finish_message()?;
            self.finish_hand()?;
        } else {
            self.came_too_late()?;
        }
        Ok(std::mem::take(&mut self.applied))
    }

    /// Done or set aside: either way there is nothing to apply.
    fn is_waiting(&self) -> Result<bool, StoreError> {
        let state = self.rows.message_state(self.application.message)?;
        let state = state.ok_or(StoreError::NotFound("message"))?;
        Ok(state == STATE_RECEIVED || self.is_replay_of(state))
    }

    fn unit(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        match &unit.work {
            Work::Keep => self.keep(number, unit),
            Work::Quarantine { place, reason, .. } => self.hold(number, unit, None, place, reason),
            Work::Apply(changes) => self.apply(number, unit, Terms::default(), changes),
            Work::ApplyOn(terms, changes) => self.apply(number, unit, *terms, changes),
            Work::Rearrange(asked) => self.rearranged(number, unit, asked),
            Work::Remove(key) => self.remove(number, unit, key),
        }
    }

    pub(crate) fn apply(
        &mut self,
        number: u32,
        unit: &UnitWork,
        terms: Terms,
        changes: &[ChartChange],
    ) -> Result<(), StoreError> {
        let mut held = self.contradiction(number, changes);
        if held.is_none() {
            held = self.tells_of_anothers(changes)?;
        }
        if let Some(held) = held.or_else(|| self.all_wait.clone().filter(|_| terms.with_all)) {
            changes.iter().try_for_each(|change| self.note_mentioned(change))?;
            return self.hold(number, unit, held.person, "who the person is", &held.reasons);
        }
        let mut is_new = false;
        for change in changes {
            is_new |= self.entries(number, unit, terms, change)?;
        }
        if terms.only_if_new && !is_new {
            self.applied.unchanged.insert(number);
        }
        self.count(unit).applied += 1;
        Ok(())
    }

    pub(crate) fn count(&mut self, unit: &UnitWork) -> &mut UnitCounts {
        self.applied.by_kind.entry(unit.kind.clone()).or_default()
    }

    pub(crate) fn keep(&mut self, number: u32, unit: &UnitWork) -> Result<(), StoreError> {
        self.rows.keep_unit(self.application.message, number, &unit.kind)?;
        self.count(unit).kept += 1;
        Ok(())
    }

    /// The chart that a change speaks of, placed once for each way in which the
    /// message describes it.
    pub(crate) fn chart(&mut self, change: &ChartChange) -> Result<ChartOutcome, StoreError> {
        let described = self.charts.get(&change.key).map(Vec::as_slice).unwrap_or_default();
        if let Some(outcome) = already_placed(described, change.told.as_ref()) {
            return Ok(outcome.clone());
        }
        let placing = self.placing();
        let placed = placing.place(change)?;
        let has_moved = placing.moved.is_any();
        self.applied.persons += u64::from(placed.new_person);
        self.note_chart(placed.outcome.chart())?;
        let description = (change.told.clone(), placed.outcome.clone());
        self.charts.entry(change.key.clone()).or_default().push(description);
        if has_moved {
            self.find_people_again()?;
        }
        Ok(placed.outcome)
    }

    pub(crate) fn placing(&self) -> Placing<'_> {
        Placing {
            rows: self.rows,
            rules: self.rules,
            given: self.given,
            source: self.source,
            message: self.application.message,
            stated_at: self.stated_at(),
            at: self.application.at.as_second(),
            is_by_hand: self.by_hand.is_some(),
            moved: Moved::default(),
            ready: self.ready,
            indexed: RefCell::default(),
            in_question: RefCell::default(),
            sent: &self.sent,
        }
    }

    pub(crate) fn stated_at(&self) -> Option<i64> {
        self.application.stated_at.map(Timestamp::as_second)
    }

    /// Remembers whom the message speaks of, for whoever wants to show it.
    fn note_chart(&self, chart: ChartId) -> Result<(), StoreError> {
        self.rows.note_chart(self.application.message, chart)
    }
}
