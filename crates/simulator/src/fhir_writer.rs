//! FHIR R4 transaction bundles: one chart of a practice or trust as its record
//! system pushes it.

use jiff::Timestamp;
use record::{Demographics, Gender, LocalNumber, NhsNumber, PersonName, Sensitivity, When};
use serde_json::{Map, Value, json};

use crate::chart::Chart;
use crate::fhir_resources;

/// The chart's whole content as one transaction bundle.
pub(crate) fn bundle(chart: &Chart, sent: Timestamp) -> Vec<u8> {
    let base = format!("https://{}.example/fhir", chart.feed.id());
    let mut entries = vec![entry(&base, patient(chart))];
    for told in &chart.entries {
        let Some(mut resource) = fhir_resources::resource(chart, told) else { continue };
        if told.sensitivity == Sensitivity::Sensitive {
            put(&mut resource, "meta", security("V", "very restricted"));
        }
        entries.push(entry(&base, resource));
    }
    let bundle = json!({
        "resourceType": "Bundle",
        "id": format!("{}-{}", chart.local, sent.as_second()),
        "type": "transaction",
        "timestamp": When::from(sent).to_iso(),
        "entry": entries,
    });
    bundle.to_string().into_bytes()
}

fn entry(base: &str, resource: Value) -> Value {
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
    let place = format!("{kind}/{id}");
    json!({
        "fullUrl": format!("{base}/{place}"),
        "resource": resource,
        "request": { "method": "PUT", "url": place },
    })
}

/// Adds a field; a null or empty one is left out, for FHIR knows neither.
pub(crate) fn put(resource: &mut Value, field: &str, value: Value) {
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if let (false, Value::Object(fields)) = (empty, resource) {
        fields.insert(field.to_owned(), value);
    }
}

fn security(code: &str, display: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    json!({ "security": [{ "system": system, "code": code, "display": display }] })
}

fn patient(chart: &Chart) -> Value {
    let who = &chart.told;
    let mut patient = json!({ "resourceType": "Patient", "id": chart.local });
    if who.restricted {
        put(&mut patient, "meta", security("R", "restricted"));
    }
    let local = LocalNumber { assigner: chart.feed.ods().as_str().to_owned(), number: chart.local.clone() };
    put(&mut patient, "identifier", identifiers(who, &local));
    put(&mut patient, "name", names(&who.name, &who.other_names));
    put(&mut patient, "birthDate", json!(who.born.map(|born| born.day_only().to_iso())));
    put(&mut patient, "gender", json!(who.gender.map(Gender::code)));
    let telecom = who.telephones.iter().map(|number| {
        let kind = if number.starts_with("07") { "mobile" } else { "home" };
        json!({ "system": "phone", "value": number, "use": kind })
    });
    put(&mut patient, "telecom", telecom.collect());
    if let Some(address) = &who.address {
        put(&mut patient, "address", json!([{ "use": "home", "line": address.lines, "postalCode": address.postcode }]));
    }
    match who.died {
        Some(Some(day)) => put(&mut patient, "deceasedDateTime", json!(day.to_iso())),
        Some(None) => put(&mut patient, "deceasedBoolean", json!(true)),
        None => {}
    }
    put(&mut patient, "generalPractitioner", who.practice.iter().map(|name| json!({ "display": name })).collect());
    put(&mut patient, "extension", extensions(who));
    patient
}

fn identifiers(who: &Demographics, local: &LocalNumber) -> Value {
    let mut identifiers = Vec::new();
    let number = who.nhs_number.map(NhsNumber::digits).or_else(|| who.nhs_number_rejected.clone());
    if let Some(number) = number {
        identifiers.push(json!({ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number }));
    }
    let system = format!("https://fhir.example/local-number/{}", local.assigner);
    identifiers.push(json!({ "system": system, "value": local.number }));
    Value::Array(identifiers)
}

fn names(name: &PersonName, others: &[PersonName]) -> Value {
    let one = |name: &PersonName, usage: &str| {
        let mut told = json!({ "use": usage });
        put(&mut told, "family", json!(name.family));
        put(&mut told, "given", json!(name.given));
        put(&mut told, "prefix", name.title.iter().map(|title| json!(title)).collect());
        told
    };
    let mut names = vec![one(name, "official")];
    names.extend(name.preferred.iter().map(|preferred| json!({ "use": "nickname", "given": [preferred] })));
    names.extend(others.iter().map(|other| one(other, "old")));
    Value::Array(names)
}

/// UK Core: ethnic category, and the need for an interpreter.
fn extensions(who: &Demographics) -> Value {
    let mut extensions = Vec::new();
    if let Some(ethnicity) = &who.ethnicity {
        extensions.push(json!({
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
            "valueCodeableConcept": { "text": ethnicity },
        }));
    }
    if let Some(language) = &who.interpreter {
        extensions.push(json!({
            "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication",
            "extension": [
                { "url": "language", "valueCodeableConcept": { "text": language } },
                { "url": "interpreterRequired", "valueBoolean": true },
            ],
        }));
    }
    Value::Array(extensions)
}

/// An object from fields, the absent ones left out.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Value::Object(Map::new());
    for (field, value) in fields {
        put(&mut object, field, value);
    }
    object
}
