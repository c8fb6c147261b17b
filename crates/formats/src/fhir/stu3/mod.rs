//! FHIR STU3 (3.0), the version that GP Connect and CareConnect speak, made into
//! the R4 that is read here. The message itself stays as it came.
//!
//! A version is never guessed from how a resource looks. STU3 is what the content
//! type calls so (`fhirVersion=3.0`) or what bears a profile of the NHS or of HL7 UK
//! for STU3. Where the two disagree, nothing is read.

mod shapes;
mod write;

use super::node::Node;
use crate::Problem;

pub(super) use write::to_r4;

/// The versions that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FhirVersion {
    /// 3.0.
    Stu3,
    /// 4.0.
    R4,
}

impl FhirVersion {
    /// As the `fhirVersion` parameter of a content type says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stu3 => "3.0",
            Self::R4 => "4.0",
        }
    }

    /// The version of this name, with or without its last number.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "3.0" | "3.0.1" | "3.0.2" => Some(Self::Stu3),
            "4.0" | "4.0.0" | "4.0.1" => Some(Self::R4),
            _ => None,
        }
    }
}

const STU3_PROFILES: [&str; 2] = ["https://fhir.nhs.uk/STU3/", "https://fhir.hl7.org.uk/STU3/"];
const R4_PROFILES: [&str; 2] =
    ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-", "https://fhir.nhs.uk/England/StructureDefinition/"];

/// The version of a message: what was stated, and what its profiles are of.
pub(super) fn version_of(root: Node<'_>, stated: Option<FhirVersion>) -> Result<FhirVersion, Problem> {
    let (mut is_stu3, mut is_r4) = (false, false);
    let resources = root.list("entry").filter_map(|entry| entry.get("resource"));
    for meta in std::iter::once(root).chain(resources).filter_map(|resource| resource.get("meta")) {
        for profile in meta.list("profile").filter_map(Node::text) {
            is_stu3 |= STU3_PROFILES.iter().any(|known| profile.starts_with(known));
            is_r4 |= R4_PROFILES.iter().any(|known| profile.starts_with(known));
        }
    }
    let refuse = |what: &str| Err(Problem::new("meta.profile", what));
    match (stated, is_stu3, is_r4) {
        (_, true, true) => refuse("profiles of STU3 and of R4 in one message: send each version by itself"),
        (Some(FhirVersion::R4), true, _) => refuse("the content type says fhirVersion 4.0 and a profile says STU3"),
        (Some(FhirVersion::Stu3), _, true) => refuse("the content type says fhirVersion 3.0 and a profile says R4"),
        (Some(stated), ..) => Ok(stated),
        (None, true, false) => Ok(FhirVersion::Stu3),
        (None, false, _) => Ok(FhirVersion::R4),
    }
}

/// Elements of STU3 that turn a statement into its opposite and that R4 does not
/// have: a message that holds one and does not say that it is STU3 is not read.
const TURNS_ROUND: [(&str, &str); 3] =
    [("Immunization", "notGiven"), ("MedicationStatement", "taken"), ("Procedure", "notDone")];

/// Why a resource that is read as R4 cannot be R4.
pub(super) fn only_there(kind: &str, resource: Node<'_>, place: &str) -> Option<Problem> {
    let (_, name) = TURNS_ROUND.iter().find(|(of, name)| *of == kind && resource.get(name).is_some())?;
    let what = "an element of STU3 in a message that does not say it is STU3: send fhirVersion=3.0 or its meta.profile";
    Some(Problem::new(format!("{place}.{name}"), what))
}

#[cfg(test)]
mod tests {
    use super::super::scan::{DEPTH_MAX, scan};
    use super::*;

    const CARE_CONNECT: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1";
    const UK_CORE: &str = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient";

    fn version(stated: Option<FhirVersion>, profiles: &[&str]) -> Result<FhirVersion, String> {
        let entries =
            profiles.iter().map(|profile| format!(r#"{{"resource":{{"meta":{{"profile":["{profile}"]}}}}}}"#));
        let text = format!(r#"{{"entry":[{}]}}"#, entries.collect::<Vec<_>>().join(","));
        let document = scan(text.as_bytes(), DEPTH_MAX).unwrap();
        version_of(document.root(), stated).map_err(|fault| fault.what)
    }

    #[test]
    fn a_version_is_said_and_never_guessed() {
        use FhirVersion::{R4, Stu3};
        assert_eq!(version(None, &[]), Ok(R4));
        assert_eq!(version(None, &[UK_CORE]), Ok(R4));
        assert_eq!(version(None, &["http://a.example/p", CARE_CONNECT]), Ok(Stu3));
        assert_eq!(version(Some(Stu3), &[]), Ok(Stu3));
        assert_eq!(version(Some(Stu3), &[CARE_CONNECT]), Ok(Stu3));
        assert!(version(Some(R4), &[CARE_CONNECT]).unwrap_err().contains("4.0 and a profile says STU3"));
        assert!(version(Some(Stu3), &[UK_CORE]).unwrap_err().contains("3.0 and a profile says R4"));
        assert!(version(None, &[UK_CORE, CARE_CONNECT]).unwrap_err().contains("each version by itself"));
    }

    #[test]
    fn a_version_has_one_name_and_some_spellings() {
        for version in [FhirVersion::Stu3, FhirVersion::R4] {
            assert_eq!(FhirVersion::of_name(version.name()), Some(version));
        }
        assert_eq!(FhirVersion::of_name("3.0.2"), Some(FhirVersion::Stu3));
        assert_eq!(FhirVersion::of_name("5.0"), None);
    }
}
