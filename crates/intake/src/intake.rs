use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use formats::Problem;
use record::{Clock, MessageId, Source, SourceId};
use store::{Application, Applied, Arrival, IdentityRules, Inbox, Received, UnitWork, Work};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::error::IntakeError;
use crate::identity_rules::RULES;
use crate::reading::{Payload, ReadMessage, read};

/// How many lanes apply side by side. Messages of one patient of one source
/// always take the same lane.
pub const LANES: usize = 16;
/// How many messages wait in one lane before senders have to wait.
pub const LANE_MESSAGES_MAX: usize = 256;
/// How many waiting messages a start takes up at a time.
const RESUME_BATCH: u32 = 500;

/// Takes messages in: durable, acknowledged, applied.
#[derive(Clone)]
pub struct Intake {
    shared: Arc<Shared>,
}

struct Shared {
    inbox: Inbox,
    sources: BTreeMap<SourceId, Source>,
    clock: Clock,
    lanes: Vec<mpsc::Sender<Job>>,
}

enum Job {
    Apply {
        application: Application,
        done: oneshot::Sender<Applied>,
    },
    /// Answers once everything before it in its lane is applied.
    Settle(oneshot::Sender<()>),
}

/// What became of a delivery. Whatever it is, it is durable.
pub struct Delivered {
    /// New, a duplicate, or a control id used twice.
    pub received: Received,
    /// Whether it could be read at all; if not, it waits in quarantine.
    pub is_readable: bool,
    /// What is wrong with it, for the negative acknowledgement.
    pub fault: Option<Problem>,
    /// Types of its units, in order.
    pub kinds: Vec<String>,
    /// Faults by unit number, for an answer per entry.
    pub unit_faults: Vec<(usize, Problem)>,
    /// Comes when it has been applied; nothing comes for what is not applied.
    pub applied: Option<oneshot::Receiver<Applied>>,
}

impl Delivered {
    /// The message's number in the inbox; a duplicate's is that of the first.
    #[must_use]
    pub fn message(&self) -> MessageId {
        match self.received {
            Received::New(id) | Received::Duplicate(id) | Received::ControlIdReused(id) => id,
        }
    }
}

impl Intake {
    /// Starts the lanes over this inbox. They stop when the last handle is dropped
    /// and everything accepted is applied; the returned set is then empty.
    #[must_use]
    pub fn start(inbox: Inbox, sources: &[Source], clock: Clock) -> (Self, JoinSet<()>) {
        let mut workers = JoinSet::new();
        let rules = Arc::new(RULES);
        let lanes = (0..LANES)
            .map(|_| {
                let (jobs, queue) = mpsc::channel(LANE_MESSAGES_MAX);
                workers.spawn(apply_in_order(inbox.clone(), Arc::clone(&rules), queue));
                jobs
            })
            .collect();
        let sources = sources.iter().map(|source| (source.id.clone(), source.clone())).collect();
        (Self { shared: Arc::new(Shared { inbox, sources, clock, lanes }) }, workers)
    }

    /// The configured source with this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn source(&self, id: &SourceId) -> Result<&Source, IntakeError> {
        self.shared.sources.get(id).ok_or_else(|| IntakeError::UnknownSource(id.to_string()))
    }

    /// The time, for acknowledgements.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Takes up what was durable and not yet applied when the program last stopped.
    ///
    /// # Errors
    /// When the inbox cannot be read.
    pub async fn resume(&self) -> Result<u64, IntakeError> {
        let mut resumed = 0;
        loop {
            let waiting = self.shared.inbox.waiting(RESUME_BATCH).await?;
            let batch = waiting.len();
            let mut pending = Vec::with_capacity(batch);
            for message in waiting {
                let source = self.source(&message.source)?;
                let payload = payload_of(source, &message.bytes);
                let units = match read(payload, &message.bytes) {
                    Ok(message) => (message.units, message.stated_at),
                    Err(problem) => (vec![unreadable(&problem, message.bytes.len())], None),
                };
                let lane = self.lane(&message.source, payload, &message.bytes);
                pending.push(self.enqueue(lane, message.id, &message.source, units.1, units.0).await?);
            }
            for applied in pending {
                let _ = applied.await;
            }
            resumed += batch as u64;
            if batch < RESUME_BATCH as usize {
                return Ok(resumed);
            }
        }
    }

    /// Takes one message in. When this returns, it is durable and may be
    /// acknowledged, positively unless it says what is wrong.
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
        self.source(source)?;
        let received_at = self.shared.clock.now();
        match read(payload, &bytes) {
            Err(problem) => {
                let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at, bytes };
                self.keep_unreadable(arrival, problem).await
            }
            Ok(message) => {
                let control_id = message.control_id.clone().filter(|_| control_id_is_unique);
                let lane = self.lane(source, payload, &bytes);
                let arrival =
                    Arrival { source: source.clone(), control_id, stated_at: message.stated_at, received_at, bytes };
                self.keep_and_apply(lane, arrival, message).await
            }
        }
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
        let received_at = self.shared.clock.now();
        let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at, bytes };
        self.keep_unreadable(arrival, problem).await
    }

    async fn keep_unreadable(&self, arrival: Arrival, problem: Problem) -> Result<Delivered, IntakeError> {
        let inbox = &self.shared.inbox;
        let received = inbox.receive_unreadable(arrival, UNREADABLE, &problem.place, &problem.what).await?;
        Ok(Delivered {
            received,
            is_readable: false,
            fault: Some(problem),
            kinds: vec![UNREADABLE.to_owned()],
            unit_faults: Vec::new(),
            applied: None,
        })
    }

    async fn keep_and_apply(
        &self,
        lane: usize,
        arrival: Arrival,
        message: ReadMessage,
    ) -> Result<Delivered, IntakeError> {
        let source = arrival.source.clone();
        let kinds = message.units.iter().map(|unit| unit.kind.clone()).collect();
        let unit_faults = unit_faults(&message.units);
        let received = self.shared.inbox.receive(arrival).await?;
        let (fault, applied) = match received {
            Received::New(id) => {
                let applied = self.enqueue(lane, id, &source, message.stated_at, message.units).await?;
                (message.fault, Some(applied))
            }
            Received::Duplicate(_) => (message.fault, None),
            Received::ControlIdReused(_) => {
                let problem = Problem::new("MSH-10", "another message had this control id within the last 30 days");
                (Some(problem), None)
            }
        };
        Ok(Delivered { received, is_readable: true, fault, kinds, unit_faults, applied })
    }

    async fn enqueue(
        &self,
        lane: usize,
        message: MessageId,
        source: &SourceId,
        stated_at: Option<jiff::Timestamp>,
        units: Vec<UnitWork>,
    ) -> Result<oneshot::Receiver<Applied>, IntakeError> {
        let application =
            Application { message, source: source.clone(), stated_at, at: self.shared.clock.now(), units };
        let (done, applied) = oneshot::channel();
        let lane = self.shared.lanes.get(lane).ok_or(IntakeError::Closing)?;
        lane.send(Job::Apply { application, done }).await.map_err(|_| IntakeError::Closing)?;
        Ok(applied)
    }

    /// Waits until everything that was durable when this was called is applied.
    ///
    /// # Errors
    /// When the intake is closing.
    pub async fn settle(&self) -> Result<(), IntakeError> {
        let mut settled = Vec::with_capacity(LANES);
        for lane in &self.shared.lanes {
            let (done, waiting) = oneshot::channel();
            lane.send(Job::Settle(done)).await.map_err(|_| IntakeError::Closing)?;
            settled.push(waiting);
        }
        for waiting in settled {
            waiting.await.map_err(|_| IntakeError::Closing)?;
        }
        Ok(())
    }

    /// HL7 v2 names its patient cheaply, so that patients go side by side; a
    /// bundle or file may speak of many, so all of a source's go in order.
    fn lane(&self, source: &SourceId, payload: Payload, bytes: &[u8]) -> usize {
        let mut hasher = DefaultHasher::new();
        source.hash(&mut hasher);
        if payload == Payload::Hl7v2 {
            formats::hl7v2::patient_key(bytes).hash(&mut hasher);
        }
        usize::try_from(hasher.finish() % LANES as u64).unwrap_or_default()
    }
}

const UNREADABLE: &str = "unreadable";

fn unreadable(problem: &Problem, length: usize) -> UnitWork {
    let work = Work::Quarantine { place: problem.place.clone(), reason: problem.what.clone() };
    UnitWork { kind: UNREADABLE.to_owned(), span: 0..length, work }
}

fn unit_faults(units: &[UnitWork]) -> Vec<(usize, Problem)> {
    units
        .iter()
        .enumerate()
        .filter_map(|(number, unit)| match &unit.work {
            Work::Quarantine { place, reason } => Some((number, Problem::new(place.clone(), reason.clone()))),
            Work::Apply(_) | Work::Keep => None,
        })
        .collect()
}

/// XML announces itself; everything else is what the source usually sends.
fn payload_of(source: &Source, bytes: &[u8]) -> Payload {
    match Payload::usual(source.format) {
        Payload::FhirJson if bytes.trim_ascii_start().starts_with(b"<") => Payload::FhirXml,
        usual => usual,
    }
}

async fn apply_in_order(inbox: Inbox, rules: Arc<IdentityRules>, mut queue: mpsc::Receiver<Job>) {
    while let Some(job) = queue.recv().await {
        // Whoever asked may have stopped waiting; it is applied all the same.
        let (application, done) = match job {
            Job::Apply { application, done } => (application, done),
            Job::Settle(done) => {
                let _ = done.send(());
                continue;
            }
        };
        let message = application.message;
        match inbox.apply(application, Arc::clone(&rules)).await {
            Ok(applied) => {
                let _ = done.send(applied);
            }
            Err(error) => {
                tracing::error!(message = message.0, error = %error, "a message could not be applied; it waits for the next start");
            }
        }
    }
}
