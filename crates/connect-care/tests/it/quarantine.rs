//! An operator settles what waits in quarantine, as they type it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The first of what waits of message 1.
const ITEM: &str = "16777216";
const PERSON: &str = "PID|1||77^^^ZZ901^MR~9990000018^^^NHS^NH||Okafor^Grace||19610402|F\r";

fn connect_care(arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(env!("CARGO_BIN_EXE_connect-care")).args(arguments).current_dir(root).output().expect("it starts")
}

/// A store with one message that has no control id, and a file with the same message and one.
struct Held {
    folder: TempDir,
}

impl Held {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let header = |id: &str| format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4\r");
        std::fs::write(folder.path().join("held.hl7"), format!("{}{PERSON}", header(""))).unwrap();
        std::fs::write(folder.path().join("whole.hl7"), format!("{}{PERSON}", header("A1"))).unwrap();
        let held = Self { folder };
        let file = held.path("held.hl7");
        let import =
            ["import", "--config", "examples/corpus.toml", "--source", "hl7v2-samples", file.to_str().unwrap()];
        held.run(&import).unwrap();
        held
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let data = self.path("data");
        let output = connect_care(&[arguments, &["--data", data.to_str().unwrap()]].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn quarantine(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(&[&["quarantine"], arguments].concat())
    }
}

#[test]
fn a_message_in_quarantine_is_shown_by_its_structure_and_by_its_text_for_a_reason() {
    let held = Held::new();
    let shown = held.quarantine(&["show", ITEM]).unwrap();
    for said in ["MSH-10", "owner\tnobody", "state\twaiting", ">   MSH-10 message control id: empty", "  PID\n"] {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }
    for said in ["Okafor", "9990000018", "1961"] {
        assert!(!shown.contains(said), "{said} is in {shown}");
    }
    assert!(held.quarantine(&["show", ITEM, "--text"]).unwrap_err().contains("--reason"));
    let text = held.quarantine(&["show", ITEM, "--text", "--reason", "the sender asks"]).unwrap();
    assert!(text.contains("Okafor^Grace"), "{text}");
    assert!(held.quarantine(&["show", "99"]).unwrap_err().contains("There is no such message in quarantine"));
}

#[test]
fn a_message_is_taken_corrected_and_in_the_record_and_its_history_says_by_whom_and_why() {
    let held = Held::new();
    assert_eq!(held.quarantine(&["take", ITEM]).unwrap(), "taken\n");
    let whole = held.path("whole.hl7");
    let correct = ["correct", ITEM, "--reason", "the number was lost", "--file", whole.to_str().unwrap()];
    assert_eq!(held.quarantine(&correct).unwrap(), "Added to the record.\n");
    let shown = held.quarantine(&["show", ITEM]).unwrap();
    for said in ["state\tcorrected", "correct by", "the number was lost [Added to the record., message 2]"] {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }
    assert!(held.quarantine(&["list"]).unwrap().trim_end().ends_with("settled"));
    let again = held.quarantine(&["dismiss", ITEM, "--reason", "too late"]).unwrap_err();
    assert!(again.contains(&format!("{ITEM} no longer waits")), "{again}");
}

#[test]
fn a_replay_says_what_is_still_wrong_and_a_dismissal_settles() {
    let held = Held::new();
    let replayed = held.quarantine(&["replay", ITEM, "--reason", "just to see"]).unwrap();
    assert!(replayed.contains("still cannot be read: MSH-10"), "{replayed}");
    assert!(held.quarantine(&["dismiss", ITEM]).unwrap_err().contains("--reason"));
    assert_eq!(held.quarantine(&["dismiss", ITEM, "--reason", "a test"]).unwrap(), "Dismissed.\n");
    assert!(held.quarantine(&["show", ITEM]).unwrap().contains("state\tdismissed"));
}
