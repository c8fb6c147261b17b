use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use disclosure::{Closed, Event, Query};
use jiff::{SignedDuration, Timestamp};
use record::PersonId;
use serde::Deserialize;

use super::typed::{error, nhs_number};
use crate::answers::{Answer, RequestId, Sent, Stop, closed, foreign_form, page, shown};
use crate::pages::parts::{FieldError, Place};
use crate::pages::who_looked::{Looks, WhoLooked};
use crate::session::Visit;
use crate::shown::{looks, person_label};
use crate::state::Rooms;

/// How far back the list goes that is about nobody in particular, in days.
const RECENT_DAYS: i64 = 30;
/// How many people of that list are named. Each naming is itself logged.
const NAMED_MAX: usize = 20;

/// Recent looks, emergencies first.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, Extension(id): Extension<RequestId>, visit: Visit) -> Answer {
    let since = rooms.clock.now().checked_sub(SignedDuration::from_hours(24 * RECENT_DAYS)).unwrap_or(Timestamp::MIN);
    let reviewed = rooms.disclosure.who_looked(&visit.caller(), None, Some(since)).await;
    let reviewed = reviewed.map_err(|why| closed(&rooms, &visit, &id, "/find", why))?;
    let rows: Vec<&Event> = reviewed.rows.iter().filter(|row| row.person.is_some()).collect();
    let names = names(&rooms, &visit, &id, &rows).await?;
    let about = |row: &Event| Some(row.person.and_then(|person| names.get(&person)).cloned().unwrap_or_default());
    let list = Looks {
        person: "All people".to_owned(),
        period: format!("the last {RECENT_DAYS} days"),
        looks: looks(rows, about),
        gap: reviewed.more.then(|| "There are more than are shown here. Look for one person.".to_owned()),
    };
    shown(&WhoLooked { list: Some(list), ..blank(&rooms, &visit) })
}

/// The people whose records were opened in an emergency, by name and number.
async fn names(
    rooms: &Rooms,
    visit: &Visit,
    id: &RequestId,
    rows: &[&Event],
) -> Result<BTreeMap<PersonId, String>, Stop> {
    let mut names = BTreeMap::new();
    let emergencies = rows.iter().filter(|row| row.act == disclosure::Act::EmergencyOpened);
    for person in emergencies.filter_map(|row| row.person) {
        if names.len() >= NAMED_MAX || names.contains_key(&person) {
            continue;
        }
        let name = match rooms.disclosure.who(&visit.caller(), person).await {
            Ok(who) => person_label(&who.view.name, who.view.nhs_number),
            Err(Closed::Refused { refusal, .. }) => refusal.to_string(),
            Err(why) => return Err(closed(rooms, visit, id, "/find", why)),
        };
        names.insert(person, name);
    }
    Ok(names)
}

/// The number that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    form: String,
    nhs_number: String,
}

/// Who has looked at one person's record.
pub(crate) async fn search(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    Sent(typed): Sent<Typed>,
) -> Answer {
    if !visit.made_in_frame(&typed.form) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    if !rooms.disclosure.policy().may_review_log(visit.session.staff.role) {
        // The door refuses and logs it; nobody is looked for first.
        let refused = rooms.disclosure.who_looked(&visit.caller(), None, None).await;
        refused.map_err(|why| closed(&rooms, &visit, &id, "/find", why))?;
    }
    let number = match nhs_number(&typed.nhs_number) {
        Ok(number) => number,
        Err(wrong) => return Ok(with_error(&rooms, &visit, typed.nhs_number, wrong)),
    };
    let found = rooms.disclosure.search(&visit.caller(), Query::NhsNumber(number)).await;
    let found = found.map_err(|why| closed(&rooms, &visit, &id, "/find", why))?;
    if found.hits.is_empty() {
        let nobody = error("nhs-number", "Nobody is known by this NHS number");
        return Ok(with_error(&rooms, &visit, typed.nhs_number, nobody));
    }
    let (mut rows, mut people, mut gap) = (Vec::new(), Vec::new(), None);
    for hit in &found.hits {
        let reviewed = rooms.disclosure.who_looked(&visit.caller(), Some(hit.person), None).await;
        let reviewed = reviewed.map_err(|why| closed(&rooms, &visit, &id, "/find", why))?;
        people.push(person_label(&hit.view.name, hit.view.nhs_number));
        if reviewed.chain_is_whole == Some(false) {
            gap = Some("The log of this person is not whole: rows are missing or altered. Call the service desk now.");
        } else if reviewed.more && gap.is_none() {
            gap = Some("There are more looks than are shown here.");
        }
        rows.extend(reviewed.rows.iter().cloned());
    }
    let list = Looks {
        person: people.join("; "),
        period: "all".to_owned(),
        looks: looks(&rows, |_| None),
        gap: gap.map(str::to_owned),
    };
    shown(&WhoLooked { nhs_number: typed.nhs_number, list: Some(list), ..blank(&rooms, &visit) })
}

fn blank(rooms: &Rooms, visit: &Visit) -> WhoLooked {
    WhoLooked { frame: rooms.frame(visit, Place::WhoLooked), nhs_number: String::new(), errors: Vec::new(), list: None }
}

fn with_error(rooms: &Rooms, visit: &Visit, nhs_number: String, wrong: FieldError) -> axum::response::Response {
    let errors = vec![wrong];
    page(StatusCode::UNPROCESSABLE_ENTITY, &WhoLooked { nhs_number, errors, ..blank(rooms, visit) })
}
