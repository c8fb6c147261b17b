//! What a request says beside its body: address and headers.

use axum::http::{HeaderMap, Method as HttpMethod, StatusCode, header};
use formats::fhir::{FhirVersion, Method, Request};
use jiff::Timestamp;

use super::answer::{Refusal, refusal};

/// How long the address below the server and the headers that are read may be
/// together, in bytes: less than a kept head may hold.
pub const REQUEST_WORDS_BYTES_MAX: usize = 2048;

/// A request, and whether its body is lines of JSON.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) is_ndjson: bool,
}

/// Reads the address and the headers. `target` is the address below the server.
pub(super) fn asked(
    method: &HttpMethod,
    target: String,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Asked, Refusal> {
    if headers.contains_key(header::IF_MATCH) {
        let what = "versions are the source's own and cannot be compared here: send it without If-Match";
        return Err(refusal(StatusCode::PRECONDITION_FAILED, "not-supported", what));
    }
    let word = |name: &str| headers.get(name).and_then(|told| told.to_str().ok()).map(str::trim);
    let content_type = word("content-type").unwrap_or_default().to_ascii_lowercase();
    let version = version(&content_type)?;
    let method = match *method {
        HttpMethod::PUT => Method::Put,
        HttpMethod::DELETE => Method::Delete,
        _ => Method::Post,
    };
    // A source may go back to what it said before, in the same words.
    let apart = word("x-request-id").map_or_else(|| now.to_string(), str::to_owned);
    let request = Request {
        told_apart_by: Some(apart).filter(|_| method != Method::Post),
        method,
        target,
        version,
        if_none_exist: word("if-none-exist").filter(|told| !told.is_empty()).map(str::to_owned),
    };
    let words = [Some(&request.target), request.if_none_exist.as_ref(), request.told_apart_by.as_ref()];
    if words.into_iter().flatten().map(String::len).sum::<usize>() > REQUEST_WORDS_BYTES_MAX {
        let what = format!("address and headers are longer than {REQUEST_WORDS_BYTES_MAX} bytes");
        return Err(refusal(StatusCode::URI_TOO_LONG, "too-long", &what));
    }
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    Ok(Asked {
        request,
        is_ndjson: matches!(media_type, "application/fhir+ndjson" | "application/ndjson" | "application/x-ndjson"),
    })
}

/// The `fhirVersion` of a content type (R4 §3.1.0.1.11).
fn version(content_type: &str) -> Result<Option<FhirVersion>, Refusal> {
    let told = content_type.split(';').skip(1).find_map(|part| part.trim().strip_prefix("fhirversion="));
    let Some(told) = told.map(|told| told.trim_matches('"')) else { return Ok(None) };
    FhirVersion::of_name(told).map(Some).ok_or_else(|| {
        let what = "a FHIR version that is not read here: 4.0, or 3.0 as CareConnect has it";
        refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", what)
    })
}
