//! An older message that arrives later never overwrites what a newer one told.

use jiff::Timestamp;
use proptest::prelude::*;
use record::{Demographics, PersonId};

use crate::kit::*;

fn hour(hour: u32) -> String {
    (time("2026-11-20T00:00:00Z") + jiff::SignedDuration::from_hours(i64::from(hour))).to_string()
}

async fn tell(kit: &Kit, stated_at: &str, name: &str) {
    kit.tell(HOSPITAL, stated_at, vec![change("H1", None, vec![medicine("m", name)])]).await;
}

async fn shown(kit: &Kit) -> Vec<String> {
    lines(&kit.read(kit.person(NUMBER).await).await)
}

async fn kit_with_grace() -> Kit {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, &hour(0), vec![change("H1", Some(grace()), vec![])]).await;
    kit
}

/// All that the entry said that is not shown now.
async fn superseded(kit: &Kit) -> Vec<String> {
    kit.kept_lines().await.iter().map(|line| first(line)).collect()
}

#[tokio::test]
async fn an_older_message_is_kept_as_superseded_and_does_not_move_the_record() {
    let kit = kit_with_grace().await;
    tell(&kit, &hour(10), "new").await;
    let person = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    tell(&kit, &hour(9), "old").await;
    assert_eq!(shown(&kit).await, ["new"]);
    assert_eq!(superseded(&kit).await, ["old"]);
    assert_eq!(kit.stand(person, &doctor()).await.record_version, before, "what is shown is the same");
}

#[tokio::test]
async fn a_fact_that_was_said_again_is_as_new_as_its_repetition() {
    let kit = kit_with_grace().await;
    tell(&kit, &hour(1), "A").await;
    tell(&kit, &hour(3), "A").await;
    tell(&kit, &hour(2), "B").await;
    assert_eq!(shown(&kit).await, ["A"], "the newest message says A");
    assert_eq!(superseded(&kit).await, ["B"]);
}

#[tokio::test]
async fn messages_without_a_stated_time_count_in_order_of_arrival_and_do_not_make_room_for_older_ones() {
    let kit = kit_with_grace().await;
    tell(&kit, &hour(5), "stated").await;
    tell(&kit, "", "unstated").await;
    assert_eq!(shown(&kit).await, ["unstated"]);
    tell(&kit, &hour(3), "older").await;
    assert_eq!(shown(&kit).await, ["unstated"]);
    tell(&kit, &hour(6), "newer").await;
    assert_eq!(shown(&kit).await, ["newer"]);
}

#[tokio::test]
async fn demographics_follow_the_same_rule() {
    let kit = kit_with_grace().await;
    let at = |telephone: &str| Demographics { telephones: vec![telephone.into()], ..grace() };
    let person = kit.person(NUMBER).await;
    for (stated, telephone) in [(1, "A"), (3, "A"), (2, "B")] {
        kit.tell(HOSPITAL, &hour(stated), vec![change("H1", Some(at(telephone)), vec![])]).await;
    }
    let chart = kit.read(person).await.charts.remove(0);
    assert_eq!(chart.told.telephones, ["A"]);
    assert_eq!(chart.told_at, Some(hour(3).parse::<Timestamp>().unwrap()));
}

#[tokio::test]
async fn the_same_demographics_again_do_not_move_the_record_and_new_local_numbers_do() {
    let kit = kit_with_grace().await;
    let person: PersonId = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await;
    kit.tell(HOSPITAL, &hour(2), vec![change("H1", Some(grace()), vec![])]).await;
    let after = kit.stand(person, &doctor()).await;
    assert_eq!((after.record_version, after.facts.version), (before.record_version, before.facts.version));

    let mut numbered = change("H1", Some(grace()), vec![]);
    numbered.local_numbers.push(record::LocalNumber { assigner: "KB".into(), number: "77".into() });
    kit.tell(HOSPITAL, &hour(3), vec![numbered]).await;
    assert_eq!(kit.read(person).await.charts[0].local_numbers[0].number, "77");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Contents repeat on purpose: a fact may come back.
    #[test]
    fn in_any_order_of_arrival_the_newest_is_shown_and_every_other_is_kept(
        (names, order) in (2usize..7).prop_flat_map(|count| {
            let order = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
            (proptest::collection::vec("[ABC]", count), order)
        })
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (shown, kept) = runtime.block_on(async {
            let kit = kit_with_grace().await;
            for index in &order {
                tell(&kit, &hour(u32::try_from(*index).unwrap() + 1), &names[*index]).await;
            }
            (shown(&kit).await, superseded(&kit).await)
        });
        let newest = names.last().unwrap();
        prop_assert_eq!(&shown, &vec![newest.clone()]);
        for name in &names {
            prop_assert!(name == newest || kept.contains(name), "{} is neither shown nor kept in {:?}", name, kept);
        }
    }
}
