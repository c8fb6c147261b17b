//! For those who run the service: whether it lives, whether it is ready, what it
//! measures. On a listener of its own, never on one that staff reach; nothing it
//! says is about anybody.

mod measures;
mod readings;
mod requests;
mod signals;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use record::Clock;
use store::{Desk, Inbox};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) use requests::Listening;
pub(crate) use signals::Signals;

use crate::running::Rooms;
use readings::Readings;

/// How the program stands, and the listener that tells it.
pub(crate) struct Operations {
    standing: Arc<Standing>,
    serving: JoinSet<()>,
    /// Where the listener is, when there is one.
    pub(crate) address: Option<SocketAddr>,
}

/// How far the program has come.
#[derive(Default)]
struct Standing {
    now: Mutex<Stage>,
    readings: Readings,
    clock: Option<Clock>,
}

#[derive(Clone, Default)]
struct Stage {
    store: Option<(Inbox, Desk)>,
    is_policy_loaded: bool,
    is_listening: bool,
    is_stopping: bool,
}

impl Operations {
    /// Opens the operators' listener, where one is wanted, before anything else is
    /// open: a long start can be watched. Without one nothing is measured.
    pub(crate) async fn open(address: Option<SocketAddr>, clock: Clock) -> anyhow::Result<Self> {
        let standing = Arc::new(Standing { clock: Some(clock), ..Standing::default() });
        let Some(address) = address else { return Ok(Self { standing, serving: JoinSet::new(), address: None }) };
        let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        let handle = measures::install()?;
        let mut serving = JoinSet::new();
        serving.spawn(measures::keep_up(handle.clone()));
        let router = router(Arc::clone(&standing), handle);
        serving.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(listener = "operations", %error, "a listener stopped");
            }
        });
        tracing::info!(listener = "operations", %address, "listening");
        Ok(Self { standing, serving, address: Some(address) })
    }

    /// The store is open and the policy loaded.
    pub(crate) fn opened(&self, rooms: &Rooms) {
        self.standing.change(|stage| {
            stage.store = Some((rooms.inbox.clone(), rooms.desk.clone()));
            stage.is_policy_loaded = true;
        });
    }

    /// Every listener is open.
    pub(crate) fn listening(&self) {
        self.standing.change(|stage| stage.is_listening = true);
    }

    /// From now on the program is not ready, whatever else holds.
    pub(crate) fn stopping(&self) {
        self.standing.change(|stage| stage.is_stopping = true);
    }

    /// Lets go of the store, so that it can close; it still tells that it stops.
    pub(crate) async fn release(&self) {
        self.standing.change(|stage| stage.store = None);
        self.standing.readings.end().await;
    }

    /// Closes the listener, last of all.
    pub(crate) async fn close(mut self) {
        self.serving.shutdown().await;
    }
}

impl Standing {
    fn change(&self, change: impl FnOnce(&mut Stage)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn stage(&self) -> Stage {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is missing, a line each; none where the program is ready.
    async fn missing(&self) -> Vec<String> {
        let stage = self.stage();
        let mut missing = Vec::new();
        if stage.is_stopping {
            missing.push("program: it is stopping".to_owned());
        }
        if !stage.is_policy_loaded {
            missing.push("policy: not loaded yet".to_owned());
        }
        match stage.store {
            None => missing.push("store: not open".to_owned()),
            Some((inbox, desk)) => {
                let now = self.clock.as_ref().map_or(Timestamp::MIN, Clock::now);
                missing.extend(self.readings.fresh(inbox, desk, now).await.missing);
            }
        }
        if !stage.is_listening {
            missing.push("listeners: not open yet".to_owned());
        }
        missing
    }
}

fn router(standing: Arc<Standing>, handle: PrometheusHandle) -> Router {
    Router::new()
        .route("/live", get(async || "live\n"))
        .route("/ready", get(ready))
        .route("/metrics", get(move |State(standing): State<Arc<Standing>>| measured(standing, handle)))
        .with_state(standing)
}

async fn ready(State(standing): State<Arc<Standing>>) -> Response {
    let missing = standing.missing().await;
    if missing.is_empty() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, missing.into_iter().map(|line| line + "\n").collect::<String>()).into_response()
}

/// The Prometheus text exposition format, version 0.0.4.
async fn measured(standing: Arc<Standing>, handle: PrometheusHandle) -> Response {
    let missing = standing.missing().await;
    measures::tell_ready(missing.is_empty());
    if let Some(clock) = &standing.clock {
        standing.readings.tell(clock.now());
    }
    let text_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text_type)], handle.render()).into_response()
}
