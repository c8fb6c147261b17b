use record::NhsNumber;

use crate::mentioned::{MENTIONED_MAX, Mentioned};

/// How the identifier system of the NHS number ends, whichever of its addresses is used.
const NUMBER_SYSTEM: &[u8] = b"/nhs-number\"";
/// What a reference to a patient begins with, in JSON and in XML.
const REFERENCE: &[u8] = b"\"Patient/";
/// How far from the system an identifier's value may stand, in bytes.
const BESIDE_BYTES: usize = 240;

/// Whom a resource or bundle seems to speak of, also where it cannot be read: by
/// each NHS number beside its system, and by each reference to a patient.
#[must_use]
pub fn mentioned(bytes: &[u8]) -> Vec<Mentioned> {
    let mut found: Vec<Mentioned> = Vec::new();
    let numbers = places(bytes, NUMBER_SYSTEM).filter_map(|at| number_beside(bytes, at));
    let numbers = numbers.map(|number| Mentioned { key: None, nhs_number: Some(number) });
    let references = places(bytes, REFERENCE).filter_map(|at| reference(bytes, at));
    let references = references.map(|key| Mentioned { key: Some(key), nhs_number: None });
    for one in numbers.chain(references) {
        if found.len() < MENTIONED_MAX && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn places<'b>(bytes: &'b [u8], wanted: &'static [u8]) -> impl Iterator<Item = usize> + 'b {
    bytes.windows(wanted.len()).enumerate().filter(move |(_, window)| *window == wanted).map(|(at, _)| at)
}

/// The quoted number nearest behind the system, else nearest before it.
fn number_beside(bytes: &[u8], at: usize) -> Option<NhsNumber> {
    let behind = bytes.get(at..(at + NUMBER_SYSTEM.len() + BESIDE_BYTES).min(bytes.len())).unwrap_or_default();
    let before = bytes.get(at.saturating_sub(BESIDE_BYTES)..at).unwrap_or_default();
    let number = |quoted: &[u8]| NhsNumber::parse(std::str::from_utf8(quoted).ok()?).ok();
    let found = behind.split(|byte| *byte == b'"').skip(1).find_map(number);
    found.or_else(|| before.rsplit(|byte| *byte == b'"').skip(1).find_map(number))
}

/// `Patient/7` of the reference that begins here.
fn reference(bytes: &[u8], at: usize) -> Option<String> {
    let rest = bytes.get(at + 1..)?;
    let rest = rest.get(..rest.len().min(record::NewEntry::KEY_LENGTH_MAX + 1))?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let name = std::str::from_utf8(rest.get(..end)?).ok()?;
    let name = name.split("/_history/").next().unwrap_or(name);
    (name.len() > "Patient/".len()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(text: &str) -> Vec<String> {
        mentioned(text.as_bytes()).into_iter().filter_map(|one| one.nhs_number).map(NhsNumber::digits).collect()
    }

    #[test]
    fn a_number_beside_its_system_is_recognised_in_json_and_xml_whole_or_cut_off() {
        let json = r#"{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"birthDate":"1961-04-31""#;
        assert_eq!(numbers(json), ["9990000018"]);
        let turned = r#"{"identifier":[{"value":"999 000 0018","system":"https://fhir.nhs.uk/Id/nhs-number"}"#;
        assert_eq!(numbers(turned), ["9990000018"]);
        let xml = r#"<identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="9990000018"/>"#;
        assert_eq!(numbers(xml), ["9990000018"]);
        assert_eq!(numbers(r#"{"system":"https://example.org/mrn","value":"9990000018"}"#), Vec::<String>::new());
        assert_eq!(
            numbers(r#"{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000019"}"#),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_reference_to_a_patient_of_the_source_is_recognised() {
        let keys = |text: &str| mentioned(text.as_bytes()).into_iter().filter_map(|one| one.key).collect::<Vec<_>>();
        assert_eq!(
            keys(r#"{"subject":{"reference":"Patient/77"},"patient":{"reference":"Patient/77"}}"#),
            ["Patient/77"]
        );
        assert_eq!(keys(r#"{"subject":{"reference":"Patient/77/_history/2"}}"#), ["Patient/77"]);
        assert_eq!(keys(r#"{"subject":{"reference":"Patient/"#), Vec::<String>::new(), "cut off");
    }

    #[test]
    fn everybody_is_recognised_up_to_a_limit() {
        let text: String = (0..=MENTIONED_MAX).map(|number| format!("\"Patient/{number}\" ")).collect();
        assert_eq!(mentioned(text.as_bytes()).len(), MENTIONED_MAX);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = mentioned(&bytes);
            let _ = mentioned(&[NUMBER_SYSTEM, &bytes, REFERENCE, &bytes].concat());
        }
    }
}
