use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::answers::page;
use crate::pages::sign_in::SignIn;
use crate::session::cookie::Cookie;
use crate::sign_in::pages::home;
use crate::state::Rooms;

/// The way in; for somebody who is signed in, their first page.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, headers: HeaderMap) -> Response {
    if let Some(secret) = Cookie::Session.read(&headers, rooms.config.secure_cookies)
        && let Ok(Some(session)) = rooms.desk.session(&secret, rooms.clock.now()).await
    {
        return Redirect::to(home(&rooms, &session.staff)).into_response();
    }
    page(axum::http::StatusCode::OK, &SignIn { frame: rooms.signed_out_frame(), error: None })
}
