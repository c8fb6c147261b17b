use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
};
use record::{Chance, Clock};
use serde::{Deserialize, Serialize};
use simulator::openid::{DEMO_ISSUER_MARK, Provider, ProviderPlan};

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Work {
    cc_role: String,
    cc_organisation: String,
    cc_organisation_name: String,
    cc_team: Option<String>,
}
impl AdditionalClaims for Work {}

type Fields = IdTokenFields<
    Work,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type DemoClient = Client<
    Work,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

const REDIRECT: &str = "http://127.0.0.1:9/signed-in";

/// The provider at work, a clock that the test moves, and a client of it.
struct Demo {
    issuer: String,
    clock: Arc<Mutex<Timestamp>>,
    client: DemoClient,
}

/// The real time: the client library checks validity against the wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the openidconnect client compares with the wall clock and so must the provider"
)]
fn real_now() -> Timestamp {
    Timestamp::now()
}

async fn demo() -> Demo {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}{DEMO_ISSUER_MARK}", listener.local_addr().unwrap());
    let clock = Arc::new(Mutex::new(real_now()));
    let read = Arc::clone(&clock);
    let thrown = std::sync::atomic::AtomicU8::new(1);
    let chance = Chance::new(move |bytes| bytes.fill(thrown.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
    let plan = ProviderPlan {
        issuer: issuer.clone(),
        client_id: "connect-care".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned()],
        personas: simulator::personas(),
    };
    let provider = Provider::new(plan, Clock::new(move || *read.lock().unwrap()), chance).unwrap();
    tokio::spawn(async move { axum::serve(listener, provider.router()).await.unwrap() });
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(issuer.clone()).unwrap(), &http).await.unwrap();
    let client = DemoClient::from_provider_metadata(metadata, ClientId::new("connect-care".to_owned()), None)
        .set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());
    Demo { issuer, clock, client }
}

/// One HTTP exchange that follows no redirect.
async fn http(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let exchange = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let mut answer = agent.run(request).map_err(std::io::Error::other)?;
        let body = answer.body_mut().read_to_vec().map_err(std::io::Error::other)?;
        let (parts, _) = answer.into_parts();
        Ok(HttpResponse::from_parts(parts, body))
    });
    exchange.await.unwrap()
}

async fn get(url: &str) -> HttpResponse {
    http(openidconnect::http::Request::get(url).body(Vec::new()).unwrap()).await.unwrap()
}

async fn post_form(url: &str, form: String) -> HttpResponse {
    let request = openidconnect::http::Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    http(request.body(form.into_bytes()).unwrap()).await.unwrap()
}

fn location(answer: &HttpResponse) -> openidconnect::url::Url {
    let location = answer.headers()["location"].to_str().unwrap();
    openidconnect::url::Url::parse(location).unwrap()
}

fn parameter(url: &openidconnect::url::Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// One sign-in up to the code.
struct Choice {
    code: String,
    verifier: PkceCodeVerifier,
    nonce: Nonce,
}

impl Demo {
    fn ask(&self) -> (openidconnect::url::Url, PkceCodeVerifier, Nonce, CsrfToken) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) =
            request.add_scope(Scope::new("profile".to_owned())).set_pkce_challenge(challenge).url();
        (url, verifier, nonce, state)
    }

    async fn choose(&self, subject: &str) -> Choice {
        let (url, verifier, nonce, state) = self.ask();
        let page = get(url.as_str()).await;
        assert_eq!(page.status(), 200);
        let html = String::from_utf8(page.body().clone()).unwrap();
        assert!(html.contains(&format!("value=\"{subject}\"")) && html.contains("Dr Amara Mensah"));
        let form = format!("{}&subject={subject}", url.query().unwrap());
        let answer = post_form(&format!("{}/authorize", self.issuer), form).await;
        assert_eq!(answer.status(), 303);
        let back = location(&answer);
        assert!(back.as_str().starts_with(REDIRECT));
        assert_eq!(parameter(&back, "state").as_deref(), Some(state.secret().as_str()));
        assert_eq!(parameter(&back, "iss").as_deref(), Some(self.issuer.as_str()));
        Choice { code: parameter(&back, "code").unwrap(), verifier, nonce }
    }

    async fn redeem(&self, code: &str, verifier: &str) -> HttpResponse {
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&client_id=connect-care&code_verifier={verifier}"
        );
        post_form(&format!("{}/token", self.issuer), form).await
    }
}

#[tokio::test]
async fn a_visitor_becomes_the_doctor_and_the_token_says_who_and_where() {
    let demo = demo().await;
    let choice = demo.choose("demo-amara-mensah").await;
    let exchange = demo.client.exchange_code(AuthorizationCode::new(choice.code)).unwrap();
    let tokens = exchange.set_pkce_verifier(choice.verifier).request_async(&http).await.unwrap();
    let claims = tokens.id_token().unwrap().claims(&demo.client.id_token_verifier(), &choice.nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "demo-amara-mensah");
    assert_eq!(claims.name().unwrap().get(None).unwrap().as_str(), "Dr Amara Mensah");
    assert!(claims.auth_time().is_some());
    let work = claims.additional_claims();
    assert_eq!(work.cc_role, "doctor");
    assert_eq!((work.cc_organisation.as_str(), work.cc_organisation_name.as_str()), ("ZZ1TH", "Thameside Hospital"));
    assert_eq!(work.cc_team.as_deref(), Some("Emergency department"));
}

#[tokio::test]
async fn another_nonce_is_not_accepted_by_the_client() {
    let demo = demo().await;
    let choice = demo.choose("demo-priya-nair").await;
    let exchange = demo.client.exchange_code(AuthorizationCode::new(choice.code)).unwrap();
    let tokens = exchange.set_pkce_verifier(choice.verifier).request_async(&http).await.unwrap();
    assert!(tokens.id_token().unwrap().claims(&demo.client.id_token_verifier(), &Nonce::new_random()).is_err());
}

#[tokio::test]
async fn a_code_serves_once_and_only_within_a_minute() {
    let demo = demo().await;
    let choice = demo.choose("demo-joseph-osei").await;
    assert_eq!(demo.redeem(&choice.code, choice.verifier.secret()).await.status(), 200);
    assert_eq!(demo.redeem(&choice.code, choice.verifier.secret()).await.status(), 400);
    let late = demo.choose("demo-joseph-osei").await;
    *demo.clock.lock().unwrap() += SignedDuration::from_secs(61);
    assert_eq!(demo.redeem(&late.code, late.verifier.secret()).await.status(), 400);
}

#[tokio::test]
async fn the_wrong_verifier_spends_the_code() {
    let demo = demo().await;
    let choice = demo.choose("demo-ewa-mazur").await;
    let (_, other) = PkceCodeChallenge::new_random_sha256();
    assert_eq!(demo.redeem(&choice.code, other.secret()).await.status(), 400);
    assert_eq!(demo.redeem(&choice.code, choice.verifier.secret()).await.status(), 400);
}

#[tokio::test]
async fn without_a_challenge_the_client_is_told_and_nobody_signs_in() {
    let demo = demo().await;
    for pkce in
        ["", "&code_challenge=abc&code_challenge_method=plain", "&code_challenge=abc&code_challenge_method=S256"]
    {
        let url = format!(
            "{}/authorize?response_type=code&client_id=connect-care&redirect_uri={REDIRECT}&scope=openid&state=s1{pkce}",
            demo.issuer
        );
        let answer = get(&url).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(parameter(&location(&answer), "error").as_deref(), Some("invalid_request"));
        assert_eq!(parameter(&location(&answer), "state").as_deref(), Some("s1"));
    }
}

#[tokio::test]
async fn another_client_or_another_redirect_is_never_redirected_to() {
    let demo = demo().await;
    let (url, ..) = demo.ask();
    for (from, to) in [("client_id=connect-care", "client_id=somebody"), ("signed-in", "signed-in%2Felsewhere")] {
        let answer = get(&url.as_str().replace(from, to)).await;
        assert_eq!(answer.status(), 400);
        assert!(!answer.headers().contains_key("location"));
    }
}

#[tokio::test]
async fn nobody_who_is_not_a_persona_signs_in() {
    let demo = demo().await;
    let (url, ..) = demo.ask();
    let form = format!("{}&subject=root", url.query().unwrap());
    let answer = post_form(&format!("{}/authorize", demo.issuer), form).await;
    assert_eq!(parameter(&location(&answer), "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&location(&answer), "code"), None);
}
