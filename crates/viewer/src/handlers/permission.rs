use std::sync::Arc;

use access::{Permission as Given, PermissionGiven};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use disclosure::{Disclosed, Who};
use record::{Audience, PersonId, When};
use serde::Deserialize;

use super::opening::{base, person, who};
use super::typed::{FIELD_CHARACTERS_MAX, error};
use crate::answers::{Answer, RequestId, Sent, closed, desk_failed, foreign_form, page, shown};
use crate::pages::closed::Closed;
use crate::pages::parts::{Banner, FieldError, Place};
use crate::pages::permission::{Permission, Pronouns};
use crate::session::Visit;
use crate::state::Rooms;

const FORM: &str = "permission";

/// Asks.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(handle): Path<String>,
    visit: Visit,
) -> Answer {
    let (_, who, banner) = who(&rooms, &visit, &id, &handle).await?;
    shown(&question(&rooms, &visit, &handle, &who, banner))
}

/// What was answered.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answered {
    form: String,
    answer: String,
    decider_name: String,
    decider_relationship: String,
}

/// Records the answer and, after a yes, opens the record.
pub(crate) async fn answer(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(handle): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Answered>,
) -> Answer {
    if !visit.made(&sent.form, FORM, &handle) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let person = person(&rooms, &visit, &id, &handle)?;
    let [yes, decider, before, no, cannot_ask] = Permission::ANSWERS;
    let given = match sent.answer.as_str() {
        chosen if chosen == yes => PermissionGiven::Person,
        chosen if chosen == decider => match decided_by(&sent) {
            Ok(given) => given,
            Err(errors) => return wrong(&rooms, &visit, &id, &handle, sent, errors).await,
        },
        // Whether an earlier yes still holds is decided when the record opens.
        chosen if chosen == before => return go_on(&rooms, &visit, &id, person, &handle).await,
        chosen if chosen == no => return said_no(&rooms, &visit, &id, &handle).await,
        chosen if chosen == cannot_ask => {
            return Ok(Redirect::to(&format!("{}/emergency", base(&handle))).into_response());
        }
        _ => {
            let errors = vec![error("answer", "Choose an answer")];
            return wrong(&rooms, &visit, &id, &handle, sent, errors).await;
        }
    };
    let recorded = rooms.disclosure.record_yes(&visit.caller(), person, given).await;
    recorded.map_err(|why| closed(&rooms, &visit, &id, &base(&handle), why))?;
    go_on(&rooms, &visit, &id, person, &handle).await
}

/// Makes this the open record of the session and goes to it.
pub(super) async fn go_on(rooms: &Rooms, visit: &Visit, id: &RequestId, person: PersonId, handle: &str) -> Answer {
    let set = rooms.desk.set_open(visit.session.key, person, handle).await;
    set.map_err(|error| desk_failed(rooms, visit, id, &error))?;
    Ok(Redirect::to(&base(handle)).into_response())
}

fn decided_by(sent: &Answered) -> Result<PermissionGiven, Vec<FieldError>> {
    let (name, relationship) = (sent.decider_name.trim(), sent.decider_relationship.trim());
    let is_told = |text: &str| !text.is_empty() && text.chars().count() <= FIELD_CHARACTERS_MAX;
    let mut errors = Vec::new();
    if !is_told(name) {
        errors.push(error("decider-name", "Enter the name of the person who decided"));
    }
    if !is_told(relationship) {
        errors.push(error("decider-relationship", "Enter their relationship or authority"));
    }
    if errors.is_empty() {
        return Ok(PermissionGiven::Decider { name: name.to_owned(), relationship: relationship.to_owned() });
    }
    Err(errors)
}

async fn wrong(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    handle: &str,
    sent: Answered,
    errors: Vec<FieldError>,
) -> Answer {
    let (_, who, banner) = who(rooms, visit, id, handle).await?;
    let mut asked = question(rooms, visit, handle, &who, banner);
    asked.chosen = sent.answer;
    asked.decider_name = sent.decider_name;
    asked.decider_relationship = sent.decider_relationship;
    asked.errors = errors;
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &asked))
}

async fn said_no(rooms: &Rooms, visit: &Visit, id: &RequestId, handle: &str) -> Answer {
    let (person, who, banner) = who(rooms, visit, id, handle).await?;
    let recorded = rooms.disclosure.record_no(&visit.caller(), person).await;
    recorded.map_err(|why| closed(rooms, visit, id, &base(handle), why))?;
    let frame = rooms.frame(visit, Place::Elsewhere);
    let again = format!("{}/permission", base(handle));
    shown(&Closed::said_no(frame, banner, who.view.name.called(), again))
}

fn question(rooms: &Rooms, visit: &Visit, handle: &str, who: &Disclosed<Who>, banner: Banner) -> Permission {
    let agreed_before = who.permission.as_ref().map(|given| agreed_words(given, visit));
    Permission {
        frame: rooms.frame(visit, Place::Elsewhere),
        base: base(handle),
        banner,
        form: visit.form(FORM, handle),
        called: who.view.name.called().to_owned(),
        pronouns: Pronouns::of(who.view.gender),
        // Only a yes that is in force is chosen beforehand.
        chosen: if agreed_before.is_some() { "before".to_owned() } else { String::new() },
        agreed_before,
        decider_name: String::new(),
        decider_relationship: String::new(),
        may_use_emergency: who.may_use_emergency,
        errors: Vec::new(),
    }
}

fn agreed_words(given: &Given, visit: &Visit) -> String {
    let date = |at| When::from(at).show_date(Audience::Staff);
    let organisation = &visit.session.staff.organisation_name;
    let by = match &given.given {
        PermissionGiven::Person => String::new(),
        PermissionGiven::Decider { name, relationship } => format!("{name} ({relationship}) said yes, "),
    };
    format!("{by}{}, {organisation}, recorded by {}, lasts to {}", date(given.at), given.recorded_by, date(given.until))
}
