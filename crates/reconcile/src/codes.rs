use record::{Code, Entry};

/// A code that means the same from every source. A hospital's own code for
/// potassium may be another's for potato allergy: local codes are never compared
/// between sources.
pub(crate) fn shared_code(entry: &Entry) -> Option<(&str, &str)> {
    let Code { system, code } = entry.code.as_ref()?;
    let system = shared_system(system.trim())?;
    let code = code.trim();
    (!code.is_empty()).then_some((system, code))
}

/// The system under one name: HL7 table 0396 short names and FHIR URIs of the
/// same system are the same.
fn shared_system(system: &str) -> Option<&str> {
    let is_one_of = |names: &[&str]| names.iter().any(|name| system.eq_ignore_ascii_case(name));
    let begins_with = |name: &str| system.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    if is_one_of(&["LN", "LOINC", "http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"]) {
        Some("loinc")
    } else if is_one_of(&["SCT", "SNOMED-CT", "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"]) {
        Some("snomed")
    } else if is_one_of(&["DMD", "https://dmd.nhs.uk"]) {
        Some("dmd")
    } else {
        ["http://", "https://", "urn:oid:"].into_iter().any(begins_with).then_some(system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loinc_is_the_same_by_its_hl7_and_its_fhir_name() {
        assert_eq!(shared_system("LN"), shared_system("http://loinc.org"));
        assert_eq!(shared_system("SCT"), shared_system("http://snomed.info/sct"));
    }

    #[test]
    fn a_local_code_is_not_shared() {
        for system in ["", "L", "99LOCAL", "KCH-LAB"] {
            assert_eq!(shared_system(system), None, "{system}");
        }
    }
}
