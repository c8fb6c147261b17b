//! An import that is killed and begun again.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use record::SourceFormat;
use serde_json::Value;
use simulator::{Body, Region, RegionPlan};

/// How much the store has written when the import is killed: well into the file.
const WRITTEN_BYTES: u64 = 3_000_000;

/// What a made-up hospital sends, one message after the other, in one file.
fn write_messages(path: &Path) -> u64 {
    let region = Region::new(RegionPlan { people: 300, seed: 5, now: "2026-11-23T12:00:00Z".parse().unwrap() });
    let hospital = region.sources().iter().find(|source| source.format == SourceFormat::Hl7v2).unwrap().id.clone();
    let mut text = Vec::new();
    let mut count = 0;
    for delivery in region.deliveries().filter(|delivery| delivery.source == hospital) {
        if let Body::Hl7(message) = delivery.body {
            text.extend(message);
            text.push(b'\n');
            count += 1;
        }
    }
    std::fs::write(path, text).unwrap();
    count
}

fn import(data: &Path, path: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_connect-care"))
        .args(["import", "--config", "examples/corpus.toml", "--source", "hospital-stream", "--format", "json"])
        .arg("--data")
        .arg(data)
        .arg(path)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn report(import: Child) -> Value {
    let output = import.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// People, entries, and messages that still wait.
fn held(data: &Path) -> (u64, u64, usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let chance = record::Chance::new(|bytes| bytes.fill(7));
        let store = store::open(data, &[], chance).await.unwrap();
        let (people, entries) = store.people.count().await.unwrap();
        (people, entries, store.inbox.depths().await.unwrap().len())
    })
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let messages = folder.path().join("messages.hl7");
    let count = write_messages(&messages);
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let uninterrupted = report(import(&whole, &messages));
    assert_eq!(uninterrupted["received"].as_u64(), Some(count));

    let mut first = import(&killed, &messages);
    let log = killed.join(format!("{}-wal", store::RECORD_FILE));
    while std::fs::metadata(&log).map_or(0, |about| about.len()) < WRITTEN_BYTES {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it was killed: send it more");
        std::thread::yield_now();
    }
    first.kill().unwrap();
    first.wait().unwrap();

    let again = report(import(&killed, &messages));
    let number = |key: &str| again[key].as_u64().unwrap();
    assert_eq!((number("received"), number("quarantined")), (count, 0));
    assert!(number("duplicates") > 0, "what was durable is not received again");
    assert_eq!(held(&killed), held(&whole), "nothing is missing, nothing is there twice");
}
