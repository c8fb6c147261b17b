use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use reconcile::TestKey;
use serde::Deserialize;

use super::opening::{open, ready};
use crate::answers::{Answer, RequestId, not_found, shown};
use crate::session::Visit;
use crate::state::Rooms;

/// The period.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Period {
    months: String,
}

/// One test over time.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path((handle, test)): Path<(String, String)>,
    period: Result<Query<Period>, QueryRejection>,
    visit: Visit,
) -> Answer {
    let Query(period) = period.unwrap_or_default();
    let opened = open(&rooms, &visit, &id, &handle, "one test").await?;
    let ready = ready(&rooms, &visit, &handle, &opened);
    let test = TestKey::from_token(&test).and_then(|key| ready.one_test(key, &period.months));
    match test {
        Some(test) => shown(&test),
        None => Err(not_found(&rooms, &visit, &id)),
    }
}
