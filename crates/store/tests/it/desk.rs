use access::{Basis, Emergency, EmergencyReason, EmergencyText, PermissionGiven, Refusal};
use jiff::Timestamp;
use record::{PersonId, Role, Staff};
use store::{Asked, SessionKey, StoreError};

use crate::kit::*;

const SESSION: SessionKey = [7; 32];

async fn with_grace() -> (Kit, PersonId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    (kit, person)
}

async fn answer(kit: &Kit, person: PersonId, asked: Asked, at: Timestamp, until: Timestamp) {
    kit.store.desk.record_answer(person, &doctor(), asked, at, until).await.unwrap();
}

fn yes() -> Asked {
    Asked::Yes(PermissionGiven::Person)
}

#[tokio::test]
async fn a_permission_in_force_opens_the_record_for_that_organisation_alone() {
    let (kit, person) = with_grace().await;
    assert_eq!(kit.decide(person, &doctor()).await.err(), Some(Refusal::PermissionNeeded));
    let daughter = PermissionGiven::Decider { name: "Ada Eze".into(), relationship: "daughter".into() };
    answer(&kit, person, Asked::Yes(daughter.clone()), after_noon(-60), after_noon(60)).await;
    let (decision, stand) = kit.decide(person, &doctor()).await.unwrap();
    let wanted = Basis::Permission { given: daughter, at: after_noon(-60), until: after_noon(60) };
    assert_eq!(decision.basis(), &wanted);
    assert_eq!(stand.facts.permission.unwrap().recorded_by, doctor().name);
    kit.decide(person, &staff(Role::Nurse, "ZKB01")).await.expect("a colleague of the same organisation");
    let elsewhere = kit.decide(person, &staff(Role::Doctor, "ZXX99")).await;
    assert_eq!(elsewhere.err(), Some(Refusal::PermissionNeeded));
}

#[tokio::test]
async fn an_expired_permission_opens_nothing_until_the_person_is_asked_again() {
    let (kit, person) = with_grace().await;
    answer(&kit, person, yes(), after_noon(-120), noon()).await;
    assert_eq!(kit.decide(person, &doctor()).await.err(), Some(Refusal::PermissionNeeded), "over at this instant");
    answer(&kit, person, yes(), noon(), after_noon(1)).await;
    assert!(kit.decide(person, &doctor()).await.is_ok());
}

#[tokio::test]
async fn a_refusal_after_a_permission_closes_and_a_later_yes_opens_again() {
    let (kit, person) = with_grace().await;
    answer(&kit, person, yes(), after_noon(-300), after_noon(3600)).await;
    answer(&kit, person, Asked::No, after_noon(-200), after_noon(-200)).await;
    let refused = kit.decide(person, &doctor()).await.err();
    assert_eq!(refused, Some(Refusal::PersonRefused { at: after_noon(-200) }));
    answer(&kit, person, yes(), after_noon(-100), after_noon(3600)).await;
    assert!(kit.decide(person, &doctor()).await.is_ok());
    let elsewhere = kit.decide(person, &staff(Role::Doctor, "ZXX99")).await.err();
    assert_eq!(elsewhere, Some(Refusal::PermissionNeeded), "the no was said to one organisation");
}

fn emergency(at: Timestamp) -> Emergency {
    let text = EmergencyText::parse("GCS 8, found collapsed").unwrap();
    Emergency::starting(at, EmergencyReason::TooUnwell, text)
}

async fn emergency_seen(
    kit: &Kit,
    person: PersonId,
    staff: &Staff,
    session: Option<SessionKey>,
    at: Timestamp,
) -> bool {
    kit.store.desk.stand(person, staff, session, at).await.unwrap().facts.emergency.is_some()
}

#[tokio::test]
async fn an_emergency_is_bound_to_one_staff_member_one_person_and_one_session_for_an_hour() {
    let (kit, person) = with_grace().await;
    kit.tell(HOSPITAL, NOON, vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![])]).await;
    let jamila = kit.person(OTHER_NUMBER).await;
    kit.store.desk.record_emergency(person, &doctor(), SESSION, emergency(noon())).await.unwrap();
    let stand = kit.store.desk.stand(person, &doctor(), Some(SESSION), noon()).await.unwrap();
    assert_eq!(stand.facts.emergency, Some(emergency(noon())), "reads back whole");

    assert!(emergency_seen(&kit, person, &doctor(), Some(SESSION), after_noon(3599)).await);
    assert!(!emergency_seen(&kit, person, &doctor(), Some(SESSION), after_noon(3600)).await, "after its hour");
    assert!(!emergency_seen(&kit, jamila, &doctor(), Some(SESSION), noon()).await, "another person");
    assert!(!emergency_seen(&kit, person, &staff(Role::Nurse, "ZKB01"), Some(SESSION), noon()).await, "a colleague");
    assert!(!emergency_seen(&kit, person, &doctor(), Some([8; 32]), noon()).await, "another session");
    assert!(!emergency_seen(&kit, person, &doctor(), None, noon()).await, "no session");
}

#[tokio::test]
async fn signing_out_ends_the_emergencies_of_that_session_and_decisions_that_rest_on_them() {
    let (kit, person) = with_grace().await;
    let desk = &kit.store.desk;
    desk.begin_session("cookie", &doctor(), noon()).await.unwrap();
    let session = desk.session("cookie", noon()).await.unwrap().unwrap().key;
    desk.record_emergency(person, &doctor(), session, emergency(noon())).await.unwrap();
    desk.record_emergency(person, &doctor(), SESSION, emergency(noon())).await.unwrap();
    let before = desk.stand(person, &doctor(), Some(session), noon()).await.unwrap().facts.version;

    desk.end_session(session, after_noon(10)).await.unwrap();
    assert!(!emergency_seen(&kit, person, &doctor(), Some(session), after_noon(10)).await);
    assert!(emergency_seen(&kit, person, &doctor(), Some(SESSION), after_noon(10)).await, "another session's goes on");
    let row = store::LogRow {
        request: request(),
        event: event(audit::Act::RecordOpened, &doctor(), Some(person), request()),
        rests_on: Some(before),
    };
    assert!(matches!(desk.log(row).await, Err(StoreError::FactsMoved)));
}

#[tokio::test]
async fn an_opt_out_counts_from_the_next_look_at_the_facts_and_can_be_taken_back() {
    let (kit, person) = with_grace().await;
    kit.permit(person, &doctor()).await;
    assert!(kit.decide(person, &doctor()).await.is_ok());
    kit.store.desk.set_opt_out(person, true).await.unwrap();
    assert_eq!(kit.decide(person, &doctor()).await.err(), Some(Refusal::OptedOut));
    kit.store.desk.set_opt_out(person, false).await.unwrap();
    assert!(kit.decide(person, &doctor()).await.is_ok());
}

#[tokio::test]
async fn opt_out_and_dissent_are_two_things() {
    let (kit, person) = with_grace().await;
    kit.store.desk.set_dissent(person, true).await.unwrap();
    kit.store.desk.set_opt_out(person, true).await.unwrap();
    kit.store.desk.set_opt_out(person, false).await.unwrap();
    let facts = kit.stand(person, &doctor()).await.facts;
    assert!(facts.dissent && !facts.opted_out);
}

#[tokio::test]
async fn what_the_desk_knows_outlives_a_restart() {
    let (kit, person) = with_grace().await;
    kit.permit(person, &doctor()).await;
    kit.store.desk.set_opt_out(person, true).await.unwrap();
    let before = kit.stand(person, &doctor()).await.facts;
    let kit = kit.reopened().await;
    assert_eq!(kit.stand(person, &doctor()).await.facts, before);
}

#[tokio::test]
async fn a_restriction_by_any_source_is_a_fact_about_the_person() {
    let (kit, person) = with_grace().await;
    let before = kit.stand(person, &doctor()).await.facts;
    let restricted = record::Demographics { restricted: true, ..grace() };
    kit.tell(PRACTICE, NOON, vec![change("P1", Some(restricted), vec![])]).await;
    let after = kit.stand(person, &doctor()).await.facts;
    assert!(!before.restricted && after.restricted);
    assert_ne!(before.version, after.version);
}

#[tokio::test]
async fn nothing_is_known_of_somebody_who_does_not_exist() {
    let kit = Kit::new().await;
    let stand = kit.store.desk.stand(PersonId(99), &doctor(), None, noon()).await;
    assert!(matches!(stand, Err(StoreError::NotFound("person"))));
}
