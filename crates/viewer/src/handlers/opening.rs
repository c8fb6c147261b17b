//! The ways to a record: who a handle stands for, and the record behind it.

use access::Seen;
use axum::http::StatusCode;
use axum::response::Redirect;
use disclosure::{Disclosed, OpenRecord, Who};
use record::{PersonId, Section, london};

use crate::answers::{RequestId, Stop, closed, not_found, page};
use crate::pages::parts::{Banner, Place};
use crate::pages::problem::Problem;
use crate::session::{Handle, Visit};
use crate::shown::{Shown, ToldBy, banner_before_permission};
use crate::state::Rooms;

/// The address of an opening.
pub(super) fn base(handle: &str) -> String {
    format!("/record/{handle}")
}

/// Whom the pages that come before the record are about: found, or already open.
pub(super) fn person(rooms: &Rooms, visit: &Visit, id: &RequestId, handle: &str) -> Result<PersonId, Stop> {
    match visit.handle(handle) {
        Some(known) => Ok(known.person()),
        None => Err(no_longer_open(rooms, visit, id)),
    }
}

/// Whose record a page shows: the one that is open. Somebody who was only found
/// is asked first.
pub(super) fn open_person(rooms: &Rooms, visit: &Visit, id: &RequestId, handle: &str) -> Result<PersonId, Stop> {
    match visit.handle(handle) {
        Some(Handle::Open(person)) => Ok(person),
        Some(Handle::Found(_)) => Err(Redirect::to(&format!("{}/permission", base(handle))).into()),
        None => Err(no_longer_open(rooms, visit, id)),
    }
}

/// A handle that is not of this session, or no longer: it tells nothing of whose it is.
fn no_longer_open(rooms: &Rooms, visit: &Visit, id: &RequestId) -> Stop {
    match visit.open_handle() {
        Some(open) => {
            let frame = rooms.frame(visit, Place::Elsewhere);
            page(StatusCode::CONFLICT, &Problem::another_person_open(frame, base(open))).into()
        }
        None => not_found(rooms, visit, id),
    }
}

/// Opens the record for one page.
pub(super) async fn open(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    handle: &str,
    page: &'static str,
) -> Result<Disclosed<OpenRecord>, Stop> {
    let person = open_person(rooms, visit, id, handle)?;
    let opened = rooms.disclosure.open(&visit.caller(), person, page).await;
    opened.map_err(|why| closed(rooms, visit, id, &base(handle), why))
}

/// What was opened, ready to be made into a page.
pub(super) fn ready<'a>(rooms: &'a Rooms, visit: &Visit, handle: &str, opened: &'a Disclosed<OpenRecord>) -> Shown<'a> {
    let role = visit.session.staff.role;
    let policy = rooms.disclosure.policy();
    let names_only = Section::ALL.iter().copied().filter(|section| policy.seen(role, *section) == Seen::NamesOnly);
    Shown {
        opened,
        region: rooms.disclosure.region(),
        role,
        base: base(handle),
        frame: rooms.frame(visit, Place::Elsewhere),
        names_only: names_only.collect(),
        told_by: ToldBy::of(opened, rooms.disclosure.region()),
    }
}

/// Who somebody is, for the pages before the record.
pub(super) async fn who(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    handle: &str,
) -> Result<(PersonId, Disclosed<Who>, Banner), Stop> {
    let person = person(rooms, visit, id, handle)?;
    let who = rooms.disclosure.who(&visit.caller(), person).await;
    let who = who.map_err(|why| closed(rooms, visit, id, &base(handle), why))?;
    let today = rooms.clock.now().to_zoned(london()).date();
    let banner = banner_before_permission(&who.view, today);
    Ok((person, who, banner))
}
