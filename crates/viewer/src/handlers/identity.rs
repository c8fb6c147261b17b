use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use disclosure::{Disclosed, StoredPair};

use crate::answers::{Answer, RequestId, Stop, closed, page, shown};
use crate::pages::parts::{FieldError, Place};
use crate::session::Visit;
use crate::shown::identity_list::{LOOK, list};
use crate::shown::identity_pair::{pair, record};
use crate::state::Rooms;

/// The form of one doubt.
pub(super) const FORM: &str = "who is who";
/// Where the list is.
pub(crate) const LIST: &str = "/administration/identity";

/// What was typed into the form of a doubt.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) answer: String,
    pub(super) reason: String,
    pub(super) errors: Vec<FieldError>,
}

/// The doubts about who is who that wait.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>, visit: Visit) -> Answer {
    let work = rooms.disclosure.identity_work(&visit.caller()).await;
    let work = work.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
    let form = visit.form(LOOK, "");
    shown(&list(rooms.frame(&visit, Place::Identity), form, &work, rooms.disclosure.region()))
}

/// One of them: two people side by side, or the charts of one record.
pub(crate) async fn show_one(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
) -> Answer {
    let doubt = found(&rooms, &visit, &id, &number).await?;
    Ok(page_of(&rooms, &visit, &number, &doubt, Typed::default()))
}

/// The doubt of an address, read through the door and logged.
pub(super) async fn found(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
) -> Result<Disclosed<StoredPair>, Stop> {
    // A number of another form is no doubt; the door is asked about nothing in particular and says who may not.
    let item: u64 = number.parse().unwrap_or_default();
    let doubt = rooms.disclosure.identity_pair(&visit.caller(), item).await;
    doubt.map_err(|why| closed(rooms, visit, id, LIST, why))
}

/// The doubt as a page; with what was typed where something of it is wrong.
pub(super) fn page_of(rooms: &Rooms, visit: &Visit, number: &str, doubt: &StoredPair, typed: Typed) -> Response {
    let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (frame, form) = (rooms.frame(visit, Place::Identity), visit.form(FORM, number));
    let region = rooms.disclosure.region();
    let Typed { answer, reason, errors } = typed;
    if doubt.doubt.is_of_one_record {
        let mut record = record(frame, form, doubt, region);
        (record.reason, record.errors) = (reason, errors);
        return page(status, &record);
    }
    let mut pair = pair(frame, form, doubt, region);
    (pair.chosen, pair.reason, pair.errors) = (answer, reason, errors);
    page(status, &pair)
}
