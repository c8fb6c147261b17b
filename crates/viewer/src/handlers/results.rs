use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::opening::{open, ready};
use crate::answers::{Answer, RequestId, shown};
use crate::session::Visit;
use crate::shown::results::Wanted;
use crate::state::Rooms;

/// The filters, as the address carries them: none is about the person.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filters {
    out: String,
    kind: String,
    months: String,
    source: String,
}

/// Results and reports.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(handle): Path<String>,
    filters: Result<Query<Filters>, QueryRejection>,
    visit: Visit,
) -> Answer {
    let Query(filters) = filters.unwrap_or_default();
    let wanted =
        Wanted { out_of_range: filters.out == "1", kind: filters.kind, months: filters.months, source: filters.source };
    let opened = open(&rooms, &visit, &id, &handle, "results").await?;
    shown(&ready(&rooms, &visit, &handle, &opened).results(&wanted))
}
