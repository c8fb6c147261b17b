use std::sync::Arc;

use access::{EmergencyReason, EmergencyText, NotAnEmergencyText};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use disclosure::{Disclosed, Who};
use serde::Deserialize;

use super::opening::{base, person, who};
use super::permission::go_on;
use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, Stop, closed, foreign_form, page, shown};
use crate::pages::emergency::{Emergency, Reason};
use crate::pages::parts::{Banner, FieldError, Place};
use crate::pages::permission::Pronouns;
use crate::pages::problem::Problem;
use crate::session::Visit;
use crate::state::Rooms;

const FORM: &str = "emergency";

/// The interruption.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(handle): Path<String>,
    visit: Visit,
) -> Answer {
    let (_, who, banner) = who(&rooms, &visit, &id, &handle).await?;
    let asked = question(&rooms, &visit, &id, &handle, &who, banner)?;
    shown(&asked)
}

/// Why, and what is happening.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Explained {
    form: String,
    reason: String,
    explanation: String,
}

/// Opens for one hour; what was typed survives a mistake.
pub(crate) async fn open(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(handle): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Explained>,
) -> Answer {
    if !visit.made(&sent.form, FORM, &handle) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let person = person(&rooms, &visit, &id, &handle)?;
    let (reason, text) = match read(&sent) {
        Ok(read) => read,
        Err(errors) => {
            let (_, who, banner) = who(&rooms, &visit, &id, &handle).await?;
            let mut asked = question(&rooms, &visit, &id, &handle, &who, banner)?;
            asked.chosen = sent.reason;
            asked.explanation = sent.explanation;
            asked.errors = errors;
            return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &asked));
        }
    };
    let opened = rooms.disclosure.open_emergency(&visit.caller(), person, reason, text).await;
    opened.map_err(|why| closed(&rooms, &visit, &id, &base(&handle), why))?;
    go_on(&rooms, &visit, &id, person, &handle).await
}

fn read(sent: &Explained) -> Result<(EmergencyReason, EmergencyText), Vec<FieldError>> {
    let reason = EmergencyReason::from_code(&sent.reason);
    let text = EmergencyText::parse(&sent.explanation);
    match (reason, text) {
        (Some(reason), Ok(text)) => Ok((reason, text)),
        (reason, text) => {
            let mut errors = Vec::new();
            if reason.is_none() {
                errors.push(error("reason", "Choose why the person cannot be asked"));
            }
            match text {
                Err(NotAnEmergencyText::TooShort) => {
                    errors.push(error("explanation", "Say what is happening in at least 10 characters"));
                }
                Err(NotAnEmergencyText::TooLong) => {
                    errors.push(error("explanation", "Say what is happening in at most 200 characters"));
                }
                Ok(_) => {}
            }
            Err(errors)
        }
    }
}

fn question(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    handle: &str,
    who: &Disclosed<Who>,
    banner: Banner,
) -> Result<Emergency, Stop> {
    let frame = rooms.frame(visit, Place::Elsewhere);
    if !who.may_use_emergency {
        let words = "a role that may use emergency access, such as doctor, nurse or paramedic";
        let problem = Problem::forbidden(frame, words, "Your organisation's sign-in team", &id.reference());
        return Err(page(StatusCode::FORBIDDEN, &problem).into());
    }
    let reason = |reason: &EmergencyReason| Reason { code: reason.code().to_owned(), words: reason.word().to_owned() };
    Ok(Emergency {
        frame,
        base: base(handle),
        banner,
        form: visit.form(FORM, handle),
        called: who.view.name.called().to_owned(),
        pronouns: Pronouns::of(who.view.gender),
        reasons: EmergencyReason::ALL.iter().map(reason).collect(),
        chosen: String::new(),
        explanation: String::new(),
        explanation_chars_min: EmergencyText::CHARACTERS_MIN,
        explanation_chars_max: EmergencyText::CHARACTERS_MAX,
        errors: Vec::new(),
    })
}
