//! Whoever opens a record is told that something was removed from it, and nobody else is told anything.

use audit::Act;
use record::{MessageId, PersonId, RemovedItems};
use store::{Received, StoredRecord};

use crate::database::rows;
use crate::kit::*;
use crate::rebuilt::{Told, deliver, rebuilt};
use crate::removed::removal;
use crate::rights::as_role;

async fn told(kit: &Kit, told: Told, at: i64) -> MessageId {
    match deliver(kit, &told, at).await {
        Received::New(message) => message,
        other => panic!("{other:?}"),
    }
}

/// What each source that lost something lost.
fn removed(record: &StoredRecord) -> Vec<(&str, RemovedItems)> {
    let removed = record.sources.iter().filter_map(|one| Some((one.source.id.as_str(), one.removed?)));
    removed.collect()
}

/// Two people, of the hospital and of the practice; the second message of the first is the one to go.
async fn two_people() -> (Kit, MessageId) {
    let kit = Kit::new().await;
    told(&kit, Told::new(1, 0, 0, &[(1, 0)], 1), 0).await;
    told(&kit, Told::new(2, 2, 3, &[(1, 0)], 1), 10).await;
    let gone = told(&kit, Told::new(3, 0, 1, &[(0, 1), (2, 1)], 2), 20).await;
    (kit, gone)
}

fn once() -> RemovedItems {
    RemovedItems { count: 1, last_at: after_noon(100) }
}

#[tokio::test]
async fn whoever_opens_a_record_is_told_that_an_item_was_removed_from_it_once_it_is() {
    let (kit, gone) = two_people().await;
    let (grace, jamila) = (kit.person(NUMBER).await, kit.person(OTHER_NUMBER).await);
    assert_eq!(removed(&kit.read(grace).await), []);
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    assert_eq!(removed(&kit.read(grace).await), [], "it is planned, and still there");
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(removed(&new.read(grace).await), [(HOSPITAL, once())]);
    assert_eq!(removed(&new.read(jamila).await), [], "nothing was in it");
    let (decision, receipt) = new.open(grace, &doctor()).await;
    let then = new.store.clinical.record_as_of(&decision, &receipt, 1).await.unwrap();
    assert_eq!(removed(&then), [(HOSPITAL, once())], "what is shown as it was is shown without it too");
    // It stays so through a later removal, and counts with it.
    let first = MessageId(new.texts("SELECT min(id) FROM message").await[0].parse().unwrap());
    new.store.inbox.plan_removal(removal(&[first])).await.unwrap();
    let (new, ..) = rebuilt(&new.store).await;
    assert_eq!(removed(&new.read(grace).await), [(HOSPITAL, RemovedItems { count: 2, ..once() })]);
}

#[tokio::test]
async fn what_only_waited_was_in_nobodys_record() {
    let (kit, _) = two_people().await;
    let grace = kit.person(NUMBER).await;
    let contradicts = told(&kit, Told::new(5, 0, 3, &[(1, 2)], 8), 30).await;
    assert_eq!(kit.count("SELECT count(*) FROM quarantine WHERE person IS NOT NULL AND state = 0").await, 1);
    kit.store.inbox.plan_removal(removal(&[contradicts])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(removed(&new.read(grace).await), []);
    assert_eq!(new.count("SELECT count(*) FROM removed_item").await, 0);
}

#[tokio::test]
async fn of_something_sensitive_that_was_removed_nothing_is_kept() {
    let (kit, gone) = two_people().await;
    kit.home.tamper(&format!("UPDATE entry SET sensitivity = 1 WHERE message = {}", gone.0)).await;
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(removed(&new.read(kit.person(NUMBER).await).await), []);
    assert_eq!(new.count("SELECT count(*) FROM removed_item").await, 0);
}

#[tokio::test]
async fn a_record_of_which_nothing_is_left_says_that_something_was_removed() {
    let kit = Kit::new().await;
    let only = told(&kit, Told::new(1, 0, 0, &[(1, 0)], 1), 0).await;
    let grace = kit.person(NUMBER).await;
    kit.store.inbox.plan_removal(removal(&[only])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(removed(&new.read(grace).await), [(HOSPITAL, once())]);
}

#[tokio::test]
async fn that_something_was_removed_is_seen_for_the_person_and_the_receipt_that_a_read_names() {
    if has_no_server() {
        return;
    }
    let kit = Kit::new().await;
    let insert = "INSERT INTO record.removed_item (person, message, source, at, is_done) VALUES";
    kit.home.tamper(&format!("{insert} (1, 1, 1, 0, 1), (2, 2, 1, 0, 1)")).await;
    let (one, two) = (PersonId(1), PersonId(2));
    let opened = kit.log(Act::RecordOpened, &doctor(), Some(one), request()).await.counter();
    let identity = kit.log(Act::IdentityShown, &doctor(), Some(two), request()).await.counter();
    let reads = as_role(&kit, "reads").await;
    for (person, counter, wanted) in [
        ("", String::new(), ""),
        ("1", opened.to_string(), "1"),
        ("1", String::new(), ""),
        ("2", identity.to_string(), ""),
    ] {
        let name = format!("SET connect_care.person = '{person}'; SET connect_care.counter = '{counter}'");
        reads.batch_execute(&name).await.unwrap();
        let seen = rows(reads.simple_query("SELECT person FROM record.removed_item").await.unwrap());
        assert_eq!(seen.into_iter().flatten().collect::<String>(), wanted, "as {person:?} with {counter:?}");
    }
}
