//! Merges and batches: what a source asks about its own patients, and files of many
//! messages.

use intake::{MllpLimits, Payload, import};
use store::UnitCounts;

use crate::hospital::{GRACE, OTHER, admitted, allergy, bundle, hl7, patient, pid, result};
use crate::house::{House, hospital, practice};
use crate::over_mllp::{Port, Sender, code};

fn merge(control_id: &str) -> Vec<u8> {
    let kept = pid("77", GRACE, "Okafor^Grace", "19610402");
    hl7("ADT^A40", control_id, &["EVN|A40|20261122091500", &kept, "MRG|78^^^ZZ901^MR"])
}

/// Its sender has nothing to mend; the two patients stay two until somebody decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_of_two_nhs_numbers_is_accepted_waits_for_a_hand_and_changes_nobody() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    assert_eq!(code(&sender.send(&admitted("A1")).await), "AA");
    let other = hl7("ADT^A01", "A2", &[&pid("78", OTHER, "Okafor^G", "19610402")]);
    assert_eq!(code(&sender.send(&other).await), "AA");
    house.intake.settle().await.unwrap();
    let before = house.count().await;
    assert_eq!(code(&sender.send(&merge("A3")).await), "AA");
    house.intake.settle().await.unwrap();
    assert_eq!(house.count().await, before);
    let held = house.quarantined().await;
    assert_eq!((held.len(), held[0].bytes.as_slice()), (1, merge("A3").as_slice()));
    assert_eq!(held[0].place, "MRG");
    assert_eq!(held[0].reason, "the source asks to merge patients; Different NHS numbers");
    // The lanes of both go on.
    assert_eq!(code(&sender.send(&result("A4")).await), "AA");
    house.intake.settle().await.unwrap();
    let record = house.record(house.person(GRACE).await).await;
    assert!(record.entries.iter().any(|entry| entry.content.kind() == "result"));
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_comes_before_anything_of_the_prior_patient_is_applied_and_found_by_what_comes() {
    let house = House::open().await;
    let applied = house.apply(&hospital(), Payload::Hl7v2, merge("A1")).await;
    assert_eq!(applied.by_kind["ADT^A40"], UnitCounts { applied: 1, ..UnitCounts::default() });
    let late = hl7("ORU^R01", "A2", &[&pid("78", "", "Okafor^Grace", "19610402"), PRELIMINARY.0, PRELIMINARY.1]);
    house.apply(&hospital(), Payload::Hl7v2, late).await;
    assert_eq!(results(&house).await, ["Haemoglobin 101"]);
}

const PRELIMINARY: (&str, &str) = (
    "OBR|1||L100^LAB|FBC^Full blood count|||20261122083000|||||||||||||||20261122085500||LAB|P",
    "OBX|1|NM|HB^Haemoglobin||101|g/L|115-165|L|||P|||20261122083000",
);

/// The results on Grace's record that are shown, with their values.
async fn results(house: &House) -> Vec<String> {
    let record = house.record(house.person(GRACE).await).await;
    let result = |entry: &record::Entry| match &entry.content {
        record::Content::TestResult(result) => {
            Some(format!("{} {}", result.test, result.value.as_deref().unwrap_or_default()))
        }
        _ => None,
    };
    record.entries.iter().filter_map(result).collect()
}

/// A preliminary result that stays beside its correction can kill.
#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_corrected_under_the_surviving_number_no_longer_shows_its_preliminary_value() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("A1")).await;
    let preliminary = hl7("ORU^R01", "A2", &[&pid("78", "", "Okafor^Grace", "19610402"), PRELIMINARY.0, PRELIMINARY.1]);
    house.apply(&hospital(), Payload::Hl7v2, preliminary).await;
    house.apply(&hospital(), Payload::Hl7v2, merge("A3")).await;
    assert_eq!(results(&house).await, ["Haemoglobin 101"]);
    house.apply(&hospital(), Payload::Hl7v2, result("A4")).await;
    assert_eq!(results(&house).await, ["Haemoglobin 121"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fhir_patient_who_is_replaced_by_another_is_one_person_with_them() {
    let house = House::open().await;
    let (kept, old) =
        (patient("k1", GRACE, "Okafor", "Grace", "1961-04-02"), patient("o1", "", "Okafor", "Grace", "1961-04-02"));
    let link = r#""link":[{"other":{"reference":"Patient/k1"},"type":"replaced-by"}],"gender""#;
    let replaced = old.replacen(r#""gender""#, link, 1);
    let told = bundle(&[kept, old, allergy("a1", "o1", "Penicillin")]);
    house.apply(&practice(), Payload::FhirJson, told.into_bytes()).await;
    assert!(house.record(house.person(GRACE).await).await.entries.is_empty());
    house.apply(&practice(), Payload::FhirJson, replaced.into_bytes()).await;
    let record = house.record(house.person(GRACE).await).await;
    assert_eq!((record.entries.len(), record.charts.len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_batch_file_is_its_own_and_a_wrong_count_is_said() {
    let house = House::open().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("night.hl7");
    let batch = [b"BHS|^~\\&|PAS|ZZ901\r".as_slice(), &admitted("A1"), &result("A2"), b"BTS|3\r"].concat();
    std::fs::write(&file, batch).unwrap();
    let report = import(&house.intake, &hospital(), true, &[file], |_| ()).await.unwrap();
    assert_eq!((report.received, report.applied), (2, 2));
    assert_eq!(report.differences.len(), 1);
    assert!(report.differences[0].ends_with("night.hl7: BTS-1: it says 3 messages and 2 are there"), "{report:?}");
}

/// An address that is taken back must not stay on show.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_source_takes_back_is_gone_and_silence_keeps_it() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("A1")).await;
    let person = house.person(GRACE).await;
    let address = async || {
        let record = house.record(person).await;
        record.charts.iter().find_map(|chart| chart.told.address.clone())
    };
    let silent = format!("PID|1||77^^^ZZ901^MR~{GRACE}^^^NHS^NH||Okafor^Grace||19610402|F");
    house.apply(&hospital(), Payload::Hl7v2, hl7("ADT^A08", "A2", &[&silent])).await;
    assert!(address().await.is_some());
    house.apply(&hospital(), Payload::Hl7v2, hl7("ADT^A08", "A3", &[&format!("{silent}|||\"\"")])).await;
    assert_eq!(address().await, None);
}
