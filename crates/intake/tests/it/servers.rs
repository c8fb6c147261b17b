//! Patients of several FHIR servers from one source.

use std::collections::BTreeMap;
use std::path::Path;

use formats::fhir::ServerBase;
use intake::{Intake, Payload, import};
use record::Clock;

use crate::house::{House, practice, sources, start};

const PATIENT: &str =
    r#"{"resourceType":"Patient","id":"1","name":[{"family":"Okafor","given":["Grace"]}],"birthDate":"1961-04-02"}"#;
const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"p","code":{"text":"Penicillin"},"patient":{"reference":"Patient/1"}}"#;

fn at(server: &str, name: &str, resource: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"{server}/{name}","resource":{resource}}}]}}"#
    )
}

/// How many people and entries come of these messages from a source with this server.
async fn people_and_entries(own_server: Option<&str>, messages: &[&str]) -> (u64, u64) {
    let house = House::open().await;
    let own_servers: BTreeMap<_, _> =
        own_server.and_then(ServerBase::parse).map(|server| (practice(), server)).into_iter().collect();
    let (intake, _lanes) =
        Intake::start_with_servers(house.store.inbox.clone(), &sources(), own_servers, Clock::fixed(start()));
    for message in messages {
        let delivered = intake.deliver(&practice(), Payload::FhirJson, false, message.as_bytes().to_vec()).await;
        delivered.unwrap().applied.unwrap().await.unwrap().unwrap();
    }
    house.count().await
}

#[tokio::test]
async fn on_the_sources_own_server_a_bare_reference_reaches_the_patient_whichever_came_first() {
    let own = Some("https://fhir.riverside.example/r4");
    let patient = at("https://fhir.riverside.example/r4", "Patient/1", PATIENT);
    assert_eq!(people_and_entries(own, &[&patient, ALLERGY]).await, (1, 1));
    assert_eq!(people_and_entries(own, &[ALLERGY, &patient]).await, (1, 1));
}

#[tokio::test]
async fn the_same_id_on_another_server_is_somebody_else_and_an_entry_of_it_another_entry() {
    let own = Some("https://fhir.riverside.example/r4");
    let patient = at("https://fhir.riverside.example/r4", "Patient/1", PATIENT);
    let theirs = at("https://elsewhere.example", "AllergyIntolerance/p", ALLERGY);
    assert_eq!(people_and_entries(own, &[&patient, ALLERGY, &theirs]).await, (2, 2));
    assert_eq!(people_and_entries(None, &[&patient, ALLERGY, &theirs]).await, (3, 2), "no server is the source's own");
}

/// The specification's own example: `Patient/23`, an unnamed one under a UUID and
/// `Patient/45` of one server, `Patient/1` and another `Patient/23` of the next.
/// Of `Patient/45` the bundle tells two versions with different names, so the
/// second and the observation of it wait.
#[tokio::test]
async fn references_of_the_specifications_example_reach_five_people() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/fhir-r4-examples/Bundle-bundle-references.json");
    if !path.exists() {
        println!("skipped: no corpus");
        return;
    }
    let house = House::open().await;
    let report = import(&house.intake, &practice(), true, &[path], |_| ()).await.unwrap();
    assert_eq!((report.received, report.applied, report.quarantined), (11, 9, 2));
    assert_eq!((report.persons, report.entries), (5, 6));
}
