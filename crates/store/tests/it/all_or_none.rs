//! A unit that speaks of several patients is applied to all of them or to none.

use record::{Demographics, PersonId};
use store::{ChartChange, UnitWork, Work};

use crate::kit::*;

fn ringing(given: &str, number: &str, telephone: &str) -> Demographics {
    Demographics { telephones: vec![telephone.into()], ..told(given, number) }
}

/// Grace and Jamila, both known to the hospital.
async fn both() -> (Kit, PersonId, PersonId) {
    let kit = Kit::new().await;
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), vec![])]).await;
    kit.tell(HOSPITAL, NOON, vec![change("H2", Some(told("Jamila", OTHER_NUMBER)), vec![])]).await;
    let (grace_id, jamila) = (kit.person(NUMBER).await, kit.person(OTHER_NUMBER).await);
    (kit, grace_id, jamila)
}

/// What contradicts: somebody else's name on Grace's chart.
fn not_grace() -> ChartChange {
    change("H1", Some(told("Tunde", NUMBER)), vec![medicine("m", "warfarin")])
}

async fn telephones(kit: &Kit, person: PersonId) -> Vec<String> {
    kit.read(person).await.charts.remove(0).told.telephones
}

#[tokio::test]
async fn where_one_of_two_contradicts_nothing_is_written_about_the_other_either() {
    for contradiction_first in [true, false] {
        let (kit, grace_id, jamila) = both().await;
        let version = kit.stand(jamila, &doctor()).await.record_version;
        let other =
            change("H2", Some(ringing("Jamila", OTHER_NUMBER, "020 7946 0001")), vec![medicine("m", "ramipril")]);
        let mut changes = vec![other, not_grace()];
        if contradiction_first {
            changes.reverse();
        }
        let (message, applied) = kit.tell(HOSPITAL, NOON, changes).await;
        assert_eq!((applied.by_kind["ADT^A08"].quarantined, applied.by_kind["ADT^A08"].applied), (1, 0));
        assert_eq!(telephones(&kit, jamila).await, ["020 7946 0000"]);
        let stand = kit.stand(jamila, &doctor()).await;
        assert_eq!(stand.record_version, version, "her record does not move");
        let (of_grace, of_jamila) = (kit.read(grace_id).await, kit.read(jamila).await);
        assert!(of_grace.entries.is_empty() && of_jamila.entries.is_empty());
        assert_eq!((of_grace.doubts.len(), of_jamila.doubts.len()), (1, 0), "the doubt is kept");
        let people = kit.store.people.in_message(message).await.unwrap();
        assert_eq!(people, [grace_id, jamila], "whoever wants to show it must ask about both");
    }
}

#[tokio::test]
async fn nobody_becomes_known_by_a_unit_that_is_held() {
    let (kit, grace_id, jamila) = both().await;
    let before = kit.store.people.count().await.unwrap();
    let changes = vec![
        change("H7", None, vec![medicine("m", "ramipril")]),
        change("H8", Some(told("Ada", "9990000034")), vec![]),
        change("H9", Some(told("Jamila", OTHER_NUMBER)), vec![]),
        not_grace(),
    ];
    let (message, applied) = kit.tell(HOSPITAL, NOON, changes).await;
    assert_eq!((applied.persons, kit.store.people.count().await.unwrap()), (0, before));
    assert_eq!(kit.count("SELECT count(*) FROM chart").await, 2);
    let people = kit.store.people.in_message(message).await.unwrap();
    assert_eq!(people, [grace_id, jamila], "Jamila carries a number that it tells");
}

#[tokio::test]
async fn two_of_one_unit_who_contradict_each_other_alone_are_both_left_as_they_were() {
    let kit = Kit::new().await;
    for (key, given) in [("H1", "Grace"), ("H2", "Jamila")] {
        kit.tell(HOSPITAL, NOON, vec![change(key, Some(told(given, "")), vec![])]).await;
    }
    let claim = |key, given| change(key, Some(told(given, NUMBER)), vec![]);
    let (_, applied) = kit.tell(HOSPITAL, NOON, vec![claim("H1", "Grace"), claim("H2", "Jamila")]).await;
    assert_eq!(applied.by_kind["ADT^A08"].quarantined, 1);
    assert_eq!(kit.count("SELECT count(*) FROM number_key").await, 0);
    let held = kit.home.look("SELECT person, reason FROM quarantine").await;
    let jamila = kit.texts("SELECT person FROM chart WHERE key = 'H2'").await.remove(0);
    assert_eq!(held, [[jamila.as_str(), "the number is another person's"]]);
}

#[tokio::test]
async fn the_units_beside_it_are_applied() {
    let (kit, grace_id, jamila) = both().await;
    let jamila_moved = change("H2", Some(ringing("Jamila", OTHER_NUMBER, "020 7946 0001")), vec![]);
    let unit = |changes| UnitWork { kind: "unit".into(), span: 0..1, work: Work::Apply(changes) };
    let held = unit(vec![change("H2", Some(ringing("Jamila", OTHER_NUMBER, "held")), vec![]), not_grace()]);
    let units = vec![held, unit(vec![jamila_moved]), unit(vec![change("H2", None, vec![medicine("m", "ramipril")])])];
    let message = kit.receive(arrival(HOSPITAL, b"three units".to_vec())).await;
    let applied = kit.apply(application(message, HOSPITAL, units)).await.unwrap();
    assert_eq!((applied.by_kind["unit"].applied, applied.by_kind["unit"].quarantined), (2, 1));
    assert_eq!(telephones(&kit, jamila).await, ["020 7946 0001"]);
    assert_eq!(lines(&kit.read(jamila).await), ["ramipril"]);
    assert!(kit.read(grace_id).await.entries.is_empty());
}

#[tokio::test]
async fn where_all_agree_all_are_written() {
    let (kit, grace_id, jamila) = both().await;
    let of = |key, told| change(key, Some(told), vec![]);
    let changes = vec![of("H1", ringing("Grace", NUMBER, "1")), of("H2", ringing("Jamila", OTHER_NUMBER, "2"))];
    let (_, applied) = kit.tell(HOSPITAL, NOON, changes).await;
    assert_eq!(applied.by_kind["ADT^A08"].applied, 1);
    assert_eq!(
        (telephones(&kit, grace_id).await, telephones(&kit, jamila).await),
        (vec!["1".into()], vec!["2".into()])
    );
}
