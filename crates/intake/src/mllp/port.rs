use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use formats::Problem;
use formats::hl7v2::{AckVerdict, Batch, acknowledge_batch, answers, read_batch};
use formats::mllp::Frame;
use record::SourceId;
use tokio::sync::Semaphore;

use super::limits::{LONG_MESSAGES_MAX, MllpLimits};
use super::refusals::Refusals;
use crate::delivered::Delivered;
use crate::error::IntakeError;
use crate::intake::{Begun, Intake};
use crate::reading::Payload;

/// What all connections of one source share.
pub(super) struct Port {
    pub(super) source: SourceId,
    pub(super) limits: MllpLimits,
    pub(super) refusals: Refusals,
    pub(super) long_messages: Arc<Semaphore>,
    intake: Intake,
}

/// A frame that has its place in the order of its patients and is not durable yet.
pub(super) enum Taken {
    /// A message.
    Begun(Box<Begun>),
    /// Bytes that are no message, and why.
    Broken(Vec<u8>, Problem),
    /// A message that nobody takes, and as much of it as its answer looks at.
    Refused(Vec<u8>, IntakeError),
}

/// The messages that answer one frame, in the order in which to send them: none
/// where none is asked for. `None` when nothing could be made durable, so that the
/// sender keeps the message and sends it again.
pub(super) type Answers = Option<Vec<Vec<u8>>>;

impl Port {
    pub(super) fn new(source: SourceId, limits: MllpLimits, intake: Intake) -> Self {
        let refusals = Refusals::of(source.clone());
        Self { source, limits, refusals, long_messages: Arc::new(Semaphore::new(LONG_MESSAGES_MAX)), intake }
    }

    /// Reads a frame and waits for its turn.
    pub(super) async fn take(self: Arc<Self>, frame: Frame) -> Taken {
        match frame {
            Frame::Message(bytes) => {
                // Asked first, so that the answer can still quote the message.
                if let Err(error) = self.intake.source(&self.source) {
                    return Taken::Refused(bytes, error);
                }
                match self.intake.begin(&self.source, Payload::Hl7v2, true, bytes).await {
                    Ok(begun) => Taken::Begun(Box::new(begun)),
                    Err(error) => Taken::Refused(Vec::new(), error),
                }
            }
            Frame::Oversize { head } => {
                let max = self.limits.message_bytes_max;
                let what = format!("longer than {max} bytes; its beginning was kept");
                Taken::Broken(head, Problem::new("message", what))
            }
            Frame::Cut(bytes) => Taken::Broken(bytes, Problem::new("message", "cut short before its end")),
        }
    }

    /// Takes the messages of a batch one after the other; one answer holds those to
    /// all of them.
    pub(super) async fn answer_batch(self: Arc<Self>, bytes: Vec<u8>) -> Answers {
        let Batch { messages, problems } = read_batch(&bytes);
        if !problems.is_empty() {
            let (source, problems) = (&self.source, problems.len());
            tracing::warn!(%source, problems, "a batch holds something else than it says");
        }
        // One of no messages is kept as what it is: nothing that can be read.
        if messages.is_empty() {
            let taken = Arc::clone(&self).take(Frame::Message(bytes)).await;
            return self.answers(taken).await;
        }
        let mut all = Vec::with_capacity(messages.len());
        for message in messages {
            let message = bytes.get(message).unwrap_or_default().to_vec();
            let taken = Arc::clone(&self).take(Frame::Message(message)).await;
            all.extend(Arc::clone(&self).answers(taken).await?);
        }
        // Its answers have numbers of their own; the batch itself is kept nowhere.
        Some(vec![acknowledge_batch(&bytes, &all, "CC0", self.intake.clock().now())])
    }

    /// The same on a connection where messages are sent before those in front of them are
    /// answered: behind one that was not kept nothing is.
    pub(super) async fn answers_behind(self: Arc<Self>, taken: Taken, has_lost: Arc<AtomicBool>) -> Answers {
        if has_lost.load(Ordering::Acquire) {
            return None;
        }
        let answers = self.answers(taken).await;
        has_lost.fetch_or(answers.is_none(), Ordering::AcqRel);
        answers
    }

    /// Makes it durable and says so. Nothing but the disk is waited for before the
    /// message has its place in the order of becoming durable.
    pub(super) async fn answers(self: Arc<Self>, taken: Taken) -> Answers {
        let (looked_at, delivered) = match taken {
            Taken::Begun(begun) => (begun.looked_at(), begun.finish().await),
            Taken::Broken(bytes, problem) => {
                let looked_at = bytes.clone();
                (looked_at, self.intake.deliver_broken(&self.source, bytes, problem).await)
            }
            Taken::Refused(looked_at, error) => (looked_at, Err(error)),
        };
        let at = self.intake.clock().now();
        match delivered {
            Ok(delivered) => {
                // The message's own number, so that both sides can quote the same one.
                let control_id = format!("CC{}", delivered.message().0);
                Some(answers(&looked_at, verdict(&delivered), delivered.fault.as_ref(), &control_id, at))
            }
            Err(IntakeError::UnknownSource(_)) => {
                let problem = Problem::new("message", "the source of this port is not known; nothing was kept");
                Some(answers(&looked_at, AckVerdict::Unreadable, Some(&problem), "CC0", at))
            }
            Err(error) => {
                tracing::error!(source = %self.source, %error, "a message was not kept and is not acknowledged");
                None
            }
        }
    }
}

/// Positive only for what is durable and whole; negative for what was read and waits
/// in quarantine, and for what cannot be read at all (HL7 v2 table 0008).
fn verdict(delivered: &Delivered) -> AckVerdict {
    match &delivered.fault {
        None => AckVerdict::Accepted,
        Some(_) if delivered.is_readable => AckVerdict::Faulty,
        Some(_) => AckVerdict::Unreadable,
    }
}
