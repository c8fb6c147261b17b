//! The built program with everything that it logs, for tests of how it is operated.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// How long something that has to happen may take before a test gives up, in seconds.
const PATIENCE_SECONDS: u64 = 60;

/// A running program.
pub(crate) struct Service {
    program: Child,
    log: Arc<Log>,
}

/// The lines that came until now.
#[derive(Default)]
struct Log {
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Service {
    /// Starts the program and reads what it logs at this level.
    pub(crate) fn start(arguments: &[&str], level: &str) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_connect-care")), arguments, level)
    }

    /// The same where no file may grow beyond so many blocks of 512 bytes.
    pub(crate) fn start_short_of_room(arguments: &[&str], level: &str, blocks: u32) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_connect-care")]);
        Self::start_as(shell, arguments, level)
    }

    /// The same by another command, whose arguments these follow.
    pub(crate) fn start_as(mut program: Command, arguments: &[&str], level: &str) -> Self {
        let mut program = program
            .args(arguments)
            .env("CONNECT_CARE_LOG", level)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = BufReader::new(program.stderr.take().expect("it logs"));
        let log = Arc::new(Log::default());
        let writing = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines() {
                writing.lines.lock().unwrap().0.push(line.expect("it logs text"));
                writing.more.notify_all();
            }
            writing.lines.lock().unwrap().1 = true;
            writing.more.notify_all();
        });
        Self { program, log }
    }

    /// Waits for a line of the log that fits.
    pub(crate) fn logged(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        let mut guard = self.log.lines.lock().unwrap();
        loop {
            while let Some(line) = guard.0.get(seen) {
                seen += 1;
                let line: Value = serde_json::from_str(line).unwrap_or_default();
                if fits(&line) {
                    return line;
                }
            }
            assert!(!guard.1, "the program ended before it logged {what}: {:#?}", guard.0);
            let waited = self.log.more.wait_timeout(guard, Duration::from_secs(PATIENCE_SECONDS)).unwrap();
            assert!(!waited.1.timed_out(), "{what} was never logged: {:#?}", waited.0.0);
            guard = waited.0;
        }
    }

    /// Where this listener is: `staff`, `machines`, `operations`, or the MLLP port of a source.
    pub(crate) fn address(&self, listener: &str, source: Option<&str>) -> String {
        let line = self.logged(listener, |line| {
            line["message"] == "listening"
                && line["listener"] == listener
                && source.is_none_or(|id| line["source"] == id)
        });
        line["address"].as_str().unwrap().to_owned()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Asks it to stop, as a supervisor does.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.program.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Stops it as a supervisor does, and waits until it has.
    pub(crate) fn stop(self) {
        self.terminate();
        let (status, log) = self.ended();
        assert_eq!(status.code(), Some(0), "{log:#?}");
    }

    /// Waits for its end; how it ended and everything that it logged.
    pub(crate) fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.program.wait().unwrap();
        let mut guard = self.log.lines.lock().unwrap();
        while !guard.1 {
            guard = self.log.more.wait(guard).unwrap();
        }
        (status, std::mem::take(&mut guard.0))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// An answer to an HTTP request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, the first where there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Reads an answer to its end.
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }
}

/// Sends the whole of a request over a connection of its own.
pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).unwrap();
    Answer::read(stream)
}

pub(crate) fn get(address: &str, path: &str) -> Answer {
    ask(address, "GET", path, &[], "")
}

/// Asks until the answer fits: for what has to become so.
pub(crate) fn becomes(address: &str, path: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
    loop {
        let answer = get(address, path);
        if fits(&answer) {
            return answer;
        }
    }
}
