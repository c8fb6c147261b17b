use serde_json::{Value, json};

/// Somebody whom the made-up service knows.
#[derive(Clone, Debug, Default)]
pub struct DemographicsPerson {
    /// NHS number, in 999.
    pub nhs_number: String,
    /// Numbers that led to another record once and lead here now.
    pub superseded: Vec<String>,
    /// Family name.
    pub family: String,
    /// Given names in order.
    pub given: Vec<String>,
    /// FHIR administrative gender.
    pub gender: String,
    /// `1951-03-04`.
    pub born: String,
    /// Lines of the address.
    pub lines: Vec<String>,
    /// Postcode.
    pub postcode: String,
    /// A telephone number kept for drama.
    pub telephone: String,
    /// Where they live must not be told (label `R`).
    pub restricted: bool,
    /// The record was made in error: nothing of it is given out.
    pub invalidated: bool,
}

impl DemographicsPerson {
    /// The Patient that the service answers with. Of whoever is restricted it leaves
    /// out where they live; one that forgets to is `careless`.
    pub(super) fn patient(&self, careless: bool) -> Value {
        let label = if self.restricted { ("R", "restricted") } else { ("U", "unrestricted") };
        let mut patient = json!({
            "resourceType": "Patient",
            "id": self.nhs_number,
            "identifier": [{
                "system": "https://fhir.nhs.uk/Id/nhs-number",
                "value": self.nhs_number,
                "extension": [{
                    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                    "valueCodeableConcept": {"coding": [{
                        "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
                        "version": "1.0.0", "code": "01", "display": "Number present and verified",
                    }]},
                }],
            }],
            "meta": {
                "versionId": "2",
                "security": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                    "code": label.0, "display": label.1,
                }],
            },
            "name": [{
                "id": "N1", "use": "usual", "period": {"start": "2020-01-01"},
                "family": self.family, "given": self.given,
            }],
            "gender": self.gender,
            "birthDate": self.born,
        });
        if let (Some(told), true) = (patient.as_object_mut(), careless || !self.restricted) {
            told.extend(self.whereabouts());
        }
        patient
    }

    fn whereabouts(&self) -> Vec<(String, Value)> {
        let since = json!({"start": "2020-01-01"});
        let address =
            json!([{"id": "A1", "use": "home", "period": since, "line": self.lines, "postalCode": self.postcode}]);
        let telecom = json!([{"id": "T1", "use": "home", "period": since, "system": "phone", "value": self.telephone}]);
        let practice = json!([{
            "id": "G1", "type": "Organization",
            "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "ZZ1GP", "period": since},
        }]);
        let fields = [("address", address), ("telecom", telecom), ("generalPractitioner", practice)];
        fields.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

/// The people whom the made-up service knows: somebody ordinary, twins, somebody
/// under a superseded number, a restricted and an invalidated record.
#[must_use]
pub fn demographics_people() -> Vec<DemographicsPerson> {
    let person = |nhs_number: &str, family: &str, given: &str, gender: &str, born: &str| DemographicsPerson {
        nhs_number: nhs_number.to_owned(),
        family: family.to_owned(),
        given: given.split_whitespace().map(str::to_owned).collect(),
        gender: gender.to_owned(),
        born: born.to_owned(),
        lines: vec!["12 Invented Road".to_owned(), "London".to_owned()],
        postcode: "SE5 0ZZ".to_owned(),
        telephone: "020 7946 0000".to_owned(),
        ..DemographicsPerson::default()
    };
    let grace = person("9990000018", "Okafor", "Grace Adaeze", "female", "1951-03-04");
    let tunde = person("9990000026", "Oyelaran", "Tunde", "male", "1987-11-02");
    let ada = person("9990000034", "Oyelaran", "Ada", "female", "1987-11-02");
    let nadia = person("9990000042", "Karim", "Nadia", "female", "1990-06-15");
    let nobody = person("9990000050", "Made", "Up", "male", "1970-02-03");
    vec![
        DemographicsPerson { superseded: vec!["9990000069".to_owned()], ..grace },
        tunde,
        ada,
        DemographicsPerson { restricted: true, ..nadia },
        DemographicsPerson { invalidated: true, ..nobody },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::NhsNumber;
    use std::collections::BTreeSet;

    /// Every path of names in a JSON value; lists are their items.
    fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, part) in fields {
                    let path = format!("{at}.{name}");
                    paths(part, &path, found);
                    found.insert(path);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| paths(item, at, found)),
            _ => {}
        }
    }

    fn paths_of(value: &Value) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        paths(value, "", &mut found);
        found
    }

    fn mock(file: &str) -> Option<Value> {
        let path = format!("{}/../../../shared/corpus/pds/{file}", env!("CARGO_MANIFEST_DIR"));
        Some(serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap())
    }

    #[test]
    fn a_patient_has_the_shape_of_the_services_own_examples() {
        let Some(mock) = mock("patientResponses/patient_9000000009.json") else {
            println!("skipped: no corpus");
            return;
        };
        let (ours, theirs) = (paths_of(&demographics_people()[0].patient(false)), paths_of(&mock));
        let strange: Vec<&String> = ours.difference(&theirs).collect();
        assert_eq!(strange, Vec::<&String>::new());
        let label = &mock["meta"]["security"][0];
        assert_eq!(&demographics_people()[1].patient(false)["meta"]["security"][0], label);
    }

    #[test]
    fn everybody_has_a_number_that_is_kept_for_tests() {
        let people = demographics_people();
        let numbers = people.iter().flat_map(|person| person.superseded.iter().chain([&person.nhs_number]));
        assert!(numbers.map(|number| NhsNumber::parse(number).unwrap()).all(NhsNumber::is_test));
    }

    #[test]
    fn of_whoever_is_restricted_a_careful_service_tells_no_whereabouts() {
        let nadia = demographics_people().into_iter().find(|person| person.restricted).unwrap();
        for name in ["address", "telecom", "generalPractitioner"] {
            assert!(nadia.patient(false).get(name).is_none() && nadia.patient(true).get(name).is_some());
        }
    }
}
