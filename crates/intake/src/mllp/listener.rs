use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use record::SourceId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::conversation::Conversation;
use super::limits::MllpLimits;
use super::peers::Peers;
use super::port::Port;
use super::refusals::{Refusal, TOLD_EVERY};
use super::tls::MllpTls;
use crate::error::IntakeError;
use crate::intake::Intake;

/// How long a port rests when the operating system has no connection to give: no
/// file handles are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A source's own port.
pub struct MllpListener {
    /// Where it listens.
    pub address: SocketAddr,
    source: SourceId,
    listener: TcpListener,
    limits: MllpLimits,
    peers: Option<Peers>,
    tls: Option<MllpTls>,
}

/// Opens a source's own port.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(address: SocketAddr, source: SourceId, limits: MllpLimits) -> Result<MllpListener, IntakeError> {
    let cannot = |cause| IntakeError::CannotListen { address: address.to_string(), cause };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok(MllpListener { address, source, listener, limits, peers: None, tls: None })
}

impl MllpListener {
    /// Listens to these addresses alone.
    #[must_use]
    pub fn only_from(mut self, peers: Option<Peers>) -> Self {
        self.peers = peers;
        self
    }

    /// Speaks TLS alone, with senders that show a certificate of the source.
    #[must_use]
    pub fn over_tls(mut self, tls: Option<MllpTls>) -> Self {
        self.tls = tls;
        self
    }

    /// Serves connections until told to stop; then messages whose bytes have
    /// arrived are still answered, and what was not whole yet is left to its sender.
    pub async fn serve(self, intake: Intake, stop: CancellationToken) {
        let Self { address: _, source, listener, limits, peers, tls } = self;
        let port = Arc::new(Port::new(source, limits, intake));
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = timeout(TOLD_EVERY, listener.accept()) => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Err(_) => port.refusals.tell_due(),
                Ok(Ok((stream, peer))) => match admit(peer, peers.as_ref(), &places) {
                    Ok(place) => {
                        let (port, tls, stop) = (Arc::clone(&port), tls.clone(), stop.clone());
                        connections.spawn(async move {
                            converse(port, stream, tls, &stop).await;
                            drop(place);
                        });
                    }
                    // Closed by being dropped, at once and without a task.
                    Err(refusal) => port.refusals.note(refusal),
                },
                Ok(Err(error)) if is_of_one_connection(&error) => {}
                Ok(Err(_)) => {
                    port.refusals.note(Refusal::NotTaken);
                    let _ = timeout(ACCEPT_PAUSE, stop.cancelled()).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
        while connections.join_next().await.is_some() {}
        port.refusals.tell_rest();
    }
}

/// The place of a connection that is listened to.
fn admit(peer: SocketAddr, peers: Option<&Peers>, places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Refusal> {
    if peers.is_some_and(|peers| !peers.include(peer.ip())) {
        return Err(Refusal::NotAPeer);
    }
    Arc::clone(places).try_acquire_owned().map_err(|_| Refusal::TooMany)
}

/// The sender went away before its connection was taken: the next may be fine.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | ConnectionRefused | Interrupted)
}

async fn converse(port: Arc<Port>, stream: TcpStream, tls: Option<MllpTls>, stop: &CancellationToken) {
    // Acknowledgements are small and waited for.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        Conversation::new(port, stream).hold(stop).await;
        return;
    };
    let handshake = tokio::select! {
        handshake = timeout(port.limits.handshake_max, tls.accept(stream)) => handshake,
        () = stop.cancelled() => return,
    };
    match handshake.unwrap_or(Err(Refusal::NoTls)) {
        Ok(stream) => {
            Conversation::new(port, stream).hold(stop).await;
        }
        Err(refusal) => port.refusals.note(refusal),
    }
}
