//! Who a person is, before permission is asked.

use record::{Demographics, PersonId, Role};

use crate::made_up::{fields_in, named, one_of_each, person};
use crate::world::{HOSPITAL, World, caller, code, doctor};

async fn grace() -> (World, PersonId) {
    let world = World::new().await;
    let (grace, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), one_of_each("plain")).await;
    (world, grace)
}

#[tokio::test]
async fn staff_see_who_it_is_and_nothing_clinical_before_they_ask() {
    let (world, grace) = grace().await;
    let who = world.disclosure.who(&doctor(), grace).await.unwrap();
    assert!(who.may_ask && who.may_use_emergency);
    let fields = fields_in(&format!("{who:?}"), "plain");
    assert!(fields.contains("identity.family") && fields.iter().all(|field| field.starts_with("identity.")));
    assert_eq!(world.log_words(Some(grace)).await, ["identity-shown"]);
    assert!(!world.disclosure.who(&caller(Role::Clerk, HOSPITAL), grace).await.unwrap().may_use_emergency);
}

#[tokio::test]
async fn a_role_without_identity_is_refused() {
    let (world, grace) = grace().await;
    let closed = world.disclosure.who(&caller(Role::Operator, HOSPITAL), grace).await.unwrap_err();
    assert_eq!(code(&closed), "role-may-not-see-identity");
}

#[tokio::test]
async fn sources_that_tell_otherwise_are_named() {
    let (world, grace) = grace().await;
    let otherwise = Demographics { ..named("Plain-Bello", "Grace", "1951-04-03", Some("9990000018")) };
    world.tell("kingsbrook", "K1", Some(otherwise), vec![]).await;
    let who = world.disclosure.who(&doctor(), grace).await.unwrap();
    let last = |one: &disclosure::Difference| one.values.last().unwrap().told_by[0].0.to_string();
    let said: Vec<_> = who.view.differences.iter().map(|one| (one.field, last(one))).collect();
    assert_eq!(said, ["Date of birth", "Given name", "Family name"].map(|field| (field, "kingsbrook".to_owned())));
}
