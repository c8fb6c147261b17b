use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use disclosure::{Closed, Found, Hit, HowFound, Query};
use jiff::civil::Date;
use record::{Audience, PersonId, When, london, show_age};
use serde::Deserialize;

use super::typed::query;
use crate::answers::{Answer, RequestId, Sent, closed, desk_failed, foreign_form, page, shown};
use crate::pages::find_person::{FindPerson, Found as FoundRow, Outcome, Search};
use crate::pages::parts::{FieldError, Place};
use crate::session::Visit;
use crate::state::Rooms;

/// The form.
pub(crate) async fn show(State(rooms): State<Arc<Rooms>>, visit: Visit) -> Answer {
    shown(&blank(&rooms, &visit))
}

/// What was typed. It travels in the body, never in an address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    form: String,
    nhs_number: String,
    family_name: String,
    given_name: String,
    birth_day: String,
    birth_month: String,
    birth_year: String,
    postcode: String,
}

/// Looks for a person. Whoever an NHS number finds alone is confirmed by eye on
/// the page that asks for permission.
pub(crate) async fn search(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    visit: Visit,
    Sent(typed): Sent<Typed>,
) -> Answer {
    if !visit.made_in_frame(&typed.form) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let search = typed.search();
    let today = rooms.clock.now().to_zoned(london()).date();
    let query = match query(&search, today) {
        Ok(query) => query,
        Err(errors) => return Ok(with_errors(&rooms, &visit, search, errors)),
    };
    let by_number = matches!(query, Query::NhsNumber(_));
    let found = match rooms.disclosure.search(&visit.caller(), query).await {
        Ok(found) => found,
        Err(Closed::CannotShowSafely { reference, .. }) => {
            let notice = format!("Search is not working at the moment. Nobody was looked for. Reference {reference}.");
            let not_working = FindPerson { search, notice: Some(notice), ..blank(&rooms, &visit) };
            return Ok(page(StatusCode::SERVICE_UNAVAILABLE, &not_working));
        }
        Err(why) => return Err(closed(&rooms, &visit, &id, "/find", why)),
    };
    let handles: Vec<(String, PersonId)> = found.hits.iter().map(|hit| (rooms.new_handle(), hit.person)).collect();
    let remembered = rooms.desk.remember_found(visit.session.key, &handles).await;
    remembered.map_err(|error| desk_failed(&rooms, &visit, &id, &error))?;
    match handles.as_slice() {
        [(handle, _)] if by_number => Ok(Redirect::to(&permission_href(handle)).into_response()),
        _ => {
            let outcome = Some(outcome(&found, &handles, today));
            shown(&FindPerson { search, outcome, ..blank(&rooms, &visit) })
        }
    }
}

impl Typed {
    fn search(self) -> Search {
        Search {
            nhs_number: self.nhs_number,
            family_name: self.family_name,
            given_name: self.given_name,
            birth_day: self.birth_day,
            birth_month: self.birth_month,
            birth_year: self.birth_year,
            postcode: self.postcode,
        }
    }
}

fn blank(rooms: &Rooms, visit: &Visit) -> FindPerson {
    FindPerson {
        frame: rooms.frame(visit, Place::Find),
        search: Search::default(),
        errors: Vec::new(),
        notice: None,
        outcome: None,
    }
}

fn with_errors(rooms: &Rooms, visit: &Visit, search: Search, errors: Vec<FieldError>) -> axum::response::Response {
    page(StatusCode::UNPROCESSABLE_ENTITY, &FindPerson { search, errors, ..blank(rooms, visit) })
}

fn permission_href(handle: &str) -> String {
    format!("/record/{handle}/permission")
}

fn outcome(found: &Found, handles: &[(String, PersonId)], today: Date) -> Outcome {
    let people = found.hits.iter().zip(handles).map(|(hit, (handle, _))| row(hit, handle, today));
    Outcome {
        people: people.collect(),
        too_many: found.too_many,
        possible_left_out: found.possible_left_out,
        alike: found.similar_names,
    }
}

fn row(hit: &Hit, handle: &str, today: Date) -> FoundRow {
    let who = &hit.view;
    let not_recorded = || "Not recorded".to_owned();
    let district = who.postcode_district.as_ref().map(|district| format!("{district} …"));
    FoundRow {
        href: permission_href(handle),
        name: who.name.shown(),
        born: who.born.map_or_else(not_recorded, |born| born_words(born, who.died.is_some(), today)),
        gender: who.gender.map_or_else(not_recorded, |gender| gender.word().to_owned()),
        nhs_number: who.nhs_number.map_or_else(not_recorded, |number| number.to_string()),
        postcode: if who.restricted { "Restricted".to_owned() } else { district.unwrap_or_else(not_recorded) },
        matched: match hit.how {
            HowFound::Exact => "Exact".to_owned(),
            HowFound::Possible => "Possible".to_owned(),
        },
    }
}

fn born_words(born: When, died: bool, today: Date) -> String {
    let date = born.show_date(Audience::Staff);
    match born.day_only() {
        _ if died => format!("{date}, died"),
        When::Day(day) => format!("{date} ({})", show_age(day, today)),
        _ => date,
    }
}
