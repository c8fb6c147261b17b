//! Merges and batches: what a source asks about its own patients, and files of many
//! messages.

use intake::{MllpLimits, Payload, import};
use store::UnitCounts;

use crate::hospital::{GRACE, OTHER, admitted, hl7, pid, result};
use crate::house::{House, hospital};
use crate::over_mllp::{Port, Sender, code};

fn merge(control_id: &str) -> Vec<u8> {
    let kept = pid("77", GRACE, "Okafor^Grace", "19610402");
    hl7("ADT^A40", control_id, &["EVN|A40|20261122091500", &kept, "MRG|78^^^ZZ901^MR"])
}

/// Its sender has nothing to mend; the two patients stay two until somebody decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_accepted_waits_for_a_hand_and_changes_nobody() {
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
    assert!(held[0].reason.contains("asks to merge patients"), "{}", held[0].reason);
    // The lanes of both go on.
    assert_eq!(code(&sender.send(&result("A4")).await), "AA");
    house.intake.settle().await.unwrap();
    let record = house.record(house.person(GRACE).await).await;
    assert!(record.entries.iter().any(|entry| entry.content.kind() == "result"));
    port.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_counts_as_waiting_and_is_never_lost() {
    let house = House::open().await;
    let applied = house.apply(&hospital(), Payload::Hl7v2, merge("A1")).await;
    assert_eq!(applied.by_kind["ADT^A40"], UnitCounts { quarantined: 1, ..UnitCounts::default() });
    assert_eq!(house.messages().await, 1);
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
