use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use record::EntryId;

use super::opening::{base, open_person, ready};
use crate::answers::{Answer, RequestId, closed, not_found, shown};
use crate::session::Visit;
use crate::state::Rooms;

/// One letter to read.
pub(crate) async fn show(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path((handle, letter)): Path<(String, String)>,
    visit: Visit,
) -> Answer {
    let person = open_person(&rooms, &visit, &id, &handle)?;
    // The place is counted within the open person: no number leads to anybody else's letter.
    let letter = letter.parse().ok().and_then(|place| EntryId::new(person, place));
    let letter = letter.ok_or_else(|| not_found(&rooms, &visit, &id))?;
    let read = rooms.disclosure.letter(&visit.caller(), person, letter).await;
    let read = read.map_err(|why| closed(&rooms, &visit, &id, &base(&handle), why))?;
    match ready(&rooms, &visit, &handle, &read.opened).one_letter(&read) {
        Some(letter) => shown(&letter),
        None => Err(not_found(&rooms, &visit, &id)),
    }
}
