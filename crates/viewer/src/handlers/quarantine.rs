use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use disclosure::{Ask, Closed, Disclosed, HandAsked, QuarantinedMessage};
use serde::Deserialize;

use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, Stop, closed, foreign_form, not_found, page, shown};
use crate::pages::parts::{FieldError, Place};
use crate::pages::quarantined::{Quarantined, Typed};
use crate::session::Visit;
use crate::shown::quarantine::{item, list};
use crate::state::Rooms;

/// The form of one row.
pub(super) const FORM: &str = "quarantine";
/// Where the list is.
pub(crate) const LIST: &str = "/administration/quarantine";

/// What waits in the quarantine of the administrator's own organisation.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>, visit: Visit) -> Answer {
    let quarantine = rooms.disclosure.quarantine(&visit.caller()).await;
    let quarantine = quarantine.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
    let frame = rooms.frame(&visit, Place::Quarantine);
    let organisation = visit.session.staff.organisation_name.clone();
    shown(&list(frame, organisation, &quarantine, rooms.disclosure.region(), rooms.clock.now()))
}

/// One message in it.
pub(crate) async fn show_one(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
) -> Answer {
    shown(&one(&rooms, &visit, &id, &number).await?)
}

/// Why something is asked for, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Why {
    pub(super) form: String,
    pub(super) reason: String,
}

/// The administrator takes it.
pub(crate) async fn take(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Why>,
) -> Answer {
    let row = own_form(&rooms, &visit, &id, &number, &sent.form).await?;
    decide(&rooms, &visit, &id, row, Ask::Take, "").await
}

/// It is to be added again as it is.
pub(crate) async fn replay(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Why>,
) -> Answer {
    let wrong = |reason| (Typed { replay: reason, ..Typed::default() }, "replay-reason");
    settle(&rooms, &visit, &id, &number, sent, Ask::Replay, wrong).await
}

/// It is never to be added.
pub(crate) async fn dismiss(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Why>,
) -> Answer {
    let wrong = |reason| (Typed { dismiss: reason, ..Typed::default() }, "dismiss-reason");
    settle(&rooms, &visit, &id, &number, sent, Ask::Dismiss, wrong).await
}

/// Settles it for the reason that was typed; without one the page comes again, with
/// what was typed in its own field.
async fn settle(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
    sent: Why,
    ask: Ask,
    wrong: impl FnOnce(String) -> (Typed, &'static str),
) -> Answer {
    let row = own_form(rooms, visit, id, number, &sent.form).await?;
    if let Some(words) = wrong_reason(&sent.reason) {
        let (typed, field) = wrong(sent.reason);
        return with_errors(rooms, visit, id, number, typed, vec![error(field, words)]).await;
    }
    decide(rooms, visit, id, row, ask, &sent.reason).await
}

/// The row of an address, where the form was made for it. Whoever looks after
/// nothing is refused at the door first, and logged.
pub(super) async fn own_form(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
    form: &str,
) -> Result<u64, Stop> {
    if !rooms.disclosure.policy().may_administer(visit.session.staff.role) {
        rooms.disclosure.quarantine(&visit.caller()).await.map_err(|why| closed(rooms, visit, id, LIST, why))?;
    }
    if !visit.made(form, FORM, number) {
        return Err(foreign_form(rooms, visit, id));
    }
    number.parse().map_err(|_| not_found(rooms, visit, id))
}

/// Writes the decision down and goes back to the row, which says what came of it.
pub(super) async fn decide(rooms: &Rooms, visit: &Visit, id: &RequestId, row: u64, ask: Ask, reason: &str) -> Answer {
    let asked = rooms.disclosure.decide_quarantined(&visit.caller(), row, ask, reason).await;
    match asked.map_err(|why| closed(rooms, visit, id, LIST, why))? {
        // Where somebody else was quicker, the row says so.
        HandAsked::Noted(_) | HandAsked::NotWaiting | HandAsked::UnderWay => {
            Ok(Redirect::to(&format!("{LIST}/{row}")).into_response())
        }
    }
}

/// What is wrong with a reason.
pub(super) fn wrong_reason(reason: &str) -> Option<&'static str> {
    match reason.trim().chars().count() {
        0 => Some("Write down the reason"),
        length if length > access::REASON_CHARACTERS_MAX => Some("Write the reason in at most 500 characters"),
        _ => None,
    }
}

pub(super) async fn with_errors(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
    typed: Typed,
    errors: Vec<FieldError>,
) -> Answer {
    let row = one(rooms, visit, id, number).await?;
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &Quarantined { typed, errors, ..row }))
}

/// The row of an address as a page. How its message is built is left out where
/// somebody in it has a closed record.
async fn one(rooms: &Rooms, visit: &Visit, id: &RequestId, number: &str) -> Result<Quarantined, Stop> {
    let message = found(rooms, visit, id, number).await?;
    let outline = match rooms.disclosure.quarantined_outline(&visit.caller(), &message.item).await {
        Ok(outline) => Some(outline),
        Err(Closed::Refused { .. }) => None,
        Err(why) => return Err(closed(rooms, visit, id, LIST, why)),
    };
    let (frame, form) = (rooms.frame(visit, Place::Quarantine), visit.form(FORM, number));
    Ok(item(frame, form, &message, outline.as_deref(), rooms.disclosure.region(), rooms.clock.now()))
}

/// The row of an address: where and why, and nothing of how its message is built.
pub(super) async fn found(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
) -> Result<Disclosed<QuarantinedMessage>, Stop> {
    // A number of another form is no row; the door is asked about nothing in particular and says who may not.
    let row: u64 = number.parse().unwrap_or_default();
    let message = rooms.disclosure.quarantined(&visit.caller(), row).await;
    message.map_err(|why| closed(rooms, visit, id, LIST, why))
}
