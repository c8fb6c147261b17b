use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use disclosure::{Disclosed, Exposure};
use serde::Deserialize;

use super::identity::LIST;
use super::identity_decide::guard;
use super::quarantine::wrong_reason;
use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, Stop, closed, foreign_form, not_found, page, shown, unavailable};
use crate::pages::identity_who_saw::IdentityWhoSaw;
use crate::pages::parts::Place;
use crate::session::Visit;
use crate::shown::identity_who_saw::report;
use crate::state::Rooms;

/// The form that asks for the report, and for its files.
const FORM: &str = "who saw it";

/// What is asked for, as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    form: String,
    reason: String,
    /// Of a file: `looks` or `items`.
    of: String,
}

/// The question for a reason. Nothing of any record is read for it.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
) -> Answer {
    guard(&rooms, &visit, &id).await?;
    let item = number.parse().map_err(|_| not_found(&rooms, &visit, &id))?;
    shown(&blank(&rooms, &visit, item, String::new()))
}

/// The report.
pub(crate) async fn tell(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(asked): Sent<Asked>,
) -> Answer {
    guard(&rooms, &visit, &id).await?;
    let item = own(&rooms, &visit, &id, &number, &asked)?;
    if let Some(words) = wrong_reason(&asked.reason) {
        let errors = vec![error("reason", words)];
        let asking = IdentityWhoSaw { errors, ..blank(&rooms, &visit, item, asked.reason) };
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &asking));
    }
    let exposure = told(&rooms, &visit, &id, item, &asked.reason).await?;
    let report = Some(report(&exposure, rooms.disclosure.region()));
    let reason = asked.reason.trim().to_owned();
    shown(&IdentityWhoSaw { report, ..blank(&rooms, &visit, item, reason) })
}

/// The same as a file: what the page has no room for stands in it.
pub(crate) async fn file(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(asked): Sent<Asked>,
) -> Answer {
    guard(&rooms, &visit, &id).await?;
    let item = own(&rooms, &visit, &id, &number, &asked)?;
    let exposure = told(&rooms, &visit, &id, item, &asked.reason).await?;
    let (name, written) = match asked.of.as_str() {
        "items" => ("who-saw-items.csv", exposure.entries_csv()),
        _ => ("who-saw-looks.csv", exposure.looks_csv()),
    };
    match written {
        Ok(bytes) => {
            let named = format!("attachment; filename=\"{name}\"");
            let headers =
                [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, named)];
            Ok((headers, bytes).into_response())
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Ok(unavailable(&rooms, Some(&visit), &id.reference()))
        }
    }
}

/// The doubt of a form that was made for this session and for it.
fn own(rooms: &Rooms, visit: &Visit, id: &RequestId, number: &str, asked: &Asked) -> Result<u64, Stop> {
    match number.parse() {
        Ok(item) if visit.made(&asked.form, FORM, &bound(item)) => Ok(item),
        _ => Err(foreign_form(rooms, visit, id)),
    }
}

/// Read through the door, and logged for each person concerned.
async fn told(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    item: u64,
    reason: &str,
) -> Result<Disclosed<Exposure>, Stop> {
    let exposure = rooms.disclosure.exposure(&visit.caller(), item, None, reason).await;
    exposure.map_err(|why| closed(rooms, visit, id, LIST, why))
}

fn bound(item: u64) -> String {
    item.to_string()
}

fn blank(rooms: &Rooms, visit: &Visit, item: u64, reason: String) -> IdentityWhoSaw {
    IdentityWhoSaw {
        frame: rooms.frame(visit, Place::Identity),
        base: format!("{LIST}/{item}"),
        form: visit.form(FORM, &bound(item)),
        reason,
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
        report: None,
    }
}
