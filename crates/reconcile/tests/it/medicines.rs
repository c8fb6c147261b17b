//! Medicines on which sources disagree.

use reconcile::{SharedRecord, reconcile};
use record::{Content, Entry, Medicine, MedicineStatus, Section};

use crate::build::{at, gathered, ids, medicine, when};
use crate::testing::{coded, entry};

fn told(id: u64, source: &str, medicine: Medicine) -> Entry {
    entry(id, source, Content::Medicine(medicine))
}

fn record_of(entries: Vec<Entry>) -> SharedRecord {
    reconcile(gathered(entries))
}

/// Name, rows and differences of each disagreement.
fn disagreements(entries: Vec<Entry>) -> Vec<(String, Vec<u64>, Vec<&'static str>)> {
    let record = record_of(entries);
    let rows = record.section(Section::Medicines).with_ledger();
    rows.disagreements.iter().map(|it| (it.name.clone(), ids(rows.disagreeing(it.id)), it.differs_in.clone())).collect()
}

fn newer(entries: Vec<Entry>) -> Vec<u64> {
    let record = record_of(entries);
    let rows = record.section(Section::Medicines).with_ledger();
    ids(rows.current.iter().chain(rows.past).filter(|row| row.newer))
}

#[test]
fn different_doses_of_one_medicine_are_shown_side_by_side_and_the_newest_is_marked() {
    let gp = Medicine { last_issued: Some(when("2026-11-02")), ..medicine("Ramipril 5 mg capsules", "5 mg") };
    let hospital = at(told(3, "hospital", medicine("ramipril", "2.5 mg")), "2026-11-20");
    let other = told(2, "gp", medicine("Ranitidine", "150 mg"));
    let entries = vec![told(1, "gp", gp), other, hospital];
    let record = record_of(entries.clone());
    let rows = record.section(Section::Medicines).with_ledger();
    assert_eq!(ids(rows.current), [3, 1, 2]);
    assert_eq!(ids(rows.agreed()), [2]);
    assert_eq!(newer(entries.clone()), [3]);
    assert_eq!(disagreements(entries), [("ramipril".to_owned(), vec![3, 1], vec!["dose"])]);
}

#[test]
fn every_difference_is_named() {
    let gp = Medicine {
        route: Some("oral".to_owned()),
        frequency: Some("once a day".to_owned()),
        ..medicine("Morphine 5 mg tablets", "5 mg")
    };
    let hospital = Medicine {
        route: Some("subcutaneous".to_owned()),
        frequency: Some("twice a day".to_owned()),
        status: MedicineStatus::Suspended,
        ..medicine("Morphine 10 mg ampoules", "10 mg")
    };
    let found = disagreements(vec![told(1, "gp", gp), told(2, "hospital", hospital)]);
    assert_eq!(found, [("morphine".to_owned(), vec![1, 2], vec!["dose", "strength", "frequency", "route", "status"])]);
}

#[test]
fn the_same_said_in_other_letters_is_no_disagreement() {
    let one = Medicine {
        route: Some("by mouth".to_owned()),
        frequency: Some("once daily".to_owned()),
        ..medicine("Ramipril 5mg capsules", "5mg")
    };
    let other = Medicine {
        route: Some("Oral".to_owned()),
        frequency: Some("Once a day".to_owned()),
        ..medicine("RAMIPRIL 5 mg", "5 mg")
    };
    assert_eq!(disagreements(vec![told(1, "gp", one), told(2, "hospital", other)]), []);
}

#[test]
fn what_one_source_did_not_tell_is_no_disagreement() {
    let untold = Medicine { status: MedicineStatus::NotTold, ..medicine("ramipril", "") };
    assert_eq!(disagreements(vec![told(1, "gp", medicine("ramipril", "5 mg")), told(2, "hospital", untold)]), []);
}

#[test]
fn one_source_with_two_doses_does_not_disagree_with_itself_nor_with_one_that_has_both() {
    let own = |source, id| {
        vec![told(id, source, medicine("ramipril", "5 mg")), told(id + 1, source, medicine("ramipril", "2.5 mg"))]
    };
    assert_eq!(disagreements(own("gp", 1)), []);
    assert_eq!(disagreements([own("gp", 1), own("hospital", 3)].concat()), []);
}

#[test]
fn a_shared_code_makes_two_names_one_medicine_and_a_local_code_does_not() {
    let pair = |system| {
        vec![
            coded(told(1, "gp", medicine("Istin", "5 mg")), system, "108537001"),
            coded(told(2, "hospital", medicine("amlodipine", "10 mg")), system, "108537001"),
        ]
    };
    assert_eq!(disagreements(pair("http://snomed.info/sct")), [("amlodipine".to_owned(), vec![1, 2], vec!["dose"])]);
    assert_eq!(disagreements(pair("L")), []);
}

#[test]
fn names_that_are_only_alike_stay_two_medicines() {
    for (one, other) in [
        ("codeine 30 mg", "codeine 30 mg + paracetamol 500 mg"),
        ("NovoMix 30", "NovoMix 50"),
        ("prednisolone", "prednisone"),
    ] {
        let entries = vec![told(1, "gp", medicine(one, "1")), told(2, "hospital", medicine(other, "2"))];
        assert_eq!(disagreements(entries), [], "{one}");
    }
}

fn stopped(id: u64, source: &str, ended: &str) -> Entry {
    let medicine =
        Medicine { status: MedicineStatus::Discontinued, ended: Some(when(ended)), ..medicine("ramipril", "5 mg") };
    told(id, source, medicine)
}

#[test]
fn a_medicine_stopped_at_one_source_and_current_at_another_is_a_disagreement_about_its_status() {
    let going_on = at(told(1, "gp", medicine("ramipril", "5 mg")), "2024-01-01");
    let entries = vec![going_on, stopped(2, "hospital", "2020-01-01"), stopped(3, "hospital", "2026-11-20")];
    assert_eq!(disagreements(entries.clone()), [("ramipril".to_owned(), vec![1, 3], vec!["status"])]);
    assert_eq!(newer(entries.clone()), [3]);
    assert_eq!(ids(record_of(entries).section(Section::Medicines).with_ledger().past), [3, 2]);
}

#[test]
fn a_stop_before_the_others_start_or_beside_the_sources_own_current_row_is_history() {
    let later = Medicine { started: Some(when("2025-01-01")), ..medicine("ramipril", "5 mg") };
    assert_eq!(disagreements(vec![told(1, "gp", later), stopped(2, "hospital", "2019")]), []);
    let both = vec![
        told(1, "gp", medicine("ramipril", "5 mg")),
        told(2, "hospital", medicine("ramipril", "5 mg")),
        stopped(3, "hospital", "2026-01-01"),
    ];
    assert_eq!(disagreements(both), []);
    assert_eq!(disagreements(vec![stopped(1, "gp", "2026-01-01"), stopped(2, "hospital", "2025-01-01")]), []);
}

#[test]
fn nothing_is_marked_newer_on_a_tie_an_overlap_or_a_missing_date() {
    let pair = |one: Option<&str>, other: Option<&str>| {
        let dated = |entry: Entry, text: Option<&str>| Entry { when: text.map(when), ..entry };
        newer(vec![
            dated(told(1, "gp", medicine("ramipril", "5 mg")), one),
            dated(told(2, "hospital", medicine("ramipril", "2.5 mg")), other),
        ])
    };
    assert_eq!(pair(Some("2026-11-20"), Some("2026-11-20")), [0_u64; 0]);
    assert_eq!(pair(Some("2026-11-20"), Some("2026-11")), [0_u64; 0]);
    assert_eq!(pair(Some("2026-11-20"), Some("2026-11-20T10:00:00Z")), [0_u64; 0]);
    assert_eq!(pair(Some("2026-11-20"), None), [0_u64; 0]);
    assert_eq!(pair(Some("2026-11-20"), Some("2026-10")), [1]);
}
