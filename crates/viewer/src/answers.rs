//! What goes back to the browser: pages, redirects, and why there is none.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::{Extensions, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;

use access::Refusal;
use record::Chance;

use crate::pages::closed::Closed;
use crate::pages::parts::Place;
use crate::pages::problem::Problem;
use crate::session::Visit;
use crate::state::{Rooms, role_in_a_sentence};

/// A page that is shown instead of the one that was asked for.
pub(crate) struct Stop(Box<Response>);

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl From<Redirect> for Stop {
    fn from(redirect: Redirect) -> Self {
        redirect.into_response().into()
    }
}

/// What a handler gives.
pub(crate) type Answer = Result<Response, Stop>;

/// This request's number: logs carry it, and pages that went wrong its beginning.
/// Whoever serves the pages may give it as an extension of the request; it is
/// never taken from a header, because anybody can write one.
#[derive(Clone, Debug)]
pub struct RequestId(String);

impl RequestId {
    /// A new one: 64 unguessable bits.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self(chance.hex32().chars().take(16).collect())
    }

    /// Its 16 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self(String::new()))
    }

    pub(crate) fn reference(&self) -> String {
        self.0.chars().take(8).collect()
    }
}

/// A page as a response.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let html_type = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, html_type)], html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page did not work").into_response()
        }
    }
}

/// The page as it was asked for.
pub(crate) fn shown(template: &impl Template) -> Answer {
    Ok(page(StatusCode::OK, template))
}

/// Nothing clinical is sent, because a look could not be recorded.
pub(crate) fn unavailable(rooms: &Rooms, visit: Option<&Visit>, reference: &str) -> Response {
    let frame = visit.map_or_else(|| rooms.signed_out_frame(), |visit| rooms.frame(visit, Place::Elsewhere));
    page(StatusCode::SERVICE_UNAVAILABLE, &Problem::unavailable(frame, reference))
}

/// The desk could not be read or written.
pub(crate) fn desk_failed(rooms: &Rooms, visit: &Visit, id: &RequestId, error: &store::StoreError) -> Stop {
    tracing::error!(%error, "the desk failed");
    unavailable(rooms, Some(visit), &id.reference()).into()
}

/// There is no such page for this visit.
pub(crate) fn not_found(rooms: &Rooms, visit: &Visit, id: &RequestId) -> Stop {
    let frame = rooms.frame(visit, Place::Elsewhere);
    page(StatusCode::NOT_FOUND, &Problem::not_found(frame, &id.reference())).into()
}

/// A form that was not made for this session, page and person.
pub(crate) fn foreign_form(rooms: &Rooms, visit: &Visit, id: &RequestId) -> Stop {
    let frame = rooms.frame(visit, Place::Elsewhere);
    page(StatusCode::FORBIDDEN, &Problem::foreign_form(frame, &id.reference())).into()
}

/// Why the door stays closed, as a page. `base` is the address of the opening.
pub(crate) fn closed(rooms: &Rooms, visit: &Visit, id: &RequestId, base: &str, why: disclosure::Closed) -> Stop {
    let frame = rooms.frame(visit, Place::Elsewhere);
    match why {
        disclosure::Closed::Refused { refusal, reference } => match refusal {
            Refusal::PermissionNeeded | Refusal::PersonRefused { .. } => {
                Redirect::to(&format!("{base}/permission")).into()
            }
            Refusal::OptedOut => page(StatusCode::FORBIDDEN, &Closed::opted_out(frame, None)).into(),
            Refusal::Restricted => page(StatusCode::FORBIDDEN, &Closed::restricted(frame, None)).into(),
            Refusal::Dissent => page(StatusCode::FORBIDDEN, &Closed::dissent(frame, None)).into(),
            Refusal::RoleMayNot(access::What::ReviewLog) => {
                let words = "a role that reviews the access log, such as privacy officer";
                let problem = Problem::forbidden(frame, words, "Your organisation's sign-in team", &reference);
                page(StatusCode::FORBIDDEN, &problem).into()
            }
            Refusal::RoleMayNot(access::What::Administer) => {
                let words = "a role that looks after feeds and quarantine, such as administrator";
                let problem = Problem::forbidden(frame, words, "Your organisation's sign-in team", &reference);
                page(StatusCode::FORBIDDEN, &problem).into()
            }
            Refusal::RoleMayNot(access::What::DecideLinks) => {
                let words = "a role that decides whose records are one person's, such as identity analyst";
                let problem = Problem::forbidden(frame, words, "Your organisation's sign-in team", &reference);
                page(StatusCode::FORBIDDEN, &problem).into()
            }
            Refusal::RoleMayNot(_) => {
                let role = role_in_a_sentence(visit.session.staff.role);
                page(StatusCode::FORBIDDEN, &Closed::role_may_not(frame, &role)).into()
            }
            other => page(StatusCode::FORBIDDEN, &Closed::refused(frame, &other.to_string(), &reference)).into(),
        },
        disclosure::Closed::NotFound(_) => not_found(rooms, visit, id),
        disclosure::Closed::CannotShowSafely { reference, .. } => unavailable(rooms, Some(visit), &reference).into(),
    }
}

/// A form as it was sent. One that cannot be read is nobody's own form.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Rooms>> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, rooms: &Arc<Rooms>) -> Result<Self, Self::Rejection> {
        let id = RequestId::of(request.extensions());
        let visit = request.extensions().get::<Visit>().cloned();
        let rejection = match Form::<T>::from_request(request, rooms).await {
            Ok(Form(sent)) => return Ok(Self(sent)),
            Err(rejection) => rejection,
        };
        let status = match rejection {
            FormRejection::BytesRejection(too_long) => too_long.status(),
            _ => StatusCode::BAD_REQUEST,
        };
        let frame = match &visit {
            Some(visit) => rooms.frame(visit, Place::Elsewhere),
            None => rooms.signed_out_frame(),
        };
        Err(page(status, &Problem::foreign_form(frame, &id.reference())))
    }
}
