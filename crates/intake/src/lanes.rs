//! Lanes: messages of one patient of one source are applied in the order in which
//! they became durable, and patients go side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use record::SourceId;
use store::{Application, Applied, ByHand, IdentityRules, Inbox, Mentioned, StoreError, UnitCounts};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::error::IntakeError;
use crate::measure;

/// How many lanes apply side by side. Messages of one patient of one source
/// always take the same lane.
pub const LANES: usize = 64;
/// How many messages wait in one lane before senders have to wait. A burst is
/// acknowledged faster than it is applied; what waits is durable, and how much of it
/// is in memory is limited in bytes too.
pub const LANE_MESSAGES_MAX: usize = 512;
/// How often a message is tried again that the disk did not take.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// What a message did, or why the store could not apply it before the intake closed.
pub(crate) type AppliedResult = Result<Applied, StoreError>;

/// Where messages queue. Whoever holds a lane's lock is the next to queue in it.
pub(crate) struct Lanes(Vec<Arc<Mutex<mpsc::Sender<Job>>>>);

/// The right to queue next in some lanes. It is held while a message becomes
/// durable, so that the order of a lane is the order of the inbox.
pub(crate) struct Turn(Vec<OwnedMutexGuard<mpsc::Sender<Job>>>);

enum Job {
    Apply(Box<Apply>),
    /// A message that is applied in another lane speaks of a patient of this one too.
    Hold {
        reached: oneshot::Sender<()>,
        released: oneshot::Receiver<()>,
    },
    /// Answers once everything before it in its lane is applied.
    Settle(oneshot::Sender<()>),
}

struct Apply {
    application: Arc<Application>,
    /// Because somebody decided so.
    by_hand: Option<ByHand>,
    done: oneshot::Sender<AppliedResult>,
    holds: Vec<Hold>,
    /// Whose words it is logged under: its message's and, where it came by one, its request's.
    span: Span,
    queued: Instant,
    /// Its share of what may be in memory.
    _room: OwnedSemaphorePermit,
}

/// Another lane that waits until this message is applied.
struct Hold {
    reached: oneshot::Receiver<()>,
    _release: oneshot::Sender<()>,
}

impl Lanes {
    /// Starts the lanes. They stop when these are dropped and everything in them is applied.
    pub(crate) fn start(inbox: &Inbox, rules: IdentityRules) -> (Self, JoinSet<()>) {
        let mut workers = JoinSet::new();
        let rules = Arc::new(rules);
        let lanes = (0..LANES)
            .map(|_| {
                let (jobs, queue) = mpsc::channel(LANE_MESSAGES_MAX);
                workers.spawn(apply_in_order(inbox.clone(), Arc::clone(&rules), queue));
                Arc::new(Mutex::new(jobs))
            })
            .collect();
        (Self(lanes), workers)
    }

    /// Waits for the next turn in the lanes of these patients of this source. One
    /// that speaks of nobody takes a lane of its source.
    pub(crate) async fn turn(&self, source: &SourceId, chart_keys: &BTreeSet<String>) -> Turn {
        let mut numbers: BTreeSet<usize> = chart_keys.iter().map(|key| lane_number(source, key)).collect();
        if numbers.is_empty() {
            numbers.insert(lane_number(source, ""));
        }
        let mut guards = Vec::with_capacity(numbers.len());
        // In ascending order, so that two messages never wait for each other.
        for lane in numbers.into_iter().filter_map(|number| self.0.get(number)) {
            guards.push(Arc::clone(lane).lock_owned().await);
        }
        Turn(guards)
    }

    /// Waits until everything that was durable when this was called is applied.
    pub(crate) async fn settle(&self) -> Result<(), IntakeError> {
        let mut settled = Vec::with_capacity(self.0.len());
        for lane in &self.0 {
            let (done, waiting) = oneshot::channel();
            lane.lock().await.send(Job::Settle(done)).await.map_err(|_| IntakeError::Closing)?;
            settled.push(waiting);
        }
        for waiting in settled {
            waiting.await.map_err(|_| IntakeError::Closing)?;
        }
        Ok(())
    }
}

fn lane_number(source: &SourceId, chart_key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    (source, chart_key).hash(&mut hasher);
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or_default()
}

impl Turn {
    /// Queues a durable message.
    pub(crate) async fn apply(
        self,
        application: Application,
        room: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        self.queue(application, None, room).await
    }

    /// Queues a message that is applied because somebody decided so.
    pub(crate) async fn apply_by_hand(
        self,
        application: Application,
        by_hand: ByHand,
        room: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        self.queue(application, Some(by_hand), room).await
    }

    async fn queue(
        self,
        application: Application,
        by_hand: Option<ByHand>,
        room: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        let (first, others) = self.0.split_first().ok_or(IntakeError::Closing)?;
        let mut holds = Vec::with_capacity(others.len());
        for other in others {
            let (tell_reached, reached) = oneshot::channel();
            let (release, released) = oneshot::channel();
            other.send(Job::Hold { reached: tell_reached, released }).await.map_err(|_| IntakeError::Closing)?;
            holds.push(Hold { reached, _release: release });
        }
        let (done, applied) = oneshot::channel();
        let (application, span, queued) = (Arc::new(application), Span::current(), measure::start());
        let apply = Apply { application, by_hand, done, holds, span, queued, _room: room };
        first.send(Job::Apply(Box::new(apply))).await.map_err(|_| IntakeError::Closing)?;
        Ok(applied)
    }
}

async fn apply_in_order(inbox: Inbox, rules: Arc<IdentityRules>, mut queue: mpsc::Receiver<Job>) {
    while let Some(job) = queue.recv().await {
        // Whoever asked may have stopped waiting; it is done all the same.
        match job {
            Job::Settle(done) => {
                let _ = done.send(());
            }
            Job::Hold { reached, released } => {
                let _ = reached.send(());
                // Comes as an error, when the other lane drops its end.
                let _ = released.await;
            }
            Job::Apply(mut job) => {
                for hold in &mut job.holds {
                    let _ = (&mut hold.reached).await;
                }
                let applied = apply(&inbox, &rules, &job, &queue).instrument(job.span.clone()).await;
                if let Ok(applied) = &applied {
                    measure::applied(&job.application.source, job.queued, applied);
                }
                let _ = job.done.send(applied);
            }
        }
    }
}

/// Applies a message, or sets it aside when that can never be done. What the disk
/// does not take for the moment is tried again until the intake closes: nothing
/// behind it in its lane may overtake it.
async fn apply(inbox: &Inbox, rules: &Arc<IdentityRules>, job: &Apply, queue: &mpsc::Receiver<Job>) -> AppliedResult {
    let mut retry = tokio::time::interval(RETRY_EVERY);
    retry.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_told = false;
    loop {
        retry.tick().await;
        let (application, rules) = (Arc::clone(&job.application), Arc::clone(rules));
        let applied = match &job.by_hand {
            Some(by_hand) => inbox.apply_by_hand(application, rules, by_hand.clone()).await,
            None => inbox.apply(application, rules).await,
        };
        let error = match applied {
            Ok(applied) => return Ok(applied),
            Err(error) => error,
        };
        if !std::mem::replace(&mut is_told, true) {
            tracing::error!(%error, "a message could not be applied");
        }
        // What somebody decided is left for whoever carries it out to say that it failed.
        let stays = error.may_pass() || job.by_hand.is_some();
        let aside = if stays { Err(error) } else { set_aside(inbox, &job.application, &error).await };
        match aside {
            Err(error) if error.may_pass() && !queue.is_closed() => {}
            ended => return ended,
        }
    }
}

/// What can never be applied waits in quarantine whole, and the lane goes on.
async fn set_aside(inbox: &Inbox, application: &Application, error: &StoreError) -> AppliedResult {
    let mut by_kind: BTreeMap<String, UnitCounts> = BTreeMap::new();
    for unit in &application.units {
        by_kind.entry(unit.kind.clone()).or_default().quarantined += 1;
    }
    let kind = application.units.first().map_or("message", |unit| unit.kind.as_str());
    let about = Mentioned::in_units(&application.units);
    inbox.set_aside(application.message, &application.source, kind, &error.to_string(), about, application.at).await?;
    Ok(Applied { by_kind, ..Applied::default() })
}

#[cfg(test)]
mod tests {
    use record::{Chance, Demographics, MessageId, OdsCode, PersonId, Section, Source, SourceFormat};
    use store::{Arrival, Placement, Received, Store};
    use tempfile::TempDir;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::identity_rules::RULES;
    use crate::reading::{Payload, read};

    const AT: &str = "2026-11-23T12:00:00Z";
    /// The rules of this test link this name to somebody who is not there, which
    /// the store can never do.
    const IMPOSSIBLE: &str = "Impossible";

    fn rules() -> IdentityRules {
        let place = |told: &Demographics, _: &[store::Candidate]| match told.name.family.as_str() {
            IMPOSSIBLE => Placement::Link(PersonId(999), "nobody".to_owned()),
            _ => Placement::NewPerson,
        };
        IdentityRules { place, ..RULES }
    }

    fn hospital() -> SourceId {
        SourceId::new("kingsbrook").unwrap()
    }

    async fn store() -> (TempDir, Store) {
        let source = Source {
            id: hospital(),
            name: "Kingsbrook (invented)".to_owned(),
            organisation: OdsCode::new("ZZ901").unwrap(),
            format: SourceFormat::Hl7v2,
            sends: Section::ALL.to_vec(),
            stale_after_minutes: 60,
        };
        let folder = tempfile::tempdir().unwrap();
        let store = store::open(folder.path(), &[source], Chance::new(|bytes| bytes.fill(7))).await.unwrap();
        (folder, store)
    }

    /// Makes a message about the one patient durable, under this family name, and queues it.
    async fn queue(lanes: &Lanes, inbox: &Inbox, family: &str) -> (MessageId, oneshot::Receiver<AppliedResult>) {
        let (source, at) = (hospital(), AT.parse().unwrap());
        let message = format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{family}|P|2.4\r\
             PID|1||77^^^ZZ901^MR||{family}^Grace||19610402|F\rAL1|1|DA|^Penicillin\r"
        );
        let (bytes, message) =
            read(None, Payload::Hl7v2, "2026-11-22T13:32:00Z".parse().unwrap(), message.into_bytes()).await.unwrap();
        let message = message.unwrap();
        let turn = lanes.turn(&source, &message.chart_keys).await;
        let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: at, bytes };
        let Received::New(id) = inbox.receive(arrival).await.unwrap() else { panic!("{family} came before") };
        let application = Application { message: id, source, stated_at: None, at, units: message.work };
        let room = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        (id, turn.apply(application, room).await.unwrap())
    }

    #[tokio::test]
    async fn a_message_that_can_never_be_applied_is_set_aside_whole_and_its_lane_goes_on() {
        let (_folder, store) = store().await;
        let (lanes, mut workers) = Lanes::start(&store.inbox, rules());
        let (stuck, aside) = queue(&lanes, &store.inbox, IMPOSSIBLE).await;
        let (_, behind) = queue(&lanes, &store.inbox, "Okafor").await;
        let counts = |quarantined, applied| UnitCounts { quarantined, applied, ..UnitCounts::default() };
        assert_eq!(aside.await.unwrap().unwrap().by_kind["ADT^A08"], counts(1, 0));
        assert_eq!(behind.await.unwrap().unwrap().by_kind["ADT^A08"], counts(0, 1));

        let held = store.inbox.quarantined(None).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!((held[0].message, held[0].kind.as_str(), held[0].place.as_str()), (stuck, "ADT^A08", "message"));
        assert!(held[0].is_waiting && held[0].reason.contains("cannot be written"), "{}", held[0].reason);
        assert!(store.inbox.waiting(None, 10).await.unwrap().is_empty(), "a start has nothing to take up");
        assert_eq!(store.people.count().await.unwrap(), (1, 1), "nothing of what was set aside is left");
        drop(lanes);
        while workers.join_next().await.is_some() {}
    }
}
