//! Which sources a record accounts for.

use record::{Answer, Demographics, PersonId};

use crate::made_up::{entry, named};
use crate::world::{World, doctor};

async fn listed(world: &World, person: PersonId) -> Vec<String> {
    world.ask(&doctor(), person).await;
    let opened = world.disclosure.open(&doctor(), person, "sources").await.unwrap();
    opened.record.sources().iter().map(|line| line.source.id.to_string()).collect()
}

fn grace() -> Demographics {
    named("Okafor", "Grace", "1951-03-04", Some("9990000018"))
}

#[tokio::test]
async fn another_practice_is_not_listed_as_if_it_should_know_the_person() {
    let world = World::new().await;
    let (grace, _) = world.tell("riverside", "1", Some(grace()), vec![entry("allergy", "plain")]).await;
    world.tell("hillside", "1", Some(named("Oyelaran", "Tunde", "1987-11-02", None)), vec![]).await;
    assert_eq!(listed(&world, grace).await, ["riverside", "kingsbrook", "council", "left"]);
}

#[tokio::test]
async fn every_other_kind_of_source_is_always_accounted_for() {
    let world = World::new().await;
    let (grace, _) = world.tell("kingsbrook", "K1", Some(grace()), vec![]).await;
    assert_eq!(listed(&world, grace).await, ["kingsbrook", "council", "left"], "no practice is known at all");
}

#[tokio::test]
async fn a_practice_that_knows_the_person_too_is_listed() {
    let world = World::new().await;
    let (person, _) = world.tell("riverside", "1", Some(grace()), vec![]).await;
    world.tell("hillside", "1", Some(grace()), vec![]).await;
    assert_eq!(listed(&world, person).await, ["riverside", "hillside", "kingsbrook", "council", "left"]);
}

#[tokio::test]
async fn the_practice_that_a_hospital_names_is_expected_though_it_has_told_nothing() {
    for told_as in ["Hillside Surgery", "HILLSIDE", "X02"] {
        let world = World::new().await;
        let told = Demographics { practice: Some(told_as.into()), ..grace() };
        let (person, _) = world.tell("kingsbrook", "K1", Some(told), vec![]).await;
        assert_eq!(listed(&world, person).await, ["hillside", "kingsbrook", "council", "left"], "{told_as}");
        let opened = world.disclosure.open(&doctor(), person, "sources").await.unwrap();
        assert_eq!(opened.record.sources()[0].answer, Answer::Waiting, "it is said that it has not answered");
    }
}
