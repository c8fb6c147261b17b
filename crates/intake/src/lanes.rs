//! Lanes: messages of one patient of one source are applied in the order in which
//! they became durable, and patients go side by side. Each source has lanes of its
//! own, and sources take turns (`fair.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use record::SourceId;
use store::{Application, Applied, ByHand, Fate, IdentityRules, Inbox, StoreError};
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Span;

use crate::error::IntakeError;
use crate::fair::{APPLIED_AT_ONCE, Turns};
use crate::lane::Lane;
use crate::measure;
use crate::room::Room;

/// How many lanes each source has. Messages of one patient of one source always
/// take the same lane.
pub const LANES: usize = 64;
/// How many messages wait in one lane before senders have to wait. A burst is
/// acknowledged faster than it is applied; what waits is durable, and how much of it
/// is in memory is limited in bytes too.
pub const LANE_MESSAGES_MAX: usize = 512;
/// What a message did, or why the store could not apply it before the intake closed.
pub(crate) type AppliedResult = Result<Applied, StoreError>;

/// Where messages queue, by source. Whoever holds a lane's lock is the next to queue in it.
pub(crate) struct Lanes {
    by_source: BTreeMap<SourceId, Vec<Arc<Mutex<LaneEnd>>>>,
}

/// The end of a lane, where messages queue.
pub(crate) struct LaneEnd {
    jobs: mpsc::Sender<Job>,
    /// What becomes of the message that has queued last: none overtakes it to the disk.
    last: Fate,
}

/// The right to queue next in some lanes. It is held until the message is on its way to
/// the disk behind the one before it, so that the order of a lane is that of the inbox.
pub(crate) struct Turn(Vec<OwnedMutexGuard<LaneEnd>>);

/// A message that has queued and is not durable yet. Dropped, it leaves its place empty.
pub(crate) struct Arriving(oneshot::Sender<Apply>);

pub(crate) enum Job {
    Apply {
        /// Comes once it is durable, if that is to be applied.
        apply: oneshot::Receiver<Apply>,
        holds: Vec<Hold>,
        /// Somebody decided so: it is applied by itself.
        is_by_hand: bool,
    },
    /// A message that is applied in another lane speaks of a patient of this one too.
    Hold { reached: oneshot::Sender<()>, released: oneshot::Receiver<()> },
    /// Answers once everything before it in its lane is applied.
    Settle(oneshot::Sender<()>),
}

/// A durable message, ready to be applied.
pub(crate) struct Apply {
    pub(crate) application: Arc<Application>,
    /// Because somebody decided so.
    pub(crate) by_hand: Option<ByHand>,
    pub(crate) done: oneshot::Sender<AppliedResult>,
    /// Whose words it is logged under: its message's and, where it came by one, its request's.
    pub(crate) span: Span,
    pub(crate) queued: Instant,
    /// Its share of what may be in memory.
    _room: Room,
}

/// Another lane that waits until this message is applied.
pub(crate) struct Hold {
    pub(crate) reached: oneshot::Receiver<()>,
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
            workers.spawn(Lane::new(inbox.clone(), Arc::clone(&rules), Arc::clone(turns), queue).apply_in_order());
            Arc::new(Mutex::new(LaneEnd { jobs, last: Fate::default() }))
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
            lane.lock().await.jobs.send(Job::Settle(done)).await.map_err(|_| IntakeError::Closing)?;
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
    /// What becomes of those that queued last: this one follows them to the disk.
    pub(crate) fn behind(&self) -> Vec<Fate> {
        self.0.iter().map(|lane| lane.last.clone()).filter(Fate::is_open).collect()
    }

    /// Queues a message that is on its way to the disk.
    pub(crate) async fn arriving(self, fate: &Fate) -> Result<Arriving, IntakeError> {
        self.queue(fate, false).await
    }

    async fn queue(mut self, fate: &Fate, is_by_hand: bool) -> Result<Arriving, IntakeError> {
        // One that is durable already is not in front of anybody; whoever was, still is.
        for lane in self.0.iter_mut().filter(|_| fate.is_open()) {
            lane.last = fate.clone();
        }
        let (first, others) = self.0.split_first().ok_or(IntakeError::Closing)?;
        let mut holds = Vec::with_capacity(others.len());
        for other in others {
            let (tell_reached, reached) = oneshot::channel();
            let (release, released) = oneshot::channel();
            other.jobs.send(Job::Hold { reached: tell_reached, released }).await.map_err(|_| IntakeError::Closing)?;
            holds.push(Hold { reached, _release: release });
        }
        let (arrived, apply) = oneshot::channel();
        first.jobs.send(Job::Apply { apply, holds, is_by_hand }).await.map_err(|_| IntakeError::Closing)?;
        Ok(Arriving(arrived))
    }

    /// Queues a durable message.
    pub(crate) async fn apply(
        self,
        application: Application,
        room: Room,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        Ok(self.queue(&Fate::default(), false).await?.kept(application, None, room))
    }

    /// Queues a message that is applied because somebody decided so.
    pub(crate) async fn apply_by_hand(
        self,
        application: Application,
        by_hand: ByHand,
        room: Room,
    ) -> Result<oneshot::Receiver<AppliedResult>, IntakeError> {
        Ok(self.queue(&Fate::default(), true).await?.kept(application, Some(by_hand), room))
    }
}

impl Arriving {
    /// It is durable now: it is applied when its lane comes to it.
    pub(crate) fn kept(
        self,
        application: Application,
        by_hand: Option<ByHand>,
        room: Room,
    ) -> oneshot::Receiver<AppliedResult> {
        let (done, applied) = oneshot::channel();
        let (application, span, queued) = (Arc::new(application), Span::current(), measure::start());
        // Where the lane is gone, so is whoever would be told.
        let _ = self.0.send(Apply { application, by_hand, done, span, queued, _room: room });
        applied
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
