use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use formats::hl7v2::is_batch;
use formats::mllp::Frame;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesOrdered;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::frames::{Frames, Next};
use super::limits::UNDER_WAY_MAX;
use super::port::{Answers, Port, Taken};
use crate::measure::OpenConnection;

/// How many messages whose bytes had arrived are still taken from one connection
/// once the program stops.
const LAST_MESSAGES_MAX: usize = 64;
/// How long it may take until bytes that had arrived then are seen.
const ARRIVED_MAX: Duration = Duration::from_millis(100);
/// How long a sender may take to hang up after its last acknowledgement. Closing
/// on bytes that nobody read would take the acknowledgement back.
const FAREWELL_MAX: Duration = Duration::from_secs(1);

/// One connection of a source. A few messages may be on their way to the disk; the
/// order in which they were sent is the order in which they become durable and are
/// answered.
///
/// Whatever it waits for, messages that have their turn go on: others may wait for
/// the same patients behind them.
pub(super) struct Conversation<S> {
    port: Arc<Port>,
    frames: Frames<S>,
    /// A message that waits for its turn.
    taking: Option<BoxFuture<'static, Taken>>,
    /// Messages on their way to the disk, in order.
    under_way: FuturesOrdered<BoxFuture<'static, Answers>>,
    /// A batch that waits until it has the connection to itself.
    batch: Option<Vec<u8>>,
    has_batch_under_way: bool,
    /// How many more messages are read once the program stops.
    last_messages: Option<usize>,
    /// Nothing more is read.
    is_last: bool,
    /// A message was not kept: none of those behind it may be, or it would be overtaken.
    has_lost: Arc<AtomicBool>,
    /// Every message was kept and every answer sent.
    is_well: bool,
    answered: u64,
}

/// What the connection itself did.
enum Step {
    Sent(bool),
    Read(Next),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    pub(super) fn new(port: Arc<Port>, stream: S) -> Self {
        let frames = Frames::new(stream, port.limits, Arc::clone(&port.long_messages));
        Self {
            port,
            frames,
            taking: None,
            under_way: FuturesOrdered::new(),
            batch: None,
            has_batch_under_way: false,
            last_messages: None,
            is_last: false,
            has_lost: Arc::default(),
            is_well: true,
            answered: 0,
        }
    }

    /// Takes and answers messages until the sender hangs up, a limit ends it or the
    /// program stops; gives how many were answered.
    pub(super) async fn hold(mut self, stop: &CancellationToken) -> u64 {
        let _open = OpenConnection::of(&self.port.source);
        self.exchange(stop).await;
        let skipped = self.frames.skipped_bytes_total();
        if skipped > 0 {
            tracing::warn!(source = %self.port.source, skipped, "bytes outside any frame were skipped");
        }
        if self.is_well {
            self.hang_up().await;
        }
        self.answered
    }

    /// What is on its way to the disk arrives there and is applied although nobody is
    /// told: dropped, it would be durable and wait for the next start.
    async fn exchange(&mut self, stop: &CancellationToken) {
        loop {
            self.begin_batch();
            if self.is_over() {
                return;
            }
            let may_read = self.may_read();
            tokio::select! {
                biased;
                Some(answers) = self.under_way.next() => self.put(answers),
                Some(taken) = OptionFuture::from(self.taking.as_mut()) => {
                    self.taking = None;
                    let answers = Arc::clone(&self.port).answers_behind(taken, Arc::clone(&self.has_lost));
                    self.under_way.push_back(Box::pin(answers));
                }
                () = stop.cancelled(), if self.last_messages.is_none() => {
                    self.last_messages = Some(LAST_MESSAGES_MAX);
                }
                step = step(&mut self.frames, may_read, &mut self.last_messages) => match step {
                    Step::Sent(true) => {}
                    Step::Sent(false) => self.break_off(),
                    Step::Read(next) => self.read(next),
                }
            }
        }
    }

    fn may_read(&self) -> bool {
        let is_free = self.taking.is_none() && self.batch.is_none() && !self.has_batch_under_way;
        is_free && !self.is_last && self.under_way.len() < UNDER_WAY_MAX
    }

    fn is_over(&self) -> bool {
        let is_done = self.taking.is_none() && self.batch.is_none() && self.under_way.is_empty();
        is_done && self.is_last && !self.frames.has_answers()
    }

    /// Sends a frame on its way.
    fn read(&mut self, next: Next) {
        let (frame, is_last) = match next {
            Next::Frame(frame) => (Some(frame), false),
            Next::Last(frame) => (frame, true),
        };
        self.is_last = is_last;
        match frame {
            Some(Frame::Message(bytes)) if is_batch(&bytes) => self.batch = Some(bytes),
            Some(frame) => self.taking = Some(Box::pin(Arc::clone(&self.port).take(frame))),
            None => {}
        }
    }

    /// A batch has the connection to itself until all of it is answered.
    fn begin_batch(&mut self) {
        if self.under_way.is_empty() {
            let batch = self.batch.take();
            self.has_batch_under_way = batch.is_some();
            if let Some(bytes) = batch {
                self.under_way.push_back(Box::pin(Arc::clone(&self.port).answer_batch(bytes)));
            }
        }
    }

    /// Puts answers behind those that were not sent yet. Behind a message that was not
    /// kept nothing is answered and nothing more is taken: it must not be overtaken.
    fn put(&mut self, answers: Answers) {
        let is_put = match answers {
            _ if !self.is_well => return,
            None => false,
            Some(answers) => answers.iter().all(|answer| self.frames.put(answer)),
        };
        if is_put {
            self.answered += 1;
        } else {
            self.end_badly();
        }
    }

    /// The sender takes no answers: nothing more is said.
    fn break_off(&mut self) {
        self.frames.forget_answers();
        self.end_badly();
    }

    fn end_badly(&mut self) {
        self.is_well = false;
        self.is_last = true;
        self.taking = None;
        self.batch = None;
    }

    /// Lets the sender hang up.
    async fn hang_up(&mut self) {
        let stream = self.frames.stream();
        let farewell = async {
            if stream.shutdown().await.is_ok() {
                let _ = tokio::io::copy(stream, &mut tokio::io::sink()).await;
            }
        };
        let _ = timeout(FAREWELL_MAX, farewell).await;
    }
}

/// Sends what is to be sent, then reads. As long as a sender takes no answers,
/// nothing more is read of it.
async fn step<S: AsyncRead + AsyncWrite + Unpin>(
    frames: &mut Frames<S>,
    may_read: bool,
    last_messages: &mut Option<usize>,
) -> Step {
    if frames.has_answers() {
        Step::Sent(frames.send().await)
    } else if may_read {
        Step::Read(read(frames, last_messages).await)
    } else {
        std::future::pending().await
    }
}

/// The next frame. Once the program stops, only what has arrived whole: the rest is
/// left to its sender.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(frames: &mut Frames<S>, last_messages: &mut Option<usize>) -> Next {
    let Some(left) = last_messages else { return frames.next().await };
    let Some(fewer) = left.checked_sub(1) else { return Next::Last(None) };
    let next = timeout(ARRIVED_MAX, frames.next()).await.unwrap_or(Next::Last(None));
    *left = fewer;
    next
}
