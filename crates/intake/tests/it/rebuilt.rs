//! What sources delivered, read again and applied again, is the same record.

use std::collections::BTreeMap;

use intake::Payload;
use record::Chance;

use crate::hospital::{BAD_ROW, GRACE, PACKAGE_ROW, PERSON_ROW, admitted, allergy, bundle, csv, hl7, patient, pid};
use crate::house::{House, council, hospital, practice, sources};

#[tokio::test(flavor = "multi_thread")]
async fn what_every_kind_of_source_delivered_is_built_anew_the_same() {
    let house = House::open().await;
    let grace = patient("g1", GRACE, "Okafor", "Grace", "1961-04-02");
    let early = bundle(&[allergy("a0", "g1", "Latex")]);
    house.apply(&practice(), Payload::FhirJson, early).await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("A1")).await;
    house.apply(&practice(), Payload::FhirJson, bundle(&[grace, allergy("a1", "g1", "Penicillin")])).await;
    house.apply(&council(), Payload::Csv, csv(&[PERSON_ROW, PACKAGE_ROW, BAD_ROW])).await;
    // Somebody else under the same chart, a message that cannot be read, and one twice.
    let other = hl7("ADT^A08", "A2", &[&pid("77", GRACE, "Nwosu^Ada", "19800101")]);
    house.apply(&hospital(), Payload::Hl7v2, other).await;
    house.deliver(&hospital(), Payload::Hl7v2, b"MSH|broken".to_vec()).await;
    house.deliver(&hospital(), Payload::Hl7v2, admitted("A1")).await;
    for number in 0..40 {
        let visit = format!("PV1|1|I|WARD||||||||||||||||V{number}");
        let pid = pid(&(77 + number % 3).to_string(), "", "Okafor^Grace", "19610402");
        house.deliver(&hospital(), Payload::Hl7v2, hl7("ADT^A01", &format!("C{number}"), &[&pid, &visit])).await;
    }
    house.intake.settle().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let new = store::open(folder.path(), &[], Chance::new(|bytes| bytes.fill(7))).await.unwrap();
    let mut told = 0;
    let servers = BTreeMap::new();
    let rebuilt =
        intake::rebuild(&house.store.inbox, &new.inbox, &sources(), &servers, |steps| told = steps).await.unwrap();
    assert!(rebuilt.is_equal(), "{:?}", rebuilt.before.differs_in(&rebuilt.after));
    assert_eq!((rebuilt.steps, told), (46, 46), "45 were applied and one was set aside");
    assert_eq!(new.people.count().await.unwrap(), house.count().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_nobody_can_read_any_more_stops_a_rebuild_by_name() {
    let house = House::open().await;
    house.apply(&council(), Payload::Csv, csv(&[PERSON_ROW])).await;
    let folder = tempfile::tempdir().unwrap();
    let new = store::open(folder.path(), &[], Chance::new(|bytes| bytes.fill(7))).await.unwrap();
    let known: Vec<_> = sources().into_iter().filter(|source| source.id != council()).collect();
    let stopped = intake::rebuild(&house.store.inbox, &new.inbox, &known, &BTreeMap::new(), |_| ()).await;
    assert!(stopped.unwrap_err().to_string().contains("southmere-care"));
}
