use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::people::DemographicsPerson;

/// One of the service's errors, as an OperationOutcome with its code.
pub(super) fn fault(status: StatusCode, code: &str, display: &str) -> Response {
    let outcome = json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": if status.is_success() { "information" } else { "error" },
            "code": issue_code(code),
            "details": {"coding": [{
                "system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode",
                "version": "1", "code": code, "display": display,
            }]},
        }],
    });
    fhir(status, &outcome)
}

/// FHIR's own word for one of the service's codes (R4 issue-type).
fn issue_code(code: &str) -> &'static str {
    match code {
        "RESOURCE_NOT_FOUND" => "not-found",
        "TOO_MANY_MATCHES" => "multiple-matches",
        "ACCESS_DENIED" => "forbidden",
        "MISSING_VALUE" => "required",
        "INVALID_RESOURCE_ID" | "INVALID_SEARCH_DATA" => "value",
        "PRECONDITION_FAILED" => "structure",
        "TOO_MANY_REQUESTS" => "throttled",
        _ => "processing",
    }
}

/// The people whom a search found, each with how well they fit.
pub(super) fn searchset(found: &[(&DemographicsPerson, f64)], careless: bool) -> Response {
    let entry = |(person, score): &(&DemographicsPerson, f64)| {
        json!({
            "fullUrl": format!("https://demographics.example/FHIR/R4/Patient/{}", person.nhs_number),
            "search": {"score": score},
            "resource": person.patient(careless),
        })
    };
    let mut bundle = json!({
        "resourceType": "Bundle", "type": "searchset",
        "timestamp": "2026-11-22T13:41:00+00:00", "total": found.len(),
    });
    if let (Some(told), false) = (bundle.as_object_mut(), found.is_empty()) {
        told.insert("entry".to_owned(), found.iter().map(entry).collect());
    }
    fhir(StatusCode::OK, &bundle)
}

/// A body of FHIR.
pub(super) fn fhir(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], body.to_string()).into_response()
}
