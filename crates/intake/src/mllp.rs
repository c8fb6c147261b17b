use std::net::SocketAddr;
use std::time::Duration;

use formats::Problem;
use formats::hl7v2::{AckCode, acknowledge};
use formats::mllp::{Frame, MESSAGE_BYTES_MAX, MllpCodec};
use futures_util::SinkExt;
use record::SourceId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

use crate::error::IntakeError;
use crate::intake::{Delivered, Intake};
use crate::reading::Payload;

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
    /// Serves connections until told to stop; then those open finish the message
    /// that they are in.
    pub async fn serve(self, intake: Intake, stop: CancellationToken) {
        let places = Semaphore::new(self.limits.connections_max);
        let places = std::sync::Arc::new(places);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            // A connection that is gone before it was taken is nobody's fault.
            let Ok((stream, _)) = accepted else { continue };
            let Ok(place) = std::sync::Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(source = %self.source, "too many connections: one was closed");
                continue;
            };
            let (intake, source, limits, stop) = (intake.clone(), self.source.clone(), self.limits, stop.clone());
            connections.spawn(async move {
                converse(stream, intake, source, limits, stop).await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
        while connections.join_next().await.is_some() {}
    }
}

/// One message at a time, each answered before the next is read: the order in
/// which they were sent is the order in which they become durable.
async fn converse(stream: TcpStream, intake: Intake, source: SourceId, limits: MllpLimits, stop: CancellationToken) {
    // Acknowledgements are small and waited for.
    let _ = stream.set_nodelay(true);
    let mut framed = Framed::new(stream, MllpCodec::new(limits.message_bytes_max));
    loop {
        let next = tokio::select! {
            next = tokio::time::timeout(limits.idle_max, next_frame(&mut framed)) => next,
            () = stop.cancelled() => return,
        };
        let Ok(Some(frame)) = next else { return };
        let Some(answer) = answer(&intake, &source, frame, limits.message_bytes_max).await else { return };
        if framed.send(answer.as_slice()).await.is_err() {
            return;
        }
    }
}

async fn next_frame(framed: &mut Framed<TcpStream, MllpCodec>) -> Option<Frame> {
    use futures_util::StreamExt;
    framed.next().await?.ok().map(|received| received.frame)
}

/// The acknowledgement; `None` when nothing could be made durable, so that the
/// sender keeps the message and sends it again.
async fn answer(intake: &Intake, source: &SourceId, frame: Frame, bytes_max: usize) -> Option<Vec<u8>> {
    let (bytes, delivered) = match frame {
        Frame::Message(bytes) => {
            let delivered = intake.deliver(source, Payload::Hl7v2, true, bytes.clone()).await;
            (bytes, delivered)
        }
        Frame::Oversize { head } => {
            let problem = Problem::new("message", format!("longer than {bytes_max} bytes; its beginning was kept"));
            let delivered = intake.deliver_broken(source, head.clone(), problem).await;
            (head, delivered)
        }
        Frame::Cut(bytes) => {
            let problem = Problem::new("message", "cut short before its end");
            let delivered = intake.deliver_broken(source, bytes.clone(), problem).await;
            (bytes, delivered)
        }
    };
    let at = intake.clock().now();
    match delivered {
        Ok(delivered) => {
            // The message's own number, so that both sides can quote the same one.
            let control_id = format!("CC{}", delivered.message().0);
            Some(acknowledge(&bytes, code(&delivered), delivered.fault.as_ref(), &control_id, at))
        }
        Err(error) => {
            tracing::error!(source = %source, error = %error, "a message was not kept and is not acknowledged");
            None
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
