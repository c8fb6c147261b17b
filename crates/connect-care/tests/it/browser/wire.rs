//! One DevTools websocket: numbered calls with their answers, and the events that arrive in between.

use std::collections::VecDeque;
use std::fmt;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::PATIENCE;

/// Largest answer taken from the browser, in bytes: a tall screenshot as base64 is about 10 MB.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why a call got no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing came within the time allowed.
    TimedOut,
    /// The connection to the browser ended.
    Closed(String),
    /// The browser answered with an error: its message.
    Refused(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => write!(f, "no answer within {} s", PATIENCE.as_secs()),
            Self::Closed(why) => write!(f, "the browser has gone: {why}"),
            Self::Refused(message) => write!(f, "the browser refused: {message}"),
        }
    }
}

/// The moment at which a wait is given up.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// [`PATIENCE`] from now.
    #[expect(clippy::disallowed_methods, reason = "a time-out is measured on the real clock")]
    pub(crate) fn from_now() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// What is left, or `None` when it has passed.
    #[expect(clippy::disallowed_methods, reason = "a time-out is measured on the real clock")]
    fn left(self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

/// A websocket to the browser itself or to one of its pages.
pub(crate) struct Wire {
    socket: WebSocket<TcpStream>,
    calls: u64,
    events: VecDeque<Value>,
}

impl Wire {
    /// Connects to `ws://address/path`.
    pub(crate) fn connect(address: &str, path: &str) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).map_err(|e| Fault::Closed(e.to_string()))?;
        stream.set_nodelay(true).map_err(|e| Fault::Closed(e.to_string()))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|e| Fault::Closed(e.to_string()))?;
        let limits =
            WebSocketConfig::default().max_message_size(Some(ANSWER_BYTES_MAX)).max_frame_size(Some(ANSWER_BYTES_MAX));
        let (socket, _) =
            tungstenite::client::client_with_config(format!("ws://{address}{path}"), stream, Some(limits))
                .map_err(|e| Fault::Closed(e.to_string()))?;
        Ok(Self { socket, calls: 0, events: VecDeque::new() })
    }

    /// Calls one method and waits for its answer. Events that arrive meanwhile are kept for [`Wire::take_events`].
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Result<Value, Fault> {
        self.calls += 1;
        let id = self.calls;
        let call = json!({ "id": id, "method": method, "params": params }).to_string();
        self.socket.send(Message::text(call)).map_err(|e| Fault::Closed(e.to_string()))?;
        let deadline = Deadline::from_now();
        loop {
            let mut message = self.read(deadline)?;
            if message["id"] == id {
                return match message.get("error") {
                    Some(error) => Err(Fault::Refused(format!("{method}: {}", error["message"]))),
                    None => Ok(message["result"].take()),
                };
            }
            self.keep(message);
        }
    }

    /// Waits for the next event. The events that had already arrived come first.
    pub(crate) fn next_event(&mut self, deadline: Deadline) -> Result<Value, Fault> {
        while self.events.is_empty() {
            let message = self.read(deadline)?;
            self.keep(message);
        }
        self.events.pop_front().ok_or(Fault::TimedOut)
    }

    /// The events that have arrived and were not yet taken.
    pub(crate) fn take_events(&mut self) -> VecDeque<Value> {
        std::mem::take(&mut self.events)
    }

    fn keep(&mut self, message: Value) {
        if message.get("method").is_some() {
            self.events.push_back(message);
        }
    }

    fn read(&mut self, deadline: Deadline) -> Result<Value, Fault> {
        loop {
            let left = deadline.left().ok_or(Fault::TimedOut)?;
            self.socket.get_ref().set_read_timeout(Some(left)).map_err(|e| Fault::Closed(e.to_string()))?;
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    return serde_json::from_str(text.as_str()).map_err(|e| Fault::Closed(e.to_string()));
                }
                Ok(_) => {}
                // A signal came, such as the end of another browser: nothing is wrong with this one.
                Err(tungstenite::Error::Io(e)) if e.kind() == ErrorKind::Interrupted => {}
                Err(tungstenite::Error::Io(e)) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Err(Fault::TimedOut);
                }
                Err(e) => return Err(Fault::Closed(e.to_string())),
            }
        }
    }
}
