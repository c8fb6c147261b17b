use std::sync::Arc;

use formats::mllp::{Frame, MllpCodec};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder as _, Encoder as _};

use super::limits::{LONG_BYTES, MllpLimits, SKIPPED_BYTES_MAX};
use super::patience::Patience;

/// How much room there is for each read, in bytes.
const READ_BYTES: usize = 8 * 1024;

/// What comes next on a connection.
pub(super) enum Next {
    /// A frame; more may follow.
    Frame(Frame),
    /// Nothing more is read, and what came of a message whose rest never came.
    Last(Option<Frame>),
}

/// The frames of one connection, each within its time.
pub(super) struct Frames<S> {
    stream: S,
    codec: MllpCodec,
    arrived: BytesMut,
    answers: BytesMut,
    /// Answers may still lie in a buffer below us, such as that of TLS.
    is_unsent: bool,
    limits: MllpLimits,
    patience: Patience,
    long_messages: Arc<Semaphore>,
    /// Held while a long message comes in.
    long: Option<OwnedSemaphorePermit>,
    /// Since when it waits for that.
    asked: Option<Instant>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    pub(super) fn new(stream: S, limits: MllpLimits, long_messages: Arc<Semaphore>) -> Self {
        Self {
            stream,
            codec: MllpCodec::new(limits.message_bytes_max),
            arrived: BytesMut::new(),
            answers: BytesMut::new(),
            is_unsent: false,
            limits,
            patience: Patience::new(&limits, Instant::now()),
            long_messages,
            long: None,
            asked: None,
        }
    }

    /// Waits for the next frame. A call that is given up loses no byte.
    pub(super) async fn next(&mut self) -> Next {
        loop {
            match self.codec.decode(&mut self.arrived) {
                Ok(Some(received)) => {
                    self.patience.is_whole();
                    self.give_back_memory();
                    return Next::Frame(received.frame);
                }
                Ok(None) if self.codec.skipped_bytes_total() > SKIPPED_BYTES_MAX => return Next::Last(None),
                Ok(None) => {}
                Err(_) => return Next::Last(None),
            }
            if self.codec.is_within_message() {
                self.patience.is_within_message(Instant::now());
            }
            self.wait_for_memory().await;
            if self.arrived.capacity() - self.arrived.len() < READ_BYTES {
                self.arrived.reserve(READ_BYTES);
            }
            match timeout_at(self.patience.deadline(), self.stream.read_buf(&mut self.arrived)).await {
                Ok(Ok(1..)) => {}
                // It ended, it broke, or its time is over.
                Ok(Ok(0) | Err(_)) | Err(_) => {
                    let rest = self.codec.decode_eof(&mut self.arrived).ok().flatten();
                    return Next::Last(rest.map(|received| received.frame));
                }
            }
        }
    }

    /// A long message waits for its place before its rest is read.
    async fn wait_for_memory(&mut self) {
        if self.long.is_none() && self.arrived.len() > LONG_BYTES {
            let asked = *self.asked.get_or_insert_with(Instant::now);
            self.long = Arc::clone(&self.long_messages).acquire_owned().await.ok();
            self.asked = None;
            self.patience.waited_for_us(asked.elapsed());
        }
    }

    /// What a long message needed goes with it, not with the connection.
    fn give_back_memory(&mut self) {
        if self.long.take().is_some() {
            self.arrived = BytesMut::from(self.arrived.as_ref());
        }
    }

    /// Puts an answer behind those that were not sent yet; false where it cannot be framed.
    pub(super) fn put(&mut self, answer: &[u8]) -> bool {
        self.is_unsent = true;
        self.codec.encode(answer, &mut self.answers).is_ok()
    }

    /// Whether there are answers that were not sent.
    pub(super) fn has_answers(&self) -> bool {
        self.is_unsent
    }

    /// Sends none of them.
    pub(super) fn forget_answers(&mut self) {
        self.answers.clear();
        self.is_unsent = false;
    }

    /// Sends the answers; false when the sender does not take them.
    pub(super) async fn send(&mut self) -> bool {
        let Self { stream, answers, limits, .. } = self;
        let sending = async {
            stream.write_all_buf(answers).await?;
            stream.flush().await
        };
        let is_sent = matches!(timeout(limits.answer_max, sending).await, Ok(Ok(())));
        self.is_unsent &= !is_sent;
        self.patience.is_quiet(Instant::now());
        is_sent
    }

    /// Bytes outside any frame since the connection began.
    pub(super) fn skipped_bytes_total(&self) -> u64 {
        self.codec.skipped_bytes_total()
    }

    /// The connection itself, to be closed.
    pub(super) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn frames(limits: MllpLimits, places: usize) -> (Frames<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1024);
        (Frames::new(ours, limits, Arc::new(Semaphore::new(places))), theirs)
    }

    #[tokio::test]
    async fn a_message_whose_time_is_over_is_cut_although_the_connection_may_idle_on() {
        let limits = MllpLimits { whole_max: Duration::ZERO, ..MllpLimits::default() };
        let (mut frames, mut sender) = frames(limits, 1);
        sender.write_all(b"\x0bMSH|dr").await.unwrap();
        let Next::Last(Some(Frame::Cut(bytes))) = frames.next().await else { panic!("its time is over") };
        assert_eq!(bytes, b"MSH|dr");
    }

    #[tokio::test]
    async fn a_connection_that_broke_gives_what_came_of_its_message() {
        let (mut frames, mut sender) = frames(MllpLimits::default(), 1);
        sender.write_all(b"\x0bMSH|a\x1c\r\x0bMSH|half").await.unwrap();
        drop(sender);
        assert!(matches!(frames.next().await, Next::Frame(Frame::Message(_))));
        let Next::Last(Some(Frame::Cut(bytes))) = frames.next().await else { panic!("the rest never came") };
        assert_eq!(bytes, b"MSH|half");
    }

    #[tokio::test]
    async fn whoever_sends_a_megabyte_of_something_else_is_not_read_on() {
        let (mut frames, mut sender) = frames(MllpLimits::default(), 1);
        let sending = tokio::spawn(async move { while sender.write_all(&[b'x'; 4096]).await.is_ok() {} });
        assert!(matches!(frames.next().await, Next::Last(None)));
        assert!(frames.skipped_bytes_total() < SKIPPED_BYTES_MAX + 2 * READ_BYTES as u64);
        drop(frames);
        sending.await.unwrap();
    }

    /// No more than the beginning of a long message is read while others have the places.
    #[tokio::test]
    async fn a_long_message_waits_for_its_place_and_its_time_does_not_run() {
        let limits = MllpLimits { whole_max: Duration::from_secs(3600), ..MllpLimits::default() };
        let (mut frames, mut sender) = frames(limits, 1);
        let held = Arc::clone(&frames.long_messages).acquire_owned().await.unwrap();
        let long = [b"\x0bMSH|".as_slice(), &[b'x'; 4 * LONG_BYTES], b"\x1c\r"].concat();
        let length = long.len();
        let sending = tokio::spawn(async move { sender.write_all(&long).await.map(|()| sender) });
        for _ in 0..2_000 {
            tokio::select! {
                biased;
                _ = frames.next() => panic!("it was read without a place"),
                () = tokio::task::yield_now() => {}
            }
        }
        let read = frames.arrived.len();
        assert!((LONG_BYTES..3 * LONG_BYTES).contains(&read), "{read} bytes of it were read");
        drop(held);
        let Next::Frame(Frame::Message(bytes)) = frames.next().await else { panic!("it is whole") };
        assert_eq!(bytes.len(), length - 3);
        assert_eq!(frames.long_messages.available_permits(), 1, "the place is free again");
        assert!(frames.arrived.capacity() < LONG_BYTES, "its memory went with it");
        drop(sending.await.unwrap());
    }

    #[tokio::test]
    async fn a_sender_that_takes_no_answer_is_given_up() {
        let limits = MllpLimits { answer_max: Duration::ZERO, ..MllpLimits::default() };
        let (mut frames, _sender) = frames(limits, 1);
        assert!(frames.put(&[b'x'; 4096]));
        assert!(!frames.send().await, "the pipe holds 1,024 bytes");
    }
}
