use disclosure::{Disclosed, PersonCopy, PersonView};
use record::{Demographics, PersonName};

/// One person's whole record as a FHIR R4 collection Bundle (R4 §2.36): the
/// person as Patient, then a resource for each entry.
#[must_use]
pub fn person_bundle(copy: &Disclosed<PersonCopy>) -> String {
    let texts: Vec<Option<&str>> =
        copy.source_texts.iter().map(|bytes| bytes.as_deref().and_then(as_fhir_resource)).collect();
    formats::fhir::write_bundle(&demographics(&copy.who), &copy.entries, &texts)
}

/// What came as a FHIR resource is an object that names its type; HL7 v2, XML and
/// CSV are rebuilt from what they said.
fn as_fhir_resource(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.trim_start().starts_with('{') && text.contains("\"resourceType\"")).then_some(text)
}

fn demographics(who: &PersonView) -> Demographics {
    let other_names = |shown: &PersonName| {
        let mut names: Vec<PersonName> = Vec::new();
        for told in &who.told {
            for name in std::iter::once(&told.demographics.name).chain(&told.demographics.other_names) {
                let is_new = name != shown && *name != PersonName::default() && !names.contains(name);
                if is_new {
                    names.push(name.clone());
                }
            }
        }
        names
    };
    Demographics {
        nhs_number: who.nhs_number,
        nhs_number_rejected: None,
        other_names: other_names(&who.name),
        name: who.name.clone(),
        born: who.born,
        gender: who.gender,
        address: who.address.clone(),
        telephones: who.telephones.clone(),
        practice: who.practice.clone(),
        died: who.died,
        restricted: who.restricted,
        interpreter: who.interpreter.clone(),
        ethnicity: who.told.iter().find_map(|told| told.demographics.ethnicity.clone()),
        taken_back: Vec::new(),
    }
}
