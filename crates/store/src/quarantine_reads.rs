//! What an administrator sees of their organisation's quarantine. Each read takes
//! the decision and the receipt of the same request, as any that lets content out.

use std::sync::Arc;

use access::{FactsVersion, QuarantineDecision, QuarantineTextDecision};
use audit::Act;
use jiff::Timestamp;
use record::{MessageId, PersonId, SourceId};

use crate::Place;
use crate::by_hand::HandAct;
use crate::clinical::ClinicalReads;
use crate::error::StoreError;
use crate::inbox::{Inbox, timestamp};
use crate::people::People;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::{Depth, sqlite};

/// How many rows that wait one list holds; one more is read to say "more".
pub const ITEMS_MAX: usize = 200;
/// How many rows that were settled one list holds.
pub const SETTLED_ITEMS_MAX: usize = 50;

/// From how many minutes on it is an alarm that nobody has taken what waits.
pub const QUARANTINE_ALARM_MINUTES: i64 = 15;

/// How a row of quarantine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It waits for a hand.
    Waiting,
    /// It was applied after all.
    Applied,
    /// A correction was made in its place.
    Corrected,
    /// It is never to be applied.
    Dismissed,
}

/// A unit of a message in quarantine: where and why, who has taken it, and nothing
/// of what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineItem {
    /// Its own number.
    pub id: u64,
    /// From which source.
    pub source: SourceId,
    /// In which message.
    pub message: MessageId,
    /// Which unit of that message, from 0; 0 too where the whole message waits.
    pub unit: u32,
    /// Its type as the standard names it: `ADT^A08`, `Observation`.
    pub kind: String,
    /// Where in the unit.
    pub place: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// Whether it concerns a record that is known. Whose is not told here.
    pub is_person_known: bool,
    /// How it stands.
    pub state: ItemState,
    /// Who has taken it last, and when.
    pub owner: Option<(String, Timestamp)>,
    /// What was decided about its message and is being carried out.
    pub under_way: Option<HandAct>,
    /// The message that its message corrects.
    pub corrects: Option<MessageId>,
}

/// Something that was decided about a message in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandDecision {
    /// What.
    pub act: HandAct,
    /// By whom, as they were called then.
    pub staff_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The message that corrects it.
    pub correction: Option<MessageId>,
    /// When it was carried out, and what came of it.
    pub done: Option<(Timestamp, String)>,
}

/// Which rows of quarantine are wanted.
pub(crate) struct ItemsWanted {
    pub(crate) organisation: String,
    pub(crate) which: Which,
    /// The place of the receipt's row among those about nobody in particular.
    pub(crate) counter: u64,
}

/// Those that wait, those that do not, or one.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Waiting,
    Settled,
    One(i64),
}

impl ClinicalReads {
    /// What waits in the organisation's quarantine, at most [`ITEMS_MAX`] and
    /// whether there is more: what nobody has taken first, and the oldest of it first.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], or when the file cannot be read.
    pub async fn quarantine_waiting(
        &self,
        decision: &QuarantineDecision,
        receipt: &Receipt,
    ) -> Result<(Vec<QuarantineItem>, bool), StoreError> {
        let mut items = self.items(decision, receipt, Which::Waiting).await?;
        let more = items.len() > ITEMS_MAX;
        items.truncate(ITEMS_MAX);
        Ok((items, more))
    }

    /// What was settled in the organisation's quarantine, what came last first, at
    /// most [`SETTLED_ITEMS_MAX`].
    ///
    /// # Errors
    /// As [`ClinicalReads::quarantine_waiting`].
    pub async fn quarantine_settled(
        &self,
        decision: &QuarantineDecision,
        receipt: &Receipt,
    ) -> Result<Vec<QuarantineItem>, StoreError> {
        self.items(decision, receipt, Which::Settled).await
    }

    /// One row of the organisation's quarantine, and what was decided about its
    /// message, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also for a row of another organisation's; as
    /// [`ClinicalReads::quarantine_waiting`].
    pub async fn quarantine_item(
        &self,
        decision: &QuarantineDecision,
        receipt: &Receipt,
        item: u64,
    ) -> Result<(QuarantineItem, Vec<HandDecision>), StoreError> {
        let found = self.items(decision, receipt, Which::One(item.cast_signed())).await?.pop();
        let found = found.ok_or(StoreError::NotFound("message in quarantine"))?;
        let (organisation, message) = (decision.organisation().to_string(), found.message);
        let decided = match &self.place {
            Place::Sqlite { record, .. } => {
                let decided =
                    move |connection: &_| sqlite::quarantine_reads::decided(connection, &organisation, message);
                record.read(decided).await?
            }
            Place::Postgres(server) => server.decided(&organisation, receipt.counter(), message).await?,
        };
        Ok((found, decided))
    }

    async fn items(
        &self,
        decision: &QuarantineDecision,
        receipt: &Receipt,
        which: Which,
    ) -> Result<Vec<QuarantineItem>, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::QuarantineListed)?;
        let organisation = decision.organisation().to_string();
        let wanted = ItemsWanted { organisation, which, counter: receipt.counter() };
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::quarantine_reads::items(connection, &sources, &wanted)).await
            }
            Place::Postgres(server) => server.quarantine_items(&sources, &wanted).await,
        }
    }

    /// A message of the organisation's quarantine, byte for byte. A decision with a
    /// reason lets its text be shown; one without lets it be seen how it is built.
    ///
    /// # Errors
    /// [`StoreError::FactsMoved`] when the message concerns somebody of whom the
    /// decision does not know; [`StoreError::NotFound`], also for one of another
    /// organisation's; [`StoreError::ReceiptForAnother`].
    pub async fn quarantine_text(
        &self,
        decision: &QuarantineTextDecision,
        receipt: &Receipt,
        message: MessageId,
    ) -> Result<Vec<u8>, StoreError> {
        let act = if decision.reason().is_some() { Act::QuarantineOpened } else { Act::QuarantineShown };
        receipt.must_be_for(decision.request(), None, act)?;
        match self.quarantine_bytes(decision, receipt.counter(), message).await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.quarantine_bytes(decision, receipt.counter(), message).await
            }
            bytes => bytes,
        }
    }

    async fn quarantine_bytes(
        &self,
        decision: &QuarantineTextDecision,
        counter: u64,
        message: MessageId,
    ) -> Result<Vec<u8>, StoreError> {
        let (organisation, bodies) = (decision.organisation().to_string(), Arc::clone(&self.bodies));
        let concerns: Vec<(PersonId, FactsVersion)> = decision.concerns().to_vec();
        match &self.place {
            Place::Sqlite { record, .. } => {
                let text = move |connection: &_| {
                    sqlite::quarantine_reads::text(connection, &bodies, &organisation, message, &concerns)
                };
                record.read(text).await
            }
            Place::Postgres(server) => {
                server.quarantine_text(&bodies, &organisation, counter, message, &concerns).await
            }
        }
    }
}

impl People {
    /// From which source a row of quarantine is, and in which message: what a
    /// decision about it has to know first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn in_quarantine(&self, item: u64) -> Result<Option<(SourceId, MessageId)>, StoreError> {
        let item = item.cast_signed();
        let found = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::quarantine_reads::place_of(connection, item)).await?
            }
            Place::Postgres(server) => server.place_of_item(item).await?,
        };
        let Some((source, message)) = found else { return Ok(None) };
        let source = SourceId::new(&source).map_err(|_| StoreError::Damaged("a source's id".to_owned()))?;
        Ok(Some((source, MessageId(message.cast_unsigned()))))
    }
}

impl Inbox {
    /// Units in quarantine that came before this moment and that nobody has taken,
    /// for each source that has any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn quarantine_unowned(&self, before: Timestamp) -> Result<Vec<Depth>, StoreError> {
        let sources = Arc::clone(&self.sources);
        let before = before.as_second();
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::quarantine_reads::unowned(connection, &sources, before)).await
            }
            Place::Postgres(server) => server.quarantine_unowned(&sources, before).await,
        }
    }
}

/// The columns of a row of quarantine, as both databases give them.
pub(crate) struct ItemColumns {
    pub(crate) id: i64,
    pub(crate) source: i64,
    pub(crate) message: i64,
    pub(crate) unit: i64,
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) is_person_known: bool,
    pub(crate) state: i64,
    pub(crate) owner: Option<String>,
    pub(crate) taken_at: Option<i64>,
    pub(crate) under_way: Option<i64>,
    pub(crate) corrects: Option<i64>,
}

impl ItemColumns {
    pub(crate) fn item(self, sources: &SourceNumbers) -> Result<QuarantineItem, StoreError> {
        Ok(QuarantineItem {
            id: self.id.cast_unsigned(),
            source: sources.id(self.source)?,
            message: MessageId(self.message.cast_unsigned()),
            unit: u32::try_from(self.unit).unwrap_or_default(),
            kind: self.kind,
            place: self.place,
            reason: self.reason,
            at: timestamp(self.at),
            is_person_known: self.is_person_known,
            state: match self.state {
                0 => ItemState::Waiting,
                1 => ItemState::Applied,
                2 => ItemState::Corrected,
                3 => ItemState::Dismissed,
                _ => return Err(StoreError::Damaged("how a row of quarantine stands".to_owned())),
            },
            owner: self.owner.zip(self.taken_at.map(timestamp)),
            under_way: self.under_way.map(HandAct::from_number).transpose()?,
            corrects: self.corrects.map(|message| MessageId(message.cast_unsigned())),
        })
    }
}

/// The columns of a decision.
pub(crate) struct DecidedColumns {
    pub(crate) act: i64,
    pub(crate) staff_name: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) correction: Option<i64>,
    pub(crate) done_at: Option<i64>,
    pub(crate) outcome: Option<String>,
}

impl DecidedColumns {
    pub(crate) fn decision(self) -> Result<HandDecision, StoreError> {
        Ok(HandDecision {
            act: HandAct::from_number(self.act)?,
            staff_name: self.staff_name,
            reason: self.reason,
            at: timestamp(self.at),
            correction: self.correction.map(|message| MessageId(message.cast_unsigned())),
            done: self.done_at.map(|at| (timestamp(at), self.outcome.unwrap_or_default())),
        })
    }
}
