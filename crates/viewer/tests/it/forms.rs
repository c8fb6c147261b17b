use axum::body::Body;
use axum::http::{Request, header};
use record::Role;

use crate::browser::encoded;
use crate::people::{GRACE, TUNDE, arrive};
use crate::world::World;

#[tokio::test]
async fn a_form_of_another_person_page_or_session_changes_nothing() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let grace = doctor.find(GRACE).await;
    let graces = doctor.get(&format!("{grace}/permission")).await.token(&format!("{grace}/permission"));
    let mut nurse = world.signed_in(Role::Nurse).await;
    let base = nurse.find(TUNDE).await;
    let (permission, emergency) = (format!("{base}/permission"), format!("{base}/emergency"));
    let own = nurse.get(&permission).await;
    let frames = own.token("/sign-out");
    for token in [graces.as_str(), frames.as_str(), "", "0"] {
        let page = nurse.post(&permission, &[("form", token), ("answer", "yes")]).await;
        assert_eq!(page.status, 403);
        page.sees("This form can no longer be used");
    }
    let own = own.token(&permission);
    let fields = [("form", own.as_str()), ("reason", "too-unwell"), ("explanation", "found collapsed at home")];
    assert_eq!(nurse.post(&emergency, &fields).await.status, 403, "a token of the permission page");
    assert_eq!(nurse.get(&base).await.location(), permission, "nothing was opened");
    assert_eq!(nurse.post("/find", &[("form", &own), ("nhs_number", GRACE)]).await.status, 403);
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let token = doctor.get("/find").await.token("/find");
    let fields = encoded(&[("form", &token), ("nhs_number", GRACE)]);
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let request = Request::post("/find")
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from(fields.clone()))
            .unwrap();
        let page = doctor.send(request).await;
        assert_eq!(page.status, 403, "{name}: {value}");
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_form_at_the_limit_is_read_and_one_byte_more_is_not() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let token = doctor.get("/find").await.token("/find");
    let bare = encoded(&[("form", &token), ("given_name", "")]).len();
    let filling = "a".repeat(viewer::FORM_BYTES_MAX - bare);
    assert_eq!(doctor.post("/find", &[("form", &token), ("given_name", &filling)]).await.status, 422);
    let filling = filling + "a";
    assert_eq!(doctor.post("/find", &[("form", &token), ("given_name", &filling)]).await.status, 413);
}

#[tokio::test]
async fn a_form_that_says_a_thing_twice_is_not_guessed_at() {
    let world = World::new().await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let token = doctor.get("/find").await.token("/find");
    let twice = [("form", token.as_str()), ("nhs_number", GRACE), ("nhs_number", TUNDE)];
    assert_eq!(doctor.post("/find", &twice).await.status, 400);
}
