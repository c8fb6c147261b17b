//! What an administrator sees of quarantine, and what is written down first.

use disclosure::{Ask, Caller, Closed, HandAsked};
use record::{Role, SourceId};
use store::{Arrival, Mentioned};

use crate::made_up;
use crate::world::{COMMUNITY, HOSPITAL, World, caller, code, nhs};

const NUMBER: &str = "9990000018";
const TEXT: &[u8] =
    b"MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08||P|2.4\rPID|1||9990000018^^^NHS^NH||Okafor^Grace\r";

fn administrator() -> Caller {
    caller(Role::Administrator, HOSPITAL)
}

/// The row of a message of the hospital's that cannot be read.
async fn held(world: &World) -> u64 {
    let source = SourceId::new("kingsbrook").unwrap();
    let arrival = Arrival { source, control_id: None, stated_at: None, received_at: world.now(), bytes: TEXT.to_vec() };
    let about = vec![Mentioned { key: None, nhs_number: Some(nhs(NUMBER)) }];
    let reason = "the message has no control id";
    world.inbox.receive_unreadable(arrival, "unreadable", "MSH-10", reason, about).await.unwrap();
    world.inbox.quarantined(None).await.unwrap().last().unwrap().id
}

async fn grace(world: &World) -> record::PersonId {
    world.tell("kingsbrook", "1", Some(made_up::person("plain", NUMBER)), vec![]).await.0
}

#[tokio::test]
async fn an_administrator_sees_where_and_why_and_nothing_of_what_a_message_says() {
    let world = World::new().await;
    let item = held(&world).await;
    let list = world.disclosure.quarantine(&administrator()).await.unwrap();
    let one = world.disclosure.quarantined(&administrator(), item).await.unwrap();
    let outline = world.disclosure.quarantined_outline(&administrator(), &one.item).await.unwrap();
    let told = format!("{:?} {:?} {:?}", *list, *one, *outline);
    assert!(told.contains("MSH-10") && told.contains("no control id"));
    for said in ["Okafor", "Grace", NUMBER] {
        assert!(!told.contains(said), "{said}");
    }
}

#[tokio::test]
async fn the_text_is_shown_for_a_reason_that_is_written_down_for_whoever_it_is_about() {
    let world = World::new().await;
    let person = grace(&world).await;
    let item = held(&world).await;
    let door = &world.disclosure;
    assert_eq!(code(&door.quarantined_text(&administrator(), item, " ").await.unwrap_err()), "reason-needed");
    let text = door.quarantined_text(&administrator(), item, "to see the number").await.unwrap();
    assert_eq!(*text, TEXT);
    let rows = world.logged(Some(person)).await;
    let row = rows.iter().find(|row| row.act == audit::Act::QuarantineOpened).unwrap();
    assert_eq!(row.reason.as_deref(), Some("to see the number"));
    assert_eq!(row.page.as_deref(), Some(format!("quarantine {item}").as_str()));
}

#[tokio::test]
async fn nothing_of_a_message_about_somebody_closed_is_shown_or_corrected_and_it_can_be_settled() {
    let world = World::new().await;
    let person = grace(&world).await;
    world.desk.set_opt_out(person, true).await.unwrap();
    let item = held(&world).await;
    let (door, who) = (&world.disclosure, administrator());
    assert_eq!(code(&door.quarantined_text(&who, item, "a fault").await.unwrap_err()), "opted-out");
    let row = door.quarantined(&who, item).await.unwrap();
    assert_eq!(code(&door.quarantined_outline(&who, &row.item).await.unwrap_err()), "opted-out");
    let correct = Ask::Correct(b"MSH|".to_vec());
    assert_eq!(code(&door.decide_quarantined(&who, item, correct, "a fault").await.unwrap_err()), "opted-out");
    let asked = door.decide_quarantined(&who, item, Ask::Dismiss, "a fault").await.unwrap();
    assert!(matches!(asked, HandAsked::Noted(_)));
}

#[tokio::test]
async fn another_organisations_row_does_not_exist() {
    let world = World::new().await;
    let item = held(&world).await;
    let (door, other) = (&world.disclosure, caller(Role::Administrator, COMMUNITY));
    let row = door.quarantined(&administrator(), item).await.unwrap();
    assert!(door.quarantine(&other).await.unwrap().waiting.is_empty());
    for answer in [
        door.quarantined(&other, item).await.map(drop),
        door.quarantined(&other, item + 1).await.map(drop),
        door.quarantined_outline(&other, &row.item).await.map(drop),
        door.quarantined_text(&other, item, "a fault").await.map(drop),
        door.decide_quarantined(&other, item, Ask::Take, "").await.map(drop),
        door.decide_quarantined(&other, item, Ask::Correct(vec![1]), "a fault").await.map(drop),
    ] {
        assert!(matches!(answer, Err(Closed::NotFound("message in quarantine"))), "{answer:?}");
    }
}

#[tokio::test]
async fn only_those_who_look_after_quarantine_get_anything_of_it() {
    let world = World::new().await;
    let item = held(&world).await;
    let row = world.disclosure.quarantined(&administrator(), item).await.unwrap();
    for role in Role::ALL.iter().filter(|role| !matches!(role, Role::Administrator | Role::Operator)) {
        let (door, who) = (&world.disclosure, caller(*role, HOSPITAL));
        for answer in [
            door.quarantine(&who).await.map(drop),
            door.quarantined(&who, item).await.map(drop),
            door.quarantined_outline(&who, &row.item).await.map(drop),
            door.quarantined_text(&who, item, "a fault").await.map(drop),
            door.decide_quarantined(&who, item, Ask::Dismiss, "a fault").await.map(drop),
        ] {
            assert_eq!(code(&answer.unwrap_err()), "role-may-not-administer", "{role:?}");
        }
    }
}

#[tokio::test]
async fn an_operator_settles_what_waits_of_any_organisation() {
    let world = World::new().await;
    let item = held(&world).await;
    let operator = caller(Role::Operator, COMMUNITY);
    assert!(world.disclosure.quarantined(&operator, item).await.is_ok());
    let asked = world.disclosure.decide_quarantined(&operator, item, Ask::Replay, "the rule was mended").await.unwrap();
    assert!(matches!(asked, HandAsked::Noted(_)));
    let decided = &world.disclosure.quarantined(&operator, item).await.unwrap().decided;
    assert_eq!(decided[0].reason, "the rule was mended");
}

#[tokio::test]
async fn a_decision_stands_in_the_access_log_before_it_is_asked_for() {
    let world = World::new().await;
    let item = held(&world).await;
    world.disclosure.decide_quarantined(&administrator(), item, Ask::Dismiss, "a test message").await.unwrap();
    let rows = world.all_logged().await;
    let row = rows.iter().find(|row| row.act == audit::Act::QuarantineDecided).unwrap();
    assert_eq!(row.page.as_deref(), Some(format!("quarantine {item}, dismiss").as_str()));
    assert_eq!(row.reason.as_deref(), Some("a test message"));
}
