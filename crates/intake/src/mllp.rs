use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use formats::Problem;
use formats::hl7v2::{AckCode, acknowledge};
use formats::mllp::{Frame, MESSAGE_BYTES_MAX, MllpCodec, Received};
use futures_util::{SinkExt, StreamExt};
use record::SourceId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::codec::{Decoder, Framed};
use tokio_util::sync::CancellationToken;

use crate::delivered::Delivered;
use crate::error::IntakeError;
use crate::intake::Intake;
use crate::measure::OpenConnection;
use crate::reading::Payload;

/// How long a port rests after a connection could not be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many messages whose bytes had arrived are still taken from one connection
/// once the program stops.
const LAST_MESSAGES_MAX: usize = 64;
/// How long it may take until bytes that had arrived then are seen.
const ARRIVED_MAX: Duration = Duration::from_millis(100);
/// How long a sender may take to hang up after its last acknowledgement. Closing
/// on bytes that nobody read would take the acknowledgement back.
const FAREWELL_MAX: Duration = Duration::from_secs(1);

/// Limits of one MLLP port.
#[derive(Clone, Copy, Debug)]
pub struct MllpLimits {
    /// The longest message, in bytes.
    pub message_bytes_max: usize,
    /// The most connections at the same time; more are closed at once.
    pub connections_max: usize,
    /// A connection that sends nothing for this long is closed.
    pub idle_max: Duration,
}

impl Default for MllpLimits {
    fn default() -> Self {
        Self { message_bytes_max: MESSAGE_BYTES_MAX, connections_max: 64, idle_max: Duration::from_secs(15 * 60) }
    }
}

/// A source's own port.
pub struct MllpListener {
    /// Where it listens.
    pub address: SocketAddr,
    source: SourceId,
    listener: TcpListener,
    limits: MllpLimits,
}

/// Opens a source's own port.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(address: SocketAddr, source: SourceId, limits: MllpLimits) -> Result<MllpListener, IntakeError> {
    let cannot = |cause| IntakeError::CannotListen { address: address.to_string(), cause };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok(MllpListener { address, source, listener, limits })
}

impl MllpListener {
    /// Serves connections until told to stop; then messages whose bytes have
    /// arrived are still answered, and what was not whole yet is left to its sender.
    pub async fn serve(self, intake: Intake, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.limits.connections_max));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // No file handles left, or a connection that is gone already.
                    tracing::warn!(source = %self.source, %error, "a connection could not be taken");
                    let _ = tokio::time::timeout(ACCEPT_PAUSE, stop.cancelled()).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(source = %self.source, "too many connections: one was closed");
                continue;
            };
            let conversation = Conversation {
                framed: Framed::new(stream, MllpCodec::new(self.limits.message_bytes_max)),
                intake: intake.clone(),
                source: self.source.clone(),
                limits: self.limits,
            };
            let stop = stop.clone();
            connections.spawn(async move {
                conversation.hold(stop).await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
        while connections.join_next().await.is_some() {}
    }
}

struct Conversation {
    framed: Framed<TcpStream, MllpCodec>,
    intake: Intake,
    source: SourceId,
    limits: MllpLimits,
}

impl Conversation {
    /// One message at a time, each answered before the next is read: the order in
    /// which they were sent is the order in which they become durable.
    async fn hold(mut self, stop: CancellationToken) {
        // Acknowledgements are small and waited for.
        let _ = self.framed.get_ref().set_nodelay(true);
        let _open = OpenConnection::of(&self.source);
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(self.limits.idle_max, self.framed.next()) => next,
                () = stop.cancelled() => {
                    self.finish_what_arrived().await;
                    break;
                }
            };
            let received = match next {
                Ok(Some(Ok(received))) => received,
                Ok(None | Some(Err(_))) => break,
                // What came of a message whose rest never came is kept.
                Err(_) => {
                    if let Some(received) = self.rest() {
                        self.answer(received).await;
                    }
                    break;
                }
            };
            if !self.answer(received).await {
                break;
            }
        }
        let skipped = self.framed.codec().skipped_bytes_total();
        if skipped > 0 {
            tracing::warn!(source = %self.source, skipped, "bytes outside any frame were skipped");
        }
    }

    /// Answers each message that is here whole, then lets the sender hang up.
    async fn finish_what_arrived(&mut self) {
        for _ in 0..LAST_MESSAGES_MAX {
            let Ok(Some(Ok(received))) = tokio::time::timeout(ARRIVED_MAX, self.framed.next()).await else { break };
            if !self.answer(received).await {
                return;
            }
        }
        if self.framed.close().await.is_ok() {
            let mut nowhere = tokio::io::sink();
            let unread = tokio::io::copy(self.framed.get_mut(), &mut nowhere);
            let _ = tokio::time::timeout(FAREWELL_MAX, unread).await;
        }
    }

    fn rest(&mut self) -> Option<Received> {
        let mut codec = self.framed.codec().clone();
        codec.decode_eof(self.framed.read_buffer_mut()).ok().flatten()
    }

    /// Makes what came durable and acknowledges it; false ends the conversation.
    async fn answer(&mut self, received: Received) -> bool {
        match self.acknowledgement(received.frame).await {
            Some(answer) => self.framed.send(answer.as_slice()).await.is_ok(),
            None => false,
        }
    }

    /// `None` when nothing could be made durable, so that the sender keeps the
    /// message and sends it again.
    async fn acknowledgement(&self, frame: Frame) -> Option<Vec<u8>> {
        let (bytes, broken) = match frame {
            Frame::Message(bytes) => (bytes, None),
            Frame::Oversize { head } => {
                let what = format!("longer than {} bytes; its beginning was kept", self.limits.message_bytes_max);
                (head, Some(Problem::new("message", what)))
            }
            Frame::Cut(bytes) => (bytes, Some(Problem::new("message", "cut short before its end"))),
        };
        let delivered = match broken {
            None => self.intake.deliver(&self.source, Payload::Hl7v2, true, bytes.clone()).await,
            Some(problem) => self.intake.deliver_broken(&self.source, bytes.clone(), problem).await,
        };
        let at = self.intake.clock().now();
        match delivered {
            Ok(delivered) => {
                // The message's own number, so that both sides can quote the same one.
                let control_id = format!("CC{}", delivered.message().0);
                Some(acknowledge(&bytes, code(&delivered), delivered.fault.as_ref(), &control_id, at))
            }
            Err(IntakeError::UnknownSource(_)) => {
                let problem = Problem::new("message", "the source of this port is not known; nothing was kept");
                Some(acknowledge(&bytes, AckCode::Reject, Some(&problem), "CC0", at))
            }
            Err(error) => {
                tracing::error!(source = %self.source, %error, "a message was not kept and is not acknowledged");
                None
            }
        }
    }
}

/// AA only for what is durable and whole; AR for what cannot be read at all, AE
/// for what was read and waits in quarantine (HL7 v2 table 0008).
fn code(delivered: &Delivered) -> AckCode {
    match &delivered.fault {
        None => AckCode::Accept,
        Some(_) if delivered.is_readable => AckCode::Error,
        Some(_) => AckCode::Reject,
    }
}
