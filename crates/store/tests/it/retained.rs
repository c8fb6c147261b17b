//! What no rule keeps any longer is swept, to the second; what a hold keeps is not, and a rebuild sweeps the same.

use jiff::SignedDuration;
use record::SourceId;
use store::{Held, Received, Retention, Swept};

use crate::kit::*;
use crate::rebuilt::{Told, deliver, rebuilt, same_versions};

const DAY: i64 = 24 * 60 * 60;

/// Earlier versions, superseded ten and twenty seconds after noon.
async fn superseded() -> Kit {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(0, 0), (2, 0)], 1), 0).await;
    deliver(&kit, &Told::new(2, 0, 6, &[(0, 1)], 2), 9).await;
    deliver(&kit, &Told::new(3, 0, 6, &[(0, 2), (2, 1)], 3), 19).await;
    assert_eq!(kit.count("SELECT count(*) FROM entry_version").await, 3);
    kit
}

/// Keeps earlier versions for one day.
fn one_day(at: i64) -> Retention {
    Retention { superseded_before: Some(after_noon(at) - SignedDuration::from_secs(DAY)), ..Retention::default() }
}

async fn sweep(kit: &Kit, rules: &Retention, at: i64) -> Swept {
    let would = kit.store.inbox.sweep(rules, after_noon(at), true).await.unwrap();
    let swept = kit.store.inbox.sweep(rules, after_noon(at), false).await.unwrap();
    assert_eq!(would, swept, "a trial says what is swept");
    swept
}

async fn is_built_anew_the_same(kit: &Kit) {
    let (new, stands, built) = rebuilt(&kit.store).await;
    assert_eq!(stands.differs_in(&built), Vec::<&str>::new());
    same_versions(kit, &new).await;
}

#[tokio::test]
async fn an_earlier_version_is_swept_a_second_after_its_day_and_not_before() {
    let kit = superseded().await;
    // The first was superseded ten seconds after noon.
    assert_eq!(sweep(&kit, &one_day(DAY + 9), DAY + 9).await, Swept::default());
    assert_eq!(sweep(&kit, &one_day(DAY + 10), DAY + 10).await, Swept::default(), "a day to the second is a day");
    assert_eq!(sweep(&kit, &one_day(DAY + 11), DAY + 11).await.versions, 1);
    assert_eq!(kit.kept_lines().await.len(), 2);
    assert_eq!(sweep(&kit, &one_day(DAY + 11), DAY + 12).await, Swept::default(), "once is enough");
    deliver(&kit, &Told::new(4, 0, 6, &[(0, 1)], 4), DAY + 30).await;
    assert_eq!(sweep(&kit, &one_day(DAY + 21), DAY + 40).await.versions, 2);
    is_built_anew_the_same(&kit).await;
}

#[tokio::test]
async fn a_hold_keeps_earlier_versions_also_in_a_rebuild_after_it_was_lifted() {
    let kit = superseded().await;
    let inbox = &kit.store.inbox;
    deliver(&kit, &Told::new(5, 2, 3, &[(1, 0)], 1), 0).await;
    deliver(&kit, &Told::new(6, 2, 6, &[(1, 1)], 2), 9).await;
    let grace = kit.person(NUMBER).await;
    let hold = inbox.add_hold(&Held::Person(grace), "o", "inquest", noon()).await.unwrap();
    assert_eq!(sweep(&kit, &one_day(3 * DAY), 3 * DAY).await.versions, 1, "another's");
    inbox.lift_hold(hold, "o", "over", after_noon(3 * DAY)).await.unwrap();
    is_built_anew_the_same(&kit).await;
    assert_eq!(sweep(&kit, &one_day(3 * DAY), 3 * DAY + 1).await.versions, 3);
    is_built_anew_the_same(&kit).await;
}

#[tokio::test]
async fn what_was_settled_in_quarantine_and_never_applied_is_swept_and_what_waits_is_not() {
    let kit = Kit::new().await;
    let inbox = &kit.store.inbox;
    let mut ids = Vec::new();
    for text in ["broken one", "broken two"] {
        let arrival = arrival(HOSPITAL, format!("{text} saffron-canary-set-aside").into_bytes());
        let received = inbox.receive_unreadable(arrival, "unreadable", "MSH-9", "no type", Vec::new()).await.unwrap();
        let Received::New(id) = received else { panic!("new") };
        ids.push(id.0);
    }
    kit.home.tamper(&format!("UPDATE quarantine SET state = 1 WHERE message = {}", ids[0])).await;
    let rules = |at: i64| Retention { set_aside_before: Some(after_noon(at - DAY)), ..Retention::default() };
    let held = inbox.add_hold(&Held::Source(SourceId::new(HOSPITAL).unwrap()), "o", "inquest", noon()).await.unwrap();
    assert_eq!(sweep(&kit, &rules(DAY + 1), DAY + 1).await, Swept::default());
    inbox.lift_hold(held, "o", "over", noon()).await.unwrap();
    assert_eq!(sweep(&kit, &rules(DAY), DAY).await, Swept::default(), "a day to the second is a day");
    assert_eq!(sweep(&kit, &rules(DAY + 1), DAY + 1).await, Swept { messages: 1, ..Swept::default() });
    assert_eq!(kit.count("SELECT count(*) FROM message WHERE length(body) > 1").await, 1, "the other waits");
    let again = arrival(HOSPITAL, b"broken one saffron-canary-set-aside".to_vec());
    assert!(matches!(inbox.receive(again).await.unwrap(), Received::Removed(_)));
}

#[tokio::test]
async fn a_settled_item_of_a_message_that_was_taken_up_is_swept() {
    let kit = Kit::new().await;
    let told = Told::new(1, 0, 0, &[(0, 0)], 1);
    let Received::New(message) = kit.store.inbox.receive(told.arrival(0)).await.unwrap() else { panic!("new") };
    let source = SourceId::new(HOSPITAL).unwrap();
    kit.store.inbox.set_aside(message, &source, "ADT^A08", "too long", Vec::new(), after_noon(5)).await.unwrap();
    deliver(&kit, &told, 6).await;
    let rules = |at: i64| Retention { settled_before: Some(after_noon(at - DAY)), ..Retention::default() };
    assert_eq!(sweep(&kit, &rules(DAY + 5), DAY + 5).await, Swept::default());
    assert_eq!(sweep(&kit, &rules(DAY + 6), DAY + 6).await.settled, 1);
    is_built_anew_the_same(&kit).await;
}

#[tokio::test]
async fn no_free_page_holds_what_was_swept() {
    if has_no_files() {
        return;
    }
    let kit = superseded().await;
    kit.store.inbox.sweep(&one_day(3 * DAY), after_noon(3 * DAY), false).await.unwrap();
    let Kit { home, store, .. } = kit;
    drop(store);
    store::compact(home.folder()).unwrap();
    let bytes = std::fs::read(home.folder().join(store::RECORD_FILE)).unwrap();
    let is_there = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_there("medicine 2") && !is_there("medicine 0") && !is_there("medicine 1"));
}
