use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use record::{MessageId, SourceId};
use tokio::sync::Notify;

use crate::Place;
use crate::aside::Aside;
use crate::bodies::Bodies;
use crate::error::StoreError;
use crate::known_by::{KNOWN_BY_BYTES, known_by};
use crate::mentioned::Mentioned;
use crate::ready::ToldLately;
use crate::rows::QuarantineRow;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;

/// For how long a sender's control id means one message (DESIGN §5).
pub const CONTROL_ID_WINDOW_DAYS: i64 = 30;
/// How many messages one page of [`Inbox::list`] holds.
pub const LISTED_MAX: i64 = 1_000;

/// Messages: durable before they are acknowledged, kept byte for byte.
#[derive(Clone)]
pub struct Inbox {
    pub(crate) place: Place,
    pub(crate) sources: Arc<SourceNumbers>,
    pub(crate) bodies: Arc<Bodies>,
    /// Somebody has decided something about quarantine.
    pub(crate) asked: Arc<Notify>,
    pub(crate) aside: Aside,
    pub(crate) told_lately: Arc<ToldLately>,
}

/// A message as it came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// From which source.
    pub source: SourceId,
    /// The sender's own name for it, where it has one that is unique for the sender.
    pub control_id: Option<String>,
    /// When the sender says that it was made.
    pub stated_at: Option<Timestamp>,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What became of an arrival. All of them are durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Never seen before: apply it.
    New(MessageId),
    /// The same bytes came before: acknowledge again, apply nothing.
    Duplicate(MessageId),
    /// Another message has this control id: kept, in quarantine.
    ControlIdReused(MessageId),
    /// The same bytes came before and were set aside, as they are now: refuse
    /// them again, apply nothing.
    SetAsideBefore(MessageId),
    /// The same bytes were removed for good: refuse them, keep nothing of them.
    Removed(MessageId),
}

/// What was told against a message that was read and has a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// Where: `PID-3`.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// What became of an arrival, and what it told of its sender.
pub(crate) struct Kept {
    pub(crate) received: Received,
    /// The sender's counter of control ids has begun again with it.
    pub(crate) has_restarted: bool,
}

impl From<Received> for Kept {
    fn from(received: Received) -> Self {
        Self { received, has_restarted: false }
    }
}

/// A message without its bytes.
#[derive(Clone, Debug)]
pub struct ListedMessage {
    /// Its id.
    pub id: MessageId,
    /// From which source.
    pub source: SourceId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its length.
    pub size_bytes: u64,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// A message that is durable and not yet applied.
#[derive(Clone, Debug)]
pub struct WaitingMessage {
    /// Its id.
    pub id: MessageId,
    /// From which source.
    pub source: SourceId,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Inbox {
    /// The threads for work that may wait, such as reading a long message.
    #[must_use]
    pub fn aside(&self) -> &Aside {
        &self.aside
    }

    /// What was told against a message when it came first; nothing against a good one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn told_against(&self, source: &SourceId, message: MessageId) -> Result<Option<Against>, StoreError> {
        let number = self.sources.number(source)?;
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::inbox::told_against(connection, number, message)).await
            }
            Place::Postgres(server) => server.told_against(number, message).await,
        }
    }

    /// Messages by id, [`LISTED_MAX`] at a time: nothing of what they say.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn list(&self, after: Option<MessageId>) -> Result<Vec<ListedMessage>, StoreError> {
        let sources = Arc::clone(&self.sources);
        let after = after.map_or(0, |after| after.0.cast_signed());
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::inbox::list(connection, &sources, after)).await
            }
            Place::Postgres(server) => server.list(&sources, after).await,
        }
    }

    /// Messages after this one that are durable and not yet applied, oldest first:
    /// what a start after a crash has to finish.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn waiting(&self, after: Option<MessageId>, count_max: u32) -> Result<Vec<WaitingMessage>, StoreError> {
        match self.try_waiting(after, count_max).await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.try_waiting(after, count_max).await
            }
            waiting => waiting,
        }
    }

    async fn try_waiting(&self, after: Option<MessageId>, count_max: u32) -> Result<Vec<WaitingMessage>, StoreError> {
        let (sources, bodies) = (Arc::clone(&self.sources), Arc::clone(&self.bodies));
        let after = after.map_or(0, |after| after.0.cast_signed());
        match &self.place {
            Place::Sqlite { record, .. } => {
                let waiting =
                    move |connection: &_| sqlite::inbox::waiting(connection, &sources, &bodies, after, count_max);
                record.read(waiting).await
            }
            Place::Postgres(server) => server.waiting(&sources, &bodies, after, count_max).await,
        }
    }

    /// Puts a durable message in quarantine whole because it can never be applied.
    /// One that was applied meanwhile stays so.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn set_aside(
        &self,
        message: MessageId,
        source: &SourceId,
        kind: &str,
        reason: &str,
        about: Vec<Mentioned>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = QuarantineRow {
            source: self.sources.number(source)?,
            message,
            unit: 0,
            kind: kind.to_owned(),
            person: None,
            place: "message".to_owned(),
            reason: reason.to_owned(),
            at: at.as_second(),
            about,
        };
        match &self.place {
            Place::Sqlite { record, .. } => {
                record
                    .write("set message aside", move |connection| sqlite::inbox::set_aside_if_waiting(connection, &row))
                    .await
            }
            Place::Postgres(server) => server.set_aside(row).await,
        }
    }
}

pub(crate) const STATE_RECEIVED: i64 = 0;
pub(crate) const STATE_DONE: i64 = 1;
/// The whole message is in quarantine: it took no effect, so its control id is
/// free for the corrected one. Where somebody corrected or dismissed it, it is in
/// state 3: the same bytes again change nothing.
pub(crate) const STATE_SET_ASIDE: i64 = 2;

/// Its bytes were removed, and what they said with them.
pub(crate) const STATE_REMOVED: i64 = 4;

/// Why a message waits for a hand.
#[derive(Clone, Debug)]
pub(crate) struct QuarantineNote {
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) about: Vec<Mentioned>,
}

/// A message ready to be written: hashed and compressed before the writer is asked.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub(crate) source: i64,
    pub(crate) control_id: Option<String>,
    pub(crate) stated_at: Option<i64>,
    pub(crate) received_at: i64,
    /// By what it is known again.
    pub(crate) digest: [u8; KNOWN_BY_BYTES],
    pub(crate) size: i64,
    pub(crate) body: Vec<u8>,
    /// Why it waits in quarantine from the start.
    pub(crate) unreadable: Option<QuarantineNote>,
    /// Of whom it speaks, as far as it could be read.
    pub(crate) about: Vec<Mentioned>,
    /// What its sender is told against it, although it was read.
    pub(crate) against: Option<Against>,
}

impl MessageRow {
    pub(crate) fn new(source: i64, arrival: Arrival, bodies: &Bodies) -> Result<Self, StoreError> {
        let body = bodies.pack(&arrival.bytes)?;
        Ok(Self {
            source,
            control_id: arrival.control_id,
            stated_at: arrival.stated_at.map(Timestamp::as_second),
            received_at: arrival.received_at.as_second(),
            digest: known_by(&arrival.bytes),
            size: i64::try_from(arrival.bytes.len()).unwrap_or(i64::MAX),
            body,
            unreadable: None,
            about: Vec::new(),
            against: None,
        })
    }

    /// The quarantine row of the whole message.
    pub(crate) fn quarantined(&self, id: MessageId, note: &QuarantineNote) -> QuarantineRow {
        QuarantineRow {
            source: self.source,
            message: id,
            unit: 0,
            kind: note.kind.clone(),
            person: None,
            place: note.place.clone(),
            reason: note.reason.clone(),
            at: self.received_at,
            about: if note.about.is_empty() { self.about.clone() } else { note.about.clone() },
        }
    }

    /// The source's own time where it states one that is not in the future, so
    /// that old news does not look fresh because it arrived today.
    pub(crate) fn told_at(&self) -> i64 {
        self.stated_at.filter(|stated| *stated <= self.received_at).unwrap_or(self.received_at)
    }

    /// Messages received before this moment no longer hold their control id.
    pub(crate) fn window_start(&self) -> i64 {
        self.received_at - SignedDuration::from_hours(24 * CONTROL_ID_WINDOW_DAYS).as_secs()
    }
}

/// Why a message waits whose control id another one has.
pub(crate) fn control_id_reused() -> QuarantineNote {
    QuarantineNote {
        kind: "control id".to_owned(),
        place: "MSH-10".to_owned(),
        reason: "another message had this control id within the last 30 days".to_owned(),
        about: Vec::new(),
    }
}

pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}
