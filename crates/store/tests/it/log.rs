use audit::{Act, Event};
use jiff::Timestamp;
use record::{PersonId, Role, Staff};
use store::{LOG_ROWS_MAX, LogRow, StoreError};

use crate::kit::*;

const GRACE: PersonId = PersonId(1);
const JAMILA: PersonId = PersonId(2);

async fn with_rows(count: u32) -> Kit {
    let kit = Kit::new().await;
    for number in 0..count {
        let mut event = event(Act::RecordOpened, &doctor(), Some(GRACE), request());
        event.count = Some(number);
        kit.store.desk.log(LogRow { request: request(), event, rests_on: None }).await.unwrap();
    }
    kit
}

async fn rows(kit: &Kit, officer: &Staff, about: Option<PersonId>, from: Option<Timestamp>) -> (Vec<Event>, bool) {
    let id = request();
    let decision = access::decide_review(&policy(), &actor(officer), id, noon(), about).unwrap();
    let receipt = kit.log(Act::LogReviewed, officer, about, id).await;
    kit.store.log.rows(&decision, &receipt, from).await.unwrap()
}

#[tokio::test]
async fn receipts_count_each_person_apart() {
    let kit = Kit::new().await;
    let mut counters = Vec::new();
    for person in [Some(GRACE), Some(GRACE), Some(JAMILA), None, Some(GRACE), None] {
        counters.push(kit.log(Act::RecordOpened, &doctor(), person, request()).await.counter());
    }
    assert_eq!(counters, [1, 2, 1, 1, 3, 2]);
    let kit = kit.reopened().await;
    assert_eq!(kit.log(Act::RecordOpened, &doctor(), Some(GRACE), request()).await.counter(), 4);
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 4);
    assert_eq!(kit.store.log.verify(JAMILA).await.unwrap(), 1);
    assert_eq!(kit.store.log.verify(PersonId(3)).await.unwrap(), 0, "nobody looked");
}

#[tokio::test]
async fn a_receipt_commits_to_the_row_that_was_written() {
    let kit = Kit::new().await;
    let receipt = kit.log(Act::RecordOpened, &doctor(), Some(GRACE), request()).await;
    let stored = kit.texts("SELECT commitment FROM access_log").await;
    assert_eq!(stored, [hex(receipt.commitment().as_bytes())]);
    assert_eq!(kit.count("SELECT count(DISTINCT salt) FROM access_log").await, 1);
}

#[tokio::test]
async fn two_equal_rows_have_different_commitments() {
    let kit = Kit::new().await;
    let id = request();
    let first = kit.log(Act::RecordOpened, &doctor(), Some(GRACE), id).await;
    let second = kit.log(Act::RecordOpened, &doctor(), Some(GRACE), id).await;
    assert_ne!(first.commitment(), second.commitment());
}

/// Each way of tampering with three rows, as SQL.
const TAMPERING: &[(&str, &str)] = &[
    (
        "an event is edited",
        "UPDATE access_log SET event = (SELECT event FROM access_log WHERE counter = 1) WHERE counter = 2",
    ),
    ("a salt is edited", "UPDATE access_log SET salt = commitment WHERE counter = 2"),
    ("a commitment is edited", "UPDATE access_log SET commitment = salt WHERE counter = 2"),
    ("a head is edited", "UPDATE access_log SET head = salt WHERE counter = 2"),
    ("a row in the middle is deleted", "DELETE FROM access_log WHERE counter = 2"),
    (
        "a row is deleted and the rest numbered anew",
        "DELETE FROM access_log WHERE counter = 2; UPDATE access_log SET counter = 2 WHERE counter = 3",
    ),
    ("the newest row is cut off", "DELETE FROM access_log WHERE counter = 3"),
    ("every row is cut off", "DELETE FROM access_log"),
    (
        "two rows change places",
        "UPDATE access_log SET counter = 9 WHERE counter = 1; UPDATE access_log SET counter = 1 WHERE counter = 2;
         UPDATE access_log SET counter = 2 WHERE counter = 9",
    ),
    ("a row is moved to another person", "UPDATE access_log SET person = 2 WHERE counter = 3"),
    ("the head is forgotten", "DELETE FROM chain_head"),
    ("the head is set back", "UPDATE chain_head SET counter = 2"),
    ("a row is hidden from its organisation", "UPDATE access_log SET organisation = 'ZXX99' WHERE counter = 2"),
    ("a row is hidden in the past", "UPDATE access_log SET at = 0 WHERE counter = 2"),
    ("a row names other staff", "UPDATE access_log SET staff = 'somebody' WHERE counter = 2"),
    ("a row names another act", "UPDATE access_log SET act = 'signed-in' WHERE counter = 2"),
];

#[tokio::test]
async fn whatever_is_altered_in_the_file_is_found() {
    for (what, sql) in TAMPERING {
        let kit = with_rows(3).await;
        assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 3);
        kit.home.tamper(sql).await;
        let verified = kit.store.log.verify(GRACE).await;
        assert!(verified.is_err(), "{what}");
    }
}

#[tokio::test]
async fn a_row_that_was_moved_to_another_person_is_found_there_too() {
    let kit = with_rows(1).await;
    kit.home.tamper("UPDATE access_log SET person = 2; UPDATE chain_head SET person = 2").await;
    assert!(kit.store.log.verify(JAMILA).await.is_err(), "its event is about somebody else");
}

#[tokio::test]
async fn rows_are_shown_newest_first_by_person_and_by_organisation() {
    let kit = with_rows(2).await;
    kit.log(Act::RecordOpened, &staff(Role::Doctor, "ZXX99"), Some(GRACE), request()).await;
    kit.log(Act::RecordOpened, &doctor(), Some(JAMILA), request()).await;
    let officer = staff(Role::PrivacyOfficer, "ZKB01");

    let (about_grace, more) = rows(&kit, &officer, Some(GRACE), None).await;
    let acts: Vec<_> = about_grace.iter().map(|event| (event.act, event.count)).collect();
    let opened = |count| (Act::RecordOpened, Some(count));
    assert_eq!(acts, [(Act::LogReviewed, None), opened(1), opened(0)], "not the other organisation's");
    assert!(!more);

    let (everyone, _) = rows(&kit, &officer, None, None).await;
    assert!(everyone.iter().all(|event| event.organisation == "ZKB01"));
    let people: Vec<_> = everyone.iter().map(|event| event.person).collect();
    assert_eq!(people, [None, Some(GRACE), Some(JAMILA), Some(GRACE), Some(GRACE)]);

    let (elsewhere, _) = rows(&kit, &staff(Role::PrivacyOfficer, "ZXX99"), Some(GRACE), None).await;
    assert_eq!(elsewhere.len(), 2, "the opening by ZXX99 and this review");
}

#[tokio::test]
async fn rows_can_be_asked_for_from_a_time_on() {
    let kit = with_rows(1).await;
    let mut later = event(Act::IdentityShown, &doctor(), Some(GRACE), request());
    later.at = after_noon(60);
    kit.store.desk.log(LogRow { request: request(), event: later, rests_on: None }).await.unwrap();
    let officer = staff(Role::PrivacyOfficer, "ZKB01");
    let (from_then, _) = rows(&kit, &officer, Some(GRACE), Some(after_noon(60))).await;
    assert_eq!(from_then.iter().map(|event| event.act).collect::<Vec<_>>(), [Act::IdentityShown]);
}

#[tokio::test]
async fn a_page_of_the_log_has_its_limit_and_says_that_there_is_more() {
    let kit = Kit::new().await;
    let logged = |count: usize| {
        let row = |_| LogRow {
            request: request(),
            event: event(Act::RecordOpened, &doctor(), Some(GRACE), request()),
            rests_on: None,
        };
        (0..count).map(row).collect::<Vec<_>>()
    };
    let officer = staff(Role::PrivacyOfficer, "ZKB01");
    kit.store.desk.log_all(logged(LOG_ROWS_MAX - 1)).await.unwrap();
    let (page, more) = rows(&kit, &officer, Some(GRACE), None).await;
    assert_eq!((page.len(), more), (LOG_ROWS_MAX, false), "with the row of the review itself");
    let (page, more) = rows(&kit, &officer, Some(GRACE), None).await;
    assert_eq!((page.len(), more), (LOG_ROWS_MAX, true));
}

#[tokio::test]
async fn several_rows_are_written_together_or_not_at_all() {
    let kit = Kit::new().await;
    let row = |person, reason: Option<String>| {
        let mut event = event(Act::IdentityShown, &doctor(), Some(person), request());
        event.reason = reason;
        LogRow { request: request(), event, rests_on: None }
    };
    kit.store.desk.log_all(vec![row(GRACE, None), row(JAMILA, None)]).await.unwrap();
    assert_eq!((kit.store.log.verify(GRACE).await.unwrap(), kit.store.log.verify(JAMILA).await.unwrap()), (1, 1));
    let too_long = Some("x".repeat(Event::BYTES_MAX));
    let written = kit.store.desk.log_all(vec![row(GRACE, None), row(JAMILA, too_long)]).await;
    assert!(matches!(written, Err(StoreError::TooLong(_))), "{written:?}");
    assert_eq!(kit.store.log.verify(GRACE).await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_that_could_not_be_read_again_is_not_written() {
    let kit = Kit::new().await;
    let mut longest = event(Act::RecordOpened, &doctor(), Some(GRACE), request());
    longest.reason = Some(String::new());
    let room = Event::BYTES_MAX - longest.canonical().len();
    for (extra, fits) in [(0, true), (1, false)] {
        longest.reason = Some("x".repeat(room + extra));
        let row = LogRow { request: request(), event: longest.clone(), rests_on: None };
        assert_eq!(kit.store.desk.log(row).await.is_ok(), fits, "{extra} byte more than fits");
    }
    let (shown, _) = rows(&kit, &staff(Role::PrivacyOfficer, "ZKB01"), Some(GRACE), None).await;
    assert_eq!(shown.len(), 2, "and the log still opens");
}
