//! Medicines in FHIR R4: what was prescribed and what somebody was sent home with.

use record::{Medicine, MedicineStatus, NewEntry, Standing};
use serde_json::{Value, json};

use crate::fhir_resources::{concept, display, iso, period};
use crate::fhir_writer::object;

/// A dose such as `5 mg` as a quantity, where it is one.
fn dosage(medicine: &Medicine) -> Value {
    let quantity = medicine.dose.as_deref().and_then(|dose| {
        let (value, unit) = dose.split_once(' ')?;
        let value: serde_json::Number = serde_json::from_str(value).ok()?;
        Some(json!([{ "doseQuantity": { "value": value, "unit": unit } }]))
    });
    let parts = [&medicine.dose, &medicine.route, &medicine.frequency];
    let words = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
    let route = medicine.route.as_ref().map_or(Value::Null, |route| json!({ "text": route }));
    let timing = medicine.frequency.as_ref().map_or(Value::Null, |often| json!({ "code": { "text": often } }));
    let text = medicine.instruction.clone().unwrap_or(words);
    let dosage =
        object([("text", json!(text)), ("timing", timing), ("route", route), ("doseAndRate", json!(quantity))]);
    json!([dosage])
}

fn medication(entry: &NewEntry, medicine: &Medicine) -> Value {
    let form = medicine.form.as_ref().map_or(Value::Null, |form| json!({ "text": form }));
    let drug = object([
        ("resourceType", json!("Medication")),
        ("id", json!("medicine")),
        ("code", concept(entry, &medicine.name)),
        ("form", form),
    ]);
    json!([drug])
}

/// A prescription as practices send it.
pub(crate) fn request(entry: &NewEntry, medicine: &Medicine) -> Value {
    let status = match medicine.status {
        _ if entry.standing == Standing::EnteredInError => "entered-in-error",
        MedicineStatus::NotStarted => "draft",
        MedicineStatus::Started => "active",
        MedicineStatus::Suspended => "on-hold",
        MedicineStatus::Completed => "completed",
        MedicineStatus::Discontinued => "stopped",
        MedicineStatus::NotTold => "unknown",
    };
    let course = medicine.course.as_ref().map_or(Value::Null, |course| json!({ "text": course }));
    let issued = medicine.last_issued.map_or(Value::Null, |day| {
        json!([{ "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationStatementLastIssueDate", "valueDateTime": day.to_iso() }])
    });
    let supply = object([("validityPeriod", period(medicine.started, medicine.ended))]);
    object([
        ("resourceType", json!("MedicationRequest")),
        ("contained", medication(entry, medicine)),
        ("extension", issued),
        ("status", json!(status)),
        ("intent", json!("order")),
        ("medicationReference", json!({ "reference": "#medicine" })),
        ("authoredOn", iso(entry.recorded)),
        ("requester", display(&entry.author)),
        ("courseOfTherapyType", course),
        ("reasonCode", medicine.reason.iter().map(|reason| json!({ "text": reason })).collect()),
        ("dosageInstruction", dosage(medicine)),
        ("dispenseRequest", supply),
    ])
}

/// A medicine on a discharge list.
pub(crate) fn statement(entry: &NewEntry, medicine: &Medicine) -> Value {
    let status = match medicine.status {
        MedicineStatus::NotStarted => "intended",
        MedicineStatus::Started => "active",
        MedicineStatus::Suspended => "on-hold",
        MedicineStatus::Completed => "completed",
        MedicineStatus::Discontinued => "stopped",
        MedicineStatus::NotTold => "unknown",
    };
    let category = medicine.course.as_ref().map_or(Value::Null, |course| json!({ "text": course }));
    object([
        ("resourceType", json!("MedicationStatement")),
        ("contained", medication(entry, medicine)),
        ("status", json!(status)),
        ("category", category),
        ("medicationReference", json!({ "reference": "#medicine" })),
        ("effectivePeriod", period(medicine.started, medicine.ended)),
        ("dateAsserted", iso(entry.recorded)),
        ("informationSource", display(&entry.author)),
        ("dosage", dosage(medicine)),
        ("reasonCode", medicine.reason.iter().map(|reason| json!({ "text": reason })).collect()),
    ])
}
