//! Answers: what became of each entry, in the order in which they came.

use std::collections::BTreeSet;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use formats::Problem;
use serde_json::{Value, json};
use store::Applied;

use crate::delivered::{Delivered, DeliveredUnit, Fate};

/// What is known about a delivery when it is answered.
pub(super) struct Known<'a> {
    pub(super) delivered: &'a Delivered,
    /// What it did, where that was waited for and came in time.
    pub(super) applied: Option<&'a Applied>,
}

/// A bundle is answered with a bundle (R4 §3.1.0.11): one entry per unit. A
/// transaction of which nothing is applied is answered with one outcome.
pub(super) fn bundle(known: &Known<'_>) -> Response {
    let delivered = known.delivered;
    if !delivered.is_readable {
        return unreadable(delivered);
    }
    if !delivered.is_transaction {
        return fhir(
            StatusCode::OK,
            &json!({"resourceType": "Bundle", "type": "batch-response", "entry": entries(known)}),
        );
    }
    if let [only] = delivered.units.as_slice()
        && let Fate::Refused(problem) = &only.fate
    {
        let faults: Vec<Value> = std::iter::once(problem).chain(&only.notes).map(fault_issue).collect();
        return fhir(StatusCode::BAD_REQUEST, &operation_outcome(faults));
    }
    if known.applied.is_some_and(|applied| applied.by_kind.values().any(|counts| counts.quarantined > 0)) {
        let what = "who the patient is contradicts what was told before: nothing of this transaction is applied, and somebody looks at it. Do not send it again";
        return outcome(StatusCode::CONFLICT, "conflict", what, Some("Bundle"));
    }
    fhir(StatusCode::OK, &json!({"resourceType": "Bundle", "type": "transaction-response", "entry": entries(known)}))
}

/// One resource is answered as FHIR's own create, update and delete are.
pub(super) fn single(known: &Known<'_>, base: &str) -> Response {
    let delivered = known.delivered;
    let Some(unit) = delivered.units.first().filter(|_| delivered.is_readable) else { return unreadable(delivered) };
    let told = status(known, 0, unit);
    let code = StatusCode::from_bytes(told.get(..3).unwrap_or("200").as_bytes()).unwrap_or(StatusCode::OK);
    // An answer of 204 has no body to say anything in.
    let code = if code == StatusCode::NO_CONTENT { StatusCode::OK } else { code };
    let mut issues = issues(known, 0, unit);
    if issues.is_empty() {
        issues.push(issue("information", "informational", "it is kept", None));
    }
    let mut answer = fhir(code, &operation_outcome(issues));
    let headers = answer.headers_mut();
    if let Some(location) = location(delivered, unit)
        && let Ok(value) = HeaderValue::from_str(&format!("{base}/{location}"))
    {
        headers.insert(header::LOCATION, value);
        if let Ok(tag) = HeaderValue::from_str(&etag(delivered)) {
            headers.insert(header::ETAG, tag);
        }
    }
    answer
}

fn unreadable(delivered: &Delivered) -> Response {
    let problem = delivered.fault.as_ref();
    let what = problem.map_or("it cannot be read", |problem| problem.what.as_str());
    outcome(StatusCode::BAD_REQUEST, "structure", what, problem.map(|problem| problem.place.as_str()))
}

fn entries(known: &Known<'_>) -> Vec<Value> {
    (0u32..).zip(&known.delivered.units).map(|(number, unit)| entry(known, number, unit)).collect()
}

fn entry(known: &Known<'_>, number: u32, unit: &DeliveredUnit) -> Value {
    let mut response = json!({"status": status(known, number, unit)});
    let issues = issues(known, number, unit);
    if let Some(fields) = response.as_object_mut() {
        if let Some(location) = location(known.delivered, unit) {
            fields.insert("location".to_owned(), json!(location));
            fields.insert("etag".to_owned(), json!(etag(known.delivered)));
        }
        if !issues.is_empty() {
            fields.insert("outcome".to_owned(), operation_outcome(issues));
        }
    }
    json!({"response": response})
}

/// `201` received, `200` known before, `202` kept and not shown, `204` taken back,
/// `422` with what is wrong. Where it is not known yet whether a condition held,
/// `202`: it is durable, and is carried out.
fn status(known: &Known<'_>, number: u32, unit: &DeliveredUnit) -> &'static str {
    let is_waited_for = unit.is_conditional && known.applied.is_none();
    match &unit.fate {
        Fate::Refused(_) => "422",
        _ if known.delivered.is_duplicate() => "200",
        Fate::Kept => "202",
        Fate::Removed => "204",
        Fate::Applied if is_waited_for => "202",
        Fate::Applied if is_unchanged(known, number) => "200",
        Fate::Applied => "201",
    }
}

fn is_unchanged(known: &Known<'_>, number: u32) -> bool {
    known.applied.is_some_and(|applied| applied.unchanged.contains(&number))
}

fn issues(known: &Known<'_>, number: u32, unit: &DeliveredUnit) -> Vec<Value> {
    let told = |what: &str| issue("information", "informational", what, None);
    let mut issues = Vec::new();
    match &unit.fate {
        Fate::Refused(problem) => issues.push(fault_issue(problem)),
        _ if known.delivered.is_duplicate() => {}
        Fate::Kept => issues.push(told("kept as it came; this is not shown")),
        Fate::Removed if is_unchanged(known, number) => issues.push(told("nothing of this name was here")),
        Fate::Removed => issues.push(told("shown as removed by the source; what it said before is kept")),
        Fate::Applied if is_unchanged(known, number) => issues.push(told("it is here already: nothing was changed")),
        Fate::Applied => {}
    }
    issues.extend(unit.notes.iter().map(|note| issue("warning", "not-supported", &note.what, Some(&note.place))));
    issues
}

fn fault_issue(fault: &Problem) -> Value {
    issue("error", "invalid", &fault.what, Some(&fault.place))
}

/// Where the source itself has it: `Flag/7/_history/12`, the version being the
/// number of the message. A name that is a search may hold a person's number, so it
/// is never made an address.
fn location(delivered: &Delivered, unit: &DeliveredUnit) -> Option<String> {
    let key = unit.key.as_deref().filter(|key| unit.fate == Fate::Applied && !key.contains('?'))?;
    Some(format!("{key}/_history/{}", delivered.message().0))
}

fn etag(delivered: &Delivered) -> String {
    format!("W/\"{}\"", delivered.message().0)
}

/// A line of NDJSON: the worst of what its units came to, and where.
pub(super) fn line(number: u64, delivered: &Delivered) -> Value {
    let known = Known { delivered, applied: None };
    let statuses: BTreeSet<&str> =
        (0u32..).zip(&delivered.units).map(|(unit, told)| status(&known, unit, told)).collect();
    let told = if delivered.is_readable { statuses.last().copied().unwrap_or("202") } else { "400" };
    let all = (0u32..).zip(&delivered.units).flat_map(|(unit, told)| issues(&known, unit, told));
    let at_line = |mut issue: Value| {
        if let Some(fields) = issue.as_object_mut() {
            fields.insert("details".to_owned(), json!({"text": format!("line {number} of the file")}));
        }
        issue
    };
    let issues: Vec<Value> = all.map(at_line).collect();
    let mut response = json!({"status": told});
    if let (false, Some(fields)) = (issues.is_empty(), response.as_object_mut()) {
        fields.insert("outcome".to_owned(), operation_outcome(issues));
    }
    json!({"response": response})
}

fn operation_outcome(issues: Vec<Value>) -> Value {
    json!({"resourceType": "OperationOutcome", "issue": issues})
}

/// An answer that ends a request before anything of it is taken in.
pub(super) type Refusal = Box<Response>;

/// The same as [`outcome`], where nothing more can be said of a place.
pub(super) fn refusal(status: StatusCode, code: &str, what: &str) -> Refusal {
    Box::new(outcome(status, code, what, None))
}

/// An answer of one issue.
pub(super) fn outcome(status: StatusCode, code: &str, what: &str, place: Option<&str>) -> Response {
    fhir(status, &operation_outcome(vec![issue("error", code, what, place)]))
}

fn issue(severity: &str, code: &str, what: &str, place: Option<&str>) -> Value {
    let mut issue = json!({"severity": severity, "code": code, "diagnostics": what});
    if let (Some(place), Some(fields)) = (place, issue.as_object_mut()) {
        fields.insert("expression".to_owned(), json!([place]));
    }
    issue
}

/// A FHIR answer.
pub(super) fn fhir(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], body.to_string()).into_response()
}
