//! What may be logged and measured stands in the documents, all of it: read from the code itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Everything between backticks in a document: the words that it explains.
pub(crate) fn explained(document: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(crates().parent().unwrap().join("docs").join(document)).unwrap();
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The code of every crate, without its tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crates()).unwrap().map(|one| one.unwrap().path().join("src")).collect();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|one| one.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
                files.push((path, code));
            }
        }
    }
    files
}

/// The arguments of each call of this macro.
fn calls(code: &str, name: &str) -> Vec<Vec<String>> {
    code.split(&format!("tracing::{name}!(")).skip(1).map(arguments).collect()
}

/// What stands between commas until the parenthesis that closes.
fn arguments(text: &str) -> Vec<String> {
    let (mut found, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => break,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        found.last_mut().unwrap().push(c);
    }
    found.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

/// The name under which an argument is logged.
fn field(argument: &str) -> &str {
    let name = argument.split('=').next().unwrap().trim().trim_start_matches(['%', '?']);
    name.rsplit('.').next().unwrap()
}

#[test]
fn every_event_and_every_field_of_the_code_is_explained() {
    let explained = explained("logging.md");
    let mut events = 0;
    for (path, code) in sources() {
        for level in LEVELS {
            for call in calls(&code, level) {
                let (message, fields) = call.split_last().unwrap();
                let message = message.strip_prefix('"').and_then(|message| message.strip_suffix('"'));
                let message = message.unwrap_or_else(|| panic!("{}: {call:?} has no fixed words", path.display()));
                assert!(!message.contains('{'), "{}: words are put into {message:?}", path.display());
                assert!(explained.contains(message), "{}: {message:?} is not in docs/logging.md", path.display());
                events += 1;
                for name in fields.iter().map(|argument| field(argument)) {
                    assert!(explained.contains(name), "{}: the field {name} is not in docs/logging.md", path.display());
                }
            }
            for call in calls(&code, &format!("{level}_span")) {
                for name in call.iter().skip(1).map(|argument| field(argument)) {
                    assert!(explained.contains(name), "{}: the field {name} is not in docs/logging.md", path.display());
                }
            }
        }
    }
    assert!(events > 25, "{events}: this test no longer finds the events");
}

#[test]
fn nothing_is_logged_in_a_way_that_this_test_does_not_read() {
    for (path, code) in sources() {
        for other in ["log::", "tracing::event!", "#[instrument", "#[tracing::instrument", "dbg!"] {
            let found = code
                .match_indices(other)
                .any(|(at, _)| !code.split_at(at).0.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            assert!(!found, "{}: {other}", path.display());
        }
        for name in ["error", "warn", "info", "debug", "trace"] {
            let imported = format!("use tracing::{name}");
            assert!(!code.contains(&imported), "{}: {imported}", path.display());
        }
    }
}

#[test]
fn every_measure_of_the_code_is_explained() {
    let explained = explained("metrics.md");
    let mut measures = BTreeSet::new();
    // A room's role in the database is called like a measure.
    let is_role = |literal: &str| ["intake", "desk", "reads"].contains(&literal.trim_start_matches("connect_care_"));
    for (path, code) in sources() {
        let ours = code.split('"').filter(|literal| literal.starts_with("connect_care_"));
        for literal in ours.filter(|literal| !is_role(literal)) {
            assert!(explained.contains(literal), "{}: {literal} is not in docs/metrics.md", path.display());
            measures.insert(literal.to_owned());
        }
    }
    let told: BTreeSet<String> = explained.into_iter().filter(|name| name.starts_with("connect_care_")).collect();
    assert_eq!(told, measures, "docs/metrics.md tells of measures that are not there");
}
