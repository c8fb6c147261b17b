use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use formats::Problem;
use formats::mllp::OVERSIZE_HEAD_BYTES;
use futures_util::StreamExt;
use record::{SourceFormat, SourceId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::delivered::{Delivered, DeliveredUnit, Fate};
use crate::error::IntakeError;
use crate::intake::Intake;
use crate::reading::Payload;

/// A body of which nothing comes for this long is given up.
const BODY_WAIT_MAX: Duration = Duration::from_secs(30);
/// How much of an oversized body is read and thrown away, so that its sender gets
/// to read the answer, in bytes.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

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
    Router::new()
        .route("/sources/{source}/fhir", post(receive))
        .method_not_allowed_fallback(async || {
            outcome(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "bundles are sent with POST", None)
        })
        .with_state(Arc::new(push))
}

/// Nothing is read, let alone kept, from a sender who is not known.
async fn receive(
    State(push): State<Arc<FhirPush>>,
    source: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let source = source.ok().and_then(|Path(source)| known_sender(&push, &source, &head.headers));
    let Some(source) = source else {
        let refusal = outcome(StatusCode::UNAUTHORIZED, "login", "the source or its token is not known", None);
        return ([(header::WWW_AUTHENTICATE, "Bearer")], refusal).into_response();
    };
    let delivered = match read_body(body, push.body_bytes_max).await {
        Ok(BodyRead::Whole(bytes)) if bytes.is_empty() => {
            return outcome(StatusCode::BAD_REQUEST, "required", "the body is empty", None);
        }
        Ok(BodyRead::Whole(bytes)) => {
            let payload = Payload::of(SourceFormat::Fhir, &bytes);
            push.intake.deliver(&source, payload, false, bytes).await.map(|delivered| answer(&delivered))
        }
        Ok(BodyRead::Oversize { head }) => {
            let what = format!("longer than {} bytes; its beginning was kept", push.body_bytes_max);
            let refusal = outcome(StatusCode::PAYLOAD_TOO_LARGE, "too-long", &what, Some("message"));
            push.intake.deliver_broken(&source, head, Problem::new("message", what)).await.map(|_| refusal)
        }
        Err(refusal) => return refusal,
    };
    delivered.unwrap_or_else(|error: IntakeError| {
        tracing::error!(%source, %error, "a bundle was not kept");
        outcome(StatusCode::SERVICE_UNAVAILABLE, "transient", "it could not be kept: send it again", None)
    })
}

/// A sender is known by its source's token. Digests are compared, so that the
/// time taken says nothing of the token.
fn known_sender(push: &FhirPush, source: &str, headers: &HeaderMap) -> Option<SourceId> {
    let source = SourceId::new(source).ok()?;
    let presented = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = presented.split_once(' ')?;
    let expected = push.token_digests.get(&source)?;
    let digest: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
    let is_fhir = push.intake.source(&source).is_ok_and(|source| source.format == SourceFormat::Fhir);
    (scheme.eq_ignore_ascii_case("Bearer") && digest == *expected && is_fhir).then_some(source)
}

enum BodyRead {
    Whole(Vec<u8>),
    Oversize { head: Vec<u8> },
}

async fn read_body(body: Body, bytes_max: usize) -> Result<BodyRead, Response> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut length: usize = 0;
    loop {
        let piece = match tokio::time::timeout(BODY_WAIT_MAX, pieces.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(_))) => {
                return Err(outcome(StatusCode::BAD_REQUEST, "incomplete", "the body was cut short", None));
            }
            Err(_) => {
                return Err(outcome(StatusCode::REQUEST_TIMEOUT, "timeout", "the rest of the body never came", None));
            }
        };
        length = length.saturating_add(piece.len());
        if length <= bytes_max {
            bytes.extend_from_slice(&piece);
            continue;
        }
        let head = OVERSIZE_HEAD_BYTES.saturating_sub(bytes.len()).min(piece.len());
        bytes.extend_from_slice(piece.get(..head).unwrap_or_default());
        bytes.truncate(OVERSIZE_HEAD_BYTES);
        if length > bytes_max.saturating_add(DISCARDED_BYTES_MAX) {
            break;
        }
    }
    Ok(if length > bytes_max { BodyRead::Oversize { head: bytes } } else { BodyRead::Whole(bytes) })
}

/// One entry per unit: `201` received, `200` seen before, `202` kept and not
/// shown, `422` with what is wrong. What was not understood of a unit is told too.
fn answer(delivered: &Delivered) -> Response {
    if !delivered.is_readable {
        let problem = delivered.fault.as_ref();
        let what = problem.map_or("it cannot be read", |problem| problem.what.as_str());
        return outcome(StatusCode::BAD_REQUEST, "structure", what, problem.map(|problem| problem.place.as_str()));
    }
    let is_duplicate = delivered.is_duplicate();
    let entries: Vec<Value> = delivered.units.iter().map(|unit| entry(unit, is_duplicate)).collect();
    fhir(StatusCode::OK, &json!({"resourceType": "Bundle", "type": "batch-response", "entry": entries}))
}

fn entry(unit: &DeliveredUnit, is_duplicate: bool) -> Value {
    let mut issues = Vec::new();
    let status = match &unit.fate {
        Fate::Refused(problem) => {
            issues.push(issue("error", "invalid", &problem.what, Some(&problem.place)));
            "422"
        }
        _ if is_duplicate => "200",
        Fate::Kept => {
            issues.push(issue("information", "informational", "kept as it came; this is not shown", None));
            "202"
        }
        Fate::Applied => "201",
    };
    issues.extend(unit.notes.iter().map(|note| issue("warning", "not-supported", &note.what, Some(&note.place))));
    let mut response = json!({"status": status});
    if let (false, Some(fields)) = (issues.is_empty(), response.as_object_mut()) {
        fields.insert("outcome".to_owned(), json!({"resourceType": "OperationOutcome", "issue": issues}));
    }
    json!({"response": response})
}

fn outcome(status: StatusCode, code: &str, what: &str, place: Option<&str>) -> Response {
    let issues = [issue("error", code, what, place)];
    fhir(status, &json!({"resourceType": "OperationOutcome", "issue": issues}))
}

fn issue(severity: &str, code: &str, what: &str, place: Option<&str>) -> Value {
    let mut issue = json!({"severity": severity, "code": code, "diagnostics": what});
    if let (Some(place), Some(fields)) = (place, issue.as_object_mut()) {
        fields.insert("expression".to_owned(), json!([place]));
    }
    issue
}

fn fhir(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], body.to_string()).into_response()
}
