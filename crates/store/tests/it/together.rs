//! Many callers at once: each gets their own answer, and a reader sees one moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::Act;
use record::PersonId;
use store::{LogRow, Received};
use tokio::task::JoinSet;

use crate::kit::*;

const CALLERS: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_messages_at_once_are_all_received_and_distinct() {
    let kit = Arc::new(Kit::new().await);
    let mut tasks = JoinSet::new();
    for number in 0..CALLERS {
        let kit = Arc::clone(&kit);
        tasks.spawn(async move {
            let bytes = format!("caller {number}").into_bytes();
            kit.store.inbox.receive(arrival(HOSPITAL, bytes)).await.unwrap()
        });
    }
    let received = tasks.join_all().await;
    let ids: BTreeSet<u64> = received
        .into_iter()
        .map(|received| match received {
            Received::New(id) => id.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, (1..=CALLERS).collect());
    let waiting = kit.store.inbox.waiting(None, 1000).await.unwrap();
    assert_eq!(waiting.iter().map(|message| &message.bytes).collect::<BTreeSet<_>>().len(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_message_from_many_connections_at_once_is_new_once() {
    let kit = Arc::new(Kit::new().await);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let kit = Arc::clone(&kit);
        tasks.spawn(async move { kit.store.inbox.receive(arrival(HOSPITAL, b"one".to_vec())).await.unwrap() });
    }
    let received = tasks.join_all().await;
    assert_eq!(received.iter().filter(|received| matches!(received, Received::New(_))).count(), 1);
    assert_eq!(received.iter().filter(|received| matches!(received, Received::Duplicate(_))).count(), 49);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_log_rows_at_once_stand_in_one_unbroken_chain() {
    let kit = Arc::new(Kit::new().await);
    let mut tasks = JoinSet::new();
    for _ in 0..CALLERS {
        let kit = Arc::clone(&kit);
        tasks.spawn(async move {
            let id = request();
            let event = event(Act::RecordOpened, &doctor(), Some(PersonId(1)), id);
            let receipt = kit.store.desk.log(LogRow { request: id, event, rests_on: None }).await.unwrap();
            assert_eq!(receipt.request(), id, "each caller gets their own receipt");
            receipt.counter()
        });
    }
    let counters: BTreeSet<u64> = tasks.join_all().await.into_iter().collect();
    assert_eq!(counters, (1..=CALLERS).collect());
    assert_eq!(kit.store.log.verify(PersonId(1)).await.unwrap(), CALLERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_callers_failure_is_not_anothers() {
    let kit = Arc::new(Kit::new().await);
    let mut tasks = JoinSet::new();
    for number in 0..CALLERS {
        let kit = Arc::clone(&kit);
        tasks.spawn(async move {
            let id = request();
            let mut event = event(Act::RecordOpened, &doctor(), Some(PersonId(number % 7 + 1)), id);
            event.reason = number.is_multiple_of(3).then(|| "x".repeat(audit::Event::BYTES_MAX));
            kit.store.desk.log(LogRow { request: id, event, rests_on: None }).await.is_ok() != number.is_multiple_of(3)
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|as_expected| as_expected));
    let mut verified = 0;
    for person in 1..=7 {
        verified += kit.store.log.verify(PersonId(person)).await.unwrap();
    }
    assert_eq!(verified, CALLERS - CALLERS.div_ceil(3));
}

/// Each message writes its number into three entries and moves the record by one
/// version. Whatever a reader meets is of one message and of the version that the
/// log row names.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_one_moment_while_a_writer_writes() {
    let kit = Arc::new(Kit::new().await);
    let three = |number: u64| ["a", "b", "c"].map(|key| medicine(key, &number.to_string())).to_vec();
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), three(0))]).await;
    let person = kit.person(NUMBER).await;
    kit.permit(person, &doctor()).await;
    let first = kit.stand(person, &doctor()).await.record_version;

    let writing = {
        let kit = Arc::clone(&kit);
        tokio::spawn(async move {
            for number in 1..100 {
                kit.tell(HOSPITAL, NOON, vec![change("H1", None, three(number))]).await;
            }
        })
    };
    let mut met = BTreeSet::new();
    while !writing.is_finished() {
        let (decision, stand) = kit.decide(person, &doctor()).await.unwrap();
        let receipt = kit.log_opening(&decision, &stand).await.unwrap();
        match kit.store.clinical.record(&decision, &receipt).await {
            Ok(record) => {
                let number = (stand.record_version - first).to_string();
                assert_eq!(lines(&record), [number.as_str(); 3]);
                met.insert(number);
            }
            Err(error) => assert!(matches!(error, store::StoreError::FactsMoved), "{error}"),
        }
    }
    writing.await.unwrap();
    assert_eq!(lines(&kit.read(person).await), ["99", "99", "99"]);
    println!("{} versions were met", met.len());
}
