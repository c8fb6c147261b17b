//! What is acknowledged is on disk: seen from outside, by system calls.

use std::path::Path;
use std::process::{Command, Output};

use audit::Act;
use record::PersonId;
use store::{LogRow, Received};

use crate::kit::*;

const CHILD_FOLDER: &str = "STORE_DURABILITY_FOLDER";
const SYNCED: &str = "durability::a_message_and_a_log_row_are_synced_to_disk_before_their_callers_go_on";
const FAILING: &str =
    "durability::a_sync_that_fails_is_acknowledged_to_nobody_and_nothing_more_is_until_the_next_start";

/// Runs one test of this binary once more, as a child whose system calls `strace`
/// sees; `None` where that cannot be done here.
fn run_child(test: &str, folder: &Path, strace: &[&str]) -> Option<Output> {
    let traced = Command::new("strace")
        .arg("-f")
        .args(strace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(CHILD_FOLDER, folder)
        .output();
    let Ok(output) = traced else {
        println!("skipped: no strace");
        return None;
    };
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("ptrace") {
        println!("skipped: strace may not trace here");
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

/// The child: says a word, makes something durable, says the next.
async fn say_and_write(folder: &str) {
    let store = store::open(Path::new(folder), &sources(), chance()).await.unwrap();
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
        return say_and_write(&folder).await;
    }
    if has_no_files() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let calls = "trace=fdatasync,fsync,write,pwrite64";
    let strace = ["-y", "-s", "64", "-e", calls, "-o", trace.to_str().unwrap()];
    if run_child(SYNCED, folder.path(), &strace).is_none() {
        return;
    }
    let trace = std::fs::read_to_string(&trace).unwrap();
    synced_between(&trace, "mark-1", "mark-2", store::RECORD_FILE);
    synced_between(&trace, "mark-2", "mark-3", store::DESK_FILE);
}

/// The child: the sync of its first message fails, later ones would not.
async fn write_on_a_failing_disk(folder: &str) {
    let store = store::open(Path::new(folder), &sources(), chance()).await.unwrap();
    for bytes in [b"first", b"again"] {
        match store.inbox.receive(arrival(HOSPITAL, bytes.to_vec())).await {
            Ok(_) => println!("acknowledged"),
            Err(error) => println!("not acknowledged: {error}"),
        }
    }
    let readable = store.inbox.waiting(None, 10).await.is_ok();
    println!("readable: {readable}");
}

#[tokio::test]
async fn a_sync_that_fails_is_acknowledged_to_nobody_and_nothing_more_is_until_the_next_start() {
    if let Ok(folder) = std::env::var(CHILD_FOLDER) {
        return write_on_a_failing_disk(&folder).await;
    }
    if has_no_files() {
        return;
    }
    let Kit { home, store, .. } = Kit::new().await;
    drop(store);
    let folder = home.folder();
    let trace = folder.join("trace");
    // Calls are counted for each thread. The one that syncs has done so once when the store is open.
    let fault = "inject=fdatasync,fsync:error=EIO:when=2";
    let Some(output) = run_child(FAILING, folder, &["-e", fault, "-o", trace.to_str().unwrap()]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches("not acknowledged: the database cannot be written").count(), 2, "{said}");
    assert!(said.contains("readable: true"), "what is there can still be read: {said}");
    let after = store::open(folder, &sources(), chance()).await.unwrap();
    let received = after.inbox.receive(arrival(HOSPITAL, b"after".to_vec())).await.unwrap();
    assert!(matches!(received, Received::New(_)), "the next start writes again");
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
