//! The commands as an operator types them, over public test material where it is there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus");
    None
}

fn connect_care(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_connect-care")).args(arguments).current_dir(root()).output().expect("it starts")
}

fn import(data: &Path, source: &str, path: &Path) -> Value {
    let (data, path) = (data.to_str().unwrap(), path.to_str().unwrap());
    let arguments =
        ["import", "--config", "examples/corpus.toml", "--data", data, "--source", source, "--format", "json", path];
    let output = connect_care(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object on standard output")
}

fn count(report: &Value, key: &str) -> u64 {
    report.get(key).and_then(Value::as_u64).expect("the report has this key")
}

#[test]
fn the_example_configurations_are_sound() {
    for file in ["examples/corpus.toml", "examples/south-east-london.toml"] {
        let output = connect_care(&["check-config", file]);
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_hospitals_stream_is_imported_once_and_reads_back_byte_for_byte() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let stream = corpus.join("hl7v2/hospital-stream.hl7");
    let first = import(folder.path(), "hospital-stream", &stream);
    assert_eq!((count(&first, "received"), count(&first, "applied"), count(&first, "persons")), (500, 500, 195));
    let second = import(folder.path(), "hospital-stream", &stream);
    assert_eq!((count(&second, "duplicates"), count(&second, "applied"), count(&second, "entries")), (500, 0, 0));

    let data = folder.path().to_str().unwrap();
    let bytes = std::fs::read(&stream).unwrap();
    let shown = connect_care(&["inbox", "show", "3", "--raw", "--data", data]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    // Messages of different patients become durable in any order: the third is one of the stream's.
    let mut sent = bytes.split(|byte| *byte == b'\n').filter(|message| !message.is_empty());
    assert!(sent.any(|message| message.trim_ascii_end() == shown.stdout.trim_ascii_end()));
}

#[test]
fn quarantine_is_listed_with_places_and_reasons_and_nothing_about_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let messages = folder.path().join("messages");
    std::fs::create_dir(&messages).unwrap();
    let told = |id: &str, name: &str| {
        let header = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4");
        format!("{header}\rPID|1||77^^^ZZ901^MR~9990000018^^^NHS^NH||{name}||19610402|F\r")
    };
    let written = [
        ("1.hl7", told("A1", "Okafor^Grace")),
        ("2.hl7", told("A2", "Okafor^Ngozi")),
        ("3.hl7", "MSH|^~\\&|PAS".into()),
    ];
    for (name, text) in written {
        std::fs::write(messages.join(name), text).unwrap();
    }
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    assert_eq!(count(&import(&data, "hl7v2-samples", &messages), "quarantined"), 2);

    let list = |more: &[&str]| {
        let output = connect_care(&[&["quarantine", "list", "--data", data.to_str().unwrap()], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = list(&[]);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10], "{text}");
    let json: Vec<Value> = serde_json::from_str(&list(&["--format", "json"])).unwrap();
    let told_of = |place: &str| json.iter().find(|unit| unit["place"] == place).expect("it is listed");
    let swapped = told_of("who the person is");
    assert_eq!((swapped["kind"].as_str(), swapped["person"].as_str()), (Some("ADT^A08"), Some("known")));
    let broken = told_of("MSH-9");
    assert_eq!((broken["source"].as_str(), broken["person"].as_str()), (Some("hl7v2-samples"), Some("unknown")));
    assert!(json.iter().all(|unit| unit["state"] == "waiting"));
    for said in ["Okafor", "Grace", "Ngozi", "9990000018", "1961"] {
        assert!(!text.contains(said), "{said} is in {text}");
    }
}

#[test]
fn a_person_is_exported_as_a_bundle_that_can_be_read_again() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), "hospital-stream", &corpus.join("hl7v2/hospital-stream.hl7"));
    let data = folder.path().to_str().unwrap();
    let mut export = Command::new(env!("CARGO_BIN_EXE_connect-care"))
        .args(["export-person", "--data", data, "--reason", "The person asked for a copy"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    export.stdin.take().unwrap().write_all(b"999 470 6845\n").unwrap();
    let output = export.wait_with_output().unwrap();
    assert!(output.status.success());
    let bundle: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(bundle.get("resourceType").and_then(Value::as_str), Some("Bundle"));
    let delivery = formats::fhir::read_json(&output.stdout).expect("it reads again");
    assert!(delivery.units.len() > 1);
    let refused = delivery.units.iter().filter(|unit| matches!(unit.outcome, formats::Outcome::Refuse(_))).count();
    assert_eq!(refused, 0);
}

#[test]
fn serve_refuses_a_demos_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("made-up-people.txt"), "").unwrap();
    let data = folder.path().to_str().unwrap();
    let output = connect_care(&["serve", "--config", "examples/south-east-london.toml", "--data", data]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("made-up people"));
}

#[test]
fn the_demo_says_who_to_be_and_what_to_try() {
    let demo = crate::demo::Demo::start();
    for words in ["Dr Amara Mensah", "Privacy officer", "999 000 0018", "Nobody here exists"] {
        assert!(demo.welcome.contains(words), "{words}");
    }
    assert!(demo.url.starts_with("http://127.0.0.1:"));
}

#[test]
fn the_demo_takes_up_what_was_durable_and_not_applied_when_it_last_stopped() {
    let folder = tempfile::tempdir().unwrap();
    // The folder is a demo's: any other store would be refused.
    std::fs::write(folder.path().join("made-up-people.txt"), "").unwrap();
    let now: jiff::Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let region = simulator::Region::new(simulator::RegionPlan { people: 60, seed: 1, now });
    let waiting = || async {
        let chance = record::Chance::new(|bytes| bytes.fill(7));
        let store = store::open(folder.path(), region.sources(), chance).await.unwrap();
        let first = store.inbox.waiting(None, 1).await.unwrap().first().map(|message| message.id);
        (store, first)
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let left = runtime.block_on(async {
        let (store, _) = waiting().await;
        let hospital = region.sources().iter().find(|source| source.format == record::SourceFormat::Hl7v2).unwrap();
        let bytes = b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||BAR^P01|LEFT|P|2.4\rPID|1||77\r".to_vec();
        let source = hospital.id.clone();
        let arrival = store::Arrival { source, control_id: None, stated_at: None, received_at: now, bytes };
        match store.inbox.receive(arrival).await.unwrap() {
            store::Received::New(message) => message,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(runtime.block_on(waiting()).1, Some(left));
    drop(crate::demo::Demo::start_with(&["--data", folder.path().to_str().unwrap()]));
    assert_ne!(runtime.block_on(waiting()).1, Some(left));
}
