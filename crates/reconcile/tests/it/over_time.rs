//! One result over time, and what the laboratory flagged.

use reconcile::{Range, SharedRecord, TestKey, reconcile};
use record::{Content, Entry, Section, TestResult};

use crate::build::{at, gathered, ids};
use crate::testing::{coded, entry, result};

fn told(id: u64, source: &str, day: &str, result: TestResult) -> Entry {
    at(entry(id, source, Content::TestResult(result)), day)
}

fn potassium(value: &str, flag: &str, laboratory: &str) -> TestResult {
    TestResult {
        flag: Some(flag.to_owned()),
        range: Some("3.5 to 5.3".to_owned()),
        laboratory: Some(laboratory.to_owned()),
        ..result("Potassium", value, "mmol/L")
    }
}

fn years_of_potassium() -> (SharedRecord, TestKey) {
    let newest = told(3, "hospital", "2026-11-21", potassium("6.1", "HH", "Synnovis"));
    let key = TestKey::of(&newest).unwrap();
    let entries = vec![
        told(1, "gp", "2024-02-01", potassium("4.4", "N", "King's")),
        newest,
        told(
            2,
            "gp",
            "2025-02-01",
            TestResult { unit: Some("mmol/l".to_owned()), ..potassium("haemolysed", "A", "King's") },
        ),
        told(4, "gp", "2025-03-01", TestResult { unit: Some("mg/dL".to_owned()), ..potassium("17.2", "N", "Abroad") }),
        told(5, "gp", "2025-03-01", result("Sodium", "140", "mmol/L")),
    ];
    (reconcile(gathered(entries)), key)
}

#[test]
fn a_series_is_one_test_in_one_unit_newest_first_with_its_ledger() {
    let (record, key) = years_of_potassium();
    let series = record.series(&key).unwrap();
    let values: Vec<_> =
        series.values.iter().map(|it| (it.entry.id.0, it.result.value.as_deref().unwrap(), it.number)).collect();
    assert_eq!(values, [(3, "6.1", Some(6.1)), (2, "haemolysed", None), (1, "4.4", Some(4.4))]);
    assert_eq!((series.test, series.unit, series.ledger.section), ("Potassium", Some("mmol/L"), Section::Results));
    let range = Range { low: Some(3.5), high: Some(5.3) };
    assert!(series.values.iter().all(|value| value.range == Some(range)));
    assert_eq!(series.laboratories(), [Some("King's"), Some("Synnovis")]);
}

#[test]
fn a_text_result_stands_in_the_table_and_not_on_the_chart() {
    let (record, key) = years_of_potassium();
    let plotted: Vec<f64> = record.series(&key).unwrap().plotted().map(|(_, number)| number).collect();
    assert_eq!(plotted, [6.1, 4.4]);
}

#[test]
fn the_same_test_in_another_unit_is_a_series_of_its_own_and_is_named() {
    let (record, key) = years_of_potassium();
    let series = record.series(&key).unwrap();
    let [other] = series.other_units.as_slice() else { panic!("{:?}", series.other_units) };
    assert_eq!(other.unit.as_deref(), Some("mg/dL"));
    let there = record.series(&other.key).unwrap();
    assert_eq!(there.values.len(), 1);
    assert_eq!(there.other_units.first().map(|back| back.key), Some(key));
}

#[test]
fn a_series_is_found_again_by_the_token_in_its_address() {
    let (record, key) = years_of_potassium();
    let again = TestKey::from_token(&key.token()).unwrap();
    assert_eq!(record.series(&again), record.series(&key));
    assert_eq!(record.series(&TestKey::from_token("0000000000000000").unwrap()), None);
}

#[test]
fn two_names_with_one_shared_code_are_one_series() {
    let one = coded(told(1, "gp", "2026-01-01", result("Potassium", "4.0", "mmol/L")), "LN", "2823-3");
    let other = coded(told(2, "hospital", "2026-02-01", result("K+", "4.2", "mmol/L")), "http://loinc.org", "2823-3");
    let key = TestKey::of(&one).unwrap();
    let record = reconcile(gathered(vec![one, other]));
    let series = record.series(&key).unwrap();
    assert_eq!((series.test, series.values.len()), ("K+", 2));
}

#[test]
fn out_of_range_is_what_the_laboratory_flagged_in_the_days_asked_for() {
    let day = |id, day, flag: &str| told(id, "gp", day, potassium("99", flag, "King's"));
    let unflagged = TestResult { flag: None, ..potassium("99", "", "King's") };
    let record = reconcile(gathered(vec![
        day(1, "2026-11-20", "H"),
        day(2, "2026-11-21", "N"),
        day(3, "2026-08-25", "LL"),
        day(4, "2026-08-24", "A"),
        told(5, "gp", "2026-11-21", unflagged),
        day(6, "2026-11-21", "weird"),
        Entry { when: None, ..day(7, "2026-11-21", "H") },
    ]));
    let extract = record.out_of_range(90);
    assert_eq!(ids(extract.rows.iter().copied()), [1, 3]);
    assert_eq!((extract.section, extract.ledger.section), (Section::Results, Section::Results));
    assert_eq!(record.out_of_range(u32::MAX).rows.len(), 3);
}
