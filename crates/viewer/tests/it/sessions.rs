use record::Role;

use crate::people::{GRACE, arrive};
use crate::world::World;

#[tokio::test]
async fn a_session_ends_when_nobody_clicks_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    world.hands.forward_minutes(14);
    assert_eq!(doctor.get(&base).await.status, 200);
    world.hands.forward_minutes(14);
    assert_eq!(doctor.get(&base).await.status, 200, "a click moves the limit");
    world.hands.forward_minutes(16);
    let ended = doctor.get(&base).await;
    assert_eq!(ended.status, 401);
    ended.sees("Your session has ended");
    ended.does_not_see("Okafor");
}

#[tokio::test]
async fn a_session_ends_after_ten_hours_however_busy() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    for _ in 0..59 {
        world.hands.forward_minutes(10);
        assert_eq!(doctor.get("/find").await.status, 200);
    }
    world.hands.forward_minutes(10);
    assert_eq!(doctor.get("/find").await.status, 401);
}

#[tokio::test]
async fn after_signing_out_nothing_can_be_seen_and_no_emergency_is_left() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    let to = format!("{base}/emergency");
    let token = doctor.get(&to).await.token(&to);
    doctor.post(&to, &[("form", &token), ("reason", "too-unwell"), ("explanation", "GCS 8, found collapsed")]).await;
    let open = doctor.get(&base).await;
    assert_eq!(open.status, 200);

    let mut back_button = world.browser();
    back_button.cookies = doctor.cookies.clone();
    let out = doctor.post("/sign-out", &[("form", &open.token("/sign-out"))]).await;
    assert_eq!((out.status, out.location()), (303, "/"));
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"cookies\", \"storage\"");
    assert!(doctor.cookies.is_empty(), "{:?}", doctor.cookies);
    assert_eq!(back_button.get(&base).await.status, 401, "the old cookie opens nothing");

    doctor.sign_in(Role::Doctor).await;
    let base = doctor.find(GRACE).await;
    assert_eq!(doctor.answer(&base, "before").await.status, 303);
    assert_eq!(
        doctor.get(&base).await.location(),
        format!("{base}/permission"),
        "the emergency ended with its session"
    );
}

#[tokio::test]
async fn signing_out_needs_the_forms_own_token() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    assert_eq!(doctor.post("/sign-out", &[]).await.status, 403);
    assert_eq!(doctor.get("/find").await.status, 200);
}

#[tokio::test]
async fn each_sign_in_begins_a_session_of_its_own() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let first = doctor.cookies["cc"].clone();
    doctor.sign_in(Role::Doctor).await;
    assert_ne!(first, doctor.cookies["cc"]);
    assert_eq!(first.len(), 64, "256 bits");
}
