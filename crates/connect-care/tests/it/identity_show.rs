//! An operator looks at the charts of a number, takes one out, and links it again.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::operator_region::{command, configure};

/// A practice that knows Grace too.
const PRACTICE: &str = r#"
[[sources]]
id = "riverside"
name = "Riverside"
organisation = "ZZ901"
format = "hl7v2"
sends = ["identity", "allergies"]
stale_after_minutes = 60
"#;

const GRACE: &str = "999 000 0018";

struct Region {
    folder: tempfile::TempDir,
}

impl Region {
    /// Each source has told of Grace under one number, and of what she reacts to.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        configure(folder.path(), PRACTICE);
        let region = Self { folder };
        for (source, key) in [("kingsbrook", "K77"), ("riverside", "R12")] {
            let file = region.folder.path().join("stream.hl7");
            let message = format!(
                "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090001||ADT^A08|{key}|P|2.4\r\
                 PID|1||{key}^^^ZZ901^MR~9990000018^^^NHS^NH||Okafor^Grace||19610402|F|||12 Harbour Row^^London^^SE5 8ZZ\r\
                 AL1|1|DA|^saffron-canary\r\n"
            );
            std::fs::write(&file, message).unwrap();
            told(region.run(&["import", "--source", source, file.to_str().unwrap()], ""));
        }
        region
    }

    fn run(&self, arguments: &[&str], on_standard_input: &str) -> Output {
        let words = if arguments[0] == "identity" { 2 } else { 1 };
        let mut command = command(self.folder.path(), arguments, words);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = pipes.spawn().unwrap();
        running.stdin.take().unwrap().write_all(on_standard_input.as_bytes()).unwrap();
        running.wait_with_output().unwrap()
    }

    fn show(&self) -> String {
        told(self.run(&["identity", "show", "--reason", "the ward called"], &format!("{GRACE}\n")))
    }
}

fn told(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The word that follows these in a text.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    let rest = text.split(words).nth(1).unwrap_or_else(|| panic!("no {words:?} in {text}"));
    rest.split_whitespace().next().unwrap()
}

#[test]
fn the_charts_of_a_number_are_shown_with_their_numbers_and_nothing_clinical() {
    let region = Region::new();
    let shown = region.show();
    assert_eq!(shown.matches("record ").count(), 1, "{shown}");
    for said in ["kingsbrook\tOKAFOR, Grace", "riverside\tOKAFOR, Grace", "NHS 999 000 0018", "local K77", "SE5 8ZZ"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(shown.contains("Same NHS number") && !shown.contains("saffron-canary"), "{shown}");
    let by_person = region.run(&["identity", "show", after(&shown, "person "), "--reason", "the ward called"], "");
    assert_eq!(told(by_person), shown);
}

#[test]
fn a_chart_that_nobody_doubted_is_taken_out_and_linked_again() {
    let region = Region::new();
    let shown = region.show();
    let (record, chart) = (after(&shown, "record "), after(&shown, "chart "));
    let unlinked = ["identity", "unlink", record, "--chart", chart, "--reason", "two passports"];
    assert_eq!(told(region.run(&unlinked, "")), "1 chart and 1 entry were taken out of the record.\n");
    let apart = region.show();
    assert_eq!(apart.matches("record ").count(), 2, "{apart}");
    assert_eq!(apart.matches("told apart from person").count(), 2, "{apart}");
    let again = ["identity", "link", after(&apart, "link them again with "), "--reason", "the papers were mixed up"];
    assert_eq!(told(region.run(&again, "")), "Both are one person's record now: 1 chart and 1 entry moved.\n");
    assert_eq!(region.show().matches("record ").count(), 1, "one record again");
}

#[test]
fn without_a_reason_or_a_number_nothing_is_shown() {
    let region = Region::new();
    for (arguments, said) in [
        (&["identity", "show", "--reason", " "][..], "reason"),
        (&["identity", "show", "9990000019", "--reason", "a call"], "neither a valid NHS number"),
        (&["identity", "show", "9990000026", "--reason", "a call"], ""),
        (&["identity", "show", "4711", "--reason", "a call"], ""),
    ] {
        let output = region.run(arguments, GRACE);
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && out.is_empty(), "{arguments:?}: {out}");
        assert!(error.contains(said) && !error.contains("OKAFOR"), "{arguments:?}: {error}");
    }
}
