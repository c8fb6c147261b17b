use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::answers::{fault, fhir, searchset};
use super::people::DemographicsPerson;
use super::search::{Asked, Fault};

/// Where the made-up service lies on its listener.
pub const DEMOGRAPHICS_PATH: &str = "/personal-demographics/FHIR/R4";

/// What is wrong with a service, on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServiceTrouble {
    /// Nothing.
    #[default]
    None,
    /// It takes the request and never answers.
    Hangs,
    /// It answers every request with this status and its own error.
    Answers(u16, String),
    /// It answers every request with these bytes.
    Says(Vec<u8>),
    /// It sends every request on to another address.
    SendsElsewhere(String),
    /// It tells where restricted people live.
    IsCareless,
}

/// A made-up demographics service.
#[derive(Clone, Debug)]
pub struct DemographicsStub {
    people: Arc<Vec<DemographicsPerson>>,
    token: Option<String>,
    trouble: Arc<Mutex<ServiceTrouble>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl DemographicsStub {
    /// A service that knows these people, and asks for this bearer token where there
    /// is one.
    #[must_use]
    pub fn new(people: Vec<DemographicsPerson>, token: Option<&str>) -> Self {
        Self {
            people: Arc::new(people),
            token: token.map(str::to_owned),
            trouble: Arc::default(),
            requests: Arc::default(),
        }
    }

    /// Breaks or mends it, from the next request on.
    pub fn set_trouble(&self, trouble: ServiceTrouble) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// The ids of the requests that came, in order.
    #[must_use]
    pub fn request_ids(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its endpoints, below [`DEMOGRAPHICS_PATH`].
    pub fn router(self) -> Router {
        Router::new()
            .route(&format!("{DEMOGRAPHICS_PATH}/Patient/{{id}}"), get(by_number))
            .route(&format!("{DEMOGRAPHICS_PATH}/Patient"), get(by_demographics))
            .with_state(self)
    }

    /// What comes before any question: trouble, the request's id, the token.
    async fn before(&self, headers: &HeaderMap) -> Result<bool, Response> {
        let id = headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match trouble {
            ServiceTrouble::None | ServiceTrouble::IsCareless => {}
            ServiceTrouble::Hangs => std::future::pending().await,
            ServiceTrouble::Answers(status, code) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Err(fault(status, &code, "Broken on purpose"));
            }
            ServiceTrouble::Says(bytes) => return Err(bytes.into_response()),
            ServiceTrouble::SendsElsewhere(to) => {
                return Err((StatusCode::FOUND, [(header::LOCATION, to)]).into_response());
            }
        }
        if !is_guid(id) {
            return Err(fault(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", "X-Request-ID is no GUID"));
        }
        let told = headers.get(header::AUTHORIZATION).and_then(|told| told.to_str().ok()).unwrap_or_default();
        if self.token.as_ref().is_some_and(|token| told.strip_prefix("Bearer ") != Some(token)) {
            return Err(fault(StatusCode::UNAUTHORIZED, "ACCESS_DENIED", "Missing or wrong token"));
        }
        Ok(trouble == ServiceTrouble::IsCareless)
    }
}

async fn by_number(State(stub): State<DemographicsStub>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let careless = match stub.before(&headers).await {
        Ok(careless) => careless,
        Err(answer) => return answer,
    };
    if id.len() != 10 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return fault(StatusCode::BAD_REQUEST, "INVALID_RESOURCE_ID", "Resource Id is invalid");
    }
    let found = stub.people.iter().find(|person| person.nhs_number == id || person.superseded.contains(&id));
    match found {
        None => fault(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "Resource not found"),
        Some(person) if person.invalidated => fault(
            StatusCode::NOT_FOUND,
            "INVALIDATED_RESOURCE",
            "Resource that has been marked as invalid was requested",
        ),
        Some(person) => fhir(StatusCode::OK, &person.patient(careless)),
    }
}

async fn by_demographics(
    State(stub): State<DemographicsStub>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let careless = match stub.before(&headers).await {
        Ok(careless) => careless,
        Err(answer) => return answer,
    };
    let asked = match Asked::read(&query) {
        Ok(asked) => asked,
        Err(Fault::Missing) => return fault(StatusCode::BAD_REQUEST, "MISSING_VALUE", "Required value is missing"),
        Err(Fault::Invalid) => return fault(StatusCode::BAD_REQUEST, "INVALID_SEARCH_DATA", "Search data is invalid"),
    };
    let mut found: Vec<_> =
        stub.people.iter().filter_map(|person| asked.score(person).map(|score| (person, score))).collect();
    if found.len() > asked.results_max {
        return fault(StatusCode::OK, "TOO_MANY_MATCHES", "Too Many Matches");
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    searchset(&found, careless)
}

/// `60e0b220-8136-4ca5-ae46-1d97ef59d068` (RFC 4122 §3).
fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
