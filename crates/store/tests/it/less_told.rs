//! A message that tells less of a person than an earlier one erases nothing that the chart told.

use record::{Address, Demographics, LocalNumber, NhsNumber, PersonId, PersonName};
use store::LookUp;

use crate::kit::*;

const EARLIER: &str = "2026-11-23T08:00:00Z";
const LATER: &str = "2026-11-23T11:00:00Z";

/// Grace as an admission tells of her.
fn whole() -> Demographics {
    Demographics {
        practice: Some("Riverside Surgery".into()),
        other_names: vec![PersonName { family: "Eze".into(), ..PersonName::default() }],
        interpreter: Some("Main language: Igbo".into()),
        ..grace()
    }
}

/// Grace as a result tells of her: number, name and birth date.
fn sparse() -> Demographics {
    Demographics { address: None, telephones: vec![], ..grace() }
}

async fn tell(kit: &Kit, stated_at: &str, told: Demographics) {
    kit.tell(HOSPITAL, stated_at, vec![change("H1", Some(told), vec![])]).await;
}

async fn told_now(kit: &Kit) -> Demographics {
    kit.read(kit.person(NUMBER).await).await.charts.remove(0).told
}

async fn found(kit: &Kit, look_up: LookUp) -> Vec<PersonId> {
    let (id, by, care) = (request(), access::SearchBy::Name, access::Purpose::DirectCare);
    let decision = access::decide_search(&policy(), &actor(&doctor()), id, noon(), &care, by).unwrap();
    let receipt = kit.log(audit::Act::Searched, &doctor(), None, id).await;
    let hits = kit.store.clinical.search(&decision, &receipt, look_up).await.unwrap();
    hits.iter().map(|hit| hit.person).collect()
}

async fn found_at(kit: &Kit, place_key: &str) -> usize {
    found(kit, LookUp::NameAndPostcode { place_key: place_key.into() }).await.len()
}

#[tokio::test]
async fn a_result_after_an_admission_leaves_address_telephone_practice_and_needs() {
    let kit = Kit::new().await;
    tell(&kit, EARLIER, whole()).await;
    let person = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await;
    tell(&kit, LATER, sparse()).await;
    assert_eq!(told_now(&kit).await, whole());
    let after = kit.stand(person, &doctor()).await;
    assert_eq!(after.record_version, before.record_version, "nothing new was told, so the record does not move");
}

#[tokio::test]
async fn a_restriction_and_a_death_are_not_lost_by_a_message_that_does_not_speak_of_them() {
    let kit = Kit::new().await;
    let dead = Demographics { restricted: true, died: Some(record::When::parse_iso("2026-11-22").ok()), ..whole() };
    tell(&kit, EARLIER, dead.clone()).await;
    tell(&kit, LATER, sparse()).await;
    assert!(kit.stand(kit.person(NUMBER).await, &doctor()).await.facts.restricted);
    let stored = kit.texts("SELECT told FROM chart").await.remove(0);
    assert!(stored.contains(r#""died":"2026-11-22""#), "{stored}");
}

#[tokio::test]
async fn what_is_corrected_replaces_and_nobody_is_found_by_what_it_was() {
    let kit = Kit::new().await;
    tell(&kit, EARLIER, whole()).await;
    let person = kit.person(NUMBER).await;
    let mut corrected = told("Grace", OTHER_NUMBER);
    corrected.name.family = "Bello".into();
    corrected.address = Some(Address { lines: vec![], postcode: Some("SE15 2XX".into()) });
    corrected.telephones = vec!["020 7946 0001".into()];
    tell(&kit, LATER, corrected.clone()).await;

    assert_eq!(kit.person(OTHER_NUMBER).await, person);
    let nobody = kit.store.people.with_number(NhsNumber::parse(NUMBER).unwrap()).await.unwrap();
    assert_eq!(nobody, []);
    let now = kit.read(person).await.charts.remove(0).told;
    assert_eq!(
        (&now.name, &now.address, &now.telephones),
        (&corrected.name, &corrected.address, &corrected.telephones)
    );
    assert_eq!(now.practice, whole().practice, "and what it leaves out stays");
    let born = "1951-03-04".parse().unwrap();
    for (name, hits) in [("bello", 1), ("okafor", 0)] {
        let look_up = LookUp::NameAndBirth { name_key: name.into(), born };
        assert_eq!(found(&kit, look_up).await.len(), hits, "{name}");
    }
    assert_eq!((found_at(&kit, "bello|se15 2xx").await, found_at(&kit, "okafor|se5 0zz").await), (1, 0));
}

#[tokio::test]
async fn the_keys_follow_what_the_messages_tell_together() {
    let kit = Kit::new().await;
    tell(&kit, EARLIER, whole()).await;
    let mut married = sparse();
    married.name.family = "Bello".into();
    tell(&kit, LATER, married).await;
    assert_eq!((found_at(&kit, "bello|se5 0zz").await, found_at(&kit, "okafor|se5 0zz").await), (1, 0));

    let mut moved = whole();
    moved.name.family = String::new();
    moved.address = Some(Address { lines: vec![], postcode: Some("SE15 2XX".into()) });
    tell(&kit, NOON, moved).await;
    assert_eq!((found_at(&kit, "bello|se15 2xx").await, found_at(&kit, "bello|se5 0zz").await), (1, 0));
}

#[tokio::test]
async fn a_message_without_the_number_leaves_it_and_whoever_is_found_by_it() {
    let kit = Kit::new().await;
    tell(&kit, EARLIER, whole()).await;
    tell(&kit, LATER, Demographics { nhs_number: None, telephones: vec!["new".into()], ..sparse() }).await;
    let now = told_now(&kit).await;
    assert_eq!((now.nhs_number, now.telephones), (grace().nhs_number, vec!["new".to_owned()]));
}

#[tokio::test]
async fn an_older_message_that_comes_late_fills_what_is_absent_and_overwrites_nothing() {
    let kit = Kit::new().await;
    let newest = Demographics { telephones: vec!["new".into()], ..sparse() };
    tell(&kit, LATER, newest.clone()).await;
    tell(&kit, EARLIER, whole()).await;
    assert_eq!(told_now(&kit).await, Demographics { telephones: newest.telephones, ..whole() });
    let chart = kit.read(kit.person(NUMBER).await).await.charts.remove(0);
    assert_eq!(chart.told_at, Some(time(LATER)), "the late one makes nothing older than it is");
    assert_eq!(found_at(&kit, "okafor|se5 0zz").await, 1);
}

#[tokio::test]
async fn a_message_that_names_one_of_two_local_numbers_leaves_the_other() {
    let kit = Kit::new().await;
    let number = |assigner: &str, number: &str| LocalNumber { assigner: assigner.into(), number: number.into() };
    let numbered = |numbers: Vec<LocalNumber>| {
        let mut told = change("H1", Some(sparse()), vec![]);
        told.local_numbers = numbers;
        vec![told]
    };
    kit.tell(HOSPITAL, EARLIER, numbered(vec![number("KB", "1"), number("PAS", "7")])).await;
    kit.tell(HOSPITAL, LATER, numbered(vec![number("KB", "2")])).await;
    let chart = kit.read(kit.person(NUMBER).await).await.charts.remove(0);
    assert_eq!(chart.local_numbers, [number("KB", "2"), number("PAS", "7")]);
}
