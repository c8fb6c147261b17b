//! What was acknowledged is applied, whatever happened in between.

use intake::Payload;
use record::{MessageId, SourceId};
use store::{Arrival, Received};

use crate::hospital::{BAD_ROW, GRACE, PACKAGE_ROW, PERSON_ROW, admitted, allergy, bundle, csv, hl7, patient, pid};
use crate::house::{House, council, hospital, practice, sources, start};

/// Makes a message durable and goes no further, as a crash between the
/// acknowledgement and the lane does.
async fn received(house: &House, source: &SourceId, control_id: Option<&str>, bytes: &[u8]) -> MessageId {
    let arrival = Arrival {
        source: source.clone(),
        control_id: control_id.map(str::to_owned),
        stated_at: None,
        received_at: start(),
        bytes: bytes.to_vec(),
    };
    match house.store.inbox.receive(arrival).await.unwrap() {
        Received::New(id) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_durable_and_not_applied_is_applied_at_the_next_start() {
    let house = House::open().await;
    let grace = patient("g1", GRACE, "Okafor", "Grace", "1961-04-02");
    let xml = r#"<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"><id value="x1"/><name><family value="Nwosu"/><given value="Ada"/></name><birthDate value="1961-04-02"/></Patient>"#;
    received(&house, &hospital(), Some("A1"), &admitted("A1")).await;
    received(&house, &practice(), None, bundle(&[grace, allergy("a1", "g1", "Penicillin")]).as_bytes()).await;
    received(&house, &practice(), None, format!("\u{feff} {xml}").as_bytes()).await;
    received(&house, &council(), None, csv(&[PERSON_ROW, PACKAGE_ROW, BAD_ROW]).as_bytes()).await;
    assert_eq!(house.count().await, (0, 0));
    let folder = house.close().await;

    let house = House::open_in(folder, &sources()).await;
    assert_eq!(house.intake.resume().await.unwrap(), 4);
    assert_eq!(house.count().await.0, 2, "Grace, and Ada of the XML");
    let record = house.record(house.person(GRACE).await).await;
    assert_eq!((record.charts.len(), record.entries.len()), (3, 4));
    assert_eq!(house.quarantined().await.len(), 1, "the bad row");
    assert_eq!(house.intake.resume().await.unwrap(), 0, "nothing is left");

    // The control id of what was resumed still means that message.
    assert!(matches!(
        house.deliver(&hospital(), Payload::Hl7v2, admitted("A1")).await.received,
        Received::Duplicate(_)
    ));
    let reused = hl7("ADT^A08", "A1", &[&pid("77", GRACE, "Okafor^Grace", "19610402")]);
    assert!(matches!(house.deliver(&hospital(), Payload::Hl7v2, reused).await.received, Received::ControlIdReused(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_applied_does_not_stop_what_is_behind_it() {
    let house = House::open().await;
    let unreadable = received(&house, &hospital(), Some("U1"), b"MSH|broken").await;
    let gone = received(&house, &council(), None, csv(&[PERSON_ROW]).as_bytes()).await;
    for number in 0..450 {
        let pid = pid(&number.to_string(), "", "Name^Given", "19700101");
        let control_id = format!("C{number}");
        received(&house, &hospital(), Some(&control_id), &hl7("ADT^A01", &control_id, &[&pid])).await;
    }
    let folder = house.close().await;

    // The council is no longer configured.
    let known: Vec<_> = sources().into_iter().filter(|source| source.id != council()).collect();
    let house = House::open_in(folder, &known).await;
    assert_eq!(house.intake.resume().await.unwrap(), 451);
    assert_eq!(house.count().await.0, 450);
    let held = house.quarantined().await;
    assert_eq!((held.len(), held[0].kind.as_str()), (1, "unreadable"));
    assert_eq!(held[0].bytes, house.raw(unreadable).await);
    assert_eq!(house.unapplied().await, [gone]);
    let folder = house.close().await;

    let house = House::open_in(folder, &sources()).await;
    assert_eq!(house.intake.resume().await.unwrap(), 1);
    assert_eq!(house.raw(gone).await, csv(&[PERSON_ROW]).as_bytes());
    assert_eq!(house.person(GRACE).await, house.store.people.in_message(gone).await.unwrap()[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_applies_all_that_was_acknowledged() {
    let house = House::open().await;
    for number in 0..100 {
        let pid = pid("77", GRACE, "Okafor^Grace", "19610402");
        let visit = format!("PV1|1|I|WARD||||||||||||||||V{number}");
        // Nobody waits for the application.
        house.deliver(&hospital(), Payload::Hl7v2, hl7("ADT^A01", &format!("C{number}"), &[&pid, &visit])).await;
    }
    let folder = house.close().await;
    let house = House::open_in(folder, &sources()).await;
    assert_eq!(house.count().await, (1, 100));
    assert_eq!(house.intake.resume().await.unwrap(), 0);
}
