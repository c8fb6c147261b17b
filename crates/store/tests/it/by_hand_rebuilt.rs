//! What was settled by hand is settled the same in a record that is built anew, and a removal leaves none of it.

use std::sync::Arc;

use proptest::prelude::*;
use record::{MessageId, SourceId};
use store::{Ask, Corrected, HandAct, HandAsked, HandRequest, Received};

use crate::by_hand::{ask, requests, waiting};
use crate::kit::*;
use crate::rebuilt::{Told, deliver, rebuilt, same_versions};
use crate::removed::removal;

/// What somebody decides about something that waits.
#[derive(Clone, Debug)]
pub enum Hand {
    Take,
    Replay,
    Dismiss,
    Correct(Told),
    /// What they wrote cannot be read either.
    CorrectBadly(usize),
}

pub fn hand(told: impl Strategy<Value = Told> + 'static) -> impl Strategy<Value = Hand> {
    prop_oneof![
        1 => Just(Hand::Take),
        3 => Just(Hand::Replay),
        1 => Just(Hand::Dismiss),
        3 => told.prop_map(Hand::Correct),
        1 => (0usize..1000).prop_map(Hand::CorrectBadly),
    ]
}

/// Decides about one of those that wait, and carries it out.
pub async fn settle(kit: &Kit, which: usize, hand: &Hand, at: i64) {
    let waiting = waiting(kit).await;
    let Some(item) = waiting.get(which % waiting.len().max(1)) else { return };
    let asked = match hand {
        Hand::Take => Ask::Take,
        Hand::Replay => Ask::Replay,
        Hand::Dismiss => Ask::Dismiss,
        // What is corrected is of the same source.
        Hand::Correct(told) => {
            let chart = if item.source.as_str() == HOSPITAL { 0 } else { 2 };
            Ask::Correct(Told::new_in(told, chart).bytes())
        }
        Hand::CorrectBadly(number) => Ask::Correct(format!("broken too {number}").into_bytes()),
    };
    assert!(matches!(ask(kit, item, asked).await, HandAsked::Noted(_)));
    carry_out(kit, at).await;
}

async fn carry_out(kit: &Kit, at: i64) {
    for request in requests(kit).await {
        carry_out_one(kit, &request, at).await;
    }
    assert!(requests(kit).await.is_empty());
}

async fn carry_out_one(kit: &Kit, request: &HandRequest, at: i64) {
    let inbox = &kit.store.inbox;
    let told = request.bytes.first().is_some_and(u8::is_ascii_digit).then(|| Told::read(&request.bytes));
    let (message, by_hand) = match (request.act, &told) {
        (HandAct::Take, _) => return,
        (HandAct::Dismiss, _) => return inbox.dismiss(request, after_noon(at)).await.unwrap(),
        (HandAct::Replay, None) => {
            let fault = Some(("MSH-9", "still no type"));
            return inbox.hand_failed(request, fault, "still wrong", after_noon(at)).await.unwrap();
        }
        (HandAct::Replay, Some(_)) => (request.message, request.replay()),
        (HandAct::Correct, _) => {
            let fault = told.is_none().then_some(("unreadable", "MSH-9", "no type"));
            match inbox.correct(request, fault, after_noon(at)).await.unwrap() {
                Corrected::Message(correction) => (correction, request.correction()),
                _ => return,
            }
        }
    };
    let application = told.unwrap().application(message, after_noon(at));
    inbox.apply_by_hand(application, Arc::new(rules()), by_hand).await.unwrap();
}

async fn unreadable(kit: &Kit, bytes: &str) -> MessageId {
    let about = vec![store::Mentioned { key: Some("H1".to_owned()), nhs_number: None }];
    let broken = arrival(HOSPITAL, bytes.as_bytes().to_vec());
    match kit.store.inbox.receive_unreadable(broken, "unreadable", "MSH-9", "no type", about).await.unwrap() {
        Received::New(message) => message,
        other => panic!("{other:?}"),
    }
}

async fn set_aside(kit: &Kit, told: &Told, at: i64) -> MessageId {
    let Received::New(message) = kit.store.inbox.receive(told.arrival(at)).await.unwrap() else { panic!("new") };
    let source = SourceId::new(told.source()).unwrap();
    kit.store.inbox.set_aside(message, &source, "ADT^A08", "too long", vec![], after_noon(at)).await.unwrap();
    message
}

/// Which of those that wait is of this message.
async fn place_of(kit: &Kit, message: MessageId) -> usize {
    waiting(kit).await.iter().position(|item| item.message == message).unwrap()
}

async fn settle_of(kit: &Kit, message: MessageId, hand: Hand, at: i64) {
    settle(kit, place_of(kit, message).await, &hand, at).await;
}

/// The rows of quarantine and what was decided, as an address or a page would name them.
async fn rows(kit: &Kit) -> Vec<String> {
    let rows = "SELECT 'row ' || id || ' ' || message || ' ' || state || ' ' || place FROM quarantine ORDER BY id";
    let acts = "SELECT 'act ' || id || ' ' || item || ' ' || act || ' ' || done_at FROM quarantine_act ORDER BY id";
    [kit.texts(rows).await, kit.texts(acts).await].concat()
}

#[tokio::test]
async fn what_was_replayed_corrected_and_dismissed_is_built_anew_as_it_is() {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(1, 0)], 5), 0).await;
    let whole = set_aside(&kit, &Told::new(2, 0, 1, &[(1, 1), (2, 0)], 3), 10).await;
    settle_of(&kit, whole, Hand::Replay, 20).await;
    let corrected = unreadable(&kit, "broken 1").await;
    settle_of(&kit, corrected, Hand::Correct(Told::new(3, 0, 0, &[(0, 1)], 6)), 30).await;
    let twice = unreadable(&kit, "broken 2").await;
    settle_of(&kit, twice, Hand::CorrectBadly(7), 40).await;
    let faulty = waiting(&kit).await.into_iter().find(|item| item.corrects == Some(twice)).unwrap();
    assert!(faulty.is_person_known, "whoever is in the one is in the other");
    settle_of(&kit, faulty.message, Hand::Correct(Told::new(4, 0, 0, &[(0, 2)], 7)), 50).await;
    let dismissed = unreadable(&kit, "broken 3").await;
    settle_of(&kit, dismissed, Hand::Dismiss, 60).await;
    let still = unreadable(&kit, "broken 4").await;
    settle_of(&kit, still, Hand::Replay, 70).await;
    deliver(&kit, &Told::new(5, 0, 3, &[(1, 2)], 8), 80).await;
    let contradicting = waiting(&kit).await.into_iter().find(|item| item.place == "who the person is").unwrap();
    settle_of(&kit, contradicting.message, Hand::Replay, 90).await;
    assert_eq!(waiting(&kit).await.len(), 2, "one cannot be read, one still contradicts");
    assert_eq!(kit.count("SELECT count(*) FROM quarantine_act WHERE body IS NOT NULL").await, 0);

    let (new, before, after) = rebuilt(&kit.store).await;
    assert_eq!(before.differs_in(&after), Vec::<&str>::new(), "{before:?}\n{after:?}");
    assert_eq!(rows(&kit).await, rows(&new).await, "whatever names a row names the same one");
    same_versions(&kit, &new).await;
    let (_, _, third) = rebuilt(&new.store).await;
    assert_eq!(before, third, "and once more from what was built");
}

#[tokio::test]
async fn a_correction_goes_with_what_it_corrects_whichever_of_them_is_removed() {
    for is_original in [true, false] {
        let kit = Kit::new().await;
        deliver(&kit, &Told::new(1, 0, 0, &[(1, 0)], 5), 0).await;
        let original = unreadable(&kit, "broken 1").await;
        settle_of(&kit, original, Hand::Correct(Told::new(3, 0, 0, &[(0, 1), (1, 1)], 6)), 30).await;
        let correction = kit.texts("SELECT id FROM message WHERE corrects IS NOT NULL").await.remove(0);
        let removed = if is_original { original } else { MessageId(correction.parse().unwrap()) };
        let planned = kit.store.inbox.plan_removal(removal(&[removed])).await.unwrap();
        assert_eq!(planned.messages, 2);
        let (new, ..) = rebuilt(&kit.store).await;
        assert_eq!(lines(&new.read(new.person(NUMBER).await).await).len(), 1, "what came with it is gone");
        assert_eq!(new.count("SELECT count(*) FROM message WHERE length(body) = 1 AND state = 4").await, 2);
        assert_eq!(new.count("SELECT count(*) FROM quarantine").await, 0);
        assert_eq!(new.texts("SELECT reason || outcome FROM quarantine_act").await, ["The message was removed."]);
        let (_, stands, again) = rebuilt(&new.store).await;
        assert_eq!(stands.differs_in(&again), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn what_somebody_wrote_to_correct_a_removed_message_is_destroyed_before_it_becomes_one() {
    let kit = Kit::new().await;
    let original = unreadable(&kit, "broken 1").await;
    let item = waiting(&kit).await.remove(0);
    ask(&kit, &item, Ask::Correct(Told::new(3, 0, 0, &[(1, 1)], 6).bytes())).await;
    assert_eq!(kit.count("SELECT count(*) FROM quarantine_act WHERE body IS NOT NULL").await, 1);
    kit.store.inbox.plan_removal(removal(&[original])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    let kept = "SELECT count(*) FROM quarantine_act WHERE body IS NOT NULL OR digest IS NOT NULL OR reason <> ''";
    assert_eq!(new.count(kept).await, 0);
    assert!(requests(&new).await.is_empty(), "nothing is left to be carried out");
    assert_eq!(new.count("SELECT count(*) FROM quarantine_act").await, 1, "that somebody decided stays");
}

#[tokio::test]
async fn a_message_that_was_applied_again_by_hand_is_removed_from_every_place_in_the_order() {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(1, 0)], 5), 0).await;
    let gone = set_aside(&kit, &Told::new(2, 0, 1, &[(1, 1), (2, 0)], 6), 10).await;
    settle_of(&kit, gone, Hand::Replay, 20).await;
    deliver(&kit, &Told::new(3, 0, 0, &[(1, 2)], 7), 30).await;
    let person = kit.person(NUMBER).await;
    let version = kit.stand(person, &doctor()).await.record_version;
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(lines(&new.read(person).await).len(), 1);
    assert_eq!(new.stand(person, &doctor()).await.record_version, version, "no version is given twice");
    let (_, stands, again) = rebuilt(&new.store).await;
    assert_eq!(stands.differs_in(&again), Vec::<&str>::new());
}
