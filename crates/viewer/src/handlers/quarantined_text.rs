use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use disclosure::Ask;
use record::SourceFormat;
use serde::Deserialize;

use super::quarantine::{FORM, LIST, Why, decide, one, own_form, with_errors, wrong_reason};
use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, closed, page, shown};
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
    if let Some(wrong) = wrong_reason("open-reason", &sent.reason) {
        let typed = Typed { open: sent.reason, ..Typed::default() };
        return with_errors(&rooms, &visit, &id, &number, typed, vec![wrong]).await;
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
    errors.extend(wrong_reason("correct-reason", &sent.reason));
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
    let (page, format) = one(rooms, visit, id, number).await?;
    let text = QuarantinedText {
        frame: page.frame,
        base: page.base,
        form: visit.form(FORM, number),
        place: page.place,
        fault: page.reason,
        text: String::new(),
        not_here: None,
        corrected: String::new(),
        why: String::new(),
        reason_chars_max: page.reason_chars_max,
        errors: Vec::new(),
    };
    Ok((text, format))
}
