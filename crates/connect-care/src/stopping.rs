//! Stopping without losing anything: what was acknowledged is durable, requests
//! under way are answered, and what is durable and not yet applied waits for the
//! next start.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::operations::{Operations, Signals};
use crate::running::Rooms;

/// How long requests, connections and messages under way may take to finish once
/// the program is told to stop, in seconds. Supervisors commonly wait 30 before
/// they kill.
pub(crate) const SHUTDOWN_SECONDS: u64 = 20;

/// Stops everything in its order: not ready, no new connections, requests and
/// messages under way finished, lanes at rest, store closed. After
/// [`SHUTDOWN_SECONDS`], or at a second signal, what is left is cut off.
pub(crate) async fn stop(
    rooms: Rooms,
    mut tasks: JoinSet<()>,
    stop: &CancellationToken,
    operations: Operations,
    signals: &mut Signals,
) {
    tracing::info!("stopping");
    operations.stopping();
    stop.cancel();
    let Rooms { intake, mut lanes, disclosure, desk, inbox, feeds, people, .. } = rooms;
    let finished = async {
        while tasks.join_next().await.is_some() {}
        // Lanes end when nobody can queue any more and what they hold is applied.
        drop(intake);
        while lanes.join_next().await.is_some() {}
    };
    let waiting = async {
        tokio::select! {
            () = finished => true,
            () = signals.next() => false,
        }
    };
    let is_finished = tokio::time::timeout(Duration::from_secs(SHUTDOWN_SECONDS), waiting).await.unwrap_or(false);
    if !is_finished {
        tracing::warn!(requests = tasks.len(), lanes = lanes.len(), "what had not finished was cut off");
        tasks.shutdown().await;
        lanes.shutdown().await;
    }
    operations.release().await;
    // The last handle closes the store and waits until it has.
    drop((disclosure, desk, inbox, feeds, people));
    tracing::info!("stopped");
    operations.close().await;
}
