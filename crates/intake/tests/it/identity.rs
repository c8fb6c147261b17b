//! Same person, or not: from bytes to records.

use intake::Payload;

use crate::hospital::{GRACE, OTHER, PACKAGE_ROW, PERSON_ROW, allergy, bundle, csv, hl7, patient, pid, result};
use crate::house::{House, council, hospital, practice};

#[tokio::test(flavor = "multi_thread")]
async fn practice_hospital_and_council_join_in_one_person() {
    let house = House::open().await;
    let grace = patient("g1", GRACE, "Okafor", "Grace", "1961-04-02");
    house.apply(&practice(), Payload::FhirJson, bundle(&[grace, allergy("a1", "g1", "Penicillin")])).await;
    house.apply(&hospital(), Payload::Hl7v2, result("R1")).await;
    house.apply(&council(), Payload::Csv, csv(&[PERSON_ROW, PACKAGE_ROW])).await;
    let record = house.record(house.person(GRACE).await).await;
    assert_eq!(house.count().await.0, 1);
    assert_eq!(record.charts.len(), 3);
    assert!(record.doubts.is_empty());
    let sources: std::collections::BTreeSet<_> = record.entries.iter().map(|entry| &entry.provenance.source).collect();
    assert_eq!(sources.len(), 3);
    assert!(record.sources.iter().all(|source| source.knows_person && source.waiting_items == 0));
}

/// Two girls of one birth date, family name and address, known to the practice
/// and the hospital, each under her own number.
async fn twins() -> House {
    let house = House::open().await;
    let twins = [
        patient("t1", GRACE, "Adeyemi", "Amara", "2019-05-06"),
        patient("t2", OTHER, "Adeyemi", "Zainab", "2019-05-06"),
        allergy("a1", "t1", "Egg"),
    ];
    house.apply(&practice(), Payload::FhirJson, bundle(&twins)).await;
    for (local, number, given) in [("501", GRACE, "Amara"), ("502", OTHER, "Zainab")] {
        let pid = pid(local, number, &format!("Adeyemi^{given}"), "20190506");
        let visit = format!("PV1|1|I|WARD 1||||||||||||||||V{local}");
        house.apply(&hospital(), Payload::Hl7v2, hl7("ADT^A01", local, &[&pid, &visit])).await;
    }
    assert_eq!(house.count().await, (2, 3));
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_at_one_address_with_the_number_swapped_on_one_message_stay_two_records_with_a_doubt_on_both() {
    let house = twins().await;
    let (amara, zainab) = (house.person(GRACE).await, house.person(OTHER).await);
    let before = (house.record(amara).await.entries, house.record(zainab).await.entries);

    let swapped = hl7("ADT^A08", "S1", &[&pid("501", OTHER, "Adeyemi^Amara", "20190506"), "AL1|1|DA|^Latex"]);
    let applied = house.apply(&hospital(), Payload::Hl7v2, swapped.clone()).await;
    assert_eq!(applied.by_kind["ADT^A08"].quarantined, 1);

    assert_eq!(house.count().await.0, 2);
    assert_eq!((house.person(GRACE).await, house.person(OTHER).await), (amara, zainab), "numbers stay whose they were");
    for (person, entries) in [(amara, before.0), (zainab, before.1)] {
        let record = house.record(person).await;
        assert_eq!(record.entries, entries, "nothing moved, nothing was added");
        assert_eq!(record.charts.len(), 2);
        assert_eq!(record.doubts.len(), 1, "a banner on each");
        assert!(record.doubts[0].reasons.contains("Different NHS numbers"), "{}", record.doubts[0].reasons);
    }
    let waiting: u32 = house.record(amara).await.sources.iter().map(|source| source.waiting_items).sum();
    assert_eq!(waiting, 1, "the ledger counts what waits");
    assert_eq!(house.quarantined().await[0].bytes, swapped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_chart_of_one_twin_with_the_number_of_the_other_is_a_record_of_its_own_with_a_doubt_on_both() {
    let house = twins().await;
    let zainab = house.person(OTHER).await;
    let row: &[(&str, &str)] = &[
        ("record_type", "person"),
        ("person_ref", "P7"),
        ("nhs_number", OTHER),
        ("family_name", "Adeyemi"),
        ("given_names", "Amara"),
        ("born", "2019-05-06"),
        ("gender", "female"),
        ("postcode", "SE5 0ZZ"),
    ];
    let applied = house.apply(&council(), Payload::Csv, csv(&[row])).await;
    assert_eq!((applied.persons, house.count().await.0), (1, 3));
    let number = record::NhsNumber::parse(OTHER).unwrap();
    let people = house.store.people.with_number(number).await.unwrap();
    assert_eq!(people.len(), 2, "two records carry the number, and say so");
    for person in &people {
        let record = house.record(*person).await;
        assert_eq!(record.doubts.len(), 1);
        assert!(record.doubts[0].reasons.contains("Different first names"));
    }
    assert!(people.contains(&zainab));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_disagrees_never_links() {
    let house = House::open().await;
    house.apply(&practice(), Payload::FhirJson, bundle(&[patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")])).await;
    for (local, name, born) in [
        ("1", "Okafor^Mary", "19610402"),
        ("2", "Nwosu^Peter", "19610402"),
        ("3", "Okafor^Grace", "19610403"),
        ("4", "^", "19610402"),
    ] {
        let message = hl7("ADT^A01", local, &[&pid(local, GRACE, name, born), "AL1|1|DA|^Latex"]);
        house.apply(&hospital(), Payload::Hl7v2, message).await;
    }
    let people = house.store.people.with_number(record::NhsNumber::parse(GRACE).unwrap()).await.unwrap();
    assert_eq!(people.len(), 5, "each a record of its own");
    for person in people {
        let record = house.record(person).await;
        assert_eq!(record.charts.len(), 1);
        assert!(!record.doubts.is_empty(), "each with a banner");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_chart_that_is_told_another_persons_name_waits() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, hl7("ADT^A01", "1", &[&pid("77", "", "Okafor^Grace", "19610402")])).await;
    let other = hl7("ADT^A08", "2", &[&pid("77", "", "Okafor^Mary", "19610402"), "AL1|1|DA|^Latex"]);
    let applied = house.apply(&hospital(), Payload::Hl7v2, other).await;
    assert_eq!(applied.by_kind["ADT^A08"].quarantined, 1);
    // A marriage is no contradiction.
    let married = hl7("ADT^A08", "3", &[&pid("77", "", "Eze^Grace", "19610402"), "AL1|1|DA|^Penicillin"]);
    let applied = house.apply(&hospital(), Payload::Hl7v2, married).await;
    assert_eq!(applied.by_kind["ADT^A08"].applied, 1);
    assert_eq!(house.count().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_number_is_a_person_of_their_own() {
    let house = House::open().await;
    house.apply(&practice(), Payload::FhirJson, bundle(&[patient("g1", GRACE, "Okafor", "Grace", "1961-04-02")])).await;
    let same_name = hl7("ADT^A01", "1", &[&pid("77", "", "Okafor^Grace", "19610402"), "AL1|1|DA|^Latex"]);
    house.apply(&hospital(), Payload::Hl7v2, same_name).await;
    assert_eq!(house.count().await.0, 2, "name and birth date alone never link");
    assert_eq!(house.record(house.person(GRACE).await).await.charts.len(), 1);
}
