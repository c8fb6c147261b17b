//! One FHIR R4 resource per entry, in the shapes of UK Core.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use record::{
    Alert, AlertKind, Allergy, AllergyKind, AllergyStatement, Appointment, AppointmentStatus, Attendance,
    AttendanceStatus, Content, Immunisation, Letter, LetterStatus, NewEntry, PersonInvolved, Problem, ProblemStatus,
    Procedure, Report, ResultStatus, Standing, TestResult, When,
};
use serde_json::{Value, json};

use crate::chart::Chart;
use crate::fhir_medicines;
use crate::fhir_writer::{object, put};
use crate::organisations::Feed;

/// The resource that tells one entry; `None` where FHIR sources send no such thing.
pub(crate) fn resource(chart: &Chart, entry: &NewEntry) -> Option<Value> {
    let mut resource = match &entry.content {
        Content::Alert(alert) if alert.kind == AlertKind::Plan => care_plan(alert),
        Content::Alert(alert) => flag(alert),
        Content::Allergy(allergy) => allergy_intolerance(entry, allergy),
        Content::Medicine(medicine) if chart.feed == Feed::ThamesideMedicines => {
            fhir_medicines::statement(entry, medicine)
        }
        Content::Medicine(medicine) => fhir_medicines::request(entry, medicine),
        Content::Problem(problem) => condition(entry, problem),
        Content::TestResult(result) => observation(entry, result),
        Content::Report(report) => diagnostic_report(entry, report),
        Content::Appointment(appointment) => appointment_resource(appointment),
        Content::Attendance(attendance) => encounter(attendance),
        Content::Letter(letter) => document_reference(entry, letter),
        Content::Immunisation(immunisation) => immunization(entry, immunisation),
        Content::Procedure(procedure) => procedure_resource(procedure),
        Content::PersonInvolved(involved) => person_involved(chart, involved),
        Content::SocialCare(_) => return None,
    };
    put(&mut resource, "id", json!(format!("{}-{}", chart.local, entry.key)));
    subject(&mut resource, chart);
    if let Some(visit) = &entry.part_of {
        let visit = json!({ "reference": format!("Encounter/{}-{visit}", chart.local) });
        match resource.get("resourceType").and_then(Value::as_str) {
            Some("DocumentReference") => put(&mut resource, "context", json!({ "encounter": [visit] })),
            Some("Appointment" | "CarePlan" | "Encounter") => {}
            _ => put(&mut resource, "encounter", visit),
        }
    }
    Some(resource)
}

/// Each type names its patient in its own field.
fn subject(resource: &mut Value, chart: &Chart) {
    let patient = json!({ "reference": format!("Patient/{}", chart.local) });
    match resource.get("resourceType").and_then(Value::as_str) {
        Some("AllergyIntolerance" | "Immunization" | "RelatedPerson") => put(resource, "patient", patient),
        Some("Appointment") => {
            let status = json!("accepted");
            if let Some(Value::Array(people)) = resource.get_mut("participant") {
                people.insert(0, json!({ "actor": patient, "status": status }));
            }
        }
        _ => put(resource, "subject", patient),
    }
}

pub(crate) fn iso(when: Option<When>) -> Value {
    json!(when.map(When::to_iso))
}

pub(crate) fn concept(entry: &NewEntry, text: &str) -> Value {
    let coding = entry.code.iter().map(|code| json!({ "system": &*code.system, "code": code.code, "display": text }));
    object([("coding", coding.collect()), ("text", json!(text))])
}

fn note(text: &Option<String>) -> Value {
    text.iter().map(|text| json!({ "text": text })).collect()
}

pub(crate) fn display(name: &Option<String>) -> Value {
    name.as_ref().map_or(Value::Null, |name| json!({ "display": name }))
}

pub(crate) fn period(start: Option<When>, end: Option<When>) -> Value {
    object([("start", iso(start)), ("end", iso(end))])
}

fn status_of(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

fn care_plan(alert: &Alert) -> Value {
    object([
        ("resourceType", json!("CarePlan")),
        ("status", json!("active")),
        ("intent", json!("plan")),
        ("title", json!(alert.title)),
        ("description", json!(alert.detail)),
        ("period", period(alert.from, alert.until)),
    ])
}

/// A Flag has one text and no note (R4 §12.6): a need is told in few words, because
/// it is always in sight; a hazard with what to do about it.
fn flag(alert: &Alert) -> Value {
    let text = match &alert.detail {
        Some(detail) if alert.kind == AlertKind::Alert => format!("{}: {detail}", alert.title),
        _ => alert.title.clone(),
    };
    object([
        ("resourceType", json!("Flag")),
        ("status", json!("active")),
        ("category", json!([{ "text": alert.kind.word() }])),
        ("code", json!({ "text": text })),
        ("period", period(alert.from, alert.until)),
    ])
}

fn allergy_intolerance(entry: &NewEntry, allergy: &Allergy) -> Value {
    let none = allergy.statement == AllergyStatement::NoneKnown;
    let kind = match allergy.kind {
        AllergyKind::Allergy => json!("allergy"),
        AllergyKind::Intolerance => json!("intolerance"),
        AllergyKind::NotTold => Value::Null,
    };
    let reaction = allergy.reaction.iter().map(|reaction| {
        object([("manifestation", json!([{ "text": reaction }])), ("severity", json!(allergy.severity))])
    });
    let verification = if entry.standing == Standing::EnteredInError { "entered-in-error" } else { "confirmed" };
    object([
        ("resourceType", json!("AllergyIntolerance")),
        ("clinicalStatus", status_of("allergyintolerance-clinical", "active")),
        ("verificationStatus", status_of("allergyintolerance-verification", verification)),
        ("type", kind),
        ("code", concept(entry, &allergy.substance)),
        ("onsetDateTime", iso(allergy.onset)),
        ("recordedDate", iso(entry.recorded)),
        ("recorder", display(&entry.author)),
        ("note", note(&allergy.note)),
        ("reaction", if none { Value::Null } else { reaction.collect() }),
    ])
}

fn condition(entry: &NewEntry, problem: &Problem) -> Value {
    let (clinical, verification) = match problem.status {
        _ if entry.standing == Standing::EnteredInError => ("inactive", "entered-in-error"),
        ProblemStatus::Active | ProblemStatus::NotTold => ("active", "confirmed"),
        ProblemStatus::Suspected => ("active", "provisional"),
        ProblemStatus::Past => ("resolved", "confirmed"),
    };
    let clinical =
        if verification == "entered-in-error" { Value::Null } else { status_of("condition-clinical", clinical) };
    object([
        ("resourceType", json!("Condition")),
        ("clinicalStatus", clinical),
        ("verificationStatus", status_of("condition-ver-status", verification)),
        ("category", json!([status_of("condition-category", "problem-list-item")])),
        ("code", concept(entry, &problem.term)),
        ("onsetDateTime", iso(problem.onset)),
        ("abatementDateTime", iso(problem.ended)),
        ("recordedDate", iso(entry.recorded)),
        ("recorder", display(&entry.author)),
        ("note", note(&problem.note)),
    ])
}

fn result_status(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Registered => "registered",
        ResultStatus::Preliminary => "preliminary",
        ResultStatus::Final => "final",
        ResultStatus::Corrected => "corrected",
        ResultStatus::Cancelled => "cancelled",
        ResultStatus::NotTold => "unknown",
    }
}

fn observation(entry: &NewEntry, result: &TestResult) -> Value {
    let laboratory = result.laboratory.is_some();
    let category = status_of("observation-category", if laboratory { "laboratory" } else { "vital-signs" });
    let number = result.value.as_deref().and_then(|value| serde_json::from_str::<serde_json::Number>(value).ok());
    let quantity = number.map_or(Value::Null, |value| object([("value", json!(value)), ("unit", json!(result.unit))]));
    let words = if quantity.is_null() { json!(result.value) } else { Value::Null };
    let flags = result.flag.iter().map(|flag| status_of("v3-ObservationInterpretation", flag));
    let specimen = result.specimen.as_ref().map_or(Value::Null, |name| json!({ "display": name }));
    object([
        ("resourceType", json!("Observation")),
        ("status", json!(result_status(result.status))),
        ("category", json!([category])),
        ("code", concept(entry, &result.test)),
        ("effectiveDateTime", iso(entry.when)),
        ("valueQuantity", quantity),
        ("valueString", words),
        ("interpretation", flags.collect()),
        ("referenceRange", result.range.iter().map(|range| json!({ "text": range })).collect()),
        ("specimen", specimen),
        ("performer", result.laboratory.iter().map(|name| json!({ "display": name })).collect()),
        ("note", note(&result.comment)),
        ("issued", issued(entry.recorded)),
    ])
}

/// FHIR wants an instant where it says issued.
fn issued(recorded: Option<When>) -> Value {
    match recorded {
        Some(at @ When::Instant(..)) => json!(at.to_iso()),
        _ => Value::Null,
    }
}

fn diagnostic_report(entry: &NewEntry, report: &Report) -> Value {
    let category = report.category.as_ref().map_or(Value::Null, |category| json!([{ "text": category }]));
    object([
        ("resourceType", json!("DiagnosticReport")),
        ("status", json!(result_status(report.status))),
        ("category", category),
        ("code", concept(entry, &report.title)),
        ("effectiveDateTime", iso(entry.when)),
        ("conclusion", json!(report.conclusion)),
        ("performer", report.laboratory.iter().map(|name| json!({ "display": name })).collect()),
        ("issued", issued(entry.recorded)),
    ])
}

fn appointment_resource(appointment: &Appointment) -> Value {
    let status = match appointment.status {
        AppointmentStatus::Proposed => "proposed",
        AppointmentStatus::Booked | AppointmentStatus::NotTold => "booked",
        AppointmentStatus::Arrived => "arrived",
        AppointmentStatus::Attended => "fulfilled",
        AppointmentStatus::Cancelled => "cancelled",
        AppointmentStatus::DidNotAttend => "noshow",
    };
    let others = [("Practitioner", &appointment.clinician), ("Location", &appointment.place)];
    let people = others.into_iter().filter_map(|(kind, name)| {
        Some(json!({ "actor": { "type": kind, "display": name.as_ref()? }, "status": "accepted" }))
    });
    object([
        ("resourceType", json!("Appointment")),
        ("status", json!(status)),
        ("serviceType", json!([{ "text": appointment.service }])),
        ("start", iso(appointment.start)),
        ("end", iso(appointment.end)),
        ("participant", people.collect()),
        ("reasonCode", appointment.reason.iter().map(|reason| json!({ "text": reason })).collect()),
    ])
}

fn encounter(attendance: &Attendance) -> Value {
    let status = match attendance.status {
        AttendanceStatus::Planned => "planned",
        AttendanceStatus::Current => "in-progress",
        AttendanceStatus::Finished => "finished",
        AttendanceStatus::Cancelled => "cancelled",
        AttendanceStatus::NotTold => "unknown",
    };
    let class = match attendance.kind.as_str() {
        "Inpatient" => "IMP",
        "Home visit" => "HH",
        "Emergency" | "Ambulance attendance" => "EMER",
        _ => "AMB",
    };
    let clinician = attendance.clinician.iter().map(|name| json!({ "individual": { "display": name } }));
    let place = attendance.place.iter().map(|name| json!({ "location": { "display": name } }));
    let outcome =
        attendance.outcome.as_ref().map_or(Value::Null, |text| json!({ "dischargeDisposition": { "text": text } }));
    object([
        ("resourceType", json!("Encounter")),
        ("status", json!(status)),
        ("class", json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": class })),
        ("type", json!([{ "text": attendance.kind }])),
        ("participant", clinician.collect()),
        ("period", period(attendance.start, attendance.end)),
        ("location", place.collect()),
        ("hospitalization", outcome),
        ("reasonCode", attendance.reason.iter().map(|reason| json!({ "text": reason })).collect()),
    ])
}

fn document_reference(entry: &NewEntry, letter: &Letter) -> Value {
    let doc_status = if letter.status == LetterStatus::Draft { "preliminary" } else { "final" };
    let status = if letter.status == LetterStatus::Superseded { "superseded" } else { "current" };
    let text = STANDARD.encode(letter.text.as_deref().unwrap_or_default());
    let kind = letter.kind.as_ref().map_or(Value::Null, |kind| json!({ "text": kind }));
    let attachment = object([
        ("contentType", json!("text/plain; charset=utf-8")),
        ("data", json!(text)),
        ("title", json!(letter.title)),
        ("creation", iso(letter.written)),
    ]);
    object([
        ("resourceType", json!("DocumentReference")),
        ("status", json!(status)),
        ("docStatus", json!(doc_status)),
        ("type", kind),
        ("date", issued(letter.written)),
        ("author", entry.author.iter().map(|name| json!({ "display": name })).collect()),
        ("description", json!(letter.title)),
        ("content", json!([{ "attachment": attachment }])),
    ])
}

fn immunization(entry: &NewEntry, immunisation: &Immunisation) -> Value {
    let site = immunisation.site.as_ref().map_or(Value::Null, |site| json!({ "text": site }));
    let dose = immunisation.dose_number.as_deref().and_then(|n| n.parse::<u32>().ok());
    let protocol = dose.map_or(Value::Null, |n| json!([{ "doseNumberPositiveInt": n }]));
    object([
        ("resourceType", json!("Immunization")),
        ("status", json!(immunisation.given)),
        ("vaccineCode", concept(entry, &immunisation.vaccine)),
        ("occurrenceDateTime", iso(immunisation.on)),
        ("site", site),
        ("lotNumber", json!(immunisation.batch)),
        ("protocolApplied", protocol),
    ])
}

fn procedure_resource(procedure: &Procedure) -> Value {
    let performer = procedure.performer.iter().map(|name| json!({ "actor": { "display": name } }));
    object([
        ("resourceType", json!("Procedure")),
        ("status", json!(procedure.status)),
        ("code", json!({ "text": procedure.term })),
        ("performedDateTime", iso(procedure.start)),
        ("performer", performer.collect()),
        ("reasonCode", procedure.reason.iter().map(|reason| json!({ "text": reason })).collect()),
        ("note", note(&procedure.outcome)),
    ])
}

/// Family and friends are a RelatedPerson; staff and teams are a CareTeam.
fn person_involved(chart: &Chart, involved: &PersonInvolved) -> Value {
    let family = [
        "Spouse",
        "Daughter",
        "Son",
        "Sister",
        "Brother",
        "Mother",
        "Father",
        "Parent",
        "Friend",
        "Niece",
        "Carer",
        "Appointee",
    ];
    let role = involved.role.as_deref().unwrap_or_default();
    let telecom = involved.telephone.iter().map(|number| json!({ "system": "phone", "value": number }));
    if family.iter().any(|word| role.starts_with(word)) {
        return object([
            ("resourceType", json!("RelatedPerson")),
            ("active", json!(true)),
            ("relationship", json!([{ "text": role }])),
            ("name", json!([{ "text": involved.name }])),
            ("telecom", telecom.collect()),
            ("period", period(involved.from, involved.until)),
        ]);
    }
    object([
        ("resourceType", json!("CareTeam")),
        ("status", json!("active")),
        ("name", json!(involved.name)),
        ("category", json!([{ "text": role }])),
        ("telecom", telecom.collect()),
        ("period", period(involved.from, involved.until)),
        ("managingOrganization", json!([{ "display": chart.feed.organisation() }])),
    ])
}
