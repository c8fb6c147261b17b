//! The check of durability proves something: it refuses the trace of a program that acknowledges without syncing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use rusqlite::{Connection, params};

use crate::kit::*;
use crate::syscalls::{calls, finished, on_disk_before, strace};

const CHILD_FOLDER: &str = "STORE_LOWERED_FOLDER";
const CHILD_LEVEL: &str = "STORE_LOWERED_LEVEL";
const TEST: &str = "lowered::a_program_that_lowers_synchronous_is_found_out_by_its_trace";
const ID: &str = "CanaryControlId";

/// The child: keeps a message as the store does, but on a connection of its own that syncs as it is told, and
/// acknowledges it to a socket.
fn keep_and_acknowledge(folder: &str, level: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut program, _) = listener.accept().unwrap();
    let file = Connection::open(Path::new(folder).join(store::RECORD_FILE)).unwrap();
    file.pragma_update(None, "synchronous", level).unwrap();
    // Another reader keeps the log from being moved into the file, as in the program.
    let reader = Connection::open(Path::new(folder).join(store::RECORD_FILE)).unwrap();
    reader.query_row("SELECT count(*) FROM message", [], |_| Ok(())).unwrap();
    file.execute(
        "INSERT INTO message (source, control_id, received_at, digest, size, body, state)
         VALUES (1, ?1, 0, x'00', 1, x'00', 0)",
        params![ID],
    )
    .unwrap();
    program.write_all(format!("\x0bMSA|AA|{ID}\r\x1c\r").as_bytes()).unwrap();
    let mut answer = [0; 8];
    sender.read_exact(&mut answer).unwrap();
}

#[tokio::test]
async fn a_program_that_lowers_synchronous_is_found_out_by_its_trace() {
    if let (Ok(folder), Ok(level)) = (std::env::var(CHILD_FOLDER), std::env::var(CHILD_LEVEL)) {
        return keep_and_acknowledge(&folder, &level);
    }
    if has_no_files() {
        return;
    }
    for (level, is_durable) in [("FULL", true), ("NORMAL", false), ("OFF", false)] {
        let Kit { home, store, .. } = Kit::new().await;
        drop(store);
        let trace = home.folder().join("trace");
        let Some(mut command) = strace(&trace, &std::env::current_exe().unwrap()) else { return };
        let mut child = command
            .args(["--exact", TEST, "--test-threads", "1"])
            .env(CHILD_FOLDER, home.folder())
            .env(CHILD_LEVEL, level)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        assert!(child.wait().unwrap().success(), "{level}");
        let calls = calls(&finished(&trace, child.id()));
        let said = calls.iter().find(|call| call.says(&format!("MSA|AA|{ID}"))).expect("it acknowledged");
        let checked = on_disk_before(&calls, said, "record.sqlite-wal", ID, 0);
        println!("synchronous = {level}: {checked:?}");
        assert_eq!(checked.is_ok(), is_durable, "{level}: {checked:?}");
    }
}
