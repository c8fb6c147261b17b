//! Lanes: messages of one patient of one source are applied in the order in which
//! they became durable, and patients go side by side. Each source has lanes of its
//! own, and sources take turns (`fair.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use record::SourceId;
use store::{Application, Applied, ByHand, IdentityRules, Inbox, Mentioned, StoreError, UnitCounts};
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use crate::error::IntakeError;
use crate::fair::{APPLIED_AT_ONCE, Turns};
use crate::measure;
use crate::room::Room;

/// How many lanes each source has. Messages of one patient of one source always
/// take the same lane.
pub const LANES: usize = 64;
/// How many messages wait in one lane before senders have to wait. A burst is
/// acknowledged faster than it is applied; what waits is durable, and how much of it
/// is in memory is limited in bytes too.
pub const LANE_MESSAGES_MAX: usize = 512;
/// How often a message is tried again that the disk did not take.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// What a message did, or why the store could not apply it before the intake closed.
pub(crate) type AppliedResult = Result<Applied, StoreError>;

/// Where messages queue, by source. Whoever holds a lane's lock is the next to queue in it.
pub(crate) struct Lanes {
    by_source: BTreeMap<SourceId, Vec<Arc<Mutex<mpsc::Sender<Job>>>>>,
}

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
    _room: Room,
}

/// Another lane that waits until this message is applied.
struct Hold {
    reached: oneshot::Receiver<()>,
    _release: oneshot::Sender<()>,
}

impl Lanes {
    /// Starts the lanes of these sources. They stop when these are dropped and
    /// everything in them is applied.
    pub(crate) fn start<'a>(
        inbox: &Inbox,
        rules: IdentityRules,
        sources: impl IntoIterator<Item = &'a SourceId>,
    ) -> (Self, JoinSet<()>) {
        Self::start_with(inbox, rules, sources, &Turns::new(APPLIED_AT_ONCE))
    }

    fn start_with<'a>(
        inbox: &Inbox,
        rules: IdentityRules,
        sources: impl IntoIterator<Item = &'a SourceId>,
        turns: &Arc<Turns>,
    ) -> (Self, JoinSet<()>) {
        let mut workers = JoinSet::new();
        let rules = Arc::new(rules);
        let mut lane = || {
            let (jobs, queue) = mpsc::channel(LANE_MESSAGES_MAX);
            let lane = Lane { inbox: inbox.clone(), rules: Arc::clone(&rules), turns: Arc::clone(turns), queue };
            workers.spawn(lane.apply_in_order());
            Arc::new(Mutex::new(jobs))
        };
        let lanes = sources.into_iter().map(|source| (source.clone(), (0..LANES).map(|_| lane()).collect()));
        let by_source = lanes.collect();
        (Self { by_source }, workers)
    }

    /// Waits for the next turn in the lanes of these patients of this source. One
    /// that speaks of nobody takes a lane of its source.
    pub(crate) async fn turn(&self, source: &SourceId, chart_keys: &BTreeSet<String>) -> Turn {
        let mut numbers: BTreeSet<usize> = chart_keys.iter().map(|key| lane_number(key)).collect();
        if numbers.is_empty() {
            numbers.insert(lane_number(""));
        }
        let mut guards = Vec::with_capacity(numbers.len());
        let lanes = self.by_source.get(source);
        // In ascending order, so that two messages never wait for each other.
        for lane in numbers.into_iter().filter_map(|number| lanes?.get(number)) {
            guards.push(Arc::clone(lane).lock_owned().await);
        }
        Turn(guards)
    }

    /// Waits for the next turn in every lane of a source.
    pub(crate) async fn turn_of_all(&self, source: &SourceId) -> Turn {
        let mut guards = Vec::with_capacity(LANES);
        for lane in self.by_source.get(source).into_iter().flatten() {
            guards.push(Arc::clone(lane).lock_owned().await);
        }
        Turn(guards)
    }

    /// Waits until everything that was durable when this was called is applied.
    pub(crate) async fn settle(&self) -> Result<(), IntakeError> {
        let mut settled = Vec::with_capacity(self.by_source.len() * LANES);
        for lane in self.by_source.values().flatten() {
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

fn lane_number(chart_key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    chart_key.hash(&mut hasher);
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or_default()
}

impl Turn {
    /// Queues a durable message.
    pub(crate) async fn apply(
        self,
        application: Application,
        room: Room,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        self.queue(application, None, room).await
    }

    /// Queues a message that is applied because somebody decided so.
    pub(crate) async fn apply_by_hand(
        self,
        application: Application,
        by_hand: ByHand,
        room: Room,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        self.queue(application, Some(by_hand), room).await
    }

    async fn queue(
        self,
        application: Application,
        by_hand: Option<ByHand>,
        room: Room,
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

/// One lane at work.
struct Lane {
    inbox: Inbox,
    rules: Arc<IdentityRules>,
    turns: Arc<Turns>,
    queue: mpsc::Receiver<Job>,
}

impl Lane {
    async fn apply_in_order(mut self) {
        while let Some(job) = self.queue.recv().await {
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
                    let applied = self.apply(&job).instrument(job.span.clone()).await;
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
    async fn apply(&self, job: &Apply) -> AppliedResult {
        let mut retry = tokio::time::interval(RETRY_EVERY);
        retry.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_told = false;
        loop {
            retry.tick().await;
            let error = match self.try_to_apply(job).await {
                Ok(applied) => return Ok(applied),
                Err(error) => error,
            };
            if !std::mem::replace(&mut is_told, true) {
                tracing::error!(%error, "a message could not be applied");
            }
            // What somebody decided is left for whoever carries it out to say that it failed.
            let stays = error.may_pass() || job.by_hand.is_some();
            let aside = if stays { Err(error) } else { set_aside(&self.inbox, &job.application, &error).await };
            match aside {
                Err(error) if error.may_pass() && !self.queue.is_closed() => {}
                ended => return ended,
            }
        }
    }

    /// When it is the source's turn.
    async fn try_to_apply(&self, job: &Apply) -> AppliedResult {
        let _place = self.turns.place(&job.application.source).await;
        let (application, rules) = (Arc::clone(&job.application), Arc::clone(&self.rules));
        match &job.by_hand {
            Some(by_hand) => self.inbox.apply_by_hand(application, rules, by_hand.clone()).await,
            None => self.inbox.apply(application, rules).await,
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
#[path = "lanes_tests.rs"]
mod tests;
