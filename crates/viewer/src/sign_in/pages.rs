use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use disclosure::Caller;
use record::{Role, Staff};
use serde::Deserialize;
use store::SignIn;

use super::SignInProblem;
use crate::answers::{Answer, RequestId, Sent, foreign_form, page, unavailable};
use crate::pages::sign_in::{SignIn as SignInPage, SignedIn};
use crate::session::Visit;
use crate::session::cookie::Cookie;
use crate::state::Rooms;

/// Sends the browser to the provider, bound by a cookie to what comes back.
pub(crate) async fn begin(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>) -> Response {
    let state = rooms.chance.hex32();
    let sign_in = SignIn { nonce: rooms.chance.hex32(), verifier: rooms.chance.hex32() };
    let provider = Arc::clone(&rooms.provider);
    let asked = {
        let (state, sign_in) = (state.clone(), sign_in.clone());
        tokio::task::spawn_blocking(move || provider.authorize_url(&state, &sign_in)).await
    };
    let url = match asked.unwrap_or_else(|_| Err(SignInProblem::Provider("asking it failed".to_owned()))) {
        Ok(url) => url,
        Err(problem) => return not_signed_in(&rooms, &problem),
    };
    if let Err(error) = rooms.desk.begin_sign_in(&state, &sign_in, rooms.clock.now()).await {
        tracing::error!(%error, "a sign-in could not be remembered");
        return unavailable(&rooms, None, &id.reference());
    }
    let mut response = Redirect::to(&url).into_response();
    set(&mut response, Cookie::SignIn.set(&state, rooms.config.secure_cookies));
    response
}

/// What the provider sends back (OpenID Connect Core 1.0 §3.1.2.5, RFC 9207).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Return {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// Begins the session of whoever signed in.
pub(crate) async fn come_back(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    returned: Result<Query<Return>, QueryRejection>,
) -> Response {
    let Query(returned) = returned.unwrap_or_default();
    let staff = match who_signed_in(&rooms, &headers, returned).await {
        Ok(staff) => staff,
        Err(Failure::SignIn(problem)) => return not_signed_in(&rooms, &problem),
        Err(Failure::Desk(error)) => {
            tracing::error!(%error, "a sign-in could not be taken up");
            return unavailable(&rooms, None, &id.reference());
        }
    };
    // Logged first: nobody is signed in without a durable row.
    let caller = Caller { staff: staff.clone(), session: None };
    let secret = rooms.chance.hex32();
    if rooms.disclosure.signed_in(&caller).await.is_err()
        || rooms.desk.begin_session(&secret, &staff, rooms.clock.now()).await.is_err()
    {
        return unavailable(&rooms, None, &id.reference());
    }
    // A page of our own stands between the provider and the first page: what the
    // provider's page leads to is another site's request and carries no strict cookie.
    let next = home(&rooms, &staff);
    let mut response = page(StatusCode::OK, &SignedIn { frame: rooms.signed_out_frame(), next });
    set(&mut response, Cookie::Session.set(&secret, rooms.config.secure_cookies));
    set(&mut response, Cookie::SignIn.remove(rooms.config.secure_cookies));
    response
}

enum Failure {
    SignIn(SignInProblem),
    Desk(store::StoreError),
}

impl From<SignInProblem> for Failure {
    fn from(problem: SignInProblem) -> Self {
        Self::SignIn(problem)
    }
}

async fn who_signed_in(rooms: &Rooms, headers: &HeaderMap, returned: Return) -> Result<Staff, Failure> {
    let bound = Cookie::SignIn.read(headers, rooms.config.secure_cookies).ok_or(SignInProblem::NotAsked)?;
    if returned.state != bound {
        return Err(SignInProblem::NotAsked.into());
    }
    let taken = rooms.desk.take_sign_in(&returned.state, rooms.clock.now()).await.map_err(Failure::Desk)?;
    let sign_in = taken.ok_or(SignInProblem::NotAsked)?;
    let provider = Arc::clone(&rooms.provider);
    if returned.iss.as_deref().is_some_and(|iss| iss != provider.issuer()) {
        return Err(SignInProblem::NotAsked.into());
    }
    if let Some(error) = returned.error {
        return Err(SignInProblem::Refused(error.chars().take(40).filter(char::is_ascii_graphic).collect()).into());
    }
    let redeemed = tokio::task::spawn_blocking(move || provider.redeem(returned.code, sign_in)).await;
    Ok(redeemed.unwrap_or_else(|_| Err(SignInProblem::Provider("asking it failed".to_owned())))?)
}

/// The first page of a role.
pub(crate) fn home(rooms: &Rooms, staff: &Staff) -> &'static str {
    let policy = rooms.disclosure.policy();
    if policy.may_open_record(staff.role) {
        "/find"
    } else if policy.may_review_log(staff.role) {
        "/who-looked"
    } else if staff.role == Role::Administrator {
        crate::handlers::quarantine::LIST
    } else {
        "/find"
    }
}

fn not_signed_in(rooms: &Rooms, problem: &SignInProblem) -> Response {
    tracing::warn!(reason = problem.kind(), "nobody was signed in");
    let status = match problem {
        SignInProblem::Provider(_) | SignInProblem::Configuration(_) => StatusCode::BAD_GATEWAY,
        SignInProblem::Claim(_) => StatusCode::FORBIDDEN,
        SignInProblem::NotAsked | SignInProblem::Refused(_) | SignInProblem::Token(_) => StatusCode::BAD_REQUEST,
    };
    let mut response = page(status, &SignInPage { frame: rooms.signed_out_frame(), error: Some(problem.words()) });
    set(&mut response, Cookie::SignIn.remove(rooms.config.secure_cookies));
    response
}

/// A form that holds nothing but its token.
#[derive(Deserialize)]
pub(crate) struct Leaving {
    #[serde(default)]
    form: String,
}

/// Ends the session, its emergencies, and what the browser keeps of it.
pub(crate) async fn sign_out(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    Sent(sent): Sent<Leaving>,
) -> Answer {
    if !visit.made_in_frame(&sent.form) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    // It ends whether or not that can be logged: a session must not outlive its user.
    let ended = rooms.desk.end_session(visit.session.key, rooms.clock.now()).await;
    let logged = rooms.disclosure.signed_out(&visit.caller()).await;
    if ended.is_err() || logged.is_err() {
        return Ok(unavailable(&rooms, None, &id.reference()));
    }
    let mut response = Redirect::to("/").into_response();
    set(&mut response, Cookie::Session.remove(rooms.config.secure_cookies));
    let clear = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    response.headers_mut().insert("clear-site-data", clear);
    Ok(response)
}

fn set(response: &mut Response, cookie: Option<HeaderValue>) {
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
}
