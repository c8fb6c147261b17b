use record::{Code, Entry};

/// A code that means the same from every source. A hospital's own code for
/// potassium may be another's for potato allergy: local codes are never compared
/// between sources.
pub(crate) fn shared_code(entry: &Entry) -> Option<(String, String)> {
    let Code { system, code } = entry.code.as_ref()?;
    let system = shared_system(system.trim())?;
    let code = code.trim();
    (!code.is_empty()).then(|| (system, code.to_owned()))
}

/// The system under one name: HL7 table 0396 short names and FHIR URIs of the
/// same system are the same.
fn shared_system(system: &str) -> Option<String> {
    match system.to_uppercase().as_str() {
        "LN" | "LOINC" | "HTTP://LOINC.ORG" | "URN:OID:2.16.840.1.113883.6.1" => Some("loinc".to_owned()),
        "SCT" | "SNOMED-CT" | "HTTP://SNOMED.INFO/SCT" | "URN:OID:2.16.840.1.113883.6.96" => Some("snomed".to_owned()),
        "DMD" | "HTTPS://DMD.NHS.UK" => Some("dmd".to_owned()),
        other if other.starts_with("HTTP://") || other.starts_with("HTTPS://") || other.starts_with("URN:OID:") => {
            Some(system.to_owned())
        }
        _ => None,
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
