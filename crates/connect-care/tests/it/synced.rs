//! Before each positive acknowledgement, and before each clinical byte, the row behind it is on disk: seen from
//! outside the program, by its system calls.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::path::Path;

use crate::log_canaries::Visitor;
use crate::operated::{exchange, framed};
use crate::service::{Service, becomes};
use crate::syscalls::{Call, calls, finished, on_disk_before, strace};

const RECORD_LOG: &str = "record.sqlite-wal";
const DESK_LOG: &str = "desk.sqlite-wal";
/// A person of the demo, who is nobody else's allergy.
const GRACE: &str = "9990000018";
/// Stands in every message of this test, so that a page that shows it shows content.
const CANARY: &str = "Canarymycin";
const MESSAGES: usize = 12;

fn message(id: &str) -> String {
    format!(
        "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4\r\
         PID|1||Trace1^^^ZZ901^MR~9998765439^^^NHS^NH||Tracefamily^Tracegiven||19510314|F\r\
         AL1|1|DA|^{CANARY} {id}\r"
    )
}

fn control_id(number: usize) -> String {
    format!("TraceControl{number:02}")
}

/// Lets the demo receive messages and show pages under `strace`; its calls, and their trace.
fn traced(folder: &Path) -> Option<(Vec<Call>, String)> {
    let trace = folder.join("trace");
    let command = strace(&trace, Path::new(env!("CARGO_BIN_EXE_connect-care")))?;
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--people", "60", "--data", data.to_str().unwrap()];
    let demo = Service::start_as(command, &arguments, "info");
    let operations = demo.address("operations", None);
    becomes(&operations, "/ready", |answer| answer.status == 200);
    let hospital = demo.logged("an MLLP port", |line| line["listener"] == "mllp" && line["message"] == "listening");
    let mut stream = TcpStream::connect(hospital["address"].as_str().unwrap()).unwrap();
    for number in 0..MESSAGES {
        let (code, id) = exchange(&mut stream, &framed(&message(&control_id(number)))).unwrap();
        assert_eq!((code.as_str(), id), ("AA", control_id(number)));
    }
    let mut visitor = Visitor::new(demo.address("staff", None));
    visitor.sign_in("Dr Amara Mensah");
    for number in ["9998765439", GRACE] {
        let base = visitor.find(number);
        visitor.fill(&format!("{base}/permission"), "answer=yes");
        for page in ["", "/allergies", "/medicines", "/results", "/letters"] {
            visitor.get(&format!("{base}{page}"));
        }
    }
    let program = demo.id();
    demo.terminate();
    assert_eq!(demo.ended().0.code(), Some(0));
    let text = finished(&trace, program);
    Some((calls(&text), text))
}

/// Every acknowledgement of ours, and whether its message was on disk.
fn acknowledgements(calls: &[Call]) -> Vec<Result<(), String>> {
    let check = |number: usize| {
        let id = control_id(number);
        let heard = calls.iter().find(|call| call.hears(&format!("|{id}|"))).map_or(0, |call| call.began);
        let positive = |call: &&Call| call.says(&format!("MSA|AA|{id}")) || call.says(&format!("MSA|CA|{id}"));
        let said = calls.iter().find(positive).ok_or(format!("{id} was never acknowledged"))?;
        on_disk_before(calls, said, RECORD_LOG, &id, heard)
    };
    (0..MESSAGES).map(check).collect()
}

/// Every answer with something clinical in it, and whether a row of the access log was on disk that was written
/// after its request came.
fn pages(calls: &[Call]) -> Vec<Result<(), String>> {
    // The family names stand on each page of a record.
    let words = [CANARY, "OKAFOR", "TRACEFAMILY"];
    let is_clinical = |call: &&Call| call.says("HTTP/1.1 200") && words.iter().any(|word| call.says(word));
    let check = |said: &Call| {
        let asked = calls.iter().rfind(|call| call.began < said.began && call.on == said.on && call.hears("HTTP/1.1"));
        let asked = asked.ok_or(format!("nobody asked for what was said at line {}", said.began + 1))?;
        on_disk_before(calls, said, DESK_LOG, r#"{\"act\":\""#, asked.began)
    };
    calls.iter().filter(is_clinical).map(check).collect()
}

#[test]
fn what_is_acknowledged_or_shown_was_synced_before() {
    let folder = tempfile::tempdir().unwrap();
    let Some((seen, text)) = traced(folder.path()) else { return };
    let (acknowledged, shown) = (acknowledgements(&seen), pages(&seen));
    println!("{} acknowledgements and {} pages were on disk before", acknowledged.len(), shown.len());
    let faults: BTreeSet<&String> = acknowledged.iter().chain(&shown).filter_map(|one| one.as_ref().err()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(shown.len() >= 10, "{} pages with content", shown.len());

    // The same trace without its syncs is refused for every one of them.
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("fdatasync") && !line.contains("fsync")).collect();
    let unsynced = calls(&lines.join("\n"));
    assert!(acknowledgements(&unsynced).iter().chain(&pages(&unsynced)).all(Result::is_err), "nothing was synced");
    assert_eq!(pages(&unsynced).len(), shown.len());
}
