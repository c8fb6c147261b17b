use record::{Demographics, NhsNumber, SourceId};
use store::{StoredRecord, UnitWork, Work};

use crate::kit::*;

fn waiting(record: &StoredRecord, source: &str) -> u32 {
    let found = record.sources.iter().find(|stored| stored.source.id.as_str() == source);
    found.map(|stored| stored.waiting_items).unwrap()
}

#[tokio::test]
async fn the_first_sight_of_a_chart_makes_a_person_and_a_second_source_links_to_them() {
    let kit = Kit::new().await;
    let (_, first) = kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let (_, second) =
        kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![medicine("m", "ramipril")])]).await;
    assert_eq!((first.persons, second.persons), (1, 0));
    let record = kit.read(kit.person(NUMBER).await).await;
    let sources: Vec<&SourceId> = record.charts.iter().map(|chart| &chart.source).collect();
    assert_eq!(sources, [&SourceId::new(HOSPITAL).unwrap(), &SourceId::new(PRACTICE).unwrap()]);
    assert!(record.sources.iter().all(|stored| stored.knows_person && stored.waiting_items == 0));
    assert!(record.doubts.is_empty());
}

#[tokio::test]
async fn one_number_under_two_names_makes_two_people_and_a_doubt_on_both() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![medicine("m", "ramipril")])]).await;
    let (_, applied) = kit.tell(PRACTICE, NOON, vec![change("P1", Some(told("Jamila", NUMBER)), vec![])]).await;
    assert_eq!(applied.persons, 1, "a name that disagrees never links");
    let people = kit.store.people.with_number(NhsNumber::parse(NUMBER).unwrap()).await.unwrap();
    let [grace_id, jamila] = people[..] else { panic!("two people: {people:?}") };
    let (grace_record, jamila_record) = (kit.read(grace_id).await, kit.read(jamila).await);
    for record in [&grace_record, &jamila_record] {
        let doubts: Vec<(&str, &str)> =
            record.doubts.iter().map(|doubt| (doubt.kind.words(), doubt.source.as_str())).collect();
        assert_eq!(doubts, [("same number", PRACTICE)]);
    }
    assert_eq!((grace_record.entries.len(), jamila_record.entries.len()), (1, 0));
    assert_eq!(waiting(&grace_record, PRACTICE), 1, "something of the practice's may belong here");
}

#[tokio::test]
async fn a_doubt_about_a_person_ends_a_decision_that_did_not_know_of_it() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    let (decision, receipt) = kit.open(person, &doctor()).await;
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(told("Jamila", NUMBER)), vec![])]).await;
    let read = kit.store.clinical.record(&decision, &receipt).await;
    assert!(matches!(read, Err(store::StoreError::FactsMoved)));
}

/// Twins with the number swapped on one message: Grace's chart with Jamila's number.
async fn with_swapped_number() -> (Kit, record::PersonId, record::PersonId) {
    let kit = Kit::new().await;
    let jamila = told("Jamila", OTHER_NUMBER);
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![medicine("m", "ramipril")])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("H2", Some(jamila), vec![])]).await;
    let swapped = change("H1", Some(told("Grace", OTHER_NUMBER)), vec![medicine("m", "warfarin")]);
    let (_, applied) = kit.tell(HOSPITAL, NOON, vec![swapped]).await;
    assert_eq!((applied.by_kind["ADT^A08"].quarantined, applied.by_kind["ADT^A08"].applied), (1, 0));
    let (grace_id, jamila_id) = (kit.person(NUMBER).await, kit.person(OTHER_NUMBER).await);
    (kit, grace_id, jamila_id)
}

#[tokio::test]
async fn a_contradiction_holds_the_unit_and_the_ledgers_of_both_people_say_that_something_waits() {
    let (kit, grace_id, jamila_id) = with_swapped_number().await;
    let held: i64 = kit.count("SELECT person FROM quarantine WHERE state = 0").await;
    assert_eq!(held.cast_unsigned(), grace_id.0, "the quarantined unit names whose record it concerns");
    let (of_grace, of_jamila) = (kit.read(grace_id).await, kit.read(jamila_id).await);
    assert_eq!((waiting(&of_grace, HOSPITAL), waiting(&of_jamila, HOSPITAL)), (1, 1));
    assert_eq!((of_grace.doubts.len(), of_jamila.doubts.len()), (1, 1));
    assert_eq!(lines(&of_grace), ["ramipril"], "nothing of the message is applied");
    assert_eq!(of_grace.charts[0].told, grace(), "and the chart says what it said");
    assert!(of_jamila.entries.is_empty());
}

#[tokio::test]
async fn the_same_contradiction_again_waits_again_but_is_one_doubt() {
    let (kit, grace_id, jamila_id) = with_swapped_number().await;
    let before = kit.stand(jamila_id, &doctor()).await.facts.version;
    for _ in 0..3 {
        let swapped = change("H1", Some(told("Grace", OTHER_NUMBER)), vec![medicine("m", "warfarin")]);
        kit.tell(HOSPITAL, NOON, vec![swapped]).await;
    }
    assert_eq!(kit.count("SELECT count(*) FROM work_item").await, 1);
    let (of_grace, of_jamila) = (kit.read(grace_id).await, kit.read(jamila_id).await);
    assert_eq!((of_grace.doubts.len(), of_jamila.doubts.len()), (1, 1));
    assert_eq!(waiting(&of_grace, HOSPITAL), 4, "each message waits");
    let after = kit.stand(jamila_id, &doctor()).await.facts.version;
    assert_eq!(after.0 & 0xffff_ffff, before.0 & 0xffff_ffff, "nothing new about who Jamila is");
}

#[tokio::test]
async fn a_decided_doubt_may_be_raised_again() {
    let (kit, ..) = with_swapped_number().await;
    kit.home.tamper("UPDATE work_item SET state = 1").await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(told("Grace", OTHER_NUMBER)), vec![])]).await;
    assert_eq!(kit.count("SELECT count(*) FROM work_item WHERE state = 0").await, 1);
}

#[tokio::test]
async fn a_message_in_which_a_patient_is_described_twice_and_not_alike_is_held_for_that_part_alone() {
    let kit = Kit::new().await;
    let unit = |told: Option<Demographics>, entries| UnitWork {
        kind: "csv".into(),
        span: 0..1,
        work: Work::Apply(vec![change("C1", told, entries)]),
    };
    let units = vec![
        unit(Some(grace()), vec![medicine("m1", "ramipril")]),
        unit(Some(told("Jamila", NUMBER)), vec![medicine("m2", "somebody else's")]),
    ];
    let message = kit.receive(arrival(HOSPITAL, b"rows".to_vec())).await;
    let applied = kit.apply(application(message, HOSPITAL, units)).await.unwrap();
    assert_eq!((applied.by_kind["csv"].applied, applied.by_kind["csv"].quarantined), (1, 1));
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await), ["ramipril"]);
}

#[tokio::test]
async fn a_bundle_may_name_its_patient_after_the_entries_that_refer_to_them() {
    let kit = Kit::new().await;
    let unit = |change| UnitWork { kind: "entry".into(), span: 0..1, work: Work::Apply(vec![change]) };
    let units =
        vec![unit(change("B1", None, vec![medicine("m", "ramipril")])), unit(change("B1", Some(grace()), vec![]))];
    let message = kit.receive(arrival(PRACTICE, b"bundle".to_vec())).await;
    let applied = kit.apply(application(message, PRACTICE, units)).await.unwrap();
    assert_eq!((applied.persons, applied.entries), (1, 1));
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await), ["ramipril"]);
}

#[tokio::test]
async fn entries_for_a_chart_that_was_never_described_have_a_person_of_their_own() {
    let kit = Kit::new().await;
    let (message, applied) = kit.tell(PRACTICE, NOON, vec![change("P9", None, vec![medicine("m", "ramipril")])]).await;
    assert_eq!((applied.persons, applied.entries), (1, 1));
    let people = kit.store.people.in_message(message).await.unwrap();
    let record = kit.read(people[0]).await;
    assert_eq!((lines(&record), record.charts[0].told.clone()), (vec!["ramipril".into()], Demographics::default()));
}

#[tokio::test]
async fn entries_that_came_before_their_patient_move_when_the_patient_turns_out_to_be_known() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![problem("p", "asthma")])]).await;
    let person = kit.person(NUMBER).await;
    let early = vec![medicine("m", "ramipril 5 mg"), letter("l", Some("Dear colleague"))];
    let (message, _) = kit.tell(PRACTICE, "2026-11-23T10:00:00Z", vec![change("P1", None, early)]).await;
    kit.tell(PRACTICE, "2026-11-23T11:00:00Z", vec![change("P1", None, vec![medicine("m", "ramipril 10 mg")])]).await;
    let provisional = kit.store.people.in_message(message).await.unwrap()[0];
    assert_ne!(provisional, person);

    let (_, applied) = kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
    assert_eq!(applied.persons, 0);
    let (decision, receipt) = kit.open(person, &doctor()).await;
    let record = kit.store.clinical.record(&decision, &receipt).await.unwrap();
    assert_eq!(lines(&record), ["asthma", "ramipril 10 mg", "Clinic letter"]);
    assert_eq!(record.entries.iter().map(|entry| entry.id.place()).collect::<Vec<_>>(), [0, 1, 2]);
    let text = kit.store.clinical.letter_text(&decision, &receipt, record.entries[2].id).await.unwrap();
    assert_eq!(text.as_deref(), Some("Dear colleague"));
    let kept = kit.count("SELECT max(id) FROM entry_version WHERE line LIKE 'ramipril 5 mg%'").await;
    let left = kit.count("SELECT min(id) FROM entry_version WHERE line LIKE 'ramipril 5 mg%'").await;
    let (here, there) = (record.entries[1].id.0, provisional.0 << record::EntryId::PLACE_BITS);
    let places = [left.cast_unsigned(), kept.cast_unsigned()];
    assert_eq!(places, [here.min(there), here.max(there)], "the earlier version stands in both places");

    assert_eq!(kit.store.people.count().await.unwrap(), (1, 3), "nobody is left behind to be counted");
    assert!(kit.read(provisional).await.entries.is_empty());
    assert_eq!(kit.store.people.in_message(message).await.unwrap(), [person], "the message is about Grace now");
    // A later message of that chart goes on where the entries are now.
    kit.tell(PRACTICE, NOON, vec![change("P1", None, vec![medicine("m", "ramipril 2.5 mg")])]).await;
    assert_eq!(lines(&kit.read(person).await), ["asthma", "ramipril 2.5 mg", "Clinic letter"]);
}

#[tokio::test]
async fn the_reasons_for_a_link_are_kept() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(grace()), vec![])]).await;
    let evidence = kit.texts("SELECT evidence FROM link_event ORDER BY id").await;
    assert_eq!(evidence, ["first seen", "number, given name and birth date agree"]);
}

#[tokio::test]
async fn a_message_names_everybody_in_it_also_those_about_whom_it_holds_no_entry() {
    let (kit, grace_id, jamila_id) = with_swapped_number().await;
    let (described, _) = kit.tell(HOSPITAL, NOON, vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![])]).await;
    assert_eq!(kit.store.people.in_message(described).await.unwrap(), [jamila_id]);
    let held = record::MessageId(kit.count("SELECT message FROM quarantine").await.cast_unsigned());
    assert_eq!(kit.store.people.in_message(held).await.unwrap(), [grace_id, jamila_id]);
}
