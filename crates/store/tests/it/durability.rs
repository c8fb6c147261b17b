//! What is acknowledged is on disk: seen from outside, by system calls.

use std::process::Command;

use audit::Act;
use record::PersonId;
use store::LogRow;

use crate::kit::*;

const CHILD_FOLDER: &str = "STORE_DURABILITY_FOLDER";
const THIS_TEST: &str = "durability::a_message_and_a_log_row_are_synced_to_disk_before_their_callers_go_on";

/// The child: says a word, makes something durable, says the next.
async fn child(folder: &str) {
    let store = store::open(std::path::Path::new(folder), &sources(), chance()).await.unwrap();
    println!("mark-1");
    store.inbox.receive(arrival(HOSPITAL, b"durable".to_vec())).await.unwrap();
    println!("mark-2");
    let id = request();
    let event = event(Act::RecordOpened, &doctor(), Some(PersonId(1)), id);
    store.desk.log(LogRow { request: id, event, rests_on: None }).await.unwrap();
    println!("mark-3");
}

#[tokio::test]
async fn a_message_and_a_log_row_are_synced_to_disk_before_their_callers_go_on() {
    if let Ok(folder) = std::env::var(CHILD_FOLDER) {
        return child(&folder).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace_path = folder.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-y", "-s", "64", "-e", "trace=fdatasync,fsync,write,pwrite64", "-o"])
        .arg(&trace_path)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", THIS_TEST, "--nocapture", "--test-threads", "1"])
        .env(CHILD_FOLDER, folder.path())
        .output();
    let Ok(output) = traced else {
        println!("skipped: no strace");
        return;
    };
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("ptrace") {
        println!("skipped: strace may not trace here");
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = std::fs::read_to_string(&trace_path).unwrap();
    synced_between(&trace, "mark-1", "mark-2", store::RECORD_FILE);
    synced_between(&trace, "mark-2", "mark-3", store::DESK_FILE);
}

/// Between the two words the file's write-ahead log is written, then synced, and
/// the sync has succeeded.
fn synced_between(trace: &str, before: &str, after: &str, file: &str) {
    let lines: Vec<&str> = trace.lines().collect();
    let said = |word: &str| {
        let write = |line: &&str| line.contains("write(") && line.contains(word);
        lines.iter().position(write).unwrap_or_else(|| panic!("{word} was not said"))
    };
    let between = &lines[said(before)..said(after)];
    let wal = format!("{file}-wal>");
    let find = |from: usize, wanted: &dyn Fn(&str) -> bool| {
        between.iter().enumerate().skip(from).find(|(_, line)| wanted(line)).map(|(index, _)| index)
    };
    let written = find(0, &|line| line.contains("pwrite64(") && line.contains(&wal)).expect("the log is written");
    let synced = find(written, &|line| line.contains("sync(") && line.contains(&wal)).expect("and then synced");
    // A call that another thread interrupts is told in two lines.
    let done = find(synced, &|line| line.contains("sync") && line.trim_end().ends_with("= 0"));
    assert!(done.is_some(), "the sync succeeded before {after}");
    let last_write = between.iter().rposition(|line| line.contains("pwrite64(") && line.contains(&wal));
    assert!(last_write < find(synced, &|_| true).and(done).or(Some(0)), "nothing is written after the sync");
}
