//! One lane at work: it applies what has queued, in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use store::{Application, Applied, IdentityRules, Inbox, Mentioned, StoreError, UnitCounts};
use tokio::sync::mpsc;
use tokio::sync::oneshot::error::TryRecvError;
use tracing::Instrument as _;

use crate::fair::Turns;
use crate::lanes::{AppliedResult, Apply, Hold, Job};
use crate::measure;

/// How many messages of one lane are applied in one transaction at most. What messages
/// of one patient change together is written once; many of them make others wait.
const TOGETHER_MAX: usize = 16;
/// How often a message is tried again that the disk did not take.
const RETRY_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Lane {
    inbox: Inbox,
    rules: Arc<IdentityRules>,
    turns: Arc<Turns>,
    queue: mpsc::Receiver<Job>,
    /// What was taken from the queue and is not begun.
    next: Option<Job>,
    /// A message was not applied before the intake closed: those behind it wait with it
    /// for the next start.
    has_ended: bool,
}

impl Lane {
    pub(crate) fn new(inbox: Inbox, rules: Arc<IdentityRules>, turns: Arc<Turns>, queue: mpsc::Receiver<Job>) -> Self {
        Self { inbox, rules, turns, queue, next: None, has_ended: false }
    }

    pub(crate) async fn apply_in_order(mut self) {
        while let Some(job) = self.next_job().await {
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
                Job::Apply { .. } if self.has_ended => {}
                Job::Apply { apply, holds, is_by_hand } => {
                    // One that was not kept, or came before, leaves nothing to apply.
                    if let Ok(apply) = apply.await {
                        self.apply_from(apply, holds, is_by_hand).await;
                    }
                }
            }
        }
    }

    async fn next_job(&mut self) -> Option<Job> {
        match self.next.take() {
            None => self.queue.recv().await,
            next => next,
        }
    }

    /// Applies a message when what it waits for is done, with those right behind it as far
    /// as there is room for them.
    async fn apply_from(&mut self, first: Apply, mut holds: Vec<Hold>, is_by_hand: bool) {
        for hold in &mut holds {
            let _ = (&mut hold.reached).await;
        }
        if is_by_hand || !holds.is_empty() {
            return self.apply_one(first).await;
        }
        let place = self.turns.place(&first.application.source).await;
        let mut spare = self.turns.spare(TOGETHER_MAX - 1);
        let span = first.span.clone();
        let mut together = vec![first];
        together.extend(std::iter::from_fn(|| self.right_behind()).take(spare.len()));
        spare.truncate(together.len() - 1);
        let applications = together.iter().map(|apply| Arc::clone(&apply.application)).collect();
        let applied = self.inbox.apply_together(applications, &self.rules).instrument(span).await;
        drop((place, spare));
        match applied {
            Ok(applied) => together.into_iter().zip(applied).for_each(|(apply, applied)| tell(apply, Ok(applied))),
            // Each by itself, so that one which can never be applied holds up no other.
            Err(_) => {
                for apply in together {
                    self.apply_one(apply).await;
                }
            }
        }
    }

    /// The message right behind, where it is durable already and is not applied by
    /// itself. What was not kept is passed over.
    fn right_behind(&mut self) -> Option<Apply> {
        while let Ok(job) = self.queue.try_recv() {
            let Job::Apply { mut apply, holds, is_by_hand } = job else {
                self.next = Some(job);
                return None;
            };
            let ready = if is_by_hand || !holds.is_empty() { Err(TryRecvError::Empty) } else { apply.try_recv() };
            match ready {
                Ok(ready) => return Some(ready),
                Err(TryRecvError::Closed) => {}
                Err(TryRecvError::Empty) => {
                    self.next = Some(Job::Apply { apply, holds, is_by_hand });
                    return None;
                }
            }
        }
        None
    }

    async fn apply_one(&mut self, apply: Apply) {
        if self.has_ended {
            return;
        }
        let applied = self.until_it_ends(&apply).instrument(apply.span.clone()).await;
        self.has_ended = apply.by_hand.is_none() && applied.as_ref().is_err_and(StoreError::may_pass);
        tell(apply, applied);
    }

    /// Applies a message, or sets it aside when that can never be done. What the disk
    /// does not take for the moment is tried again until the intake closes: nothing
    /// behind it in its lane may overtake it.
    async fn until_it_ends(&self, apply: &Apply) -> AppliedResult {
        let mut retry = tokio::time::interval(RETRY_EVERY);
        retry.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_told = false;
        loop {
            retry.tick().await;
            let error = match self.try_to_apply(apply).await {
                Ok(applied) => return Ok(applied),
                Err(error) => error,
            };
            if !std::mem::replace(&mut is_told, true) {
                tracing::error!(%error, "a message could not be applied");
            }
            // What somebody decided is left for whoever carries it out to say that it failed.
            let stays = error.may_pass() || apply.by_hand.is_some();
            let aside = if stays { Err(error) } else { set_aside(&self.inbox, &apply.application, &error).await };
            match aside {
                Err(error) if error.may_pass() && !self.queue.is_closed() => {}
                ended => return ended,
            }
        }
    }

    /// When it is the source's turn.
    async fn try_to_apply(&self, apply: &Apply) -> AppliedResult {
        let _place = self.turns.place(&apply.application.source).await;
        let (application, rules) = (Arc::clone(&apply.application), Arc::clone(&self.rules));
        match &apply.by_hand {
            Some(by_hand) => self.inbox.apply_by_hand(application, rules, by_hand.clone()).await,
            None => self.inbox.apply(application, rules).await,
        }
    }
}

fn tell(apply: Apply, applied: AppliedResult) {
    if let Ok(applied) = &applied {
        measure::applied(&apply.application.source, apply.queued, applied);
    }
    // Whoever asked may have stopped waiting.
    let _ = apply.done.send(applied);
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
