use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use record::{SourceFormat, SourceId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Received;

use crate::error::IntakeError;
use crate::intake::{Delivered, Intake};
use crate::reading::Payload;

/// What the FHIR endpoint needs.
pub struct FhirPush {
    /// The intake.
    pub intake: Intake,
    /// For each source, the SHA-256 of the token that its sender presents.
    pub token_digests: BTreeMap<SourceId, [u8; 32]>,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
}

/// `POST /sources/{source}/fhir`: a bundle or a resource, as JSON or XML.
pub fn router(push: FhirPush) -> Router {
    let limit = DefaultBodyLimit::max(push.body_bytes_max);
    Router::new().route("/sources/{source}/fhir", post(receive)).layer(limit).with_state(Arc::new(push))
}

async fn receive(
    State(push): State<Arc<FhirPush>>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(source) = known_sender(&push, &source, &headers) else {
        return outcome(StatusCode::UNAUTHORIZED, "login", "the source or its token is not known", None);
    };
    if body.is_empty() {
        return outcome(StatusCode::BAD_REQUEST, "required", "the body is empty", None);
    }
    let payload = if is_xml(&headers) { Payload::FhirXml } else { Payload::FhirJson };
    match push.intake.deliver(&source, payload, false, body.to_vec()).await {
        Ok(delivered) => answer(&delivered),
        Err(IntakeError::UnknownSource(_)) => outcome(StatusCode::NOT_FOUND, "not-found", "no such source", None),
        Err(error) => {
            tracing::error!(source = %source, error = %error, "a bundle was not kept");
            outcome(StatusCode::SERVICE_UNAVAILABLE, "transient", "it could not be kept: send it again", None)
        }
    }
}

/// A sender is known by its source's token. Digests are compared, so that the
/// time taken says nothing of the token.
fn known_sender(push: &FhirPush, source: &str, headers: &HeaderMap) -> Option<SourceId> {
    let source = SourceId::new(source).ok()?;
    let presented = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let expected = push.token_digests.get(&source)?;
    let digest: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
    let is_fhir = push.intake.source(&source).is_ok_and(|source| source.format == SourceFormat::Fhir);
    (digest == *expected && is_fhir).then_some(source)
}

fn is_xml(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.contains("xml"))
}

/// One entry per unit: `201` received, `200` seen before, `202` kept and not
/// shown, `422` with what is wrong.
fn answer(delivered: &Delivered) -> Response {
    if !delivered.is_readable {
        let problem = delivered.fault.as_ref();
        let what = problem.map_or("it cannot be read", |problem| problem.what.as_str());
        return outcome(StatusCode::BAD_REQUEST, "structure", what, problem.map(|problem| problem.place.as_str()));
    }
    let status = if matches!(delivered.received, Received::Duplicate(_)) { "200" } else { "201" };
    let entries: Vec<Value> = delivered
        .kinds
        .iter()
        .enumerate()
        .map(|(number, _)| {
            let fault = delivered.unit_faults.iter().find(|(unit, _)| *unit == number);
            match fault {
                None => json!({"response": {"status": status}}),
                Some((_, problem)) => json!({"response": {
                    "status": "422",
                    "outcome": issue("invalid", &problem.what, Some(&problem.place)),
                }}),
            }
        })
        .collect();
    let body = json!({"resourceType": "Bundle", "type": "batch-response", "entry": entries});
    fhir(StatusCode::OK, &body)
}

fn outcome(status: StatusCode, code: &str, what: &str, place: Option<&str>) -> Response {
    fhir(status, &issue(code, what, place))
}

fn issue(code: &str, what: &str, place: Option<&str>) -> Value {
    let mut issue = json!({"severity": "error", "code": code, "diagnostics": what});
    if let (Some(place), Some(fields)) = (place, issue.as_object_mut()) {
        fields.insert("expression".to_owned(), json!([place]));
    }
    json!({"resourceType": "OperationOutcome", "issue": [issue]})
}

fn fhir(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], body.to_string()).into_response()
}
