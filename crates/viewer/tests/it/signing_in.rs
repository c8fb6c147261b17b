use axum::http::header;
use record::Role;

use crate::browser::Page;
use crate::world::{World, staff};

fn query<'a>(url: &'a str, name: &str) -> &'a str {
    let pairs = url.split_once('?').unwrap().1.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).unwrap_or_else(|| panic!("{url}")).1
}

fn with_query(url: &str, name: &str, value: &str) -> String {
    url.replace(&format!("{name}={}", query(url, name)), &format!("{name}={value}"))
}

/// A page that says that nobody is signed in, and sets no session.
fn refused(page: &Page, status: u16, words: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    page.sees("You are not signed in");
    page.sees(words);
    let sets = page.headers.get_all(header::SET_COOKIE);
    assert!(!sets.iter().any(|set| set.to_str().unwrap().starts_with("cc=")), "{:?}", page.headers);
}

#[tokio::test]
async fn whoever_signs_in_is_known_by_role_and_organisation() {
    let world = World::new().await;
    let mut doctor = world.browser();
    let to_provider = doctor.post("/sign-in", &[]).await;
    let url = to_provider.location().to_owned();
    assert_eq!(query(&url, "code_challenge_method"), "S256");
    assert_eq!(query(&url, "response_type"), "code");
    assert_eq!(query(&url, "nonce").len(), 64);
    assert_eq!(query(&url, "state"), doctor.cookies["cc-sign-in"]);
    let bound = to_provider.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(bound.contains("SameSite=Lax; Max-Age=600") && bound.contains("HttpOnly"), "{bound}");

    let back = doctor.choose_persona(Role::Doctor, &url).await;
    let between = doctor.get(&back).await;
    assert_eq!(between.status, 200);
    between.sees("<meta http-equiv=\"refresh\" content=\"0; url=/find\">");
    let sets: Vec<_> = between.headers.get_all(header::SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    assert!(sets[0].starts_with("cc=") && sets[0].ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{sets:?}");
    assert_eq!(doctor.cookies.keys().collect::<Vec<_>>(), ["cc"], "the binding is gone");

    let find = doctor.get("/find").await;
    find.sees("Pat Doctor, doctor");
    find.sees("Ward 7, Thameside Hospital");
    assert_eq!(doctor.get("/").await.location(), "/find");
}

#[tokio::test]
async fn a_privacy_officer_is_led_to_their_own_page() {
    let world = World::new().await;
    let mut officer = world.browser();
    officer.sign_in(Role::PrivacyOfficer).await.sees("url=/who-looked");
    assert_eq!(officer.get("/who-looked").await.status, 200);
    assert_eq!(staff(Role::PrivacyOfficer).role, Role::PrivacyOfficer);
}

#[tokio::test]
async fn an_answer_to_another_browsers_question_is_refused() {
    let world = World::new().await;
    let (mut doctor, mut other) = (world.browser(), world.browser());
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let back = doctor.choose_persona(Role::Doctor, &url).await;
    refused(&other.get(&back).await, 400, "no longer valid");
    other.post("/sign-in", &[]).await;
    refused(&other.get(&back).await, 400, "no longer valid");
    refused(&doctor.get(&with_query(&back, "state", &"0".repeat(64))).await, 400, "no longer valid");
}

#[tokio::test]
async fn an_answer_counts_once() {
    let world = World::new().await;
    let mut doctor = world.browser();
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let bound = doctor.cookies.clone();
    let back = doctor.choose_persona(Role::Doctor, &url).await;
    assert_eq!(doctor.get(&back).await.status, 200);
    doctor.cookies = bound;
    refused(&doctor.get(&back).await, 400, "no longer valid");
}

#[tokio::test]
async fn a_code_that_was_used_is_refused_by_the_provider() {
    let world = World::new().await;
    let mut doctor = world.browser();
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let first = doctor.choose_persona(Role::Doctor, &url).await;
    doctor.get(&first).await;
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let second = doctor.choose_persona(Role::Doctor, &url).await;
    refused(&doctor.get(&with_query(&second, "code", query(&first, "code"))).await, 400, "did not let you in");
}

#[tokio::test]
async fn a_token_with_another_nonce_is_refused() {
    let world = World::new().await;
    let mut doctor = world.browser();
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let back = doctor.choose_persona(Role::Doctor, &with_query(&url, "nonce", "another")).await;
    refused(&doctor.get(&back).await, 400, "could not be checked");
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let world = World::new().await;
    let mut doctor = world.browser();
    world.provider_hands.forward_minutes(-6);
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let back = doctor.choose_persona(Role::Doctor, &url).await;
    refused(&doctor.get(&back).await, 400, "could not be checked");
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_begins_anew() {
    let world = World::new().await;
    let mut doctor = world.browser();
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let back = doctor.choose_persona(Role::Doctor, &url).await;
    world.hands.forward_minutes(11);
    refused(&doctor.get(&back).await, 400, "no longer valid");
}

#[tokio::test]
async fn a_refusal_of_the_provider_and_an_answer_of_another_are_said() {
    let world = World::new().await;
    let mut doctor = world.browser();
    doctor.post("/sign-in", &[]).await;
    let state = doctor.cookies["cc-sign-in"].clone();
    let page = doctor.get(&format!("/sign-in/return?error=access_denied&state={state}")).await;
    refused(&page, 400, "did not let you in");
    let url = doctor.post("/sign-in", &[]).await.location().to_owned();
    let back = doctor.choose_persona(Role::Doctor, &url).await;
    refused(&doctor.get(&with_query(&back, "iss", "https%3A%2F%2Fother.example")).await, 400, "no longer valid");
    refused(&doctor.get("/sign-in/return").await, 400, "no longer valid");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_said() {
    // The port is taken and given back: nobody listens there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::with_issuer(&issuer).await;
    refused(&world.browser().post("/sign-in", &[]).await, 502, "did not answer");
    assert_eq!(world.browser().get("/").await.status, 200, "the way in is there without it");
}
