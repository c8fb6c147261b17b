//! Messages of one patient are applied in the order in which they were sent.

use intake::{MllpLimits, Payload};
use record::{Content, PersonId};
use store::Received;

use crate::hospital::{GRACE, OTHER, hl7, pid};
use crate::house::{House, hospital};
use crate::over_mllp::{Port, Sender, code, framed};

const VERSIONS: usize = 200;

/// The ward on which a visit of this patient ends up.
async fn ward(house: &House, person: PersonId) -> String {
    let record = house.record(person).await;
    let wards: Vec<String> = record
        .entries
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Attendance(attendance) => attendance.place.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(wards.len(), 1, "one visit: {wards:?}");
    wards[0].clone()
}

fn moved(patient: &str, number: &str, name: &str, version: usize) -> Vec<u8> {
    let pid = pid(patient, number, name, "19610402");
    hl7(
        "ADT^A02",
        &format!("{patient}-{version}"),
        &[&pid, &format!("PV1|1|I|WARD {version}||||||||||||||||V{patient}")],
    )
}

/// The same message, stated to be made at this time.
fn stated(message: Vec<u8>, time: &str) -> Vec<u8> {
    String::from_utf8(message).unwrap().replace("20261122090000", time).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_versions_of_two_patients_visits_sent_in_turn_end_in_their_last() {
    let house = House::open().await;
    let port = Port::open(&house, MllpLimits::default()).await;
    let mut sender = Sender::connect(&port).await;
    let mut wire = Vec::new();
    for version in 0..VERSIONS {
        let time = format!("2026112209{:02}{:02}", version / 60, version % 60);
        wire.extend(framed(&stated(moved("77", GRACE, "Okafor^Grace", version), &time)));
        wire.extend(framed(&stated(moved("88", OTHER, "Nwosu^Ada", version), &time)));
    }
    sender.write(&wire).await;
    for _ in 0..2 * VERSIONS {
        assert_eq!(code(&sender.acknowledgement().await.unwrap()), "AA");
    }
    house.intake.settle().await.unwrap();
    for number in [GRACE, OTHER] {
        let person = house.person(number).await;
        let ward = ward(&house, person).await;
        assert!(ward.contains(&format!("WARD {}", VERSIONS - 1)), "{ward}");
        // A message that a later one had overtaken would not have moved the record:
        // the patient and then each ward moved it once.
        assert_eq!(house.version(person).await, 1 + VERSIONS as u64);
    }
    assert_eq!(house.messages().await, 2 * VERSIONS);
    port.close().await;
}

/// Several connections of one source: the order of the inbox is the order of the record.
#[tokio::test(flavor = "multi_thread")]
async fn what_became_durable_last_is_what_the_record_says() {
    let house = House::open().await;
    let mut deliveries = tokio::task::JoinSet::new();
    for version in 0..VERSIONS {
        let intake = house.intake.clone();
        deliveries.spawn(async move {
            let message = moved("77", GRACE, "Okafor^Grace", version);
            let delivered = intake.deliver(&hospital(), Payload::Hl7v2, true, message).await.unwrap();
            (delivered.message(), version)
        });
    }
    let mut last = None;
    while let Some(done) = deliveries.join_next().await {
        last = last.max(Some(done.unwrap()));
    }
    house.intake.settle().await.unwrap();
    let ward = ward(&house, house.person(GRACE).await).await;
    assert!(ward.contains(&format!("WARD {}", last.unwrap().1)), "{ward}");
}

/// A message that speaks of two patients has its place in the order of both.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_two_patients_keeps_the_order_of_both() {
    let house = House::open().await;
    for round in 0..30 {
        let (first, second) = (pid("77", GRACE, "Okafor^Grace", "19610402"), pid("88", OTHER, "Nwosu^Ada", "19610402"));
        let visit = |patient: &str, ward: String| format!("PV1|1|I|{ward}||||||||||||||||V{patient}");
        let both = [
            first.as_str(),
            &visit("77", format!("BOTH {round}")),
            second.as_str(),
            &visit("88", format!("BOTH {round}")),
        ];
        house.deliver(&hospital(), Payload::Hl7v2, moved("88", OTHER, "Nwosu^Ada", 2 * round)).await;
        house.deliver(&hospital(), Payload::Hl7v2, hl7("ADT^A17", &format!("B{round}"), &both)).await;
        if round < 29 {
            house.deliver(&hospital(), Payload::Hl7v2, moved("88", OTHER, "Nwosu^Ada", 2 * round + 1)).await;
        }
    }
    house.intake.settle().await.unwrap();
    assert!(house.quarantined().await.is_empty());
    for number in [GRACE, OTHER] {
        let ward = ward(&house, house.person(number).await).await;
        assert!(ward.contains("BOTH 29"), "{ward}");
    }
}

/// News that was made earlier and comes later is kept, and what is newer still holds.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_message_that_comes_late_never_overwrites_newer_facts() {
    let house = House::open().await;
    let grace = |version: usize, time: &str| stated(moved("77", GRACE, "Okafor^Grace", version), time);
    house.apply(&hospital(), Payload::Hl7v2, grace(2, "20261122110000")).await;
    let person = house.person(GRACE).await;
    let version = house.version(person).await;
    let late = grace(1, "20261122100000");
    let delivered = house.deliver(&hospital(), Payload::Hl7v2, late.clone()).await;
    let message = delivered.message();
    assert_eq!(delivered.applied.unwrap().await.unwrap().unwrap().by_kind["ADT^A02"].applied, 1);
    let ward = ward(&house, person).await;
    assert!(ward.contains("WARD 2"), "{ward}");
    assert_eq!(house.version(person).await, version, "what is shown is the same");
    assert_eq!(house.raw(message).await, late);
}

/// What no sender states a time for is newer because it came later, whatever the clock says.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_reorders_nothing_and_forgets_no_control_id() {
    let house = House::open().await;
    let grace = |version: usize| stated(moved("77", GRACE, "Okafor^Grace", version), "");
    house.wait_days(10);
    house.apply(&hospital(), Payload::Hl7v2, grace(1)).await;
    house.set_back_days(20);
    house.apply(&hospital(), Payload::Hl7v2, grace(2)).await;
    let person = house.person(GRACE).await;
    assert!(ward(&house, person).await.contains("WARD 2"));
    assert!(matches!(house.deliver(&hospital(), Payload::Hl7v2, grace(1)).await.received, Received::Duplicate(_)));
    let reused = String::from_utf8(grace(3)).unwrap().replace("77-3", "77-1");
    let received = house.deliver(&hospital(), Payload::Hl7v2, reused).await.received;
    assert!(matches!(received, Received::ControlIdReused(_)), "{received:?}");
    assert!(ward(&house, person).await.contains("WARD 2"));
}
