//! FHIR by HTTP: bundles, single resources and bulk data.

mod answer;
mod asked;
mod body;
mod ndjson;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use formats::Problem;
use record::{SourceFormat, SourceId};
use sha2::{Digest, Sha256};
use store::Applied;

use crate::delivered::{Delivered, Fate};
use crate::error::IntakeError;
use crate::intake::Intake;
use crate::reading::Payload;
use answer::{Known, Refusal, outcome, refusal};
use asked::Asked;
use body::{BodyRead, Pieces};

pub use asked::REQUEST_WORDS_BYTES_MAX;
pub use ndjson::NDJSON_LINES_MAX;

/// How long an answer waits for what is durable to be applied, where it tells what
/// that came to.
const APPLIED_WAIT_MAX: Duration = Duration::from_secs(2);

/// What the FHIR endpoint needs.
pub struct FhirPush {
    /// The intake.
    pub intake: Intake,
    /// For each source, the SHA-256 of the token that its sender presents.
    pub token_digests: BTreeMap<SourceId, [u8; 32]>,
    /// The longest body, and the longest line of bulk data, once unpacked, in bytes.
    pub body_bytes_max: usize,
}

/// Below `/sources/{source}/fhir`: `POST` of a bundle, of a resource or of lines of
/// them; `POST`, `PUT` and `DELETE` of one resource at its own address.
pub fn router(push: FhirPush) -> Router {
    let not_allowed = async || {
        let what = "a bundle or a resource is sent with POST or PUT and taken back with DELETE. Nothing is read out here, and a PATCH is not applied: send the whole resource with PUT";
        outcome(StatusCode::METHOD_NOT_ALLOWED, "not-supported", what, None)
    };
    Router::new()
        .route("/sources/{source}/fhir", post(at_server))
        .route("/sources/{source}/fhir/", post(at_server))
        .route("/sources/{source}/fhir/{kind}", post(at_type).put(at_type).delete(at_type))
        .route("/sources/{source}/fhir/{kind}/{id}", put(at_resource).delete(at_resource))
        .method_not_allowed_fallback(not_allowed)
        .with_state(Arc::new(push))
}

async fn at_server(
    State(push): State<Arc<FhirPush>>,
    source: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let source = source.ok().map(|Path(source)| source);
    receive(&push, source, String::new(), request).await
}

async fn at_type(
    State(push): State<Arc<FhirPush>>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let Ok(Path((source, kind))) = path else { return receive(&push, None, String::new(), request).await };
    let target = request.uri().query().map_or_else(|| kind.clone(), |search| format!("{kind}?{search}"));
    receive(&push, Some(source), target, request).await
}

async fn at_resource(
    State(push): State<Arc<FhirPush>>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let Ok(Path((source, kind, id))) = path else { return receive(&push, None, String::new(), request).await };
    receive(&push, Some(source), format!("{kind}/{id}"), request).await
}

/// Nothing is read, let alone kept, from a sender who is not known.
async fn receive(push: &FhirPush, source: Option<String>, target: String, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let source = source.and_then(|source| known_sender(push, &source, &head.headers));
    let Some(source) = source else {
        let refusal = outcome(StatusCode::UNAUTHORIZED, "login", "the source or its token is not known", None);
        return ([(header::WWW_AUTHENTICATE, "Bearer")], refusal).into_response();
    };
    receive_known(push, &source, target, head, body).await.unwrap_or_else(|refusal| *refusal)
}

async fn receive_known(
    push: &FhirPush,
    source: &SourceId,
    target: String,
    head: Parts,
    body: Body,
) -> Result<Response, Refusal> {
    let Asked { request, is_ndjson } = asked::asked(&head.method, target, &head.headers, push.intake.clock().now())?;
    let pieces = Pieces::of(body, &head.headers)?;
    let is_single = !request.target.is_empty();
    if is_ndjson && !is_single {
        return Ok(ndjson::receive(push, source, &request, pieces).await);
    }
    let delivered = match pieces.whole(push.body_bytes_max).await? {
        BodyRead::Whole(bytes) if bytes.is_empty() && head.method != axum::http::Method::DELETE => {
            return Err(refusal(StatusCode::BAD_REQUEST, "required", "the body is empty"));
        }
        BodyRead::Whole(bytes) => {
            let bytes = request.kept(&bytes);
            push.intake.deliver(source, Payload::of(SourceFormat::Fhir, &bytes), false, bytes).await
        }
        BodyRead::Oversize { head } => {
            let what = format!("longer than {} bytes; its beginning was kept", push.body_bytes_max);
            let answer = outcome(StatusCode::PAYLOAD_TOO_LARGE, "too-long", &what, Some("message"));
            let kept = push.intake.deliver_broken(source, head, Problem::new("message", what)).await;
            return kept.map(|_| answer).map_err(|error| Box::new(not_kept(source, &error)));
        }
    };
    let mut delivered = delivered.map_err(|error| Box::new(not_kept(source, &error)))?;
    let applied = applied_in_time(&mut delivered, is_single).await;
    let known = Known { delivered: &delivered, applied: applied.as_ref() };
    Ok(if is_single { answer::single(&known, &format!("/sources/{source}/fhir")) } else { answer::bundle(&known) })
}

/// What a delivery did, where its answer depends on it and it is done soon. It is
/// durable already: however long it takes, it will be applied.
async fn applied_in_time(delivered: &mut Delivered, is_single: bool) -> Option<Applied> {
    let depends = is_single
        || delivered.is_transaction
        || delivered.units.iter().any(|unit| unit.is_conditional || unit.fate == Fate::Removed);
    let applied = delivered.applied.take().filter(|_| depends)?;
    tokio::time::timeout(APPLIED_WAIT_MAX, applied).await.ok()?.ok()?.ok()
}

/// It is not durable: the sender has to send it again.
fn not_kept(source: &SourceId, error: &IntakeError) -> Response {
    tracing::error!(%source, %error, "a bundle was not kept");
    outcome(StatusCode::SERVICE_UNAVAILABLE, "transient", "it could not be kept: send it again", None)
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
