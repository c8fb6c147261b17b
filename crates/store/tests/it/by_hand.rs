//! What an administrator decides about quarantine: durable first, then carried out once.

use std::sync::Arc;

use access::{QuarantineDecision, decide_quarantine, decide_quarantine_act};
use audit::Act;
use record::{MessageId, NhsNumber, OdsCode, Role};
use store::{
    Ask, Corrected, HandAct, HandAsked, HandRequest, ItemState, Mentioned, QuarantineItem, Received, StoreError,
    UnitWork, Work,
};

use crate::kit::*;

fn administrator() -> record::Staff {
    staff(Role::Administrator, "ZKB01")
}

fn decision(of: &str, reason: Option<&str>) -> QuarantineDecision {
    let of = OdsCode::new(of).unwrap();
    let actor = actor(&staff(Role::Administrator, of.as_str()));
    match reason {
        Some(reason) => decide_quarantine_act(&policy(), &actor, request(), noon(), &of, reason).unwrap(),
        None => decide_quarantine(&policy(), &actor, request(), noon(), &of).unwrap(),
    }
}

pub async fn ask(kit: &Kit, item: &QuarantineItem, ask: Ask) -> HandAsked {
    let decision = decision("ZKB01", (ask != Ask::Take).then_some("put right"));
    let receipt = kit.log(Act::QuarantineDecided, &administrator(), None, decision.request()).await;
    kit.store.desk.ask_of_quarantine(&decision, &receipt, (item.id, item.message), ask).await.unwrap()
}

async fn waiting_of(kit: &Kit, organisation: &str) -> Vec<QuarantineItem> {
    let decision = decision(organisation, None);
    let receipt = kit.log(Act::QuarantineListed, &administrator(), None, decision.request()).await;
    kit.store.clinical.quarantine_waiting(&decision, &receipt).await.unwrap().0
}

pub async fn waiting(kit: &Kit) -> Vec<QuarantineItem> {
    waiting_of(kit, "ZKB01").await
}

async fn settled(kit: &Kit) -> Vec<QuarantineItem> {
    let decision = decision("ZKB01", None);
    let receipt = kit.log(Act::QuarantineListed, &administrator(), None, decision.request()).await;
    kit.store.clinical.quarantine_settled(&decision, &receipt).await.unwrap()
}

pub async fn requests(kit: &Kit) -> Vec<HandRequest> {
    kit.store.inbox.hand_requests(0).await.unwrap()
}

fn refused(about: Vec<Mentioned>) -> UnitWork {
    let work = Work::Quarantine { place: "PID-7".to_owned(), reason: "the day does not exist".to_owned(), about };
    UnitWork { kind: "ADT^A08".to_owned(), span: 0..1, work }
}

fn about(number: &str) -> Mentioned {
    Mentioned { key: None, nhs_number: NhsNumber::parse(number).ok() }
}

/// A message of one unit that was refused, and its row.
async fn held(kit: &Kit, about: Vec<Mentioned>) -> (MessageId, QuarantineItem) {
    let message = kit.receive(arrival(HOSPITAL, kit.fresh_bytes())).await;
    kit.apply(application(message, HOSPITAL, vec![refused(about)])).await.unwrap();
    let item = waiting(kit).await.into_iter().find(|item| item.message == message).unwrap();
    (message, item)
}

fn telling(name: &str) -> UnitWork {
    let work = Work::Apply(vec![change("1", Some(grace()), vec![medicine("m1", name)])]);
    UnitWork { kind: "ADT^A08".to_owned(), span: 0..1, work }
}

async fn replay(kit: &Kit, request: &HandRequest, unit: UnitWork) {
    let application = application(request.message, HOSPITAL, vec![unit]);
    kit.store.inbox.apply_by_hand(application, Arc::new(rules()), request.replay()).await.unwrap();
}

#[tokio::test]
async fn a_row_has_an_owner_once_somebody_takes_it_and_is_an_alarm_until_then() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    assert_eq!(item.owner, None);
    let unowned = kit.store.inbox.quarantine_unowned(noon()).await.unwrap();
    assert_eq!((unowned.len(), unowned[0].count), (1, 1));
    assert!(kit.store.inbox.quarantine_unowned(after_noon(-1)).await.unwrap().is_empty(), "it came at noon");
    assert!(matches!(ask(&kit, &item, Ask::Take).await, HandAsked::Noted(_)));
    assert_eq!(waiting(&kit).await[0].owner.as_ref().map(|(name, _)| name.as_str()), Some("Invented Administrator"));
    assert!(kit.store.inbox.quarantine_unowned(noon()).await.unwrap().is_empty());
    assert!(requests(&kit).await.is_empty(), "nothing is left to be carried out");
}

#[tokio::test]
async fn what_nobody_has_taken_stands_before_what_is_older() {
    let kit = Kit::new().await;
    let (_, older) = held(&kit, vec![]).await;
    let (_, newer) = held(&kit, vec![]).await;
    ask(&kit, &older, Ask::Take).await;
    let order: Vec<u64> = waiting(&kit).await.into_iter().map(|item| item.id).collect();
    assert_eq!(order, [newer.id, older.id]);
}

#[tokio::test]
async fn a_decision_survives_a_crash_and_is_carried_out_once() {
    let kit = Kit::new().await;
    let (message, item) = held(&kit, vec![]).await;
    ask(&kit, &item, Ask::Replay).await;
    let kit = kit.reopened().await;
    let open = requests(&kit).await;
    assert_eq!((open.len(), open[0].act, open[0].message), (1, HandAct::Replay, message));
    assert_eq!(waiting(&kit).await[0].under_way, Some(HandAct::Replay));
    for _ in 0..2 {
        replay(&kit, &open[0], telling("ramipril")).await;
    }
    assert!(requests(&kit).await.is_empty() && waiting(&kit).await.is_empty());
    assert_eq!(settled(&kit).await[0].state, ItemState::Applied);
    let record = kit.read(kit.person(NUMBER).await).await;
    assert_eq!(lines(&record), ["ramipril"]);
    assert_eq!(kit.count("SELECT count(*) FROM entry").await, 1);
}

#[tokio::test]
async fn of_two_decisions_about_one_message_the_second_is_told_of_the_first() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    ask(&kit, &item, Ask::Replay).await;
    assert_eq!(ask(&kit, &item, Ask::Dismiss).await, HandAsked::UnderWay);
    replay(&kit, &requests(&kit).await[0], telling("ramipril")).await;
    assert_eq!(ask(&kit, &item, Ask::Dismiss).await, HandAsked::NotWaiting);
}

#[tokio::test]
async fn a_replay_that_fails_again_goes_on_waiting_with_the_fault_of_now() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    ask(&kit, &item, Ask::Replay).await;
    let work = Work::Quarantine { place: "PID-3".to_owned(), reason: "no number".to_owned(), about: vec![] };
    let unit = UnitWork { kind: "ADT^A08".to_owned(), span: 0..1, work };
    replay(&kit, &requests(&kit).await[0], unit).await;
    let still = waiting(&kit).await;
    assert_eq!((still.len(), still[0].id, still[0].place.as_str()), (1, item.id, "PID-3"));
    let decision = decision("ZKB01", None);
    let receipt = kit.log(Act::QuarantineListed, &administrator(), None, decision.request()).await;
    let (_, decided) = kit.store.clinical.quarantine_item(&decision, &receipt, item.id).await.unwrap();
    let outcome = &decided[0].done.as_ref().unwrap().1;
    assert!(outcome.contains("PID-3: no number"), "{outcome}");
    assert_eq!((decided[0].staff_name.as_str(), decided[0].reason.as_str()), ("Invented Administrator", "put right"));
}

/// The hospital says nothing of when its messages were made: the order of arrival decides.
#[tokio::test]
async fn a_replayed_older_message_never_overwrites_what_came_since() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    kit.tell(HOSPITAL, "", vec![change("1", Some(grace()), vec![medicine("m1", "ramipril 5 mg")])]).await;
    ask(&kit, &item, Ask::Replay).await;
    replay(&kit, &requests(&kit).await[0], telling("ramipril 2.5 mg")).await;
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await), ["ramipril 5 mg"]);
    assert_eq!(kit.kept_lines().await.iter().map(|line| first(line)).collect::<Vec<_>>(), ["ramipril 2.5 mg"]);
}

#[tokio::test]
async fn what_is_dismissed_waits_no_more_and_the_same_bytes_again_change_nothing() {
    let kit = Kit::new().await;
    let inbox = &kit.store.inbox;
    let broken = || arrival(HOSPITAL, b"half a message".to_vec());
    inbox.receive_unreadable(broken(), "unreadable", "MSH", "cut off", vec![]).await.unwrap();
    let item = waiting(&kit).await.remove(0);
    ask(&kit, &item, Ask::Dismiss).await;
    for _ in 0..2 {
        for request in requests(&kit).await {
            inbox.dismiss(&request, noon()).await.unwrap();
        }
    }
    assert!(waiting(&kit).await.is_empty());
    assert_eq!(settled(&kit).await[0].state, ItemState::Dismissed);
    assert!(matches!(inbox.receive(broken()).await.unwrap(), Received::Duplicate(_)));
    assert!(inbox.waiting(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_correction_is_a_message_of_its_own_that_names_the_one_it_corrects() {
    let kit = Kit::new().await;
    let inbox = &kit.store.inbox;
    let original = b"half a message".to_vec();
    inbox
        .receive_unreadable(arrival(HOSPITAL, original.clone()), "unreadable", "MSH", "cut off", vec![])
        .await
        .unwrap();
    let item = waiting(&kit).await.remove(0);
    ask(&kit, &item, Ask::Correct(b"a whole message".to_vec())).await;
    let request = requests(&kit).await.remove(0);
    assert_eq!(request.bytes, b"a whole message");
    let Corrected::Message(correction) = inbox.correct(&request, None, noon()).await.unwrap() else { panic!() };
    assert_eq!(
        inbox.correct(&request, None, noon()).await.unwrap(),
        Corrected::Message(correction),
        "as after a crash"
    );
    assert_eq!(waiting(&kit).await.len(), 1, "until the correction is applied");
    for _ in 0..2 {
        let application = application(correction, HOSPITAL, vec![telling("ramipril")]);
        inbox.apply_by_hand(application, Arc::new(rules()), request.correction()).await.unwrap();
    }
    assert_eq!(settled(&kit).await[0].state, ItemState::Corrected);
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await), ["ramipril"]);
    let sql = format!("SELECT corrects FROM message WHERE id = {}", correction.0);
    assert_eq!(kit.texts(&sql).await, [item.message.0.to_string()]);
    let same = inbox.receive(arrival(HOSPITAL, original)).await.unwrap();
    assert_eq!(same, Received::Duplicate(item.message), "the original is never applied");
}

#[tokio::test]
async fn a_correction_that_cannot_be_read_waits_in_the_place_of_the_one_before() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;
    let inbox = &kit.store.inbox;
    let broken = arrival(HOSPITAL, b"half a message".to_vec());
    inbox.receive_unreadable(broken, "unreadable", "MSH", "cut off", vec![about(NUMBER)]).await.unwrap();
    let item = waiting(&kit).await.remove(0);
    ask(&kit, &item, Ask::Correct(b"still half".to_vec())).await;
    let request = requests(&kit).await.remove(0);
    let fault = Some(("unreadable", "MSH-9", "no type"));
    let Corrected::SetAside(correction) = inbox.correct(&request, fault, noon()).await.unwrap() else { panic!() };
    let now = waiting(&kit).await;
    assert_eq!((now.len(), now[0].message, now[0].corrects), (1, correction, Some(item.message)));
    assert!(now[0].is_person_known, "whoever is in the one is in the other");
    let people = kit.store.people.in_message(correction).await.unwrap();
    assert_eq!(people, [kit.person(NUMBER).await]);
}

#[tokio::test]
async fn a_correction_that_is_a_message_already_is_said_and_changes_nothing() {
    let kit = Kit::new().await;
    kit.receive(arrival(HOSPITAL, b"a whole message".to_vec())).await;
    let (_, item) = held(&kit, vec![]).await;
    ask(&kit, &item, Ask::Correct(b"a whole message".to_vec())).await;
    let request = requests(&kit).await.remove(0);
    assert!(matches!(kit.store.inbox.correct(&request, None, noon()).await.unwrap(), Corrected::CameBefore(_)));
    assert!(requests(&kit).await.is_empty());
    assert_eq!(waiting(&kit).await.len(), 1);
}

#[tokio::test]
async fn another_organisations_row_is_neither_listed_nor_decided() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    assert!(waiting_of(&kit, "ZXX99").await.is_empty());
    let theirs = decision("ZXX99", Some("put right"));
    let receipt = kit.log(Act::QuarantineDecided, &administrator(), None, theirs.request()).await;
    let asked = kit.store.desk.ask_of_quarantine(&theirs, &receipt, (item.id, item.message), Ask::Dismiss).await;
    assert!(matches!(asked, Err(StoreError::NotFound(_))), "{asked:?}");
    assert!(requests(&kit).await.is_empty());
}

#[tokio::test]
async fn nothing_is_decided_with_the_receipt_of_another_act() {
    let kit = Kit::new().await;
    let (_, item) = held(&kit, vec![]).await;
    let decision = decision("ZKB01", Some("put right"));
    let receipt = kit.log(Act::QuarantineListed, &administrator(), None, decision.request()).await;
    let asked = kit.store.desk.ask_of_quarantine(&decision, &receipt, (item.id, item.message), Ask::Dismiss).await;
    assert!(matches!(asked, Err(StoreError::ReceiptForAnother)), "{asked:?}");
}

#[tokio::test]
async fn a_message_in_quarantine_shows_on_the_record_of_whoever_its_number_belongs_to_now_or_later() {
    let kit = Kit::new().await;
    let items = async |kit: &Kit| {
        let record = kit.read(kit.person(NUMBER).await).await;
        record.sources.iter().map(|source| source.waiting_items).sum::<u32>()
    };
    let (_, early) = held(&kit, vec![about(NUMBER)]).await;
    assert!(!early.is_person_known);
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;
    assert_eq!(items(&kit).await, 1, "it waited before anybody knew the person");
    let (message, late) = held(&kit, vec![about(NUMBER)]).await;
    assert!(late.is_person_known);
    let own_key = Mentioned { key: Some("1".to_owned()), nhs_number: None };
    held(&kit, vec![own_key]).await;
    assert_eq!(items(&kit).await, 3);
    assert_eq!(kit.store.people.in_message(message).await.unwrap(), [kit.person(NUMBER).await]);
}
