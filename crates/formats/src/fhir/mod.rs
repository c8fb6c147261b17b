//! FHIR R4: bundles and resources in, one person's bundle out.
//!
//! Every resource is one unit. What is read is what pages show; the untouched
//! text stays where it came, and a unit's span says where. Decimals are texts
//! throughout. A field that cannot be understood is a note; a fault that could
//! put a wrong fact on a page (a date that does not exist, an NHS number that
//! fails its check) refuses its own unit and no other.

mod appointment;
mod attendance;
mod bundle;
mod care;
mod datatype;
mod dosage;
mod interaction;
mod keys;
mod letter;
mod medicine;
mod mentioned;
mod message;
mod node;
mod observation;
mod patient;
mod patient_link;
mod plan;
mod problem;
mod reading;
mod report;
mod request;
#[cfg(test)]
mod samples;
mod scan;
mod server;
mod stu3;
mod taken;
mod trace;
mod treatment;
mod who;
mod write;
mod write_content;
mod write_event;
mod write_text;
mod xml;

use crate::{Delivery, Problem};

pub use mentioned::mentioned;
pub use request::{Method, REQUEST_HEAD_BYTES_MAX, Request};
pub use server::ServerBase;
pub use stu3::FhirVersion;
pub use trace::{
    Confidentiality, TRACE_MATCHES_MAX, TraceAnswer, TraceFault, TraceMatch, TraceMatches, TracedPerson, read_trace,
};
pub use write::write_bundle;

/// How many entries one bundle may hold.
pub const BUNDLE_ENTRIES_MAX: usize = 100_000;

/// A message taken apart, and how it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What it turned into.
    pub delivery: Delivery,
    /// What it was.
    pub shape: Shape,
}

/// What a message is, as far as that decides what becomes of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One resource by itself.
    Single,
    /// A bundle that is applied as a whole or not at all.
    Transaction,
    /// Any other bundle: each entry by itself.
    Batch,
}

/// Reads a FHIR R4 `Bundle` of any type, or one single resource, from JSON, of a
/// source whose own server is not known: see [`read_json_of`].
///
/// # Errors
/// When the bytes are too many, are not UTF-8 or not JSON, give a name twice in
/// one object, are nested too deep, or are no FHIR resource at all. Faults of
/// single resources are in [`Unit::outcome`](crate::Unit::outcome).
pub fn read_json(bytes: &[u8]) -> Result<Delivery, Problem> {
    read_json_of(None, bytes)
}

/// Reads a `Bundle` or a single resource from JSON, of a source with this server.
///
/// Each bundle entry is a unit, in order; a single resource is one unit.
/// References are resolved as R4 §2.36.4.1 says: an absolute URL or a URN means
/// the entry with that `fullUrl`, a relative reference the resource on the server
/// of its own entry's `fullUrl`.
///
/// The key of a chart, and of an entry, is `Type/id` on the source's own server
/// and where no server is named (no `fullUrl`, or a URN), and `base/Type/id` on
/// any other. So patients of two servers never share a key, and a key does not
/// depend on what came before. A source that sends both absolute and bare
/// references to the same patients needs `own_server` for both to mean one chart.
/// What may mean two patients of the message is refused.
///
/// A reference by identifier alone, or a conditional one, gives a chart whose key
/// is `Patient?identifier=system|value` and whose local numbers hold that
/// identifier, the NHS number's system included, unless the message has that
/// Patient itself.
///
/// # Errors
/// As [`read_json`].
pub fn read_json_of(own_server: Option<&ServerBase>, bytes: &[u8]) -> Result<Delivery, Problem> {
    taken::json(own_server, &Request::plain(), bytes).map(|message| message.delivery)
}

/// Reads the same as [`read_json`] from FHIR XML. Spans are places in the XML.
///
/// # Errors
/// As [`read_json`]; a document type definition is refused as well.
pub fn read_xml(bytes: &[u8]) -> Result<Delivery, Problem> {
    read_xml_of(None, bytes)
}

/// Reads the same as [`read_json_of`] from FHIR XML. Spans are places in the XML.
///
/// # Errors
/// As [`read_json`]; a document type definition is refused as well.
pub fn read_xml_of(own_server: Option<&ServerBase>, bytes: &[u8]) -> Result<Delivery, Problem> {
    taken::xml(own_server, &Request::plain(), bytes).map(|message| message.delivery)
}

/// Reads whatever a FHIR source delivers: JSON or XML, R4 or STU3, with the head of
/// an HTTP request before it or without. Spans are places in these bytes.
///
/// # Errors
/// As [`read_json`]; also when a FHIR version is named and the message is of another.
pub fn read_message(own_server: Option<&ServerBase>, bytes: &[u8]) -> Result<Message, Problem> {
    taken::message(own_server, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Change, ChartClaim, MESSAGE_BYTES_MAX, Outcome, Unit};
    use proptest::prelude::*;
    use record::{Content, NewEntry, Sensitivity, Standing, When};

    fn bundle(resources: &[&str]) -> Delivery {
        let entries: Vec<String> = resources.iter().map(|resource| format!("{{\"resource\":{resource}}}")).collect();
        let text =
            format!(r#"{{"resourceType":"Bundle","id":"b1","type":"collection","entry":[{}]}}"#, entries.join(","));
        read_json(text.as_bytes()).unwrap()
    }

    fn change(unit: &Unit) -> &Change {
        match &unit.outcome {
            Outcome::Apply(changes) => &changes[0],
            other => panic!("{other:?}"),
        }
    }

    fn entry(resource: &str) -> NewEntry {
        change(&bundle(&[resource]).units[0]).entries[0].clone()
    }

    fn claim(reference: &str, others: &[&str]) -> Result<ChartClaim, String> {
        let flag = format!(r#"{{"resourceType":"Flag","id":"f","subject":{reference}}}"#);
        let delivery = bundle(&[&[flag.as_str()], others].concat());
        let unit = &delivery.units[0];
        match &unit.outcome {
            Outcome::Apply(changes) => Ok(changes[0].chart.clone()),
            Outcome::Refuse(fault) => Err(fault.to_string()),
            _ => Err(unit.notes[0].to_string()),
        }
    }

    #[test]
    fn every_entry_is_a_unit_and_gives_back_its_own_bytes() {
        let text = r#"{ "resourceType":"Bundle", "type":"batch", "timestamp":"2026-11-23T10:00:00Z", "identifier":{"value":"m1"}, "entry":[
            {"resource": {"resourceType":"Patient" , "id":"1", "x":1.10}}, {"request":{"method":"DELETE","url":"Flag/1"}}, {"resource":{"resourceType":"Goal"}},
            {"resource":{"id":"2"}}]}"#;
        let delivery = read_json(text.as_bytes()).unwrap();
        let kinds: Vec<&str> = delivery.units.iter().map(|unit| unit.kind.as_str()).collect();
        assert_eq!(kinds, ["Patient", "Flag", "Goal", "unknown"]);
        let patient = text.get(delivery.units[0].span.clone());
        assert_eq!(patient, Some(r#"{"resourceType":"Patient" , "id":"1", "x":1.10}"#));
        assert_eq!(
            delivery.units[3].outcome,
            Outcome::Refuse(Problem::new("entry[3].resource.resourceType", "missing, or not the name of a FHIR type"))
        );
        assert_eq!(
            (delivery.control_id.as_deref(), delivery.stated_at.map(When::to_iso).as_deref()),
            (Some("m1"), Some("2026-11-23T10:00:00Z"))
        );
    }

    #[test]
    fn a_fault_refuses_its_own_unit_and_says_where() {
        let delivery = bundle(&[
            r#"{"resourceType":"Patient","id":"1","birthDate":"1961-02-30"}"#,
            r#"{"resourceType":"Patient","id":"2","identifier":[{"value":"x"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"}]}"#,
            r#"{"resourceType":"Patient","id":"3","birthDate":"1961-02"}"#,
        ]);
        let faults: Vec<String> = delivery
            .units
            .iter()
            .map(|unit| match &unit.outcome {
                Outcome::Refuse(fault) => fault.to_string(),
                _ => "applied".to_owned(),
            })
            .collect();
        assert_eq!(
            faults,
            [
                "entry[0].resource.birthDate: not a date that exists",
                "entry[1].resource.identifier[1].value: the check digit does not fit: at least one digit is wrong",
                "applied",
            ]
        );
    }

    #[test]
    fn a_patient_is_found_however_they_are_referred_to() {
        let by_id = Ok(ChartClaim { key: "Patient/p1".into(), ..ChartClaim::default() });
        let patient = r#"{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:x","value":"77"}]}"#;
        assert_eq!(claim(r#"{"reference":"Patient/p1"}"#, &[]), by_id);
        let elsewhere = claim(r#"{"reference":"https://fhir.example/r4/Patient/p1/_history/2"}"#, &[]).unwrap();
        assert_eq!(elsewhere.key, "https://fhir.example/r4/Patient/p1");
        assert_eq!(claim(r#"{"identifier":{"system":"urn:x","value":"77"}}"#, &[patient]), by_id);
        assert_eq!(claim(r#"{"reference":"Patient?identifier=urn:x|77"}"#, &[patient]), by_id);
        let alone = claim(r#"{"reference":"Patient?identifier=urn:x|77"}"#, &[]).unwrap();
        assert_eq!((alone.key.as_str(), alone.local_numbers[0].number.as_str()), ("Patient?identifier=urn:x|77", "77"));
    }

    #[test]
    fn a_uuid_means_the_entry_that_has_it_and_nobody_otherwise() {
        let text = r#"{"resourceType":"Bundle","entry":[
            {"fullUrl":"urn:uuid:aa","resource":{"resourceType":"Patient","id":"p1"}},
            {"fullUrl":"urn:uuid:bb","resource":{"resourceType":"Flag","subject":{"reference":"urn:uuid:aa"}}},
            {"fullUrl":"urn:uuid:cc","resource":{"resourceType":"Flag","subject":{"reference":"urn:uuid:zz"}}}]}"#;
        let units = read_json(text.as_bytes()).unwrap().units;
        assert_eq!(
            (change(&units[1]).chart.key.as_str(), change(&units[1]).entries[0].key.as_str()),
            ("Patient/p1", "Flag/bb")
        );
        assert_eq!(units[2].outcome, Outcome::Keep);
        assert_eq!(
            units[2].notes[0].to_string(),
            "entry[2].resource.subject: refers to a patient who is not in this message"
        );
    }

    #[test]
    fn a_contained_patient_is_known_by_their_identifier_only() {
        let text = |identifier: &str| {
            format!(
                r##"{{"resourceType":"Flag","id":"f","contained":[{{"resourceType":"Patient","id":"p"{identifier},"birthDate":"1961-04-02"}}],"subject":{{"reference":"#p"}}}}"##
            )
        };
        let unit = |identifier: &str| bundle(&[&text(identifier)]).units[0].clone();
        let known = unit(r#","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"}]"#);
        let chart = &change(&known).chart;
        assert_eq!(chart.key, "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018");
        assert!(chart.told.as_ref().unwrap().nhs_number.is_some());
        assert_eq!(unit("").notes[0].what, "the contained patient has no identifier");
    }

    #[test]
    fn a_history_applies_the_newest_version_and_keeps_the_older() {
        let text = r#"{"resourceType":"Bundle","type":"history","entry":[
            {"resource":{"resourceType":"Flag","id":"f","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"subject":{"reference":"Patient/1"}}},
            {"resource":{"resourceType":"Flag","id":"f","meta":{"lastUpdated":"2026-03-01T00:00:00Z"},"subject":{"reference":"Patient/1"}}},
            {"resource":{"resourceType":"Flag","id":"f","subject":{"reference":"Patient/1"}}}]}"#;
        let units = read_json(text.as_bytes()).unwrap().units;
        let applied: Vec<bool> = units.iter().map(|unit| matches!(unit.outcome, Outcome::Apply(_))).collect();
        assert_eq!(applied, [false, true, false]);
    }

    #[test]
    fn a_result_belongs_to_the_report_that_lists_it() {
        let delivery = bundle(&[
            r#"{"resourceType":"Organization","id":"lab","name":"Kingsbrook Pathology"}"#,
            r#"{"resourceType":"Observation","id":"k","status":"final","code":{"text":"Potassium"},"subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/9"},
                "performer":[{"reference":"Organization/lab"}],"valueQuantity":{"value":5.10,"comparator":"<","unit":"mmol/L"},"interpretation":[{"coding":[{"code":"H"}]}],
                "referenceRange":[{"low":{"value":3.5},"high":{"value":5.30}}]}"#,
            r#"{"resourceType":"DiagnosticReport","id":"ue","status":"final","code":{"text":"Urea and electrolytes"},"subject":{"reference":"Patient/1"},"result":[{"reference":"Observation/k"}]}"#,
        ]);
        let entry = &change(&delivery.units[1]).entries[0];
        let Content::TestResult(result) = &entry.content else { panic!() };
        assert_eq!(
            (result.value.as_deref(), result.unit.as_deref(), result.flag.as_deref()),
            (Some("<5.10"), Some("mmol/L"), Some("H"))
        );
        assert_eq!(
            (result.range.as_deref(), result.panel.as_deref()),
            (Some("3.5-5.30"), Some("Urea and electrolytes"))
        );
        assert_eq!(
            (entry.part_of.as_deref(), entry.organisation.as_deref()),
            (Some("DiagnosticReport/ue"), Some("Kingsbrook Pathology"))
        );
        assert_eq!(delivery.units[0].outcome, Outcome::Apply(vec![]));
    }

    #[test]
    fn an_order_not_to_give_a_medicine_is_an_alert() {
        let text = r#"{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","doNotPerform":true,"medicationCodeableConcept":{"text":"ibuprofen"},"subject":{"reference":"Patient/1"}}"#;
        let Content::Alert(alert) = entry(text).content else { panic!() };
        assert_eq!(alert.title, "Do not give: ibuprofen");
    }

    #[test]
    fn what_the_source_withdrew_or_refuted_is_not_a_fact() {
        let condition = |status: &str| {
            entry(&format!(
            r#"{{"resourceType":"Condition","id":"c","code":{{"text":"Asthma"}},"subject":{{"reference":"Patient/1"}},"verificationStatus":{{"coding":[{{"code":"{status}"}}]}}}}"#
        )).standing
        };
        assert_eq!(condition("entered-in-error"), Standing::EnteredInError);
        assert_eq!(condition("refuted"), Standing::EnteredInError);
        assert_eq!(condition("confirmed"), Standing::Current);
    }

    #[test]
    fn a_restricted_label_makes_an_entry_sensitive() {
        let flag = |code: &str| {
            entry(&format!(r#"{{"resourceType":"Flag","id":"f","meta":{{"security":[{{"code":"{code}"}}]}},"subject":{{"reference":"Patient/1"}}}}"#)).sensitivity
        };
        assert_eq!(
            (flag("V"), flag("R"), flag("N")),
            (Sensitivity::Sensitive, Sensitivity::Sensitive, Sensitivity::Ordinary)
        );
    }

    #[test]
    fn an_appointment_is_for_the_participant_who_is_a_patient() {
        let text = r#"{"resourceType":"Appointment","id":"a","status":"noshow","participant":[{"actor":{"reference":"Practitioner/1","display":"Dr Ito"}},{"actor":{"reference":"Patient/7"}}]}"#;
        let delivery = bundle(&[text, r#"{"resourceType":"Appointment","id":"b","status":"booked"}"#]);
        assert_eq!(change(&delivery.units[0]).chart.key, "Patient/7");
        assert_eq!(change(&delivery.units[0]).entries[0].standing, Standing::Past);
        assert_eq!(delivery.units[1].outcome, Outcome::Keep);
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let entries =
            |count: usize| format!(r#"{{"resourceType":"Bundle","entry":[{}{{}}]}}"#, "{},".repeat(count - 1));
        assert_eq!(read_json(entries(BUNDLE_ENTRIES_MAX).as_bytes()).unwrap().units.len(), BUNDLE_ENTRIES_MAX);
        assert!(read_json(entries(BUNDLE_ENTRIES_MAX + 1).as_bytes()).is_err());
        let mut large = br#"{"resourceType":"Goal"}"#.to_vec();
        large.resize(MESSAGE_BYTES_MAX, b' ');
        assert!(read_json(&large).is_ok());
        large.push(b' ');
        assert_eq!(read_json(&large).unwrap_err().what, format!("larger than {MESSAGE_BYTES_MAX} bytes"));
    }

    const SEED: &str = r##"{"resourceType":"MedicationRequest","id":"m","status":"active","contained":[{"resourceType":"Medication","id":"x","code":{"text":"a"}}],"medicationReference":{"reference":"#x"},"subject":{"reference":"Patient/1"},"dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5.0,"unit":"mg"}}]}]}"##;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_json(&bytes);
            let _ = read_xml(&bytes);
        }

        #[test]
        fn a_damaged_resource_never_panics_and_is_accounted_for(at in 0..SEED.len(), piece in r#"(null|\{\}|\[\]|1|"x"|\[1,\{\}\]|,|"|\}|[a-z]){0,2}"#, cut in 0..12usize) {
            let mut text = SEED.to_owned();
            text.replace_range(at..(at + cut).min(SEED.len()), &piece);
            if let Ok(delivery) = read_json(text.as_bytes()) {
                prop_assert_eq!(delivery.units.len(), 1);
                prop_assert_eq!(delivery.units[0].span.clone(), 0..text.len());
            }
        }

        #[test]
        fn every_field_may_hold_anything(kind in "(Patient|AllergyIntolerance|MedicationRequest|MedicationStatement|Condition|Observation|DiagnosticReport|Encounter|Appointment|DocumentReference|Immunization|Procedure|CarePlan|Flag|RelatedPerson|CareTeam)",
            fields in proptest::collection::btree_map("(code|status|category|name|component|participant|dosage|dosageInstruction|content|performer|interpretation|identifier|period|effectivePeriod|telecom|address|reaction|extension|meta|contained)", r#"(null|1\.10|true|"x"|\[\]|\{\}|\[null\]|\[\{"coding":"x"\},7\]|\{"text":1,"coding":\{"code":2\},"actor":\[\],"attachment":\{"contentType":"text/html","data":"PGI"\}\})"#, 0..6)) {
            let fields: String = fields.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
            let who = r#","subject":{"reference":"Patient/1"},"patient":{"reference":"Patient/1"}"#;
            let text = format!("{{\"resourceType\":\"{kind}\"{who}{fields}}}");
            prop_assert_eq!(read_json(text.as_bytes()).unwrap().units.len(), 1);
        }
    }
}
