//! The built program running its demo, for tests that need the whole of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running demo; it ends with the value.
pub(crate) struct Demo {
    program: Child,
    pub(crate) url: String,
    /// What it printed before: who to sign in as, and what to try.
    pub(crate) welcome: String,
    _out: BufReader<ChildStdout>,
}

impl Demo {
    /// Starts a small demo on a free port and waits until its first page can be opened.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more on its command line.
    pub(crate) fn start_with(more: &[&str]) -> Self {
        #[expect(clippy::zombie_processes, reason = "the value waits for it when it is dropped")]
        let mut program = Command::new(env!("CARGO_BIN_EXE_connect-care"))
            .args(["demo", "--listen", "127.0.0.1:0", "--people", "60"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let mut out = BufReader::new(program.stdout.take().expect("it has an output"));
        let mut welcome = String::new();
        loop {
            let mut line = String::new();
            let read = out.read_line(&mut line).expect("its output is text");
            assert!(read > 0, "the demo stopped before it listened; it had said:\n{welcome}");
            if let Some(url) = line.trim().strip_prefix("listening on ") {
                return Self { program, url: url.to_owned(), welcome, _out: out };
            }
            welcome.push_str(&line);
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
