//! What the banner says where sources do not agree about who somebody is.

use intake::Payload;
use record::Role;

use crate::people::{Chart, GRACE, GRACE_CHART, bundle};
use crate::world::World;

const WHAT: &str = "Sources do not agree about who this is: family name.";

/// The practice and the hospital tell another family name.
async fn told_otherwise() -> World {
    let world = World::new().await;
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, vec![])).await;
    let otherwise = Chart { family: "Mensah", ..GRACE_CHART };
    world.deliver("hospital", Payload::FhirJson, bundle(&otherwise, vec![])).await;
    world
}

#[tokio::test]
async fn an_open_record_tells_each_value_and_whose_it_is() {
    let world = told_otherwise().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    let summary = doctor.get(&base).await;
    summary.sees(WHAT);
    summary.sees("What each source tells");
    for told in ["<b>Okafor</b> — Riverside Surgery", "<b>Mensah</b> — Thameside Hospital"] {
        summary.sees(told);
    }
}

// Which sources know somebody is part of their record.
#[tokio::test]
async fn before_permission_the_fields_are_named_and_not_the_sources() {
    let world = told_otherwise().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    let question = doctor.get(&format!("{base}/permission")).await;
    question.sees(WHAT);
    for more in ["What each source tells", "Mensah", "Riverside Surgery"] {
        question.does_not_see(more);
    }
}

#[tokio::test]
async fn where_all_agree_nothing_is_said() {
    let world = World::new().await;
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, vec![])).await;
    world.deliver("hospital", Payload::FhirJson, bundle(&GRACE_CHART, vec![])).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    doctor.get(&base).await.does_not_see("do not agree");
}
