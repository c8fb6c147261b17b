//! A provider that sends whatever it is told to.

use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{CLIENT, World};

/// The next token, as `header.claims.signature` is put together from it.
#[derive(Clone)]
struct Told {
    head: Value,
    claims: Value,
    signed_by: [u8; 32],
}

/// What is wrong with a token, and how it is made so.
type Spoilt = (&'static str, fn(&mut Told));

const KEY: [u8; 32] = [5; 32];

struct Forger {
    issuer: String,
    next: Arc<Mutex<Option<Told>>>,
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn token(told: &Told) -> String {
    let content = format!("{}.{}", part(&told.head), part(&told.claims));
    let signature = SigningKey::from_bytes(&told.signed_by).sign(content.as_bytes());
    let signature =
        if told.head["alg"] == "none" { String::new() } else { URL_SAFE_NO_PAD.encode(signature.to_bytes()) };
    format!("{content}.{signature}")
}

async fn forger() -> Forger {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let next: Arc<Mutex<Option<Told>>> = Arc::default();
    let x = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&KEY).verifying_key().as_bytes());
    let keys =
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k", "x": x }] });
    let about = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    });
    let give = Arc::clone(&next);
    let answer = move || async move {
        let token = token(give.lock().unwrap().as_ref().unwrap());
        Json(json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token }))
    };
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { Json(about) }))
        .route("/jwks", get(move || async move { Json(keys) }))
        .route("/token", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Forger { issuer, next }
}

/// Signs in with a token that `change` has spoilt; the page that comes of it.
async fn sign_in(change: impl FnOnce(&mut Told)) -> (u16, String, bool) {
    let forger = forger().await;
    let world = World::with_issuer(&forger.issuer).await;
    let mut browser = world.browser();
    let url = browser.post("/sign-in", &[]).await.location().to_owned();
    let nonce = url.split("nonce=").nth(1).unwrap().split('&').next().unwrap();
    let now = world.hands.clock().now().as_second();
    let mut told = Told {
        head: json!({ "alg": "EdDSA", "typ": "JWT", "kid": "k" }),
        claims: json!({
            "iss": forger.issuer, "aud": CLIENT, "sub": "amara", "iat": now, "exp": now + 300, "nonce": nonce,
            "name": "Dr Amara Mensah", "cc_role": "doctor", "cc_organisation": "ZZ1TH",
            "cc_organisation_name": "Thameside Hospital",
        }),
        signed_by: KEY,
    };
    change(&mut told);
    *forger.next.lock().unwrap() = Some(told);
    let state = browser.cookies["cc-sign-in"].clone();
    let page = browser.get(&format!("/sign-in/return?code=c&state={state}")).await;
    (page.status, page.body, browser.cookies.contains_key("cc"))
}

#[tokio::test]
async fn a_token_as_it_should_be_signs_in() {
    let (status, body, signed_in) = sign_in(|_| {}).await;
    assert!(status == 200 && signed_in, "{body}");
}

#[tokio::test]
async fn a_token_that_does_not_prove_itself_is_refused() {
    let spoilt: [Spoilt; 8] = [
        ("signed by somebody else", |told| told.signed_by = [6; 32]),
        ("not signed", |told| told.head = json!({ "alg": "none" })),
        ("signed with a shared secret", |told| told.head["alg"] = json!("HS256")),
        ("for another client", |told| told.claims["aud"] = json!("another")),
        ("of another issuer", |told| told.claims["iss"] = json!("https://other.example")),
        ("without a nonce", |told| drop(told.claims.as_object_mut().unwrap().remove("nonce"))),
        ("with the nonce of another sign-in", |told| told.claims["nonce"] = json!("another")),
        ("expired", |told| told.claims["exp"] = json!(told.claims["iat"].as_i64().unwrap() - 1)),
    ];
    for (what, change) in spoilt {
        let (status, body, signed_in) = sign_in(change).await;
        assert!(status == 400 && !signed_in, "{what}: {status} {body}");
        assert!(body.contains("could not be checked"), "{what}: {body}");
    }
}

#[tokio::test]
async fn somebody_without_a_role_or_an_organisation_is_told_so() {
    let spoilt: [Spoilt; 6] = [
        ("a role that is none", |told| told.claims["cc_role"] = json!("astronaut")),
        ("no role", |told| drop(told.claims.as_object_mut().unwrap().remove("cc_role"))),
        ("no organisation", |told| drop(told.claims.as_object_mut().unwrap().remove("cc_organisation"))),
        ("no organisation's name", |told| told.claims["cc_organisation_name"] = json!(" ")),
        ("no name", |told| drop(told.claims.as_object_mut().unwrap().remove("name"))),
        ("a subject that is no identifier", |told| told.claims["sub"] = json!("<script>")),
    ];
    for (what, change) in spoilt {
        let (status, body, signed_in) = sign_in(change).await;
        assert!(status == 403 && !signed_in, "{what}: {status} {body}");
        assert!(body.contains("not set up for Connect Care") && !body.contains("<script"), "{what}: {body}");
    }
}
