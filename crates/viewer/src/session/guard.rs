use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::cookie::Cookie;
use super::visit::Visit;
use crate::answers::{RequestId, page, unavailable};
use crate::pages::closed::Closed;
use crate::pages::parts::Place;
use crate::pages::problem::Problem;
use crate::state::{Rooms, role_in_a_sentence};

/// Lets a request on that belongs to a session in force.
pub(crate) async fn require_session(State(rooms): State<Arc<Rooms>>, mut request: Request, next: Next) -> Response {
    // What is awaited must not hold the request: its body cannot be shared.
    let secret = Cookie::Session.read(request.headers(), rooms.config.secure_cookies);
    let had_session = secret.is_some();
    match visit(&rooms, secret).await {
        Ok(Some(visit)) => {
            request.extensions_mut().insert(visit);
            next.run(request).await
        }
        Ok(None) if request.method() == Method::GET && !had_session => Redirect::to("/").into_response(),
        Ok(None) => page(StatusCode::UNAUTHORIZED, &Problem::session_ended(rooms.signed_out_frame())),
        Err(error) => {
            tracing::error!(%error, "a session could not be read");
            unavailable(&rooms, None, &RequestId::of(request.extensions()).reference())
        }
    }
}

/// Lets staff on whose role opens records. What they may open is decided at the door.
pub(crate) async fn require_opening_role(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>() else { return StatusCode::UNAUTHORIZED.into_response() };
    let role = visit.session.staff.role;
    if rooms.disclosure.policy().may_open_record(role) {
        return next.run(request).await;
    }
    tracing::info!(role = role.code(), "a role that opens no records was refused");
    let frame = rooms.frame(visit, Place::Elsewhere);
    page(StatusCode::FORBIDDEN, &Closed::role_may_not(frame, &role_in_a_sentence(role)))
}

async fn visit(rooms: &Rooms, secret: Option<String>) -> Result<Option<Visit>, store::StoreError> {
    let Some(secret) = secret else { return Ok(None) };
    let session = rooms.desk.session(&secret, rooms.clock.now()).await?;
    Ok(session.map(|session| Visit::new(session, secret)))
}
