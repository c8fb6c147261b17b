//! What is decided about quarantine is carried out: promptly, durably and once.

use access::{Actor, Policy, RequestId, decide_quarantine_act};
use audit::Act;
use intake::{Payload, carry_out_decisions};
use jiff::Timestamp;
use record::{OdsCode, Role};
use store::{Ask, HAND_REQUESTS_MAX, HandAsked, LogRow, QuarantinedUnit};
use tokio_util::sync::CancellationToken;

use crate::hospital::*;
use crate::house::{House, event, hospital, practice, staff, start};

async fn ask(house: &House, unit: &QuarantinedUnit, ask: Ask) {
    let actor = Actor { staff: staff(Role::Administrator), takes_part: true };
    let (policy, of) = (Policy::shipped().unwrap(), OdsCode::new("ZZ901").unwrap());
    let id = RequestId::from_bytes([9; 16]);
    let at: Timestamp = start();
    let decision = decide_quarantine_act(&policy, &actor, id, at, &of, "the supplier mended it").unwrap();
    let mut event = event(Act::QuarantineDecided, None);
    event.request = id.hex();
    let receipt = house.store.desk.log(LogRow { request: id, event, rests_on: None }).await.unwrap();
    let asked = house.store.desk.ask_of_quarantine(&decision, &receipt, (unit.id, unit.message), ask).await.unwrap();
    assert!(matches!(asked, HandAsked::Noted(_)), "{asked:?}");
}

/// Grace's admission without its control id.
fn without_control_id() -> String {
    String::from_utf8(admitted("42")).unwrap().replace("|42|", "||")
}

#[tokio::test]
async fn a_corrected_message_is_in_the_record_and_the_original_stays_as_it_came() {
    let house = House::open().await;
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    let held = house.waiting_units().await;
    assert_eq!((held.len(), held[0].place.as_str()), (1, "MSH-10"));
    ask(&house, &held[0], Ask::Correct(admitted("42"))).await;
    assert_eq!(house.intake.carry_out().await.unwrap(), 1);
    assert!(house.waiting_units().await.is_empty());
    let record = house.record(house.person(GRACE).await).await;
    assert!(!record.entries.is_empty());
    assert_eq!(house.raw(held[0].message).await, without_control_id().into_bytes());
    assert_eq!(house.messages().await, 2);
    assert_eq!(house.intake.carry_out().await.unwrap(), 0, "nothing is left to be done");
}

#[tokio::test]
async fn a_decision_of_before_a_crash_is_carried_out_after_it() {
    let house = House::open().await;
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    let held = house.waiting_units().await.remove(0);
    ask(&house, &held, Ask::Correct(admitted("42"))).await;
    let house = House::open_in(house.close().await, &crate::house::sources()).await;
    let stop = CancellationToken::new();
    let carrying = tokio::spawn(carry_out_decisions(house.intake.clone(), stop.clone()));
    while !house.waiting_units().await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    carrying.await.unwrap();
    assert_eq!(house.count().await.0, 1);
}

#[tokio::test]
async fn a_program_that_runs_carries_out_at_once_what_it_is_asked() {
    let house = House::open().await;
    let stop = CancellationToken::new();
    let carrying = tokio::spawn(carry_out_decisions(house.intake.clone(), stop.clone()));
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    let held = house.waiting_units().await.remove(0);
    ask(&house, &held, Ask::Dismiss).await;
    while !house.waiting_units().await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    carrying.await.unwrap();
    assert_eq!(house.count().await.0, 0, "nothing of it is in a record");
}

#[tokio::test]
async fn a_replay_of_what_still_cannot_be_read_says_so_and_goes_on_waiting() {
    let house = House::open().await;
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    let held = house.waiting_units().await.remove(0);
    ask(&house, &held, Ask::Replay).await;
    house.intake.carry_out().await.unwrap();
    let still = house.waiting_units().await;
    assert_eq!((still.len(), still[0].id), (1, held.id));
}

#[tokio::test]
async fn a_replay_takes_up_what_waited_of_a_message_and_leaves_the_rest_as_it_is() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("1")).await;
    // The same hospital number for somebody of another name and birth date waits.
    let other = hl7("ADT^A08", "2", &["EVN|A08", &pid("77", "", "Nwosu^Chidi", "19500101"), "AL1|1|DA|^Latex"]);
    house.apply(&hospital(), Payload::Hl7v2, other).await;
    let held = house.waiting_units().await.remove(0);
    let before = house.record(house.person(GRACE).await).await.entries.len();
    ask(&house, &held, Ask::Replay).await;
    house.intake.carry_out().await.unwrap();
    assert_eq!(house.waiting_units().await.len(), 1, "it contradicts still");
    assert_eq!(house.record(house.person(GRACE).await).await.entries.len(), before);
}

#[tokio::test]
async fn whoever_a_message_names_that_cannot_be_read_is_told_that_something_waits() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("1")).await;
    let waits = async |house: &House| -> Vec<u32> {
        let record = house.record(house.person(GRACE).await).await;
        record.sources.iter().map(|source| source.waiting_items).collect()
    };
    assert_eq!(waits(&house).await, [0, 0, 0]);
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    assert_eq!(waits(&house).await, [1, 0, 0], "by its NHS number");
    let local = without_control_id().replace(&format!("~{GRACE}^^^NHS^NH"), "");
    house.deliver(&hospital(), Payload::Hl7v2, local).await;
    assert_eq!(waits(&house).await, [2, 0, 0], "by the hospital's own number");
    let torn = patient("p1", GRACE, "Okafor", "Grace", "1961-04-02");
    house.deliver(&practice(), Payload::FhirJson, &torn.as_bytes()[..torn.len() - 20]).await;
    assert_eq!(waits(&house).await, [2, 1, 0], "in a bundle that was cut off");
}

#[tokio::test]
async fn decisions_that_can_never_be_carried_out_keep_none_behind_them_waiting() {
    let house = House::open().await;
    let many = usize::try_from(HAND_REQUESTS_MAX).unwrap() + 1;
    for number in 0..many {
        let message = format!("{}\rZXX|{number}", without_control_id());
        house.deliver(&hospital(), Payload::Hl7v2, message).await;
    }
    house.deliver(&practice(), Payload::FhirJson, "{\"resourceType\": \"Bundle\",").await;
    for unit in house.waiting_units().await {
        let asked = if unit.source == practice() { Ask::Dismiss } else { Ask::Replay };
        ask(&house, &unit, asked).await;
    }
    // Nobody can read what the hospital sent any more.
    let known: Vec<_> = crate::house::sources().into_iter().filter(|one| one.id != hospital()).collect();
    let house = House::open_in(house.close().await, &known).await;
    house.intake.carry_out().await.expect_err("most of it cannot be carried out");
    let waiting = house.waiting_units().await;
    assert_eq!(waiting.len(), many);
    assert!(waiting.iter().all(|unit| unit.source.as_str() != practice().as_str()), "the last of all was reached");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_about_somebody_closed_is_shown_to_nobody() {
    let house = House::open().await;
    house.apply(&hospital(), Payload::Hl7v2, admitted("1")).await;
    house.store.desk.set_opt_out(house.person(GRACE).await, true).await.unwrap();
    house.deliver(&hospital(), Payload::Hl7v2, without_control_id()).await;
    let held = house.waiting_units().await.remove(0);
    assert_eq!(house.shown(held.message).await.unwrap_err().code(), "opted-out");
}
