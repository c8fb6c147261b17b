//! The list of every function by which content leaves: a new way out cannot be
//! added without changing it here, where a reviewer sees it.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_way_out_is_on_this_list() {
    let crates = crates();
    let mut files = rust_files(&crates.join("disclosure/src"));
    files.extend(
        [
            "clinical.rs",
            "desk_log.rs",
            "exposure.rs",
            "hands.rs",
            "identity_hands.rs",
            "identity_moves.rs",
            "identity_reads.rs",
            "quarantine_reads.rs",
            "stood.rs",
        ]
        .map(|file| crates.join("store/src").join(file)),
    );
    let mut ways = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let named = file.strip_prefix(&crates).unwrap().display().to_string();
        for line in text.lines().filter(|line| line.trim_start().starts_with("pub async fn ")) {
            let name = line.trim_start().trim_start_matches("pub async fn ");
            ways.push_str(&format!("{named}: {}\n", name.split(['(', '<']).next().unwrap()));
        }
    }
    insta::assert_snapshot!(ways, @r"
    disclosure/src/answer.rs: record_yes
    disclosure/src/answer.rs: record_no
    disclosure/src/answer.rs: open_emergency
    disclosure/src/copy.rs: copy
    disclosure/src/exposure.rs: exposure
    disclosure/src/identity_acts.rs: decide_identity
    disclosure/src/identity_record.rs: identity_record
    disclosure/src/identity_work.rs: identity_work
    disclosure/src/identity_work.rs: identity_pair
    disclosure/src/identity_work.rs: identity_preview
    disclosure/src/letter.rs: letter
    disclosure/src/message.rs: message
    disclosure/src/open.rs: open
    disclosure/src/opt_out.rs: record_opt_out
    disclosure/src/quarantine.rs: quarantine
    disclosure/src/quarantine.rs: quarantined
    disclosure/src/quarantine.rs: quarantined_outline
    disclosure/src/quarantine.rs: quarantined_text
    disclosure/src/quarantine_acts.rs: decide_quarantined
    disclosure/src/review.rs: who_looked
    disclosure/src/search.rs: search
    disclosure/src/session_log.rs: signed_in
    disclosure/src/session_log.rs: signed_out
    disclosure/src/who.rs: who
    store/src/clinical.rs: record
    store/src/clinical.rs: record_as_of
    store/src/clinical.rs: identity
    store/src/clinical.rs: search
    store/src/clinical.rs: letter_text
    store/src/clinical.rs: source_text
    store/src/clinical.rs: message
    store/src/clinical.rs: export
    store/src/desk_log.rs: log
    store/src/desk_log.rs: log_all
    store/src/desk_log.rs: rows
    store/src/desk_log.rs: verify
    store/src/exposure.rs: mixed
    store/src/exposure.rs: exposure
    store/src/hands.rs: ask_of_quarantine
    store/src/identity_hands.rs: ask_of_identity
    store/src/identity_moves.rs: identity_moves
    store/src/identity_reads.rs: identity_work
    store/src/identity_reads.rs: identity_pair
    store/src/identity_reads.rs: in_doubt
    store/src/quarantine_reads.rs: quarantine_waiting
    store/src/quarantine_reads.rs: quarantine_settled
    store/src/quarantine_reads.rs: quarantine_item
    store/src/quarantine_reads.rs: quarantine_text
    store/src/quarantine_reads.rs: in_quarantine
    store/src/quarantine_reads.rs: quarantine_unowned
    store/src/stood.rs: stood
    ");
}

#[test]
fn the_handles_that_read_are_named_by_store_and_disclosure_alone() {
    let crates = crates();
    let mut others = Vec::new();
    for folder in fs::read_dir(&crates).unwrap().map(|folder| folder.unwrap().path()) {
        if folder.ends_with("store") || folder.ends_with("disclosure") {
            continue;
        }
        for file in rust_files(&folder.join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            if text.contains("ClinicalReads") || text.contains("LogReads") {
                others.push(file.strip_prefix(&crates).unwrap().display().to_string());
            }
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn disclosed_values_are_made_in_functions_of_the_door_alone() {
    let source = crates().join("disclosure/src");
    let makers: Vec<String> = rust_files(&source)
        .into_iter()
        .filter(|file| makes_one(file))
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    insta::assert_snapshot!(makers.join(" "), @"copy.rs exposure.rs identity_record.rs identity_work.rs message.rs open.rs quarantine.rs review.rs search.rs who.rs");
}

fn makes_one(file: &Path) -> bool {
    fs::read_to_string(file).unwrap().lines().any(|line| line.contains("Disclosed::new(") && !line.contains("///"))
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
