use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

use crate::answers::{RequestId, page};
use crate::pages::problem::Problem;
use crate::state::Rooms;

/// Any address that is not in the table.
pub(crate) async fn not_found(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>) -> Response {
    page(StatusCode::NOT_FOUND, &Problem::not_found(rooms.signed_out_frame(), &id.reference()))
}

/// A form that another site sent.
pub(crate) fn cross_site(rooms: &Rooms) -> Response {
    tracing::warn!("a form from another site was refused");
    page(StatusCode::FORBIDDEN, &Problem::foreign_form(rooms.signed_out_frame(), "other site"))
}
