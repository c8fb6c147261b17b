use record::{Content, EntryId, PersonId, Role};
use store::StoreError;

use crate::kit::*;

async fn text(kit: &Kit, person: PersonId, letter: EntryId) -> Option<String> {
    let (decision, receipt) = kit.open(person, &doctor()).await;
    kit.store.clinical.letter_text(&decision, &receipt, letter).await.unwrap()
}

async fn grace_with_letter(body: Option<&str>) -> (Kit, PersonId, EntryId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![letter("l", body)])]).await;
    let person = kit.person(NUMBER).await;
    let id = kit.read(person).await.entries[0].id;
    (kit, person, id)
}

#[tokio::test]
async fn the_text_of_a_letter_is_read_when_it_is_opened_and_not_with_the_record() {
    let (kit, person, id) = grace_with_letter(Some("Dear colleague")).await;
    let record = kit.read(person).await;
    let Content::Letter(listed) = &record.entries[0].content else { panic!("a letter") };
    assert_eq!(listed.text, None);
    assert_eq!(text(&kit, person, id).await.as_deref(), Some("Dear colleague"));
}

#[tokio::test]
async fn a_letter_may_come_without_text() {
    let (kit, person, id) = grace_with_letter(None).await;
    assert_eq!(text(&kit, person, id).await, None);
}

#[tokio::test]
async fn changed_text_is_a_change_and_the_earlier_text_is_kept() {
    let (kit, person, id) = grace_with_letter(Some("first")).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    for (body, versions) in [(Some("first"), 0), (Some("second"), 1), (None, 2), (Some("fourth"), 3)] {
        kit.tell(HOSPITAL, NOON, vec![change("H1", None, vec![letter("l", body)])]).await;
        assert_eq!(text(&kit, person, id).await.as_deref(), body, "no text of another version is shown");
        assert_eq!(kit.count("SELECT count(*) FROM entry_version").await, versions);
        let now = kit.stand(person, &doctor()).await.record_version;
        assert_eq!(now, before + versions.cast_unsigned(), "{body:?}");
    }
    assert_eq!(kit.count("SELECT count(*) FROM entry_version WHERE letter_body IS NOT NULL").await, 2);
}

#[tokio::test]
async fn the_text_of_a_letter_that_arrives_late_does_not_replace_the_newer_text() {
    let (kit, person, id) = grace_with_letter(Some("new")).await;
    kit.tell(HOSPITAL, "2026-11-22T12:00:00Z", vec![change("H1", None, vec![letter("l", Some("old"))])]).await;
    assert_eq!(text(&kit, person, id).await.as_deref(), Some("new"));
    assert_eq!(kit.count("SELECT count(*) FROM entry_version WHERE letter_body IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_role_that_does_not_see_letters_reads_none_and_nobody_reads_what_is_no_letter() {
    let (kit, person, id) = grace_with_letter(Some("Dear colleague")).await;
    let (decision, receipt) = kit.open(person, &staff(Role::SocialWorker, "ZKB01")).await;
    let refused = kit.store.clinical.letter_text(&decision, &receipt, id).await;
    assert!(matches!(refused, Err(StoreError::NotFound("letter"))), "{refused:?}");

    kit.tell(HOSPITAL, NOON, vec![change("H1", None, vec![medicine("m", "ramipril")])]).await;
    let (decision, receipt) = kit.open(person, &doctor()).await;
    let medicine = EntryId::new(person, 1).unwrap();
    let missing = EntryId::new(person, 2).unwrap();
    for id in [medicine, missing] {
        let refused = kit.store.clinical.letter_text(&decision, &receipt, id).await;
        assert!(matches!(refused, Err(StoreError::NotFound("letter"))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_sensitive_letter_opens_only_for_roles_that_see_sensitive_entries() {
    let kit = Kit::new().await;
    let sensitive =
        record::NewEntry { sensitivity: record::Sensitivity::Sensitive, ..letter("l", Some("Dear colleague")) };
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![sensitive])]).await;
    let person = kit.person(NUMBER).await;
    let id = EntryId::new(person, 0).unwrap();
    let (decision, receipt) = kit.open(person, &staff(Role::Therapist, "ZKB01")).await;
    assert!(kit.store.clinical.letter_text(&decision, &receipt, id).await.is_err());
    assert_eq!(text(&kit, person, id).await.as_deref(), Some("Dear colleague"));
}
