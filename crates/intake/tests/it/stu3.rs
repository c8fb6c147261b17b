//! GP Connect speaks STU3: it is read as what it is, and kept as it came.

use record::Standing;

use crate::door::Door;
use crate::hospital::GRACE;

fn profile(name: &str) -> String {
    format!(r#""meta":{{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-{name}-1"]}}"#)
}

/// A structured record as a practice's system gives it (made up).
fn structured_record() -> String {
    let resources = [
        format!(
            r#"{{"resourceType":"Patient","id":"p",{},"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{GRACE}"}}],"name":[{{"use":"official","family":"Okafor","given":["Grace"]}}],"gender":"female","birthDate":"1961-04-02"}}"#,
            profile("Patient")
        ),
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"a",{},"clinicalStatus":"active","verificationStatus":"unconfirmed","code":{{"text":"Penicillin"}},"patient":{{"reference":"Patient/p"}},"assertedDate":"2019-03-04"}}"#,
            profile("AllergyIntolerance")
        ),
        format!(
            r#"{{"resourceType":"MedicationStatement","id":"m",{},"status":"active","taken":"unk","medicationReference":{{"reference":"Medication/d"}},"subject":{{"reference":"Patient/p"}},"effectivePeriod":{{"start":"2020-01-01"}},"dosage":[{{"text":"one a day","doseQuantity":{{"value":5.0,"unit":"mg"}}}}]}}"#,
            profile("MedicationStatement")
        ),
        r#"{"resourceType":"Medication","id":"d","code":{"text":"Ramipril 5 mg capsules"}}"#.to_owned(),
        r#"{"resourceType":"Immunization","id":"i","status":"completed","notGiven":true,"explanation":{"reasonNotGiven":[{"text":"Declined"}]},"vaccineCode":{"text":"Influenza"},"patient":{"reference":"Patient/p"},"date":"2021-10-01"}"#.to_owned(),
        r#"{"resourceType":"List","id":"l","status":"current","mode":"snapshot","title":"Allergies","subject":{"reference":"Patient/p"}}"#.to_owned(),
    ];
    let entries: Vec<String> = resources.iter().map(|resource| format!(r#"{{"resource":{resource}}}"#)).collect();
    format!(
        r#"{{"resourceType":"Bundle","meta":{{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-StructuredRecord-Bundle-1"]}},"type":"collection","entry":[{}]}}"#,
        entries.join(",")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_structured_record_of_gp_connect_is_read_and_kept_as_it_came() {
    let door = Door::open().await;
    let answer = door.post(structured_record()).await;
    assert_eq!(answer.statuses(), ["201", "201", "201", "202", "201", "202"]);
    let shown = door.shown(GRACE).await;
    let line =
        |word: &str| shown.iter().find(|(_, line)| line.contains(word)).unwrap_or_else(|| panic!("{word}: {shown:?}"));
    assert_eq!(shown.len(), 3);
    assert!(line("Penicillin").1.contains("Unconfirmed"), "{shown:?}");
    assert_eq!(line("Penicillin").0, Standing::Current);
    assert!(line("Ramipril").1.contains("5.0 mg") && line("Ramipril").1.contains("one a day"), "{shown:?}");
    assert!(line("Influenza").1.contains("Not given") && line("Influenza").1.contains("Declined"), "{shown:?}");
    let message = door.house.store.inbox.list(None).await.unwrap()[0].id;
    assert_eq!(door.house.raw(message).await, structured_record().as_bytes());
}

const REFUSAL: &str = r#"{"resourceType":"Immunization","id":"i","status":"completed","notGiven":true,"vaccineCode":{"text":"Influenza"},"patient":{"reference":"Patient/p"},"date":"2021-10-01"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_taken_from_the_content_type_and_never_from_the_looks() {
    let door = Door::open().await;
    let json = "Content-Type: application/fhir+json\r\n";
    let unsaid = door.ask("PUT /Immunization/i", json, REFUSAL).await;
    assert_eq!(unsaid.status, 422, "{}", unsaid.body);
    assert!(unsaid.says("does not say it is STU3"), "{}", unsaid.body);
    let stu3 = "Content-Type: application/fhir+json; fhirVersion=3.0\r\n";
    assert_eq!(door.ask("PUT /Immunization/i", stu3, REFUSAL).await.status, 201);
    let r4 = "Content-Type: application/fhir+json; fhirVersion=4.0\r\n";
    let contradicts = door.ask("POST ", r4, structured_record()).await;
    assert_eq!(contradicts.status, 400);
    assert!(contradicts.says("says fhirVersion 4.0 and a profile says STU3"));
}
