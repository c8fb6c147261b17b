//! Applying messages in groups: read ahead, apply one after the other in memory,
//! write at once, commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::connect::{Pools, Role};
use super::failure::ServerFailure;
use super::load::load;
use super::save::save;
use crate::answer::Reply;
use crate::apply::{Applied, ToApply};
use crate::error::StoreError;

/// Messages to be applied one after the other, all or none, and where their answer is awaited.
pub(crate) struct ApplyJob {
    pub(crate) work: Vec<ToApply>,
    pub(crate) reply: Reply<Vec<Applied>>,
}

/// Applies a group. One job's failure undoes its own changes alone; where the
/// database fails, none of the group is applied and all of them may come again.
pub(super) async fn apply_group(pools: Arc<Pools>, jobs: Vec<ApplyJob>) {
    let (work, replies): (Vec<Vec<ToApply>>, Vec<_>) = jobs.into_iter().map(|job| (job.work, job.reply)).unzip();
    let work: Vec<&[ToApply]> = work.iter().map(Vec::as_slice).collect();
    match twice(&pools, &work, &[]).await {
        Ok(results) => {
            for ((result, reply), one) in results.into_iter().zip(replies).zip(work) {
                let result = match result {
                    Outcome::Done(result) => result,
                    Outcome::Needs(chart) => alone(&pools, one, chart).await,
                };
                // A caller that went away needs no answer; its work is durable all the same.
                let _ = reply.send(result);
            }
        }
        // What the database cannot hold must not keep others from being applied.
        Err(error) if !error.may_pass() && work.len() > 1 => {
            for (one, reply) in work.into_iter().zip(replies) {
                let _ = reply.send(one_alone(&pools, one).await);
            }
        }
        Err(error) => {
            tracing::error!(%error, callers = replies.len(), "a commit failed: nothing of it was kept");
            for reply in replies {
                let _ = reply.send(Err(error.again()));
            }
        }
    }
}

/// What became of one job of a group.
enum Outcome {
    Done(Result<Vec<Applied>, StoreError>),
    /// It has to be applied with all entries of this chart in memory.
    Needs(i64),
}

async fn one_alone(pools: &Pools, work: &[ToApply]) -> Result<Vec<Applied>, StoreError> {
    match twice(pools, &[work], &[]).await?.pop() {
        Some(Outcome::Done(result)) => result,
        Some(Outcome::Needs(chart)) => alone(pools, work, chart).await,
        None => Err(StoreError::Closed),
    }
}

/// Tries anew when the server went away: a message that was applied after all is
/// done, and doing it again changes nothing.
async fn twice(pools: &Pools, group: &[&[ToApply]], whole: &[i64]) -> Result<Vec<Outcome>, StoreError> {
    match apply(pools, group, whole).await {
        Err(StoreError::Server(ServerFailure::Unreachable)) => {
            pools.forget(Role::Intake);
            apply(pools, group, whole).await
        }
        result => result,
    }
}

/// Applies one job with all entries of the charts that it moves in memory.
async fn alone(pools: &Pools, work: &[ToApply], chart: i64) -> Result<Vec<Applied>, StoreError> {
    let mut whole = vec![chart];
    loop {
        match twice(pools, &[work], &whole).await?.pop() {
            Some(Outcome::Done(result)) => return result,
            Some(Outcome::Needs(chart)) if !whole.contains(&chart) => whole.push(chart),
            _ => return Err(StoreError::NotFound("chart that stays as it is")),
        }
    }
}

async fn apply(pools: &Pools, group: &[&[ToApply]], whole: &[i64]) -> Result<Vec<Outcome>, StoreError> {
    let mut client = pools.get(Role::Intake).await?;
    let transaction = client.transaction().await?;
    let messages: Vec<&ToApply> = group.iter().copied().flatten().collect();
    let rows = load(&transaction, &messages, whole).await?;
    let mut results = Vec::with_capacity(group.len());
    for work in group {
        let before = rows.state.borrow().mark();
        // Its own fault is told to whoever asked for it; the others of the group go on.
        let all = || work.iter().map(|one| one.run(&rows)).collect::<Result<Vec<_>, _>>();
        let result = catch_unwind(AssertUnwindSafe(all)).unwrap_or(Err(StoreError::Panicked));
        let mut state = rows.state.borrow_mut();
        if let Err(error) = &result {
            tracing::debug!(%error, "a message was undone");
            state.undo_to(before);
        }
        state.end_attempt();
        results.push(match state.missing_entries_of.take() {
            Some(chart) => Outcome::Needs(chart),
            None => Outcome::Done(result),
        });
    }
    save(&transaction, rows).await?;
    transaction.commit().await?;
    Ok(results)
}
