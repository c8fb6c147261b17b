//! No receipt, no data; and a receipt is for one request, one person, one act and one state of the facts.

use access::RequestId;
use audit::{Act, Outcome};
use record::{Demographics, EntryId, PersonId, Role, Staff};
use store::{LogRow, LookUp, Receipt, StoreError};

use crate::kit::*;

async fn two_people() -> (Kit, PersonId, PersonId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![letter("l", Some("Dear"))])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![])]).await;
    let (grace_id, jamila) = (kit.person(NUMBER).await, kit.person(OTHER_NUMBER).await);
    (kit, grace_id, jamila)
}

fn is_for_another<T>(read: Result<T, StoreError>) -> bool {
    matches!(read, Err(StoreError::ReceiptForAnother))
}

/// Receipts that must not open what the act, person and request would.
async fn wrong_receipts(
    kit: &Kit,
    staff: &Staff,
    act: Act,
    id: RequestId,
    person: Option<PersonId>,
    other: PersonId,
) -> Vec<(&'static str, Receipt)> {
    let somebody_else = if person.is_some() { None } else { Some(other) };
    let other_act = if act == Act::SignedIn { Act::SignedOut } else { Act::SignedIn };
    let mut refused = event(act, staff, person, id);
    refused.outcome = Outcome::Refused("person-refused".to_owned());
    let refused = kit.store.desk.log(LogRow { request: id, event: refused, rests_on: None }).await.unwrap();
    vec![
        ("another request", kit.log(act, staff, person, request()).await),
        ("another person", kit.log(act, staff, Some(other), id).await),
        ("a person or none", kit.log(act, staff, somebody_else, id).await),
        ("another act", kit.log(other_act, staff, person, id).await),
        ("a refusal", refused),
    ]
}

#[tokio::test]
async fn a_record_and_what_is_in_it_opens_only_with_its_own_receipt() {
    let (kit, grace_id, jamila) = two_people().await;
    let (decision, _) = kit.open(grace_id, &doctor()).await;
    let id = decision.request();
    let letter = EntryId::new(grace_id, 0).unwrap();
    let clinical = &kit.store.clinical;
    for (why, receipt) in wrong_receipts(&kit, &doctor(), Act::RecordOpened, id, Some(grace_id), jamila).await {
        assert!(is_for_another(clinical.record(&decision, &receipt).await), "record: {why}");
        assert!(is_for_another(clinical.letter_text(&decision, &receipt, letter).await), "letter: {why}");
        assert!(is_for_another(clinical.source_text(&decision, &receipt, letter).await), "source: {why}");
    }
    let right = kit.log(Act::RecordOpened, &doctor(), Some(grace_id), id).await;
    assert!(clinical.record(&decision, &right).await.is_ok());
    let jamilas = EntryId::new(jamila, 0).unwrap();
    assert!(matches!(clinical.letter_text(&decision, &right, jamilas).await, Err(StoreError::NotFound(_))));
    assert!(matches!(clinical.source_text(&decision, &right, jamilas).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn who_a_person_is_opens_only_with_its_own_receipt() {
    let (kit, grace_id, jamila) = two_people().await;
    let id = request();
    let stand = kit.stand(grace_id, &doctor()).await;
    let asked = access::Request { id, person: grace_id, purpose: access::Purpose::DirectCare, at: noon() };
    let decision = access::decide_identity(&policy(), &actor(&doctor()), &stand.facts, &asked).unwrap();
    for (why, receipt) in wrong_receipts(&kit, &doctor(), Act::IdentityShown, id, Some(grace_id), jamila).await {
        assert!(is_for_another(kit.store.clinical.identity(&decision, &receipt).await), "{why}");
    }
    let right = kit.log(Act::IdentityShown, &doctor(), Some(grace_id), id).await;
    let (charts, doubts) = kit.store.clinical.identity(&decision, &right).await.unwrap();
    assert_eq!((charts[0].told.clone(), doubts), (grace(), vec![]));

    let restricted = Demographics { restricted: true, ..grace() };
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(restricted), vec![])]).await;
    let read = kit.store.clinical.identity(&decision, &right).await;
    assert!(matches!(read, Err(StoreError::FactsMoved)), "restricted after the decision");
}

#[tokio::test]
async fn a_search_a_message_and_a_copy_open_only_with_their_own_receipts() {
    let (kit, grace_id, jamila) = two_people().await;
    let clinical = &kit.store.clinical;
    let (policy, doctor, operator) = (policy(), doctor(), operator());

    let id = request();
    let search = access::decide_search(
        &policy,
        &actor(&doctor),
        id,
        noon(),
        &access::Purpose::DirectCare,
        access::SearchBy::NhsNumber,
    );
    let search = search.unwrap();
    let look_up = || LookUp::NhsNumber(grace().nhs_number.unwrap());
    for (why, receipt) in wrong_receipts(&kit, &doctor, Act::Searched, id, None, jamila).await.into_iter() {
        assert!(is_for_another(clinical.search(&search, &receipt, look_up()).await), "search: {why}");
    }

    let id = request();
    let message = record::MessageId(1);
    let concerns = [kit.stand(grace_id, &operator).await.facts];
    let decision = access::decide_message(&policy, &actor(&operator), id, noon(), &concerns, "why").unwrap();
    for (why, receipt) in wrong_receipts(&kit, &operator, Act::MessageShown, id, None, jamila).await {
        assert!(is_for_another(clinical.message(&decision, &receipt, message).await), "message: {why}");
    }

    let id = request();
    let decision = access::decide_export(&policy, &actor(&operator), id, noon(), grace_id, "why").unwrap();
    for (why, receipt) in wrong_receipts(&kit, &operator, Act::PersonExported, id, Some(grace_id), jamila).await {
        assert!(is_for_another(clinical.export(&decision, &receipt).await), "export: {why}");
    }

    let id = request();
    let officer = staff(Role::PrivacyOfficer, "ZKB01");
    let decision = access::decide_review(&policy, &actor(&officer), id, noon(), Some(grace_id)).unwrap();
    for (why, receipt) in wrong_receipts(&kit, &officer, Act::LogReviewed, id, Some(grace_id), jamila).await {
        assert!(is_for_another(kit.store.log.rows(&decision, &receipt, None).await), "review: {why}");
    }
}

#[tokio::test]
async fn a_message_opens_only_for_a_decision_that_knows_everybody_in_it() {
    let (kit, grace_id, jamila) = two_people().await;
    let id = request();
    let about_grace = record::MessageId(1);
    for (person, opens) in [(grace_id, true), (jamila, false)] {
        let concerns = [kit.stand(person, &operator()).await.facts];
        let decision = access::decide_message(&policy(), &actor(&operator()), id, noon(), &concerns, "why").unwrap();
        let receipt = kit.log(Act::MessageShown, &operator(), None, id).await;
        let read = kit.store.clinical.message(&decision, &receipt, about_grace).await;
        assert_eq!(read.is_ok(), opens, "{read:?}");
    }
}

#[tokio::test]
async fn a_record_that_moved_after_its_row_was_logged_is_not_shown_as_the_one_that_was() {
    let (kit, grace_id, _) = two_people().await;
    let (decision, receipt) = kit.open(grace_id, &doctor()).await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", None, vec![medicine("m", "new")])]).await;
    assert!(matches!(kit.store.clinical.record(&decision, &receipt).await, Err(StoreError::FactsMoved)));
    let (decision, receipt) = kit.open(grace_id, &doctor()).await;
    assert_eq!(kit.store.clinical.record(&decision, &receipt).await.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn a_change_of_one_persons_record_leaves_other_openings_alone() {
    let (kit, grace_id, _) = two_people().await;
    let (decision, receipt) = kit.open(grace_id, &doctor()).await;
    kit.tell(HOSPITAL, NOON, vec![change("H2", None, vec![medicine("m", "Jamila's")])]).await;
    assert!(kit.store.clinical.record(&decision, &receipt).await.is_ok());
}

#[tokio::test]
async fn whoever_opts_out_after_the_decision_is_not_even_logged_as_seen() {
    let (kit, grace_id, _) = two_people().await;
    kit.permit(grace_id, &doctor()).await;
    let (decision, stand) = kit.decide(grace_id, &doctor()).await.unwrap();
    kit.store.desk.set_opt_out(grace_id, true).await.unwrap();
    assert!(matches!(kit.log_opening(&decision, &stand).await, Err(StoreError::FactsMoved)));
    let row = event(Act::RecordOpened, &doctor(), Some(grace_id), decision.request());
    let rows = vec![LogRow { request: decision.request(), event: row, rests_on: Some(decision.facts_version()) }];
    assert!(matches!(kit.store.desk.log_all(rows).await, Err(StoreError::FactsMoved)), "nor among several");
    assert_eq!(kit.store.log.verify(grace_id).await.unwrap(), 0, "no row was written");
}

#[tokio::test]
async fn dissent_a_refusal_and_sign_out_end_a_decision_too() {
    let (kit, grace_id, jamila) = two_people().await;
    let desk = &kit.store.desk;
    for change in ["dissent", "refusal", "another person's opt-out"] {
        kit.permit(grace_id, &doctor()).await;
        let (decision, stand) = kit.decide(grace_id, &doctor()).await.unwrap();
        match change {
            "dissent" => desk.set_dissent(grace_id, true).await.unwrap(),
            "refusal" => {
                desk.record_answer(grace_id, &doctor(), store::Asked::No, noon(), noon()).await.unwrap();
            }
            _ => desk.set_opt_out(jamila, true).await.unwrap(),
        }
        let logged = kit.log_opening(&decision, &stand).await;
        assert_eq!(logged.is_ok(), change == "another person's opt-out", "{change}");
        desk.set_dissent(grace_id, false).await.unwrap();
        kit.home.tamper("DELETE FROM permission").await;
    }
}
