//! What an identity analyst sees of doubts about who is who. Each read takes the
//! decision and the receipt of the same request, as any that lets content out.

use std::sync::Arc;

use access::{FactsVersion, PairDecision, WorkListDecision};
use audit::Act;
use jiff::Timestamp;
use record::{ChartId, Demographics, LocalNumber, PersonId, SourceId};

use crate::Place;
use crate::clinical::ClinicalReads;
use crate::error::StoreError;
use crate::identity_hands::{ACT_FIRST, ACT_OPEN, LinkAct};
use crate::identity_pair::PairSeen;
use crate::inbox::timestamp;
use crate::link_to_do::{DoubtStand, LinkToDo};
use crate::people::People;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;
use crate::work_list::{DoubtKind, WorkListItem};

/// How many decisions that were carried out the list shows.
pub const SETTLED_DOUBTS_MAX: i64 = 50;
/// How many decisions about one doubt are shown.
pub const LINK_DECISIONS_MAX: i64 = 100;
/// The most charts of one person that a pair shows.
pub const PAIR_CHARTS_MAX: usize = 200;

/// A doubt, and what was decided about it so far: why, and nothing of what was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityDoubt {
    /// Why it stands on the list.
    pub item: WorkListItem,
    /// It is about one record that may hold two people; also where it was decided that two were one person's.
    pub is_of_one_record: bool,
    /// It waits for a decision.
    pub is_open: bool,
    /// Who asks the source, and since when.
    pub asks_the_source: Option<(String, Timestamp)>,
    /// Who has said first that both are one person's, and when.
    pub first_reviewer: Option<(String, Timestamp)>,
    /// What was decided and is being carried out.
    pub under_way: Option<LinkAct>,
}

/// Something that was decided about whose records are one person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkDecision {
    /// Its number.
    pub id: u64,
    /// About which doubt.
    pub item: u64,
    /// What.
    pub act: LinkAct,
    /// The chart that was to be unlinked.
    pub chart: Option<ChartId>,
    /// The decision that was taken back.
    pub takes_back: Option<u64>,
    /// It was carried out, and something was done.
    pub done_something: bool,
    /// It moved charts or told some apart, which may be taken back.
    pub can_be_taken_back: bool,
    /// By whom, as they were called then.
    pub staff_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// It waits for a second reviewer.
    pub waits_for_second: bool,
    /// When it was carried out, and what came of it.
    pub done: Option<(Timestamp, String)>,
    /// A chart was taken out by it: somebody may be told who saw the record before.
    pub parted: bool,
}

/// Doubts that wait, and what was decided last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityWork {
    /// The highest risk first; at most [`crate::WORK_LIST_MAX`].
    pub waiting: Vec<IdentityDoubt>,
    /// What was carried out or came to nothing, newest first; at most [`SETTLED_DOUBTS_MAX`].
    pub settled: Vec<LinkDecision>,
    /// What one reviewer has said of records that nobody doubts, so that no doubt of the list shows it: a second has to
    /// say the same. Oldest first; at most [`SETTLED_DOUBTS_MAX`].
    pub needs_second: Vec<LinkDecision>,
}

/// What a chart tells of its patient, for whoever compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairChart {
    /// Which chart.
    pub chart: ChartId,
    /// Of which source.
    pub source: SourceId,
    /// Who it says it is; of restricted people without whereabouts.
    pub told: Demographics,
    /// Its local numbers; none of restricted people.
    pub local_numbers: Vec<LocalNumber>,
    /// When it said so, by its own clock.
    pub told_at: Option<Timestamp>,
    /// Since when it is this person's, and for what reason.
    pub linked: Option<(Timestamp, String)>,
    /// The decision by which it came to this person, where it was linked by hand.
    pub linked_by_hand: Option<u64>,
    /// Which charts its source has joined with it.
    pub joined_with: Vec<ChartId>,
    /// Whose record somebody took it out of, or told it apart from, last.
    pub told_apart_from: Option<PersonId>,
}

/// A person of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairPerson {
    /// Who.
    pub person: PersonId,
    /// Where they are to be found is hidden.
    pub is_restricted: bool,
    /// Their charts, oldest first.
    pub charts: Vec<PairChart>,
}

/// One doubt with the people whom it is about: two, or one whose record may hold two.
#[derive(Clone, Debug)]
pub struct StoredPair {
    /// The doubt.
    pub doubt: IdentityDoubt,
    /// The one who came last first.
    pub people: Vec<PairPerson>,
    /// What was decided about it, oldest first.
    pub decided: Vec<LinkDecision>,
    /// What is handed in with a decision about it.
    pub seen: PairSeen,
}

/// The columns of a doubt, as both databases give them.
pub(crate) struct DoubtColumns {
    pub(crate) item: WorkListItem,
    pub(crate) person: i64,
    pub(crate) other: Option<i64>,
    pub(crate) is_open: bool,
    pub(crate) asks: Option<(String, i64)>,
    pub(crate) last: Option<(i64, i64, String, i64)>,
}

impl DoubtColumns {
    pub(crate) fn doubt(self) -> Result<IdentityDoubt, StoreError> {
        let last = self.last;
        let first = last.clone().filter(|(_, state, ..)| *state == ACT_FIRST);
        let under_way = last.filter(|(_, state, ..)| *state == ACT_OPEN);
        Ok(IdentityDoubt {
            item: self.item,
            is_of_one_record: self.other.is_none_or(|other| other == self.person),
            is_open: self.is_open,
            asks_the_source: self.asks.map(|(name, at)| (name, timestamp(at))),
            first_reviewer: first.map(|(_, _, name, at)| (name, timestamp(at))),
            under_way: under_way.map(|(act, ..)| LinkAct::from_number(act)).transpose()?,
        })
    }

    pub(crate) fn people(&self) -> Vec<PersonId> {
        let person = |id: i64| PersonId(id.cast_unsigned());
        DoubtStand { person: person(self.person), other: self.other.map(person), is_open: self.is_open }.people()
    }
}

impl ClinicalReads {
    /// The doubts that nobody has decided, the highest risk first, and what was decided last.
    /// Whoever is sealed from the other is in none of them.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the store cannot be read.
    pub async fn identity_work(
        &self,
        decision: &WorkListDecision,
        receipt: &Receipt,
    ) -> Result<IdentityWork, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::WorkListSeen)?;
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::identity_reads::work(connection, &sources)).await
            }
            Place::Postgres(server) => server.identity_work(&sources, receipt.counter()).await,
        }
    }

    /// One doubt with what each chart of the people concerned tells of them. A decision with a
    /// reason is for deciding about it; one without is for showing it.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] where it concerns somebody of whom the decision does not know, or whose
    /// links moved since; [`StoreError::NotFound`], also for sealed pairs; [`StoreError::ReceiptForAnother`].
    pub async fn identity_pair(
        &self,
        decision: &PairDecision,
        receipt: &Receipt,
        item: u64,
    ) -> Result<StoredPair, StoreError> {
        let act = if decision.reason().is_some() { Act::IdentityDecided } else { Act::PairSeen };
        receipt.must_be_for(decision.request(), None, act)?;
        let (sources, item) = (Arc::clone(&self.sources), item.cast_signed());
        let concerns: Vec<(PersonId, FactsVersion)> = decision.concerns().to_vec();
        let rows = match &self.place {
            Place::Sqlite { record, .. } => {
                let read = move |connection: &_| sqlite::identity_reads::pair(connection, &sources, item, &concerns);
                record.read(read).await?
            }
            Place::Postgres(server) => server.identity_pair(&sources, receipt.counter(), item, &concerns).await?,
        };
        let not_there = StoreError::NotFound("doubt about who is who");
        let rows = rows.filter(|rows| !rows.is_sealed).ok_or(not_there)?;
        rows.pair(&self.sources, decision)
    }
}

impl People {
    /// Whom a doubt is about: what a decision about it has to know first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn in_doubt(&self, item: u64) -> Result<Vec<PersonId>, StoreError> {
        let item = item.cast_signed();
        let found = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::identity_reads::people_of(connection, item)).await?
            }
            Place::Postgres(server) => server.people_of_doubt(item).await?,
        };
        Ok(found.map(DoubtStand::people).unwrap_or_default())
    }
}

/// The columns of a doubt's own row, as both databases give them.
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) odds: Option<i64>,
    pub(crate) source: i64,
    pub(crate) message: i64,
    pub(crate) reasons: String,
    pub(crate) at: i64,
}

impl ItemRow {
    pub(crate) fn item(self, sources: &SourceNumbers) -> Result<WorkListItem, StoreError> {
        Ok(WorkListItem {
            id: self.id.cast_unsigned(),
            kind: DoubtKind::of_stored(&self.kind),
            odds_centibits: self.odds,
            source: sources.id(self.source)?,
            message: record::MessageId(self.message.cast_unsigned()),
            reasons: WorkListItem::split(&self.reasons),
            at: timestamp(self.at),
        })
    }
}

/// The columns of a decision.
pub(crate) struct LinkDecidedRow {
    pub(crate) id: i64,
    pub(crate) item: i64,
    pub(crate) act: i64,
    pub(crate) chart: Option<i64>,
    pub(crate) staff_name: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) state: i64,
    pub(crate) done_at: Option<i64>,
    pub(crate) outcome: Option<String>,
    /// What was done, as the order of application keeps it.
    pub(crate) did: Option<String>,
}

impl LinkDecidedRow {
    pub(crate) fn decision(self) -> Result<LinkDecision, StoreError> {
        let act = LinkAct::from_number(self.act)?;
        let did = self.did.as_deref().map(|did| LinkToDo::of_note(self.at, Some(did))).transpose()?;
        Ok(LinkDecision {
            id: self.id.cast_unsigned(),
            item: self.item.cast_unsigned(),
            act,
            chart: self.chart.filter(|_| act != LinkAct::TakeBack).map(|chart| ChartId(chart.cast_unsigned())),
            takes_back: self.chart.filter(|_| act == LinkAct::TakeBack).map(i64::cast_unsigned),
            done_something: did.is_some(),
            can_be_taken_back: did.as_ref().is_some_and(LinkToDo::can_be_taken_back),
            staff_name: self.staff_name,
            reason: self.reason,
            at: timestamp(self.at),
            waits_for_second: self.state == ACT_FIRST,
            done: self.done_at.map(|at| (timestamp(at), self.outcome.unwrap_or_default())),
            parted: act == LinkAct::Unlink && did.is_some(),
        })
    }
}
