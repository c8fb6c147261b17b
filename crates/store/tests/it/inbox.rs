use store::{Application, Arrival, CONTROL_ID_WINDOW_DAYS, Received, StoreError, UnitCounts, UnitWork, Work};

use crate::kit::*;

const DAY: i64 = 24 * 3600;

async fn read_back(kit: &Kit, message: record::MessageId) -> Vec<u8> {
    let id = request();
    let people = kit.store.people.in_message(message).await.unwrap();
    let mut concerns = Vec::new();
    for person in people {
        concerns.push(kit.stand(person, &operator()).await.facts);
    }
    let decision =
        access::decide_message(&policy(), &actor(&operator()), id, noon(), &concerns, "a test reads it").unwrap();
    let receipt = kit.log(audit::Act::MessageShown, &operator(), None, id).await;
    kit.store.clinical.message(&decision, &receipt, message).await.unwrap()
}

#[tokio::test]
async fn a_message_is_durable_and_reads_back_byte_for_byte() {
    let kit = Kit::new().await;
    let odd = b"MSH|^~\\&|\x00\xff\r\n\x1c caf\xe9".to_vec();
    let long = vec![b'x'; 1 << 20];
    for bytes in [odd, Vec::new(), long] {
        let message = kit.receive(arrival(HOSPITAL, bytes.clone())).await;
        assert_eq!(read_back(&kit, message).await, bytes);
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_a_duplicate_of_the_first() {
    let kit = Kit::new().await;
    let first = kit.receive(arrival(HOSPITAL, b"one".to_vec())).await;
    let again = Arrival { received_at: after_noon(400 * DAY), ..arrival(HOSPITAL, b"one".to_vec()) };
    assert_eq!(kit.store.inbox.receive(again).await.unwrap(), Received::Duplicate(first));
    let elsewhere = kit.store.inbox.receive(arrival(PRACTICE, b"one".to_vec())).await.unwrap();
    assert!(matches!(elsewhere, Received::New(id) if id != first), "another source may say the same");
}

#[tokio::test]
async fn a_control_id_means_one_message_for_thirty_days() {
    let kit = Kit::new().await;
    let with_id = |text: &str, seconds: i64| Arrival {
        control_id: Some("MSG-7".to_owned()),
        received_at: after_noon(seconds),
        ..arrival(HOSPITAL, text.as_bytes().to_vec())
    };
    kit.receive(with_id("first", 0)).await;
    let window = CONTROL_ID_WINDOW_DAYS * DAY;
    let reused = kit.store.inbox.receive(with_id("second", window)).await.unwrap();
    let Received::ControlIdReused(reused) = reused else { panic!("the last second of the window: {reused:?}") };

    assert_eq!(read_back(&kit, reused).await, b"second", "kept all the same");
    let reason = kit.texts("SELECT reason FROM quarantine WHERE state = 0").await.remove(0);
    assert!(reason.contains("control id"), "{reason}");
    assert_eq!(kit.store.inbox.waiting(None, 10).await.unwrap().len(), 1, "it does not wait to be applied");

    let after = kit.store.inbox.receive(with_id("third", window + 1)).await.unwrap();
    assert!(matches!(after, Received::New(_)), "a quarantined message does not lengthen the window: {after:?}");
}

#[tokio::test]
async fn an_unreadable_message_is_kept_with_its_reason_and_leaves_its_control_id_to_the_corrected_one() {
    let kit = Kit::new().await;
    let broken = || Arrival { control_id: Some("MSG-8".to_owned()), ..arrival(HOSPITAL, b"MSH?broken".to_vec()) };
    let inbox = &kit.store.inbox;
    let kept = inbox.receive_unreadable(broken(), "HL7 v2", "MSH-1", "no field separator", vec![]).await.unwrap();
    let Received::New(kept) = kept else { panic!("{kept:?}") };
    assert_eq!(read_back(&kit, kept).await, b"MSH?broken");
    let again = inbox.receive_unreadable(broken(), "HL7 v2", "MSH-1", "no field separator", vec![]).await.unwrap();
    assert_eq!(again, Received::Duplicate(kept));
    let listed = kit.home.look("SELECT kind, place, reason, message FROM quarantine").await;
    let wanted = ["HL7 v2", "MSH-1", "no field separator", &kept.0.to_string()];
    assert_eq!(listed, [wanted], "one row, however often it is sent");

    let corrected = Arrival { bytes: b"MSH|corrected".to_vec(), ..broken() };
    assert!(matches!(inbox.receive(corrected).await.unwrap(), Received::New(_)));
}

#[tokio::test]
async fn a_message_that_turns_out_unreadable_after_it_was_received_does_not_wait_for_ever() {
    let kit = Kit::new().await;
    let message = kit.receive(arrival(HOSPITAL, b"half".to_vec())).await;
    let again =
        kit.store.inbox.receive_unreadable(arrival(HOSPITAL, b"half".to_vec()), "HL7 v2", "MSH", "cut off", vec![]);
    assert_eq!(again.await.unwrap(), Received::Duplicate(message));
    assert!(kit.store.inbox.waiting(None, 10).await.unwrap().is_empty());
    assert_eq!(kit.count("SELECT count(*) FROM quarantine WHERE state = 0").await, 1);
}

#[tokio::test]
async fn only_configured_sources_deliver() {
    let kit = Kit::new().await;
    let error = kit.store.inbox.receive(arrival("stranger", b"x".to_vec())).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownSource(_)), "{error}");
}

#[tokio::test]
async fn a_crash_between_receiving_and_applying_leaves_the_message_waiting() {
    if has_no_files() {
        return;
    }
    let kit = Kit::new().await;
    let message = kit.receive(arrival(HOSPITAL, b"received, not applied".to_vec())).await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;

    let crashed = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(kit.home.folder()).unwrap() {
        let file = file.unwrap();
        // The index of the write-ahead log is memory, which a crash loses.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), crashed.path().join(file.file_name())).unwrap();
        }
    }
    let after = store::open(crashed.path(), &sources(), chance()).await.unwrap();
    let waiting = after.inbox.waiting(None, 10).await.unwrap();
    assert_eq!(waiting.len(), 1, "what was applied does not wait");
    assert_eq!((waiting[0].id, waiting[0].bytes.as_slice()), (message, b"received, not applied".as_slice()));
    assert_eq!((waiting[0].source.as_str(), waiting[0].received_at), (HOSPITAL, noon()));

    assert_eq!(
        kit.reopened().await.store.inbox.waiting(None, 10).await.unwrap().len(),
        1,
        "the same after a clean end"
    );
}

#[tokio::test]
async fn waiting_messages_are_listed_oldest_first_and_no_more_than_asked_for() {
    let kit = Kit::new().await;
    let first = kit.receive(arrival(HOSPITAL, b"a".to_vec())).await;
    let second = kit.receive(arrival(PRACTICE, b"b".to_vec())).await;
    let third = kit.receive(arrival(HOSPITAL, b"c".to_vec())).await;
    let inbox = &kit.store.inbox;
    let ids = |waiting: Vec<store::WaitingMessage>| waiting.into_iter().map(|message| message.id).collect::<Vec<_>>();
    assert_eq!(ids(inbox.waiting(None, 2).await.unwrap()), [first, second]);
    assert_eq!(ids(inbox.waiting(Some(second), 2).await.unwrap()), [third], "and on from there");
    let listed = inbox.list(Some(first)).await.unwrap();
    let short: Vec<_> =
        listed.iter().map(|message| (message.id, message.source.as_str(), message.size_bytes)).collect();
    assert_eq!(short, [(second, PRACTICE, 1), (third, HOSPITAL, 1)], "without their bytes");
}

#[tokio::test]
async fn applying_twice_changes_nothing() {
    let kit = Kit::new().await;
    let message = kit.receive(arrival(HOSPITAL, b"once".to_vec())).await;
    let once = || {
        let work = Work::Apply(vec![change("1", Some(grace()), vec![medicine("m", "ramipril")])]);
        let units = vec![
            UnitWork { kind: "ADT^A01".into(), span: 0..4, work },
            UnitWork { kind: "Claim".into(), span: 0..4, work: Work::Keep },
            UnitWork {
                kind: "Patient".into(),
                span: 0..4,
                work: Work::Quarantine { place: "name".into(), reason: "no name".into(), about: vec![] },
            },
        ];
        application(message, HOSPITAL, units)
    };
    let applied = kit.apply(once()).await.unwrap();
    assert_eq!((applied.persons, applied.entries), (1, 1));
    assert_eq!(applied.by_kind["ADT^A01"], UnitCounts { applied: 1, ..UnitCounts::default() });
    assert_eq!(applied.by_kind["Claim"], UnitCounts { kept: 1, ..UnitCounts::default() });
    assert_eq!(applied.by_kind["Patient"], UnitCounts { quarantined: 1, ..UnitCounts::default() });
    let before = kit.stand(kit.person(NUMBER).await, &doctor()).await.record_version;

    assert_eq!(kit.apply(once()).await.unwrap(), store::Applied::default());
    assert_eq!(kit.stand(kit.person(NUMBER).await, &doctor()).await.record_version, before);
    assert_eq!(kit.store.people.count().await.unwrap(), (1, 1));
    assert_eq!(kit.count("SELECT count(*) FROM quarantine").await, 1);
    assert_eq!(kit.count("SELECT count(*) FROM kept").await, 1);
}

#[tokio::test]
async fn a_failure_while_applying_undoes_everything_and_the_message_waits() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![medicine("m1", "ramipril")])]).await;
    let person = kit.person(NUMBER).await;
    // Room for one more entry, and two are coming.
    let last = record::EntryId::PLACES_MAX - 1;
    kit.home.tamper(&format!("UPDATE person SET next_place = {last}")).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    let moved = record::Demographics { telephones: vec!["020 7946 0999".into()], ..grace() };
    let entries = vec![medicine("m1", "changed"), medicine("m2", "fits"), medicine("m3", "does not fit")];
    let newcomer = change("2", Some(told("Jamila", OTHER_NUMBER)), vec![]);
    let (message, applied) = kit.try_tell(HOSPITAL, NOON, vec![newcomer, change("1", Some(moved), entries)]).await;
    assert!(matches!(applied, Err(StoreError::RecordFull)), "{applied:?}");

    assert_eq!(kit.store.people.count().await.unwrap(), (1, 1));
    assert_eq!(kit.stand(person, &doctor()).await.record_version, before);
    let record = kit.read(person).await;
    assert_eq!((lines(&record), record.charts[0].told.clone()), (vec!["ramipril".to_owned()], grace()));
    let waiting = kit.store.inbox.waiting(None, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|message| message.id).collect::<Vec<_>>(), [message]);
}

#[tokio::test]
async fn the_last_place_of_a_person_can_be_used_and_one_more_is_refused() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;
    let last = record::EntryId::PLACES_MAX - 1;
    kit.home.tamper(&format!("UPDATE person SET next_place = {last}")).await;
    kit.tell(HOSPITAL, NOON, vec![change("1", None, vec![medicine("last", "fits")])]).await;
    let record = kit.read(kit.person(NUMBER).await).await;
    assert_eq!(record.entries[0].id.place(), last);
    let (_, one_more) = kit.try_tell(HOSPITAL, NOON, vec![change("1", None, vec![medicine("more", "x")])]).await;
    assert!(matches!(one_more, Err(StoreError::RecordFull)), "{one_more:?}");
}

#[tokio::test]
async fn a_message_that_never_arrived_cannot_be_applied() {
    let kit = Kit::new().await;
    let nothing: Application = application(record::MessageId(7), HOSPITAL, vec![]);
    assert!(matches!(kit.apply(nothing).await, Err(StoreError::NotFound("message"))));
}

#[tokio::test]
async fn a_message_that_can_never_be_applied_is_set_aside_with_its_reason_and_one_that_was_applied_is_not() {
    let kit = Kit::new().await;
    let (applied, _) = kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;
    let stuck = kit.receive(arrival(HOSPITAL, b"stuck".to_vec())).await;
    let source = record::SourceId::new(HOSPITAL).unwrap();
    for message in [applied, stuck, stuck] {
        kit.store.inbox.set_aside(message, &source, "ADT^A08", "the record is full", vec![], noon()).await.unwrap();
    }
    assert!(kit.store.inbox.waiting(None, 10).await.unwrap().is_empty());
    assert_eq!(kit.count("SELECT count(*) FROM quarantine").await, 1);
    assert_eq!(kit.count("SELECT message FROM quarantine").await.cast_unsigned(), stuck.0);
    let unit = UnitWork { kind: "ADT^A08".into(), span: 0..1, work: Work::Keep };
    let later = kit.apply(application(stuck, HOSPITAL, vec![unit])).await.unwrap();
    assert_eq!(later, store::Applied::default(), "it is not applied as it is");
}
