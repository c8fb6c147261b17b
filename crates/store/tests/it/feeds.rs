use record::{HOURS_OF_WEEK, Section, SourceId};
use store::{ALL_KINDS, Feed, FeedSource, NumbersSeen};

use crate::kit::*;

fn id(source: &str) -> SourceId {
    SourceId::new(source).unwrap()
}

fn feed(kind: &str, due_seconds: Option<i64>, sections: &[Section]) -> Feed {
    Feed {
        source: id(HOSPITAL),
        kind: kind.to_owned(),
        last_at: after_noon(-3_600),
        due_at: due_seconds.map(after_noon),
        sections: sections.to_vec(),
        in_hour: 3,
        in_hour_before: u32::MAX,
        usual: (0..HOURS_OF_WEEK).map(|hour| hour as f32 / 2.0 - 1.0).collect(),
        state: vec![1, 0, 255],
    }
}

#[tokio::test]
async fn what_is_kept_of_feeds_is_the_same_after_a_restart_and_is_replaced_by_what_is_newer() {
    let kit = Kit::new().await;
    let (sources, feeds) = kit.store.feeds.known().await.unwrap();
    assert_eq!((sources.len(), feeds.len()), (2, 0), "every source is there before it sent anything");
    assert!(sources.iter().all(|one| one.last_message_at.is_none() && one.numbers == NumbersSeen::default()));

    let feeds = [feed(ALL_KINDS, Some(60), &[]), feed("ORU^R01", None, &[Section::Results, Section::Letters])];
    let numbers = NumbersSeen { last: Some(9), missing: vec![(3, 4)], ..NumbersSeen::default() };
    let hospital = FeedSource { source: id(HOSPITAL), last_message_at: None, watched_until: Some(noon()), numbers };
    kit.store.feeds.keep(std::slice::from_ref(&hospital), &feeds).await.unwrap();
    let kit = kit.reopened().await;
    let (sources, known) = kit.store.feeds.known().await.unwrap();
    assert_eq!(known, feeds);
    assert!(sources.contains(&hospital), "{sources:?}");

    let newer = Feed { due_at: None, sections: vec![Section::Results], in_hour: 4, ..feeds[1].clone() };
    kit.store.feeds.keep(&[], std::slice::from_ref(&newer)).await.unwrap();
    assert_eq!(kit.store.feeds.known().await.unwrap().1, [feeds[0].clone(), newer]);
}

#[tokio::test]
async fn more_feeds_than_are_written_at_a_time_are_all_kept() {
    let kit = Kit::new().await;
    let many: Vec<Feed> = (0..250).map(|number| feed(&format!("kind {number:03}"), None, &[])).collect();
    kit.store.feeds.keep(&[], &many).await.unwrap();
    assert_eq!(kit.store.feeds.known().await.unwrap().1, many);
}

#[tokio::test]
async fn a_feed_that_is_forgotten_is_learned_anew() {
    let kit = Kit::new().await;
    kit.store.feeds.keep(&[], &[feed("ORU^R01", Some(60), &[])]).await.unwrap();
    assert!(!kit.store.feeds.forget(&id(HOSPITAL), "ADT^A01").await.unwrap());
    assert!(kit.store.feeds.forget(&id(HOSPITAL), "ORU^R01").await.unwrap());
    assert_eq!(kit.store.feeds.known().await.unwrap().1, []);
}

#[tokio::test]
async fn a_feed_of_a_source_that_is_no_longer_configured_is_left_out() {
    let kit = Kit::new().await;
    kit.store.feeds.keep(&[], &[feed("ORU^R01", Some(-60), &[])]).await.unwrap();
    let without: Vec<_> = sources().into_iter().filter(|source| source.id.as_str() != HOSPITAL).collect();
    let kit = kit.reopened_for(&without).await;
    let stand = kit.store.feeds.stand().await.unwrap();
    assert_eq!((stand.sources.len(), stand.feeds.len()), (1, 0));
}

#[tokio::test]
async fn how_sources_stand_says_when_they_last_sent_and_what_waits() {
    let kit = Kit::new().await;
    kit.receive(store::Arrival { received_at: after_noon(5), ..arrival(HOSPITAL, b"one".to_vec()) }).await;
    let stand = kit.store.feeds.stand().await.unwrap();
    let hospital = stand.sources.iter().find(|one| one.source == id(HOSPITAL)).unwrap();
    assert_eq!(hospital.last_message_at, Some(after_noon(5)));
    assert_eq!((stand.waiting.len(), stand.waiting[0].count, stand.quarantined.len()), (1, 1, 0));
}

#[tokio::test]
async fn an_opening_is_told_what_is_silent_by_then_and_what_is_known_of_each_source() {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, "", vec![change("77", Some(grace()), vec![])]).await;
    let person = kit.person(NUMBER).await;
    let opened = kit.read(person).await;
    assert!(opened.sources.iter().all(|one| one.silence == record::Silence::default()));

    let silent = feed("ORU^R01", Some(-1), &[Section::Results, Section::Letters]);
    let working = feed("ADT^A01", Some(0), &[Section::Attendances]);
    let unknown = feed("SIU^S12", None, &[Section::Appointments]);
    kit.store.feeds.keep(&[], &[feed(ALL_KINDS, Some(30), &[]), silent, working, unknown]).await.unwrap();
    let opened = kit.read(person).await;
    let of = |source: &str| opened.sources.iter().find(|one| one.source.id.as_str() == source).unwrap().silence.clone();
    let since = after_noon(-3_600);
    let sections = vec![(Section::Letters, since), (Section::Results, since)];
    let told = record::Silence { due_at: Some(after_noon(30)), sections };
    let mut hospital = of(HOSPITAL);
    hospital.sections.sort_unstable_by_key(|(section, _)| section.code());
    assert_eq!(hospital, told);
    assert_eq!(of(PRACTICE), record::Silence::default());
}
