//! What we make of each corpus message against what two independent parsers make of
//! it (PyPI `hl7` and `hl7apy`); each kind of difference is explained in
//! docs/hl7v2-differences.md.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use formats::hl7v2::{Message, Segment, split_file};
use serde_json::{Value, json};

/// The versions whose differences the document explains.
const PARSERS: [&str; 2] = ["hl7==0.4.5", "hl7apy==1.3.5"];

#[test]
fn every_difference_to_two_other_parsers_is_explained() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(messages) = corpus(&here.join("../../../shared/corpus/hl7v2")) else {
        println!("skipped: no corpus");
        return;
    };
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hl7v2-leaves.jsonl");
    std::fs::write(&file, messages).unwrap();
    let output = Command::new(python).arg(here.join("tests/hl7v2_differences.py")).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    print!("{said}");

    let explained = explained(&here.join("../../docs/hl7v2-differences.md"));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (compared, differences) = lines.split_last().unwrap();
    assert!(compared["compared"]["hl7"].as_u64() > Some(500) && compared["compared"]["hl7apy"].as_u64() > Some(50));
    for difference in differences {
        let found =
            (difference["parser"].as_str().unwrap().to_owned(), difference["kind"].as_str().unwrap().to_owned());
        assert!(explained.contains(&found), "not explained: {difference}");
    }
}

/// The rows of the table: parser and kind of difference.
fn explained(document: &Path) -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(document).unwrap();
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|cells| (cells[1].clone(), cells[2].clone())).collect()
}

/// One line for each message; see the program for what it holds.
fn corpus(folder: &Path) -> Option<String> {
    let mut lines = String::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("samples")).ok()?.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.push(folder.join("hospital-stream.hl7"));
    for path in files {
        let file = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        for (place, span) in split_file(&file).into_iter().enumerate() {
            let bytes = &file[span];
            let message = Message::parse(bytes).unwrap();
            let separators = message.separators();
            let marks = [Some(separators.component), separators.subcomponent]
                .map(|mark| char::from(mark.unwrap_or(0)).to_string());
            let line = json!({
                "name": format!("{name} {place}"),
                "place": place,
                "text": std::str::from_utf8(bytes).unwrap(),
                "separators": marks,
                "leaves": leaves(&message),
            });
            writeln!(lines, "{line}").unwrap();
        }
    }
    Some(lines)
}

/// Everything that is not empty, where it stands, as it was sent.
fn leaves(message: &Message<'_>) -> Vec<Value> {
    let mut leaves = Vec::new();
    for (at, segment) in message.segments().enumerate() {
        leaves_of(at, segment, &mut leaves);
    }
    leaves
}

fn leaves_of(at: usize, segment: Segment<'_>, leaves: &mut Vec<Value>) {
    let first = if segment.name() == "MSH" { 3 } else { 1 };
    for number in first..=segment.field_count() {
        for (repetition, one) in segment.field(number).repetitions().enumerate() {
            for (component, part) in one.components().enumerate() {
                for (sub, value) in part.subcomponents().enumerate().filter(|(_, value)| !value.is_absent()) {
                    let text = String::from_utf8_lossy(value.bytes());
                    leaves.push(json!([at, segment.name(), number, repetition, component + 1, sub + 1, text]));
                }
            }
        }
    }
}

/// A Python with both parsers, in a throw-away environment under `target/`.
fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hl7-parsers");
    let python = folder.join("bin/python");
    let has_both = || {
        let tried = Command::new(&python).args(["-c", "import hl7, hl7apy"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    if has_both() {
        return Ok(python);
    }
    let run = |command: &mut Command, what: &str| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) | Err(_) => Err(what.to_owned()),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), "no python3 with venv")?;
    let quick = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "15"];
    run(Command::new(&python).args(quick).args(PARSERS), "the parsers hl7 and hl7apy cannot be installed")?;
    if has_both() { Ok(python) } else { Err("the parsers hl7 and hl7apy cannot be used".to_owned()) }
}
