use record::{EntryId, MessageId, SourceId};
use store::{Arrival, QUARANTINED_MAX, QuarantinedUnit, Received, UnitWork, Work};

use crate::kit::*;

fn held(kind: &str, place: &str) -> UnitWork {
    let work = Work::Quarantine { place: place.to_owned(), reason: "the day does not exist".to_owned(), about: vec![] };
    UnitWork { kind: kind.to_owned(), span: 0..1, work }
}

async fn quarantined(kit: &Kit) -> Vec<QuarantinedUnit> {
    kit.store.inbox.quarantined(None).await.unwrap()
}

#[tokio::test]
async fn a_unit_in_quarantine_is_listed_with_its_source_message_place_and_reason() {
    let kit = Kit::new().await;
    assert_eq!(quarantined(&kit).await, []);
    kit.receive(arrival(HOSPITAL, b"another".to_vec())).await;
    let message = kit.receive(arrival(PRACTICE, b"a bundle".to_vec())).await;
    let kept = UnitWork { kind: "Claim".to_owned(), span: 0..1, work: Work::Keep };
    let units = vec![kept, held("Observation", "entry[1].resource.effectiveDateTime")];
    kit.apply(application(message, PRACTICE, units)).await.unwrap();
    let wanted = QuarantinedUnit {
        id: message.0 << 24,
        source: SourceId::new(PRACTICE).unwrap(),
        message,
        unit: 1,
        kind: "Observation".to_owned(),
        place: "entry[1].resource.effectiveDateTime".to_owned(),
        reason: "the day does not exist".to_owned(),
        at: noon(),
        is_person_known: false,
        is_waiting: true,
    };
    assert_eq!(quarantined(&kit).await, [wanted]);
}

#[tokio::test]
async fn a_unit_that_concerns_a_known_record_says_so_and_not_whose() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![])]).await;
    let (message, _) = kit.tell(HOSPITAL, NOON, vec![change("1", Some(told("Ngozi", NUMBER)), vec![])]).await;
    let listed = quarantined(&kit).await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].is_person_known && listed[0].message == message);
    let text = format!("{:?}", listed[0]);
    for said in ["Ngozi", "Grace", "Okafor", NUMBER] {
        assert!(!text.contains(said), "{said} is in {text}");
    }
}

#[tokio::test]
async fn what_was_taken_up_after_all_is_listed_as_settled() {
    let kit = Kit::new().await;
    let message = |text: &str, seconds: i64| Arrival {
        control_id: Some("MSG-7".to_owned()),
        received_at: after_noon(seconds),
        ..arrival(HOSPITAL, text.as_bytes().to_vec())
    };
    kit.receive(message("first", 0)).await;
    let reused = kit.store.inbox.receive(message("second", 60)).await.unwrap();
    assert!(matches!(reused, Received::ControlIdReused(_)), "{reused:?}");
    assert!(quarantined(&kit).await[0].is_waiting);
    kit.receive(message("second", 31 * 24 * 3600)).await;
    let listed = quarantined(&kit).await;
    assert_eq!((listed.len(), listed[0].is_waiting), (1, false));
}

#[tokio::test]
async fn a_page_holds_no_more_than_its_limit_and_the_next_one_goes_on_behind_it() {
    let kit = Kit::new().await;
    let message = kit.receive(arrival(HOSPITAL, b"many rows".to_vec())).await;
    let units = (0..=QUARANTINED_MAX).map(|row| held("csv:social-care", &format!("line {row}"))).collect();
    kit.apply(application(message, HOSPITAL, units)).await.unwrap();
    let first = quarantined(&kit).await;
    assert_eq!(first.len(), usize::try_from(QUARANTINED_MAX).unwrap());
    let second = kit.store.inbox.quarantined(Some(first.last().unwrap().id)).await.unwrap();
    let places: Vec<&str> = second.iter().map(|unit| unit.place.as_str()).collect();
    assert_eq!(places, [format!("line {QUARANTINED_MAX}")]);
    for end in [second[0].id, u64::MAX] {
        assert_eq!(kit.store.inbox.quarantined(Some(end)).await.unwrap(), []);
    }
}

/// What a full record cannot take waits with the words of the error, and the
/// record takes what needs no room.
#[tokio::test]
async fn what_a_full_record_cannot_take_is_set_aside_with_the_reason() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![medicine("m1", "ramipril")])]).await;
    kit.home.tamper(&format!("UPDATE person SET next_place = {}", EntryId::PLACES_MAX)).await;
    let (full, refused) = kit.try_tell(HOSPITAL, NOON, vec![change("1", None, vec![medicine("m2", "more")])]).await;
    let error = refused.unwrap_err();
    assert!(!error.may_pass(), "{error}");
    let source = SourceId::new(HOSPITAL).unwrap();
    kit.store.inbox.set_aside(full, &source, "ADT^A08", &error.to_string(), vec![], noon()).await.unwrap();
    kit.tell(HOSPITAL, NOON, vec![change("1", Some(grace()), vec![medicine("m1", "ramipril 5 mg")])]).await;

    let listed: Vec<(MessageId, String)> =
        quarantined(&kit).await.into_iter().map(|unit| (unit.message, unit.reason)).collect();
    assert_eq!(listed, [(full, "this person has the most entries that one person may have".to_owned())]);
    assert_eq!(lines(&kit.read(kit.person(NUMBER).await).await), ["ramipril 5 mg"]);
}
