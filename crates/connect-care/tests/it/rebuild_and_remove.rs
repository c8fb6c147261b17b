//! Building anew, removing, holding and sweeping, as an operator types it.

use std::path::Path;
use std::process::Output;

use crate::operator_region::{command, configure};

/// Settled quarantine is kept for a year; the hospital's messages say `saffron-canary` with their number.
const RETENTION: &str = r#"
[retention]
settled_quarantine_days = 365
"#;

struct Region {
    folder: tempfile::TempDir,
}

impl Region {
    /// Five messages about two people are taken in.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        configure(folder.path(), RETENTION);
        let region = Self { folder };
        let told =
            [("77", "Okafor^Grace", 1), ("78", "Nwosu^Ada", 2), ("77", "Okafor^Grace", 3), ("77", "Okafor^Grace", 4)];
        let mut stream = String::new();
        for (key, name, number) in told {
            stream += &format!(
                "MSH|^~\\&|PAS|ZZ901|CC|SEL|2026112209000{number}||ADT^A08|A{number}|P|2.4\r\
                 PID|1||{key}^^^ZZ901^MR||{name}||19610402|F\rAL1|1|DA|^saffron-canary-{number}-end\r\n"
            );
        }
        region.import(&stream);
        region
    }

    fn import(&self, stream: &str) {
        let file = self.folder.path().join("stream.hl7");
        std::fs::write(&file, stream).unwrap();
        let output = self.run(&["import", "--source", "kingsbrook", file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", told(&output));
        std::fs::remove_file(file).unwrap();
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// A command with the configuration and the data folder behind its name.
    fn run(&self, arguments: &[&str]) -> Output {
        let words = if matches!(arguments[0], "hold" | "inbox") { 2 } else { 1 };
        command(self.folder.path(), arguments, words).output().unwrap()
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", told(&output));
        told(&output)
    }

    fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", told(&output));
        told(&output)
    }

    /// Whether a text stands in any file below the data folder.
    fn holds(&self, text: &str) -> bool {
        files(&self.data()).iter().any(|file| {
            let bytes = std::fs::read(file).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_record_is_built_anew_the_same_and_takes_the_place_of_the_old_one() {
    let region = Region::new();
    let said = region.succeed(&["rebuild", "--swap"]);
    assert!(said.contains("4 steps of the order of application taken again: equal"), "{said}");
    assert!(region.data().join("record.before-rebuild.sqlite").exists());
    assert!(!region.data().join("rebuilt").exists());
    assert!(region.succeed(&["rebuild"]).contains("equal"));
    let again = region.fail(&["rebuild"]);
    assert!(again.contains("not empty"), "what was built before is not built over: {again}");
}

#[test]
fn a_removal_leaves_nothing_behind_but_that_it_was_and_stays_so() {
    let region = Region::new();
    region.succeed(&["rebuild", "--swap"]);
    assert!(region.holds("saffron-canary-3-end"));
    let list = region.succeed(&["inbox", "list"]);
    // Which number it got depends on the order in which its patients became durable.
    let third = list.lines().find(|line| shows(&region, line, "canary-3")).expect("it is there");
    let id = third.split('\t').next().unwrap().to_owned();
    let remove = ["remove", "--reason", "court-order", "--note", "order 12", "--operator", "op", "--message", &id];

    let said = region.succeed(&remove);
    assert!(said.contains("1 messages, ") && said.contains(" 1 people"), "{said}");
    assert!(!region.holds("saffron-canary-3-end"), "no file holds it, the one from before the rebuild either");
    assert!(region.holds("saffron-canary-4-end") && region.holds("saffron-canary-2-end"));
    assert!(region.succeed(&remove).contains("gone already"));
    assert!(region.succeed(&["rebuild"]).contains("equal"), "a rebuild leaves it out");
    assert!(!region.holds("saffron-canary-3-end"));
}

fn shows(region: &Region, line: &str, text: &str) -> bool {
    let id = line.split('\t').next().unwrap();
    region.succeed(&["inbox", "show", id, "--raw"]).contains(text)
}

#[test]
fn a_removal_that_was_cut_short_goes_on() {
    let region = Region::new();
    // What an earlier one left when the machine stopped.
    std::fs::create_dir_all(region.data().join("removing")).unwrap();
    std::fs::write(region.data().join("removing/record.sqlite"), "half a file").unwrap();
    let said =
        region.succeed(&["remove", "--reason", "wrong-person", "--note", "n", "--person-chart", "kingsbrook:ZZ901|78"]);
    assert!(said.contains("1 messages"), "{said}");
    assert!(!region.holds("saffron-canary-2-end") && region.holds("saffron-canary-1-end"));
}

#[test]
fn a_hold_refuses_a_removal_with_its_reason_and_lifting_it_lets_it_go() {
    let region = Region::new();
    let said = region.succeed(&["hold", "add", "--source", "kingsbrook", "--reason", "inquest 7"]);
    assert!(said.contains("hold 1 is in force"), "{said}");
    let remove = ["remove", "--reason", "organisation-leaves", "--note", "they left", "--source", "kingsbrook"];
    let refused = region.fail(&remove);
    assert!(refused.contains("hold 1 (inquest 7) keeps this from being removed: nothing was changed"), "{refused}");
    assert!(region.holds("saffron-canary-1-end"));
    region.succeed(&["hold", "lift", "1", "--reason", "inquest over"]);
    assert!(region.succeed(&["hold", "list"]).contains("inquest 7\tlifted"));
    assert!(region.succeed(&remove).contains("4 messages"));
    for number in 1..=4 {
        assert!(!region.holds(&format!("saffron-canary-{number}-end")), "{number}");
    }
}

#[test]
fn a_sweep_says_what_it_would_do_and_does_it_when_told() {
    let region = Region::new();
    assert!(region.succeed(&["retention", "--dry-run"]).contains("would be swept: 0 settled items"));
    assert!(region.succeed(&["retention", "--apply"]).contains("swept: 0 settled items"));
    let refused = region.fail(&["retention"]);
    assert!(refused.contains("--dry-run"), "{refused}");
}
