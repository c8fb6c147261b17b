//! What the hospital, the practice and the council send.

/// NHS numbers of nobody, check digits right.
pub(crate) const GRACE: &str = "9990000018";
pub(crate) const OTHER: &str = "9990000026";

/// An HL7 v2 message with these segments behind its header.
pub(crate) fn hl7(kind: &str, control_id: &str, segments: &[&str]) -> Vec<u8> {
    let header = format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||{kind}|{control_id}|P|2.4");
    let all: Vec<&str> = std::iter::once(header.as_str()).chain(segments.iter().copied()).collect();
    format!("{}\r", all.join("\r")).into_bytes()
}

/// `PID` of a patient with a hospital number, and an NHS number where there is one.
pub(crate) fn pid(local: &str, number: &str, name: &str, born: &str) -> String {
    let number = if number.is_empty() { String::new() } else { format!("~{number}^^^NHS^NH") };
    format!("PID|1||{local}^^^ZZ901^MR{number}||{name}||{born}|F|||12 Marsh Lane^^London^^SE5 0ZZ")
}

/// Grace, admitted.
pub(crate) fn admitted(control_id: &str) -> Vec<u8> {
    let pid = pid("77", GRACE, "Okafor^Grace", "19610402");
    hl7(
        "ADT^A01",
        control_id,
        &["EVN|A01|20261122090000", &pid, "PV1|1|I|WARD 7^A^1||||||||||||||||V77", "AL1|1|DA|^Penicillin"],
    )
}

/// One of Grace's results.
pub(crate) fn result(control_id: &str) -> Vec<u8> {
    let pid = pid("77", GRACE, "Okafor^Grace", "19610402");
    let order = "OBR|1||L100^LAB|FBC^Full blood count|||20261122083000|||||||||||||||20261122085500||LAB|F";
    hl7("ORU^R01", control_id, &[&pid, order, "OBX|1|NM|HB^Haemoglobin||121|g/L|115-165|N|||F|||20261122083000"])
}

/// A FHIR Patient.
pub(crate) fn patient(id: &str, number: &str, family: &str, given: &str, born: &str) -> String {
    let number = if number.is_empty() {
        String::new()
    } else {
        format!(r#""identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}],"#)
    };
    format!(
        r#"{{"resourceType":"Patient","id":"{id}",{number}"name":[{{"family":"{family}","given":["{given}"]}}],"gender":"female","birthDate":"{born}","address":[{{"line":["12 Marsh Lane"],"city":"London","postalCode":"SE5 0ZZ"}}]}}"#
    )
}

/// An allergy of a patient of the practice.
pub(crate) fn allergy(id: &str, patient: &str, to: &str) -> String {
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"code":{{"text":"{to}"}},"patient":{{"reference":"Patient/{patient}"}}}}"#
    )
}

pub(crate) fn bundle(resources: &[String]) -> String {
    let entries: Vec<String> = resources.iter().map(|resource| format!(r#"{{"resource":{resource}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

/// A council's file: `COLUMNS`, then rows given by their filled columns.
pub(crate) fn csv(rows: &[&[(&str, &str)]]) -> String {
    let columns = formats::csv::COLUMNS;
    let mut text = columns.join(",");
    for row in rows {
        let field = |column: &str| row.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value);
        text.push('\n');
        text.push_str(&columns.map(field).join(","));
    }
    text.push('\n');
    text
}

pub(crate) const PERSON_ROW: &[(&str, &str)] = &[
    ("record_type", "person"),
    ("person_ref", "P1"),
    ("nhs_number", GRACE),
    ("family_name", "Okafor"),
    ("given_names", "Grace"),
    ("born", "1961-04-02"),
    ("gender", "female"),
];

pub(crate) const PACKAGE_ROW: &[(&str, &str)] = &[
    ("record_type", "package"),
    ("person_ref", "P1"),
    ("entry_ref", "E1"),
    ("title_text", "Home care"),
    ("status", "active"),
    ("start", "2026-01-05"),
];

pub(crate) const BAD_ROW: &[(&str, &str)] = &[
    ("record_type", "package"),
    ("person_ref", "P1"),
    ("entry_ref", "E2"),
    ("title_text", "Day centre"),
    ("start", "2026-02-30"),
];
