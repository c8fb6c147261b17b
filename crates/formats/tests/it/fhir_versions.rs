//! Requests and STU3: what is read is the same, and every unit lies where it came.

use formats::fhir::{FhirVersion, Method, Request, Shape, read_message};
use formats::{Outcome, Unit};
use proptest::prelude::*;
use record::{AllergyStatement, Content, MedicineStatus, NewEntry, Standing};

const STU3: &str = r#""meta":{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Condition-1"]}"#;

fn units(text: &str) -> Vec<Unit> {
    read_message(None, text.as_bytes()).unwrap().delivery.units
}

fn entry(unit: &Unit) -> NewEntry {
    match &unit.outcome {
        Outcome::Apply(changes) | Outcome::ApplyIfNew(changes) => changes[0].entries[0].clone(),
        other => panic!("{other:?}"),
    }
}

/// A bundle that says it is STU3 in one of its resources.
fn bundle(resources: &[&str]) -> String {
    let entries: Vec<String> = resources.iter().map(|resource| format!("{{\"resource\": {resource}}}")).collect();
    format!(r#"{{"resourceType":"Bundle",{STU3},"type":"collection","entry":[{}]}}"#, entries.join(", "))
}

fn of_stu3(resource: &str) -> NewEntry {
    let text = bundle(&[resource]);
    let units = units(&text);
    assert_eq!(text.get(units[0].span.clone()).unwrap(), resource, "a unit's bytes are those that came");
    entry(&units[0])
}

#[test]
fn a_problem_of_stu3_keeps_its_state_and_its_dates() {
    let told = of_stu3(
        r#"{"resourceType":"Condition","id":"c","clinicalStatus":"resolved","verificationStatus":"confirmed","code":{"text":"Asthma"},"subject":{"reference":"Patient/1"},"context":{"reference":"Encounter/9"},"assertedDate":"2019-03-04","onsetDateTime":"2018"}"#,
    );
    assert_eq!(told.standing, Standing::Past);
    assert_eq!(told.part_of.as_deref(), Some("Encounter/9"));
    assert_eq!(told.recorded.unwrap().to_iso(), "2019-03-04");
    let withdrawn = of_stu3(
        r#"{"resourceType":"Condition","id":"c","verificationStatus":"entered-in-error","code":{"text":"Asthma"},"subject":{"reference":"Patient/1"}}"#,
    );
    assert_eq!(withdrawn.standing, Standing::EnteredInError);
}

#[test]
fn a_refuted_allergy_of_stu3_is_past_and_none_known_stays_so() {
    let allergy = |more: &str| {
        of_stu3(&format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"a",{more},"patient":{{"reference":"Patient/1"}}}}"#
        ))
    };
    let refuted = allergy(r#""verificationStatus":"refuted","code":{"text":"Penicillin"}"#);
    assert_eq!(refuted.standing, Standing::Past);
    let none = allergy(
        r#""clinicalStatus":"active","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]}"#,
    );
    let Content::Allergy(none) = none.content else { panic!() };
    assert_eq!(none.statement, AllergyStatement::NoneKnown);
}

#[test]
fn an_authorisation_of_gp_connect_is_a_medicine_in_use_with_its_dose() {
    let told = of_stu3(&format!(
        r#"{{"resourceType":"MedicationRequest","id":"m",{STU3},"status":"active","intent":"plan","medicationReference":{{"reference":"Medication/d","display":"Ramipril"}},"subject":{{"reference":"Patient/1"}},"requester":{{"agent":{{"reference":"Practitioner/7","display":"Dr Ito"}},"onBehalfOf":{{"reference":"Organization/8","display":"Riverside Surgery"}}}},"dosageInstruction":[{{"route":{{"text":"by mouth"}},"doseQuantity":{{"value":2.50,"unit":"mg"}},"timing":{{"repeat":{{"frequency":1,"period":1,"periodUnit":"d"}}}}}}]}}"#
    ));
    let Content::Medicine(medicine) = &told.content else { panic!() };
    assert_eq!((medicine.status, medicine.dose.as_deref()), (MedicineStatus::Started, Some("2.50 mg")));
    assert_eq!(medicine.frequency.as_deref(), Some("once a day"));
    assert_eq!((told.author.as_deref(), told.organisation.as_deref()), (Some("Dr Ito"), Some("Riverside Surgery")));
}

#[test]
fn a_comment_of_stu3_is_not_lost() {
    let told = of_stu3(
        r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Potassium"},"subject":{"reference":"Patient/1"},"valueQuantity":{"value":6.10,"unit":"mmol/L"},"comment":"Haemolysed"}"#,
    );
    let Content::TestResult(result) = &told.content else { panic!() };
    assert_eq!((result.value.as_deref(), result.comment.as_deref()), (Some("6.10"), Some("Haemolysed")));
}

#[test]
fn xml_of_stu3_says_the_same_as_json_and_its_units_lie_in_the_xml() {
    let resource = r#"<Immunization><id value="i"/><meta><profile value="https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Immunization-1"/></meta><notGiven value="true"/><vaccineCode><text value="Influenza"/></vaccineCode><patient><reference value="Patient/p"/></patient><date value="2021-10-01"/></Immunization>"#;
    let xml = format!("<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource>{resource}</resource></entry></Bundle>");
    let units = units(&xml);
    assert_eq!(xml.get(units[0].span.clone()).unwrap(), resource);
    let json = r#"{"resourceType":"Immunization","id":"i","notGiven":true,"vaccineCode":{"text":"Influenza"},"patient":{"reference":"Patient/p"},"date":"2021-10-01"}"#;
    assert_eq!(entry(&units[0]), of_stu3(json));
}

#[test]
fn a_request_is_read_from_its_head_and_its_units_lie_behind_it() {
    let body = r#"{"resourceType":"Flag","code":{"text":"Falls"},"subject":{"reference":"Patient/1"}}"#;
    let request = Request { method: Method::Put, target: "Flag/7".into(), ..Request::plain() };
    let kept = request.kept(body.as_bytes());
    let message = read_message(None, &kept).unwrap();
    assert_eq!(message.shape, Shape::Single);
    let unit = &message.delivery.units[0];
    assert_eq!((entry(unit).key.as_str(), &kept[unit.span.clone()]), ("Flag/7", body.as_bytes()));
    let delete = Request { method: Method::Delete, target: "Flag/7".into(), ..Request::plain() };
    let units = read_message(None, &delete.kept(b"")).unwrap().delivery.units;
    assert_eq!((units[0].kind.as_str(), &units[0].outcome), ("Flag", &Outcome::Remove("Flag/7".into())));
}

#[test]
fn a_history_that_ends_with_a_deletion_removes_and_applies_nothing_older() {
    let text = r#"{"resourceType":"Bundle","type":"history","entry":[
        {"request":{"method":"DELETE","url":"Flag/f"},"response":{"lastModified":"2026-03-01T00:00:00Z"}},
        {"resource":{"resourceType":"Flag","id":"f","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"subject":{"reference":"Patient/1"}}},
        {"request":{"method":"DELETE","url":"Flag/g"},"response":{"lastModified":"2026-01-01T00:00:00Z"}},
        {"resource":{"resourceType":"Flag","id":"g","meta":{"lastUpdated":"2026-03-01T00:00:00Z"},"subject":{"reference":"Patient/1"}}}]}"#;
    let told: Vec<String> = units(text)
        .iter()
        .map(|unit| match &unit.outcome {
            Outcome::Apply(_) => format!("{} applied", unit.kind),
            Outcome::Remove(key) => format!("{key} removed"),
            _ => format!("{} kept", unit.kind),
        })
        .collect();
    assert_eq!(told, ["Flag/f removed", "Flag kept", "Bundle.entry kept", "Flag applied"]);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_every_unit_lies_inside(
        head in proptest::option::of("(POST|PUT|DELETE) /[A-Z][a-z]{0,4}(/[a-z0-9]{1,3}|\\?identifier=a%7C1|\\?)?"),
        stu3 in any::<bool>(), kind in "(transaction|batch|history|collection)",
        entries in proptest::collection::vec((
            "(Patient|Flag|Immunization|MedicationStatement|Observation|Goal|)",
            "(|,\"id\":\"1\"|,\"id\":\"2\")",
            "(|,\"notGiven\":true|,\"dosage\":\\[\\{\"doseQuantity\":\\{\"value\":1\\}\\}\\]|,\"related\":\\[\\{\"type\":\"has-member\"\\}\\]|,\"status\":null)",
            "(|,\"request\":\\{\"method\":\"(POST|PUT|DELETE|PATCH|GET|)\",\"url\":\"(Flag/1|Patient/1|Flag|Flag\\?identifier=a\\|1|)\"(,\"ifNoneExist\":\"identifier=a\\|1\")?\\})",
        ), 0..5), xml in any::<bool>()
    ) {
        let entries: Vec<String> = entries.iter().map(|(resource, id, more, request)| {
            let who = r#","subject":{"reference":"Patient/1"},"patient":{"reference":"Patient/1"}"#;
            if resource.is_empty() { format!("{{\"x\":1{request}}}") } else { format!("{{\"resource\":{{\"resourceType\":\"{resource}\"{id}{who}{more}}}{request}}}") }
        }).collect();
        let mut text = format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(","));
        if xml {
            text = format!(r#"<Bundle><type value="{kind}"/><entry><resource><Flag><notGiven value="true"/></Flag></resource></entry></Bundle>"#);
        }
        let head = head.map(|head| format!("{head} HTTP/1.1{}\r\n\r\n", if stu3 { "\r\nFHIR-Version: 3.0" } else { "" }));
        let text = format!("{}{text}", head.unwrap_or_default());
        if let Ok(message) = read_message(None, text.as_bytes()) {
            prop_assert!(!message.delivery.units.is_empty());
            for unit in &message.delivery.units {
                prop_assert!(text.as_bytes().get(unit.span.clone()).is_some(), "{:?} of {}", unit.span, text.len());
            }
        }
    }
}

#[test]
fn a_version_that_is_stated_is_believed() {
    let body = br#"{"resourceType":"Procedure","id":"1","notDone":true,"status":"completed","code":{"text":"Biopsy"},"subject":{"reference":"Patient/1"}}"#;
    let stated = |version| Request { version: Some(version), ..Request::plain() }.kept(body);
    let units = read_message(None, &stated(FhirVersion::Stu3)).unwrap().delivery.units;
    let Content::Procedure(procedure) = entry(&units[0]).content else { panic!() };
    assert_eq!(procedure.status, "Not done");
    let units = read_message(None, &stated(FhirVersion::R4)).unwrap().delivery.units;
    assert!(matches!(&units[0].outcome, Outcome::Refuse(fault) if fault.place == "Procedure.notDone"));
}
