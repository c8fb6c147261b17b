use std::cell::RefCell;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use record::{MessageId, SourceId};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

use crate::error::StoreError;
use crate::source_numbers::SourceNumbers;
use crate::sqlite::File;

/// For how long a sender's control id means one message (DESIGN §5).
pub const CONTROL_ID_WINDOW_DAYS: i64 = 30;
/// How many messages one page of [`Inbox::list`] holds.
pub const LISTED_MAX: i64 = 1_000;
/// zstd level of message bodies: the measured knee of the curve.
const COMPRESSION_LEVEL: i32 = 3;

/// Messages: durable before they are acknowledged, kept byte for byte.
#[derive(Clone)]
pub struct Inbox {
    pub(crate) file: File,
    pub(crate) sources: Arc<SourceNumbers>,
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
    /// Makes a message durable. When this returns, the message may be acknowledged.
    ///
    /// # Errors
    /// When the source is unknown or the message could not be made durable: do
    /// not acknowledge.
    pub async fn receive(&self, arrival: Arrival) -> Result<Received, StoreError> {
        let row = MessageRow::new(self.sources.configured_number(&arrival.source)?, arrival)?;
        self.file.write("receive message", move |connection| row.receive(connection)).await
    }

    /// Makes a message durable that cannot be read, with the reason. It waits in
    /// quarantine; its sender is told.
    ///
    /// # Errors
    /// As [`Inbox::receive`].
    pub async fn receive_unreadable(
        &self,
        arrival: Arrival,
        kind: &str,
        place: &str,
        reason: &str,
    ) -> Result<Received, StoreError> {
        let row = MessageRow::new(self.sources.configured_number(&arrival.source)?, arrival)?;
        let note = QuarantineNote { kind: kind.to_owned(), place: place.to_owned(), reason: reason.to_owned() };
        self.file
            .write("receive unreadable message", move |connection| {
                if let Some((earlier, _)) = row.same_bytes(connection)? {
                    set_aside_if_waiting(connection, row.source, earlier, &note, row.received_at)?;
                    return Ok(Received::Duplicate(earlier));
                }
                let id = row.insert(connection, STATE_SET_ASIDE)?;
                quarantine(connection, row.source, id, 0, None, &note, row.received_at)?;
                Ok(Received::New(id))
            })
            .await
    }

    /// Messages by id, [`LISTED_MAX`] at a time: nothing of what they say.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn list(&self, after: Option<MessageId>) -> Result<Vec<ListedMessage>, StoreError> {
        let sources = Arc::clone(&self.sources);
        let after = after.map_or(0, |after| after.0.cast_signed());
        self.file
            .read(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT id, source, received_at, size, digest FROM message WHERE id > ?1 ORDER BY id LIMIT ?2",
                )?;
                let mut rows = statement.query([after, LISTED_MAX])?;
                let mut listed = Vec::new();
                while let Some(row) = rows.next()? {
                    listed.push(ListedMessage {
                        id: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
                        source: sources.id(row.get(1)?)?,
                        received_at: timestamp(row.get(2)?),
                        size_bytes: row.get::<_, i64>(3)?.cast_unsigned(),
                        digest: row.get(4)?,
                    });
                }
                Ok(listed)
            })
            .await
    }

    /// Messages after this one that are durable and not yet applied, oldest first:
    /// what a start after a crash has to finish.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn waiting(&self, after: Option<MessageId>, count_max: u32) -> Result<Vec<WaitingMessage>, StoreError> {
        let sources = Arc::clone(&self.sources);
        let after = after.map_or(0, |after| after.0.cast_signed());
        self.file
            .read(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT id, source, body, size, received_at FROM message
                     WHERE state = 0 AND id > ?1 ORDER BY id LIMIT ?2",
                )?;
                let mut rows = statement.query(params![after, count_max])?;
                let mut waiting = Vec::new();
                while let Some(row) = rows.next()? {
                    waiting.push(WaitingMessage {
                        id: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
                        source: sources.id(row.get(1)?)?,
                        bytes: decompress(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?, row.get(3)?)?,
                        received_at: timestamp(row.get(4)?),
                    });
                }
                Ok(waiting)
            })
            .await
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
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let source = self.sources.number(source)?;
        let note = QuarantineNote { kind: kind.to_owned(), place: "message".to_owned(), reason: reason.to_owned() };
        self.file
            .write("set message aside", move |connection| {
                set_aside_if_waiting(connection, source, message, &note, at.as_second())
            })
            .await
    }
}

pub(crate) const STATE_RECEIVED: i64 = 0;
pub(crate) const STATE_DONE: i64 = 1;
/// The whole message is in quarantine: it took no effect, so its control id is
/// free for the corrected one.
pub(crate) const STATE_SET_ASIDE: i64 = 2;

/// A message that was received and turns out to be unreadable must not wait for ever.
fn set_aside_if_waiting(
    connection: &Connection,
    source: i64,
    message: MessageId,
    note: &QuarantineNote,
    at: i64,
) -> Result<(), StoreError> {
    let changed = connection
        .prepare_cached("UPDATE message SET state = ?2 WHERE id = ?1 AND state = ?3")?
        .execute(params![message.0.cast_signed(), STATE_SET_ASIDE, STATE_RECEIVED])?;
    if changed == 0 { Ok(()) } else { quarantine(connection, source, message, 0, None, note, at) }
}

/// Why a unit waits for a hand.
pub(crate) struct QuarantineNote {
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) reason: String,
}

/// Writes a quarantine row; the person is set where the unit concerns a known record.
pub(crate) fn quarantine(
    connection: &Connection,
    source: i64,
    message: MessageId,
    unit: u32,
    person: Option<u64>,
    note: &QuarantineNote,
    at: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO quarantine (source, message, unit, kind, person, place, reason, at, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
        )?
        .execute(params![
            source,
            message.0.cast_signed(),
            unit,
            note.kind,
            person.map(u64::cast_signed),
            note.place,
            note.reason,
            at
        ])?;
    Ok(())
}

/// A message ready to be written: hashed and compressed before the writer is asked.
struct MessageRow {
    source: i64,
    control_id: Option<String>,
    stated_at: Option<i64>,
    received_at: i64,
    digest: [u8; 32],
    size: i64,
    body: Vec<u8>,
}

impl MessageRow {
    fn new(source: i64, arrival: Arrival) -> Result<Self, StoreError> {
        let body = compress(&arrival.bytes)?;
        Ok(Self {
            source,
            control_id: arrival.control_id,
            stated_at: arrival.stated_at.map(Timestamp::as_second),
            received_at: arrival.received_at.as_second(),
            digest: Sha256::digest(&arrival.bytes).into(),
            size: i64::try_from(arrival.bytes.len()).unwrap_or(i64::MAX),
            body,
        })
    }

    fn receive(&self, connection: &Connection) -> Result<Received, StoreError> {
        match self.same_bytes(connection)? {
            Some((earlier, STATE_SET_ASIDE)) => return self.take_up(connection, earlier),
            Some((earlier, _)) => return Ok(Received::Duplicate(earlier)),
            None => {}
        }
        self.note_source_alive(connection)?;
        if !self.control_id_in_use(connection)? {
            return self.insert(connection, STATE_RECEIVED).map(Received::New);
        }
        let id = self.insert(connection, STATE_SET_ASIDE)?;
        let note = QuarantineNote {
            kind: "control id".to_owned(),
            place: "MSH-10".to_owned(),
            reason: "another message had this control id within the last 30 days".to_owned(),
        };
        quarantine(connection, self.source, id, 0, None, &note, self.received_at)?;
        Ok(Received::ControlIdReused(id))
    }

    /// A message that was set aside comes again: where what held it back is no
    /// longer so, it is applied after all.
    fn take_up(&self, connection: &Connection, earlier: MessageId) -> Result<Received, StoreError> {
        if self.control_id_in_use(connection)? {
            return Ok(Received::SetAsideBefore(earlier));
        }
        let id = earlier.0.cast_signed();
        connection
            .prepare_cached("UPDATE message SET state = ?2, control_id = ?3, stated_at = ?4 WHERE id = ?1")?
            .execute(params![id, STATE_RECEIVED, self.control_id, self.stated_at])?;
        connection.prepare_cached("UPDATE quarantine SET state = 1 WHERE message = ?1")?.execute([id])?;
        Ok(Received::New(earlier))
    }

    /// The message with the same bytes, and its state.
    fn same_bytes(&self, connection: &Connection) -> Result<Option<(MessageId, i64)>, StoreError> {
        let row: Option<(i64, i64)> = connection
            .prepare_cached("SELECT id, state FROM message WHERE source = ?1 AND digest = ?2")?
            .query_row(params![self.source, self.digest], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row.map(|(id, state)| (MessageId(id.cast_unsigned()), state)))
    }

    fn control_id_in_use(&self, connection: &Connection) -> Result<bool, StoreError> {
        let Some(control_id) = &self.control_id else { return Ok(false) };
        let window = SignedDuration::from_hours(24 * CONTROL_ID_WINDOW_DAYS).as_secs();
        let last: Option<i64> = connection
            .prepare_cached(
                "SELECT max(received_at) FROM message WHERE source = ?1 AND control_id = ?2 AND state <> ?3",
            )?
            .query_row(params![self.source, control_id, STATE_SET_ASIDE], |row| row.get(0))?;
        Ok(last.is_some_and(|last| self.received_at - last <= window))
    }

    fn insert(&self, connection: &Connection, state: i64) -> Result<MessageId, StoreError> {
        connection
            .prepare_cached(
                "INSERT INTO message (source, control_id, stated_at, received_at, digest, size, body, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                self.source,
                self.control_id,
                self.stated_at,
                self.received_at,
                self.digest,
                self.size,
                self.body,
                state
            ])?;
        Ok(MessageId(connection.last_insert_rowid().cast_unsigned()))
    }

    /// The source's own time where it states one that is not in the future, so
    /// that old news does not look fresh because it arrived today.
    fn note_source_alive(&self, connection: &Connection) -> Result<(), StoreError> {
        let told = self.stated_at.filter(|stated| *stated <= self.received_at).unwrap_or(self.received_at);
        connection
            .prepare_cached(
                "UPDATE source SET last_message_at = ?2
                 WHERE number = ?1 AND (last_message_at IS NULL OR last_message_at < ?2)",
            )?
            .execute(params![self.source, told])?;
        Ok(())
    }
}

pub(crate) fn decompress(body: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
    let size = usize::try_from(size).map_err(|_| StoreError::Damaged("a message's size".to_owned()))?;
    zstd::bulk::decompress(body, size).map_err(|error| StoreError::Damaged(error.to_string()))
}

thread_local! {
    /// Making a compressor costs more than most messages do.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

pub(crate) fn compress(text: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = |error: std::io::Error| StoreError::Damaged(error.to_string());
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(COMPRESSION_LEVEL).map_err(damaged)?),
        };
        compressor.compress(text).map_err(damaged)
    })
}

pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}
