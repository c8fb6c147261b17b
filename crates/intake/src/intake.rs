use std::collections::BTreeMap;
use std::sync::Arc;

use formats::Problem;
use formats::fhir::{ServerBase, Shape};
use jiff::Timestamp;
use record::{Clock, MessageId, Source, SourceId};
use store::{Against, Application, Arrival, Inbox, Mentioned, Received};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::about::about_message;
use crate::delivered::{Delivered, UNREADABLE, number};
use crate::error::IntakeError;
use crate::fair::{RECEIVED_AT_ONCE, Turns};
use crate::feeds::Tally;
use crate::identity_rules::RULES;
use crate::lanes::{Lanes, Turn};
use crate::measure;
use crate::reading::{Payload, ReadMessage, read_in_turn, unreadable_unit};
use crate::room::{Room, Rooms, UNDER_WAY_BYTES_MAX};

/// How many waiting messages a start takes up at a time.
const RESUME_BATCH: u32 = 200;

/// Takes messages in: durable, acknowledged, applied.
#[derive(Clone)]
pub struct Intake {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) inbox: Inbox,
    sources: BTreeMap<SourceId, Source>,
    pub(crate) own_servers: BTreeMap<SourceId, ServerBase>,
    pub(crate) clock: Clock,
    pub(crate) lanes: Lanes,
    pub(crate) rooms: Rooms,
    /// Who becomes durable next.
    arrivals: Arc<Turns>,
    tally: Arc<Tally>,
}

/// A message that was read and has its place in the order of its patients.
pub(crate) struct Begun {
    intake: Intake,
    payload: Payload,
    arrival: Arrival,
    room: Room,
    read: Result<(ReadMessage, Turn), Problem>,
    span: Span,
    began: Instant,
}

impl Intake {
    /// Starts the lanes over this inbox. They stop when the last handle is dropped
    /// and everything accepted is applied; the returned set is then empty.
    #[must_use]
    pub fn start(inbox: Inbox, sources: &[Source], clock: Clock) -> (Self, JoinSet<()>) {
        Self::start_with_servers(inbox, sources, BTreeMap::new(), clock)
    }

    /// The same, with the address of a source's own FHIR server, where it is known:
    /// what names that server and what names none mean one patient.
    #[must_use]
    pub fn start_with_servers(
        inbox: Inbox,
        sources: &[Source],
        own_servers: BTreeMap<SourceId, ServerBase>,
        clock: Clock,
    ) -> (Self, JoinSet<()>) {
        let sources: BTreeMap<_, _> = sources.iter().map(|source| (source.id.clone(), source.clone())).collect();
        let (lanes, workers) = Lanes::start(&inbox, RULES, sources.keys());
        let rooms = Rooms::new(UNDER_WAY_BYTES_MAX, sources.keys().cloned());
        let arrivals = Turns::new(RECEIVED_AT_ONCE);
        let shared = Shared { inbox, sources, own_servers, clock, lanes, rooms, arrivals, tally: Arc::default() };
        (Self { shared: Arc::new(shared) }, workers)
    }

    /// The configured source with this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn source(&self, id: &SourceId) -> Result<&Source, IntakeError> {
        self.shared.sources.get(id).ok_or_else(|| IntakeError::UnknownSource(id.to_string()))
    }

    /// What has come since the watch over feeds last looked.
    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.shared.tally)
    }

    /// The time, for acknowledgements.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Takes one message in. When this returns, it is durable and may be
    /// acknowledged, positively unless it says what is wrong.
    ///
    /// `control_id_is_unique` says whether the sender gives each HL7 v2 message a
    /// control id (`MSH-10`) of its own. A bundle's name is not one: a source may
    /// send the same bundle again with more in it.
    ///
    /// # Errors
    /// When it could not be made durable: do not acknowledge it.
    pub async fn deliver(
        &self,
        source: &SourceId,
        payload: Payload,
        control_id_is_unique: bool,
        bytes: Vec<u8>,
    ) -> Result<Delivered, IntakeError> {
        // In a task of its own: a sender may hang up at any moment, and what is durable
        // has to be queued all the same. Otherwise it would wait for the next start, and
        // be overtaken until then.
        let begun = self.begin(source, payload, control_id_is_unique, bytes).await?;
        tokio::spawn(begun.finish()).await.map_err(|_| IntakeError::Closing)?
    }

    /// Reads a message and waits for its turn. Messages of one patient are applied
    /// in the order in which they were begun.
    pub(crate) async fn begin(
        &self,
        source: &SourceId,
        payload: Payload,
        control_id_is_unique: bool,
        bytes: Vec<u8>,
    ) -> Result<Begun, IntakeError> {
        let span = measure::span(source);
        self.begin_in_span(source, payload, control_id_is_unique, bytes, span.clone()).instrument(span).await
    }

    async fn begin_in_span(
        &self,
        source: &SourceId,
        payload: Payload,
        control_id_is_unique: bool,
        bytes: Vec<u8>,
        span: Span,
    ) -> Result<Begun, IntakeError> {
        self.source(source)?;
        let began = measure::start();
        let room = self.shared.rooms.room(source, bytes.len()).await?;
        let received_at = self.now();
        let (aside, own_server) = (self.shared.inbox.aside(), self.shared.own_servers.get(source));
        let (bytes, read) = read_in_turn(aside, own_server, payload, received_at, bytes).await?;
        let mut arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at, bytes };
        let read = match read {
            Err(problem) => Err(problem),
            Ok(message) => {
                let has_control_id = control_id_is_unique && payload == Payload::Hl7v2;
                arrival.control_id = message.control_id.clone().filter(|_| has_control_id);
                arrival.stated_at = message.stated_at;
                let turn = self.turn(source, &message).await;
                Ok((message, turn))
            }
        };
        Ok(Begun { intake: self.clone(), payload, arrival, room, read, span, began })
    }

    /// Keeps bytes that are not even a message: cut short, too long.
    ///
    /// # Errors
    /// When they could not be made durable.
    pub async fn deliver_broken(
        &self,
        source: &SourceId,
        bytes: Vec<u8>,
        problem: Problem,
    ) -> Result<Delivered, IntakeError> {
        self.source(source)?;
        let received_at = self.now();
        let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at, bytes };
        let payload = Payload::of(self.source(source)?.format, &arrival.bytes);
        self.keep_unreadable(arrival, payload, problem, measure::start()).instrument(measure::span(source)).await
    }

    async fn keep_unreadable(
        &self,
        arrival: Arrival,
        payload: Payload,
        problem: Problem,
        began: Instant,
    ) -> Result<Delivered, IntakeError> {
        let (inbox, source) = (&self.shared.inbox, arrival.source.clone());
        let about = about_message(payload, &arrival.bytes);
        let place = self.shared.arrivals.place(&source).await;
        let received = inbox.receive_unreadable(arrival, UNREADABLE, &problem.place, &problem.what, about).await;
        drop(place);
        let received = told(&source, began, received.map_err(IntakeError::from), false)?;
        if matches!(received, Received::New(_)) {
            measure::units(&source, UNREADABLE, "quarantined", 1);
        }
        Ok(Delivered {
            received,
            is_readable: false,
            is_transaction: false,
            units: vec![unreadable_unit(problem.clone())],
            fault: Some(problem),
            applied: None,
        })
    }

    /// Takes up what was durable and not yet applied when the program last
    /// stopped, and gives how many messages that were. What cannot be applied now
    /// does not stop what is behind it.
    ///
    /// # Errors
    /// When the inbox cannot be read.
    pub async fn resume(&self) -> Result<u64, IntakeError> {
        let mut resumed = 0;
        let mut after = None;
        loop {
            let waiting = self.shared.inbox.waiting(after, RESUME_BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(resumed) };
            after = Some(last.id);
            let mut pending = Vec::with_capacity(waiting.len());
            for message in waiting {
                // One of a source that is no longer configured waits until it is again.
                let Ok(source) = self.source(&message.source) else {
                    tracing::warn!(message_id = message.id.0, source = %message.source, "a message of a source that is not configured waits");
                    continue;
                };
                let room = self.shared.rooms.room(&message.source, message.bytes.len()).await?;
                let own_server = self.shared.own_servers.get(&message.source);
                let payload = Payload::of(source.format, &message.bytes);
                // Read as at its arrival, so that taking it up later changes nothing of what it says.
                let (aside, at) = (self.shared.inbox.aside(), message.received_at);
                let (bytes, read) = read_in_turn(aside, own_server, payload, at, message.bytes).await?;
                let read = read.unwrap_or_else(|problem| ReadMessage::unreadable(problem, bytes.len()));
                let turn = self.turn(&message.source, &read).await;
                let span = measure::span(&message.source);
                span.record("message_id", message.id.0);
                let application = self.application(message.id, &message.source, read);
                pending.push(turn.apply(application, room).instrument(span).await?);
            }
            for applied in pending {
                resumed += u64::from(matches!(applied.await, Ok(Ok(_))));
            }
        }
    }

    /// A message that takes something back comes after whatever came before it, of
    /// any patient: it does not say whose it was.
    pub(crate) async fn turn(&self, source: &SourceId, message: &ReadMessage) -> Turn {
        if message.removes() {
            return self.shared.lanes.turn_of_all(source).await;
        }
        self.shared.lanes.turn(source, &message.chart_keys).await
    }

    /// The time to the second, as it is stored: a message is read the same whenever
    /// it is read again.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.shared.clock.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    pub(crate) fn application(&self, message: MessageId, source: &SourceId, read: ReadMessage) -> Application {
        let (source, at) = (source.clone(), self.shared.clock.now());
        Application { message, source, stated_at: read.stated_at, at, units: read.work }
    }

    /// Waits until everything that was durable when this was called is applied.
    ///
    /// # Errors
    /// When the intake is closing.
    pub async fn settle(&self) -> Result<(), IntakeError> {
        self.shared.lanes.settle().await
    }
}

impl Begun {
    /// Says at which line of a file a message stands that cannot be read.
    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.read = self.read.map_err(|problem| ReadMessage::at_line(problem, line));
        self
    }

    /// As much of the message as its acknowledgement looks at: the header of a good
    /// one, the whole of one with a fault.
    pub(crate) fn looked_at(&self) -> Vec<u8> {
        let is_faulty = match &self.read {
            Ok((message, _)) => message.fault().is_some(),
            Err(_) => true,
        };
        let bytes = self.arrival.bytes.as_slice();
        if is_faulty { bytes.to_vec() } else { first_segment(bytes).to_vec() }
    }

    /// Makes the message durable and queues it. Whoever calls this sees it to its end,
    /// whether or not the sender is still there.
    pub(crate) async fn finish(self) -> Result<Delivered, IntakeError> {
        let span = self.span.clone();
        self.finish_in_span().instrument(span).await
    }

    async fn finish_in_span(self) -> Result<Delivered, IntakeError> {
        let Self { intake, payload, arrival, room, read, span: _, began } = self;
        let (message, turn) = match read {
            Err(problem) => return intake.keep_unreadable(arrival, payload, problem, began).await,
            Ok(read) => read,
        };
        let (source, received_at) = (arrival.source.clone(), arrival.received_at);
        let fault = message.fault();
        let against = fault.clone().map(|Problem { place, what }| Against { place, reason: what });
        let about = Mentioned::in_units(&message.work);
        // Fixed before anything is waited for: those in front may be told meanwhile that they were not kept.
        let (inbox, behind) = (&intake.shared.inbox, turn.behind());
        let place = intake.shared.arrivals.place(&source).await;
        // On an MLLP connection what was sent first becomes durable first.
        let receiving = match payload {
            Payload::Hl7v2 => inbox.send_to_disk(arrival, against, about, behind).await,
            _ => inbox.send_to_disk_apart(arrival, against, about, behind).await,
        };
        let (arriving, received) = match receiving {
            // The next message of these patients may follow it.
            Ok(receiving) => (Some(turn.arriving(receiving.fate()).await?), receiving.kept().await),
            Err(error) => (None, Err(error)),
        };
        drop(place);
        let received = told(&source, began, received.map_err(IntakeError::from), true)?;
        let fault = match received {
            // What was said the first time is said again, whatever we would say today.
            Received::Duplicate(first) => {
                let told = intake.shared.inbox.told_against(&source, first).await?;
                told.map(|Against { place, reason }| Problem::new(place, reason))
            }
            _ => fault.or_else(|| reused(received)),
        };
        let mut delivered = Delivered {
            received,
            is_readable: true,
            fault,
            is_transaction: message.shape == Shape::Transaction,
            units: message.units.clone(),
            applied: None,
        };
        if let (Received::New(id), Some(arriving)) = (received, arriving) {
            intake.shared.tally.heard(&source, received_at, &message);
            delivered.applied = Some(arriving.kept(intake.application(id, &source, message), None, room));
        }
        Ok(delivered)
    }
}

/// Counts what became of a message and gives its number to everything logged from here on.
fn told(
    source: &SourceId,
    began: Instant,
    received: Result<Received, IntakeError>,
    is_readable: bool,
) -> Result<Received, IntakeError> {
    measure::received(source, began, received.as_ref().copied(), is_readable);
    if let Ok(received) = &received {
        Span::current().record("message_id", number(*received).0);
        tracing::debug!(came_before = !matches!(received, Received::New(_)), "a message is durable");
    }
    received
}

/// The first segment, with whatever stands before it.
fn first_segment(bytes: &[u8]) -> &[u8] {
    let begins = bytes.iter().position(|byte| byte.is_ascii_alphanumeric()).unwrap_or_default();
    let after = bytes.get(begins..).unwrap_or_default();
    let length = after.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(after.len());
    bytes.get(..begins + length).unwrap_or(bytes)
}

fn reused(received: Received) -> Option<Problem> {
    if let Received::Removed(_) = received {
        return Some(Problem::new("message", "this message was removed for good and is not taken in again"));
    }
    let is_reused = matches!(received, Received::ControlIdReused(_) | Received::SetAsideBefore(_));
    is_reused.then(|| Problem::new("MSH-10", "another message had this control id within the last 30 days"))
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
