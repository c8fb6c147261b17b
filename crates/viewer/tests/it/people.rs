//! People as their record systems tell of them.

use intake::Payload;
use serde_json::{Value, json};

use crate::world::World;

pub const GRACE: &str = "9990000018";
pub const TUNDE: &str = "9990000034";

/// Somebody's chart, and what it holds.
pub struct Chart<'a> {
    pub number: &'a str,
    pub family: &'a str,
    pub given: &'a str,
    pub born: &'a str,
}

pub const GRACE_CHART: Chart<'static> = Chart { number: GRACE, family: "Okafor", given: "Grace", born: "1951-03-04" };
pub const TUNDE_CHART: Chart<'static> = Chart { number: TUNDE, family: "Oyelaran", given: "Tunde", born: "1987-11-02" };

/// A bundle about one person; ids are given, and the person is their subject.
pub fn bundle(chart: &Chart<'_>, resources: Vec<Value>) -> Vec<u8> {
    let local = format!("p{}", chart.number);
    let mut entries = vec![json!({ "resource": {
        "resourceType": "Patient", "id": local,
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": chart.number }],
        "name": [{ "use": "official", "family": chart.family, "given": [chart.given] }],
        "birthDate": chart.born, "gender": "female",
        "address": [{ "line": ["12 Harbour Row"], "postalCode": "SE5 8ZZ" }],
    }})];
    for (place, mut resource) in resources.into_iter().enumerate() {
        let fields = resource.as_object_mut().unwrap();
        fields.insert("id".into(), json!(format!("r{place}")));
        let subject = json!({ "reference": format!("Patient/{local}") });
        let kind = fields["resourceType"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "AllergyIntolerance" | "Immunization" | "RelatedPerson" => fields.insert("patient".into(), subject),
            "Appointment" => {
                let people = fields.entry("participant").or_insert_with(|| json!([]));
                people.as_array_mut().unwrap().push(json!({ "actor": subject, "status": "accepted" }));
                None
            }
            _ => fields.insert("subject".into(), subject),
        };
        entries.push(json!({ "resource": resource }));
    }
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    bundle.to_string().into_bytes()
}

pub fn allergy(substance: &str) -> Value {
    json!({ "resourceType": "AllergyIntolerance", "code": { "text": substance },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2009-05-12" })
}

pub fn no_known_allergies() -> Value {
    json!({ "resourceType": "AllergyIntolerance", "recordedDate": "2024-05-12",
        "clinicalStatus": { "coding": [{ "code": "active" }] },
        "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "716186003" }], "text": "No known allergies" } })
}

pub fn medicine(name: &str, dose: &str) -> Value {
    json!({ "resourceType": "MedicationStatement", "status": "active",
        "medicationCodeableConcept": { "text": name }, "effectivePeriod": { "start": "2024-02-11" },
        "dosage": [{ "text": dose }] })
}

pub fn problem(term: &str) -> Value {
    json!({ "resourceType": "Condition", "code": { "text": term },
        "clinicalStatus": { "coding": [{ "code": "active" }] }, "onsetDateTime": "2024-02-11" })
}

pub fn result(test: &str, value: f64, taken: &str, flag: &str) -> Value {
    json!({ "resourceType": "Observation", "status": "final", "code": { "text": test },
        "category": [{ "coding": [{ "code": "laboratory" }] }],
        "effectiveDateTime": taken, "valueQuantity": { "value": value, "unit": "mmol/L" },
        "interpretation": [{ "coding": [{ "code": flag }] }], "referenceRange": [{ "text": "3.5 to 5.3" }],
        "performer": [{ "display": "Thameside laboratory" }] })
}

pub fn letter(title: &str, text: &str) -> Value {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(text);
    json!({ "resourceType": "DocumentReference", "status": "current", "description": title,
        "date": "2026-11-20T16:12:00Z",
        "content": [{ "attachment": { "contentType": "text/plain", "data": data, "title": title } }] })
}

pub fn appointment(service: &str, place: &str) -> Value {
    json!({ "resourceType": "Appointment", "status": "booked", "serviceType": [{ "text": service }],
        "start": "2026-12-01T10:30:00Z", "end": "2026-12-01T11:00:00Z",
        "participant": [{ "actor": { "type": "Location", "display": place }, "status": "accepted" }] })
}

/// Grace, as her practice, her hospital and her council know her, and Tunde.
pub async fn arrive(world: &World) {
    let practice = vec![
        allergy("penicillin"),
        medicine("apixaban 5 mg tablets", "5 mg twice a day"),
        problem("Atrial fibrillation"),
        letter("Care plan", "Grace wishes to stay at home."),
    ];
    let hospital = vec![
        no_known_allergies(),
        result("Potassium", 5.0, "2026-09-02T08:00:00Z", "N"),
        result("Potassium", 6.1, "2026-11-21T09:10:00Z", "HH"),
        appointment("Cardiology clinic", "Thameside Hospital"),
    ];
    world.deliver("gp", Payload::FhirJson, bundle(&GRACE_CHART, practice)).await;
    world.deliver("hospital", Payload::FhirJson, bundle(&GRACE_CHART, hospital)).await;
    world.deliver("gp", Payload::FhirJson, bundle(&TUNDE_CHART, vec![problem("Asthma")])).await;
}
