//! Reads what `strace -f -yy` wrote, and says whether something was on disk before it was said to anybody.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Command;

/// What is traced: what reaches files and sockets, and what makes it durable.
pub const CALLS: &str = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg,recvfrom,read,readv";

/// `strace` around a command that is then our own child, with whole buffers of up to a page of the database and
/// a page of HTML; `None`, and said, where there is no `strace`.
pub fn strace(trace: &Path, program: &Path) -> Option<Command> {
    let there = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    match there {
        Err(_) => println!("skipped: no strace"),
        Ok(output) if !output.status.success() => println!("skipped: strace may not trace here"),
        Ok(_) => {
            let mut command = Command::new("strace");
            command.args(["-D", "-f", "-yy", "-s", "200000", "-e", CALLS, "-o"]).arg(trace).arg(program);
            return Some(command);
        }
    }
    None
}

/// How often the end of a trace is looked for before the test gives up.
const LOOKS_MAX: u32 = 1_000_000;
/// The last line is within so many bytes.
const END_BYTES: i64 = 256;

/// Waits until the tracer has written everything of a program that has ended.
pub fn finished(trace: &Path, program: u32) -> String {
    for _ in 0..LOOKS_MAX {
        if is_finished(trace, program) {
            return String::from_utf8_lossy(&std::fs::read(trace).unwrap()).into_owned();
        }
        std::thread::yield_now();
    }
    panic!("the trace of {program} has no end");
}

/// Its first thread is the last to end.
fn is_finished(trace: &Path, program: u32) -> bool {
    let mut file = std::fs::File::open(trace).unwrap();
    if file.seek(SeekFrom::End(-END_BYTES)).is_err() {
        return false;
    }
    let mut end = Vec::new();
    file.read_to_end(&mut end).unwrap();
    let end = String::from_utf8_lossy(&end).into_owned();
    let mut words = end.lines().next_back().unwrap_or_default().split_whitespace();
    words.next() == Some(program.to_string().as_str()) && words.next() == Some("+++")
}

/// A system call. It began and ended at these lines: another thread may come between them.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    /// The file or socket of its first argument.
    pub on: String,
    /// Everything between its brackets.
    pub arguments: String,
    pub began: usize,
    pub ended: usize,
    pub result: Option<i64>,
}

impl Call {
    fn is_sync_of(&self, file: &str) -> bool {
        matches!(self.name.as_str(), "fdatasync" | "fsync") && self.on.ends_with(file)
    }

    /// Whether it sends these words to somebody.
    pub fn says(&self, words: &str) -> bool {
        let is_sent = matches!(self.name.as_str(), "write" | "writev" | "sendto" | "sendmsg");
        is_sent && self.on.starts_with("TCP") && self.arguments.contains(words)
    }

    /// Whether it receives these words from somebody.
    pub fn hears(&self, words: &str) -> bool {
        let is_received = matches!(self.name.as_str(), "read" | "readv" | "recvfrom");
        is_received && self.on.starts_with("TCP") && self.arguments.contains(words)
    }
}

/// The calls of a trace in the order in which they began. Lines that are no calls are left out.
pub fn calls(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: Vec<(&str, usize)> = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some(place) = unfinished.iter().position(|(waiting, _)| *waiting == thread) else { continue };
            let (_, index) = unfinished.remove(place);
            let (arguments, result) = ended(resumed.split_once('>').map_or("", |(_, rest)| rest));
            let call = &mut calls[index];
            call.arguments.push_str(arguments);
            (call.ended, call.result) = (number, result);
        } else if let Some((name, rest)) = rest.split_once('(') {
            let begun = rest.strip_suffix("<unfinished ...>");
            let (arguments, result) = begun.map_or_else(|| ended(rest), |begun| (begun, None));
            if begun.is_some() {
                unfinished.push((thread, calls.len()));
            }
            // A call that never returned ends at no line.
            let end = if begun.is_some() { usize::MAX } else { number };
            calls.push(Call {
                name: name.to_owned(),
                on: on(arguments).to_owned(),
                arguments: arguments.to_owned(),
                began: number,
                ended: end,
                result,
            });
        }
    }
    calls
}

/// The arguments and the result of `… ) = 0`.
fn ended(text: &str) -> (&str, Option<i64>) {
    let Some((arguments, result)) = text.rsplit_once(") = ").or(text.rsplit_once(" = ")) else { return (text, None) };
    (arguments, result.split_whitespace().next().and_then(|number| number.parse().ok()))
}

/// `12</tmp/x/record.sqlite-wal>` is on the file, `13<TCP:[a->b]>` on the socket.
fn on(arguments: &str) -> &str {
    let arguments = arguments.trim_end();
    let Some((_, rest)) = arguments.split_once('<') else { return "" };
    // The arrow of a socket's addresses holds the sign that ends it.
    let end = rest.find(">,").or(rest.strip_suffix('>').map(str::len)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// Whether what `said` tells was on disk before: its row, which holds `row` in plain letters, was written to `file`
/// after line `after`, and a sync of that file that began later returned 0 before it was said.
pub fn on_disk_before(calls: &[Call], said: &Call, file: &str, row: &str, after: usize) -> Result<(), String> {
    let is_row = |call: &&Call| {
        call.name == "pwrite64" && call.on.ends_with(file) && call.began > after && call.arguments.contains(row)
    };
    let Some(written) = calls.iter().find(is_row) else { return Err(format!("{row} was never written to {file}")) };
    if written.ended >= said.began {
        return Err(format!("{row} was written at line {} and said at line {}", written.ended + 1, said.began + 1));
    }
    let covers = |call: &&Call| {
        call.is_sync_of(file) && call.began > written.ended && call.result == Some(0) && call.ended < said.began
    };
    match calls.iter().find(covers) {
        Some(_) => Ok(()),
        None => Err(format!("{file} was not synced between {row} and what was said at line {}", said.began + 1)),
    }
}

mod tests {
    use super::*;

    const GOOD: &str = r#"7 recvfrom(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "MSH|M1", 8192, 0, NULL, NULL) = 6
8 pwrite64(5</d/record.sqlite-wal>, "\0\1M1\2", 5, 32) = 5
8 fdatasync(5</d/record.sqlite-wal> <unfinished ...>
7 recvfrom(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, 0x7f, 8192, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
8 <... fdatasync resumed>)          = 0
7 sendto(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "MSA|AA|M1\r", 10, MSG_NOSIGNAL, NULL, 0) = 10
7 +++ exited with 0 +++
"#;

    fn check(trace: &str) -> Result<(), String> {
        let calls = calls(trace);
        let said = calls.iter().find(|call| call.says("MSA|AA|M1")).unwrap();
        on_disk_before(&calls, said, "record.sqlite-wal", "M1", 0)
    }

    #[test]
    fn a_call_in_two_lines_is_one_call() {
        let calls = calls(GOOD);
        let sync = calls.iter().find(|call| call.name == "fdatasync").unwrap();
        assert_eq!((sync.on.as_str(), sync.began, sync.ended, sync.result), ("/d/record.sqlite-wal", 2, 4, Some(0)));
        assert!(calls[0].hears("MSH|M1") && calls[0].on == "TCP:[127.0.0.1:1->127.0.0.1:2]", "{:?}", calls[0]);
        assert_eq!(calls[3].result, Some(-1));
    }

    #[test]
    fn what_was_synced_before_it_was_said_is_accepted() {
        assert_eq!(check(GOOD), Ok(()));
    }

    #[test]
    fn a_sync_that_is_missing_failed_too_early_too_late_or_of_another_file_is_not() {
        let without: Vec<&str> = GOOD.lines().filter(|line| !line.contains("fdatasync")).collect();
        let lines: Vec<&str> = GOOD.lines().collect();
        let order = |order: &[usize]| order.iter().map(|at| lines[*at]).collect::<Vec<_>>().join("\n");
        for (trace, why) in [
            (without.join("\n"), "missing"),
            (GOOD.replace("resumed>)          = 0", "resumed>) = -1 EIO (Input/output error)"), "failed"),
            (order(&[0, 2, 4, 1, 5]), "before the row was written"),
            (order(&[0, 1, 2, 5, 4]), "still under way when it was said"),
            (order(&[0, 2, 1, 4, 5]), "begun before the row was written"),
            (GOOD.replace("fdatasync(5</d/record", "fdatasync(6</d/desk"), "of another file"),
            (GOOD.replace("\\1M1\\2", "\\1M2\\2"), "of another row"),
        ] {
            assert!(check(&trace).is_err(), "{why}");
        }
    }

    #[test]
    fn whatever_comes_ends() {
        for trace in ["", "7", "7 (", "7 <... x resumed>) = 0", "7 a(1<", "x y(z) = ", "7 a( <unfinished ...>"] {
            calls(trace);
        }
    }
}
