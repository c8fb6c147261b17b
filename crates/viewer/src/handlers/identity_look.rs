//! One person's charts, looked up by NHS number for a written reason, though nobody doubts them. They are the answer
//! to a form and have no address of their own: nobody goes through records by changing an address.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use disclosure::{Closed, Disclosed, OneRecord, RecordOf, RecordsFound};
use serde::Deserialize;

use super::identity::{LIST, Typed, page_of};
use super::quarantine::wrong_reason;
use super::typed::{error, nhs_number};
use crate::answers::{Answer, RequestId, Sent, closed, foreign_form, page};
use crate::pages::parts::{FieldError, Place};
use crate::session::Visit;
use crate::shown::identity_list::{LOOK, list};
use crate::shown::identity_records::records;
use crate::state::Rooms;

/// Whom to look up, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Looked {
    form: String,
    nhs_number: String,
    reason: String,
    /// Which of several records of the number.
    record: String,
}

/// The charts of whoever carries the number.
pub(crate) async fn look(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    Sent(sent): Sent<Looked>,
) -> Answer {
    if rooms.disclosure.policy().may_decide_links(visit.session.staff.role) && !visit.made(&sent.form, LOOK, "") {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let number = nhs_number(&sent.nhs_number);
    let mut errors: Vec<FieldError> = number.as_ref().err().cloned().into_iter().collect();
    errors.extend(wrong_reason(&sent.reason).map(|words| error("reason", words)));
    let Ok(number) = number else { return with_errors(&rooms, &visit, &id, sent, errors).await };
    if !errors.is_empty() {
        return with_errors(&rooms, &visit, &id, sent, errors).await;
    }
    let found = rooms.disclosure.identity_record(&visit.caller(), RecordOf::Number(number), &sent.reason).await;
    match found {
        Ok(found) => Ok(one_of(&rooms, &visit, &found, sent)),
        Err(Closed::NotFound(_)) => {
            let errors = vec![error("nhs-number", "No record carries this number. Check it with the source")];
            with_errors(&rooms, &visit, &id, sent, errors).await
        }
        Err(why) => Err(closed(&rooms, &visit, &id, LIST, why)),
    }
}

/// The charts of the only record, or of the one that was chosen; else which of them is meant.
fn one_of(rooms: &Rooms, visit: &Visit, found: &RecordsFound, sent: Looked) -> Response {
    let is_meant =
        |record: &&Disclosed<OneRecord>| found.records.len() == 1 || record.number.to_string() == sent.record;
    if let Some(record) = found.records.iter().find(is_meant) {
        return page_of(rooms, visit, &record.number.to_string(), &record.pair, Typed::default());
    }
    let (frame, form) = (rooms.frame(visit, Place::Identity), visit.form(LOOK, ""));
    let typed = (sent.nhs_number, sent.reason);
    page(StatusCode::OK, &records(frame, form, found, typed, rooms.disclosure.region()))
}

/// The list again, with what was typed and what is wrong with it.
async fn with_errors(rooms: &Rooms, visit: &Visit, id: &RequestId, sent: Looked, errors: Vec<FieldError>) -> Answer {
    let work = rooms.disclosure.identity_work(&visit.caller()).await;
    let work = work.map_err(|why| closed(rooms, visit, id, LIST, why))?;
    let mut list = list(rooms.frame(visit, Place::Identity), visit.form(LOOK, ""), &work, rooms.disclosure.region());
    (list.nhs_number, list.reason, list.errors) = (sent.nhs_number, sent.reason, errors);
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &list))
}
