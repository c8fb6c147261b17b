use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use disclosure::Ask;
use record::SourceFormat;
use serde::Deserialize;

use super::quarantine::{FORM, LIST, Why, decide, found, own_form, with_errors, wrong_reason};
use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, closed, page, shown};
use crate::pages::parts::Place;
use crate::pages::quarantined::Typed;
use crate::pages::quarantined_text::QuarantinedText;
use crate::session::Visit;
use crate::shown::quarantine::{as_lines, as_sent, why_not_here};
use crate::state::Rooms;

/// The longest message that is corrected on a page, in bytes.
pub(crate) const CORRECTED_BYTES_MAX: usize = 64 * 1024;

/// Opens the text of a message, for a reason.
pub(crate) async fn open(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Why>,
) -> Answer {
    let row = own_form(&rooms, &visit, &id, &number, &sent.form).await?;
    if let Some(words) = wrong_reason(&sent.reason) {
        let typed = Typed { open: sent.reason, ..Typed::default() };
        return with_errors(&rooms, &visit, &id, &number, typed, vec![error("open-reason", words)]).await;
    }
    let (about, format) = about(&rooms, &visit, &id, &number).await?;
    let bytes = rooms.disclosure.quarantined_text(&visit.caller(), row, &sent.reason).await;
    let bytes = bytes.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
    let text = as_lines(&bytes);
    let not_here = why_not_here(format, &bytes, CORRECTED_BYTES_MAX);
    shown(&QuarantinedText { corrected: text.clone(), text, not_here, ..about })
}

/// A correction as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Corrected {
    form: String,
    text: String,
    reason: String,
}

/// Writes down the correction.
pub(crate) async fn correct(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Corrected>,
) -> Answer {
    let row = own_form(&rooms, &visit, &id, &number, &sent.form).await?;
    let mut errors = Vec::new();
    if sent.text.trim().is_empty() {
        errors.push(error("text", "Enter the whole corrected message"));
    } else if sent.text.len() > CORRECTED_BYTES_MAX {
        errors.push(error("text", "The message is too long to be corrected on a page"));
    }
    errors.extend(wrong_reason(&sent.reason).map(|words| error("correct-reason", words)));
    let (about, format) = about(&rooms, &visit, &id, &number).await?;
    if errors.is_empty() {
        let bytes = as_sent(format, &sent.text);
        return decide(&rooms, &visit, &id, row, Ask::Correct(bytes), &sent.reason).await;
    }
    // What was typed is the person's who typed it: the message itself is not shown again.
    let text = "Go back to the message and open its text again to see it.".to_owned();
    let wrong = QuarantinedText { text, corrected: sent.text, why: sent.reason, errors, ..about };
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &wrong))
}

/// What surrounds the text, and how its source delivers.
async fn about(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    number: &str,
) -> Result<(QuarantinedText, SourceFormat), crate::answers::Stop> {
    let message = found(rooms, visit, id, number).await?;
    let format = rooms.disclosure.region().source(&message.item.source).map(|source| source.format);
    let text = QuarantinedText {
        frame: rooms.frame(visit, Place::Quarantine),
        base: format!("{LIST}/{}", message.item.id),
        form: visit.form(FORM, number),
        place: message.item.place.clone(),
        fault: message.item.reason.clone(),
        text: String::new(),
        not_here: None,
        corrected: String::new(),
        why: String::new(),
        reason_chars_max: access::REASON_CHARACTERS_MAX,
        errors: Vec::new(),
    };
    Ok((text, format.unwrap_or(SourceFormat::Hl7v2)))
}
