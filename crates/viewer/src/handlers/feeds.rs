use std::sync::Arc;

use access::Administer;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use crate::answers::{Answer, RequestId, desk_failed, page, shown};
use crate::pages::parts::Place;
use crate::pages::problem::Problem;
use crate::session::Visit;
use crate::shown::feeds;
use crate::state::Rooms;

/// How the sources stand that this administrator looks after.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>, visit: Visit) -> Answer {
    let staff = &visit.session.staff;
    let own = match rooms.disclosure.policy().administer(staff.role) {
        Administer::All => None,
        Administer::Own => Some(&staff.organisation),
        Administer::No => {
            let words = "a role that looks after feeds and quarantine, such as administrator";
            let frame = rooms.frame(&visit, Place::Elsewhere);
            let problem = Problem::forbidden(frame, words, "Your organisation's sign-in team", &id.reference());
            return Ok(page(StatusCode::FORBIDDEN, &problem));
        }
    };
    let stand = rooms.feeds.stand().await.map_err(|error| desk_failed(&rooms, &visit, &id, &error))?;
    let frame = rooms.frame(&visit, Place::Feeds);
    shown(&feeds(frame, rooms.disclosure.region(), own, &stand, rooms.clock.now()))
}
