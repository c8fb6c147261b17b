use std::time::Duration;

use formats::mllp::MESSAGE_BYTES_MAX;

/// From this length on a half message counts as long, in bytes.
pub(super) const LONG_BYTES: usize = 64 * 1024;
/// How many long messages may come in on one port at the same time. Whoever sends
/// one more waits before its rest is read, so that half messages fill no memory.
pub(super) const LONG_MESSAGES_MAX: usize = 8;
/// How many messages of one connection may be on their way to the disk: those behind
/// the first share its sync. The first that fails ends the connection.
pub(super) const UNDER_WAY_MAX: usize = 8;
/// How many bytes outside any frame are skipped before a connection is closed:
/// whoever sends more speaks something else.
pub(super) const SKIPPED_BYTES_MAX: u64 = 1024 * 1024;

/// Limits of one source's MLLP connections.
#[derive(Clone, Copy, Debug)]
pub struct MllpLimits {
    /// The longest message, in bytes.
    pub message_bytes_max: usize,
    /// The most connections at the same time; more are closed at once.
    pub connections_max: usize,
    /// A connection on which no message begins for this long is closed.
    pub idle_max: Duration,
    /// A message must be whole this long after its first byte, however slowly its
    /// bytes keep coming; what came of it is kept as cut short.
    pub whole_max: Duration,
    /// A sender must take an answer within this time.
    pub answer_max: Duration,
    /// A TLS handshake, or opening a connection to a sender that listens, must be
    /// done within this time.
    pub handshake_max: Duration,
    /// How long to wait before a connection to a sender that listens is opened
    /// again; it doubles with each attempt that brings no message.
    pub redial_min: Duration,
    /// The longest such wait.
    pub redial_max: Duration,
}

impl Default for MllpLimits {
    fn default() -> Self {
        Self {
            message_bytes_max: MESSAGE_BYTES_MAX,
            connections_max: 64,
            idle_max: Duration::from_secs(15 * 60),
            whole_max: Duration::from_secs(2 * 60),
            answer_max: Duration::from_secs(30),
            handshake_max: Duration::from_secs(10),
            redial_min: Duration::from_secs(1),
            redial_max: Duration::from_secs(60),
        }
    }
}
