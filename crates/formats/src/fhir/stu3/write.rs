//! Writes a scanned STU3 message as R4, remembering where each object lay.

use std::ops::Range;

use super::super::node::{Kind, Node};
use super::shapes::{self, Move};

/// R4 JSON, and where its objects lay in the STU3 text.
pub(in super::super) struct Converted {
    pub(in super::super) json: String,
    /// By the place of their first byte in the R4 text, ascending.
    places: Vec<(usize, Range<usize>)>,
}

impl Converted {
    /// The bytes in the STU3 text of the object that starts here.
    pub(in super::super) fn place(&self, start: usize) -> Option<Range<usize>> {
        let found = self.places.binary_search_by_key(&start, |place| place.0).ok()?;
        self.places.get(found).map(|place| place.1.clone())
    }
}

/// Converts a message. What is not known to have moved stays as it is.
pub(in super::super) fn to_r4(root: Node<'_>) -> Converted {
    let mut out = Converted { json: String::with_capacity(root.raw().len()), places: Vec::new() };
    out.value(root);
    out
}

/// What an extension of CareConnect is called without its version.
const CARE_CONNECT_EXTENSIONS: [&str; 2] =
    ["https://fhir.nhs.uk/STU3/StructureDefinition/", "https://fhir.hl7.org.uk/STU3/StructureDefinition/"];

impl Converted {
    /// Nesting is bounded by the scan.
    fn value(&mut self, node: Node<'_>) {
        match node.kind() {
            Kind::Object => self.object(node, &[]),
            Kind::List => self.list(node.fields().map(|(_, item)| item), Self::value),
            Kind::Text => {
                self.json.push('"');
                self.json.push_str(node.raw());
                self.json.push('"');
            }
            Kind::Bare | Kind::Null => self.json.push_str(node.raw()),
        }
    }

    fn list<'d>(&mut self, items: impl Iterator<Item = Node<'d>>, write: impl Fn(&mut Self, Node<'d>)) {
        self.json.push('[');
        for (number, item) in items.enumerate() {
            if number > 0 {
                self.json.push(',');
            }
            write(self, item);
        }
        self.json.push(']');
    }

    fn object(&mut self, node: Node<'_>, moves_here: &[(&'static str, Move)]) {
        self.places.push((self.json.len(), node.span()));
        self.json.push('{');
        let begin = self.json.len();
        let kind = node.word("resourceType").unwrap_or_default();
        let moves = if kind.is_empty() { moves_here } else { shapes::moves(&kind) };
        for (name, value) in node.fields() {
            if let Some(code) = shapes::code_instead(&kind, name, node) {
                self.named(begin, name);
                self.code(code);
            } else {
                let moved = moves.iter().find(|(from, _)| *from == name).map(|(_, moved)| *moved);
                self.field(begin, node, name, value, moved);
            }
        }
        let status = Some("status").filter(|name| !node.has(name));
        if let Some(code) = status.and_then(|name| shapes::code_instead(&kind, name, node)) {
            self.named(begin, "status");
            self.code(code);
        }
        self.json.push('}');
    }

    fn field(&mut self, begin: usize, object: Node<'_>, name: &str, value: Node<'_>, moved: Option<Move>) {
        // What stands there under its R4 name already is not written twice.
        let is_free = |name: &str| !object.has(name);
        match moved {
            Some(Move::To(to)) if is_free(to) => {
                self.named(begin, to);
                let within = shapes::moves_within(name);
                if within.is_empty() {
                    self.value(value)
                } else {
                    self.list(value.items(), |out, item| out.object(item, within))
                }
            }
            Some(Move::Concept) if value.kind() == Kind::Text => {
                self.named(begin, name);
                self.json.push_str(r#"{"coding":[{"code":"#);
                self.value(value);
                self.json.push_str("}]}");
            }
            Some(Move::Parts(to, parts))
                if value.items().any(|item| parts.iter().any(|part| item.get(part).is_some())) =>
            {
                self.named(begin, to);
                let told = value.items().flat_map(|item| parts.iter().filter_map(move |part| item.get(part)));
                self.list(told, Self::value);
            }
            Some(Move::Spread(parts)) => {
                for (from, to) in parts.iter().filter(|(_, to)| is_free(to)) {
                    if let Some(part) = value.get(from) {
                        self.named(begin, to);
                        self.value(part);
                    }
                }
            }
            Some(Move::Note) if is_free("note") => {
                self.named(begin, "note");
                self.json.push_str(r#"[{"text":"#);
                self.value(value);
                self.json.push_str("}]");
            }
            Some(Move::Dosages) => {
                self.named(begin, name);
                self.list(value.items(), Self::dosage);
            }
            Some(Move::Related) => self.related(begin, value, is_free),
            Some(Move::InStatus | Move::To(_) | Move::Note) => {}
            None if name == "url" && value.kind() == Kind::Text => {
                self.named(begin, name);
                self.json.push('"');
                self.json.push_str(without_version(value.raw()));
                self.json.push('"');
            }
            None | Some(Move::Concept | Move::Parts(..)) => {
                self.named(begin, name);
                self.value(value);
            }
        }
    }

    /// `dose[x]` and `rate[x]` lie in `doseAndRate` in R4.
    fn dosage(&mut self, dosage: Node<'_>) {
        if dosage.kind() != Kind::Object {
            return self.value(dosage);
        }
        let is_dose =
            |name: &str| matches!(name, "doseQuantity" | "doseRange" | "rateQuantity" | "rateRange" | "rateRatio");
        self.places.push((self.json.len(), dosage.span()));
        self.json.push('{');
        let begin = self.json.len();
        for (name, value) in dosage.fields().filter(|(name, _)| !is_dose(name)) {
            self.named(begin, name);
            self.value(value);
        }
        if dosage.fields().any(|(name, _)| is_dose(name)) && !dosage.has("doseAndRate") {
            self.named(begin, "doseAndRate");
            self.json.push_str("[{");
            let begin = self.json.len();
            for (name, value) in dosage.fields().filter(|(name, _)| is_dose(name)) {
                self.named(begin, name);
                self.value(value);
            }
            self.json.push_str("}]");
        }
        self.json.push('}');
    }

    fn related(&mut self, begin: usize, related: Node<'_>, is_free: impl Fn(&str) -> bool) {
        for (kind, to) in [("has-member", "hasMember"), ("derived-from", "derivedFrom")] {
            let of_kind =
                || related.items().filter(move |one| one.says("type", kind)).filter_map(|one| one.get("target"));
            if is_free(to) && of_kind().next().is_some() {
                self.named(begin, to);
                self.list(of_kind(), Self::value);
            }
        }
    }

    fn named(&mut self, begin: usize, name: &str) {
        if self.json.len() > begin {
            self.json.push(',');
        }
        self.json.push('"');
        self.json.push_str(name);
        self.json.push_str("\":");
    }

    fn code(&mut self, code: &str) {
        self.json.push('"');
        self.json.push_str(code);
        self.json.push('"');
    }
}

/// `…/Extension-CareConnect-EthnicCategory-1` is what R4 knows without its `-1`.
fn without_version(url: &str) -> &str {
    let is_ours = CARE_CONNECT_EXTENSIONS.iter().any(|prefix| url.starts_with(prefix));
    match url.rsplit_once('-') {
        Some((name, version)) if is_ours && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => name,
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::scan::{DEPTH_MAX, scan};
    use super::*;

    fn converted(text: &str) -> String {
        let document = scan(text.as_bytes(), DEPTH_MAX).unwrap();
        to_r4(document.root()).json
    }

    #[test]
    fn what_moved_is_where_r4_has_it_and_the_rest_is_untouched() {
        let text = r#"{"resourceType":"MedicationRequest", "id":"m","meta":{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-MedicationRequest-1"]},
            "intent":"plan","context":{"reference":"Encounter/1"},"requester":{"agent":{"reference":"Practitioner/2"},"onBehalfOf":{"reference":"Organization/3"}},
            "extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-PrescriptionType-1","valueString":"a\u00e9 1"}],
            "dosageInstruction":[{"text":"one","doseQuantity":{"value":1.0}},{"rateRatio":{}}]}"#;
        let expected = r#"{"resourceType":"MedicationRequest","id":"m","meta":{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-MedicationRequest-1"]},"intent":"order","encounter":{"reference":"Encounter/1"},"requester":[{"reference":"Practitioner/2"},{"reference":"Organization/3"}],"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-PrescriptionType","valueString":"a\u00e9 1"}],"dosageInstruction":[{"text":"one","doseAndRate":[{"doseQuantity":{"value":1.0}}]},{"doseAndRate":[{"rateRatio":{}}]}]}"#;
        assert_eq!(converted(text), expected);
    }

    #[test]
    fn what_stands_under_its_r4_name_already_is_not_written_twice() {
        let text =
            r#"{"resourceType":"Condition","assertedDate":"2020","recordedDate":"2021","clinicalStatus":{"text":"x"}}"#;
        assert_eq!(
            converted(text),
            r#"{"resourceType":"Condition","recordedDate":"2021","clinicalStatus":{"text":"x"}}"#
        );
    }

    #[test]
    fn what_did_not_happen_is_said_in_the_status() {
        let status = |text: &str| {
            let json: serde_json::Value = serde_json::from_str(&converted(text)).unwrap();
            json["status"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(status(r#"{"resourceType":"Immunization","notGiven":true,"status":"completed"}"#), "not-done");
        assert_eq!(status(r#"{"resourceType":"Immunization","notGiven":true}"#), "not-done");
        assert_eq!(status(r#"{"resourceType":"Immunization","notGiven":false,"status":"completed"}"#), "completed");
        assert_eq!(status(r#"{"resourceType":"Procedure","notDone":true,"status":"completed"}"#), "not-done");
        assert_eq!(status(r#"{"resourceType":"Procedure","status":"aborted"}"#), "stopped");
        assert_eq!(status(r#"{"resourceType":"MedicationStatement","taken":"n","status":"active"}"#), "not-taken");
        let withdrawn = r#"{"resourceType":"MedicationStatement","taken":"n","status":"entered-in-error"}"#;
        assert_eq!(status(withdrawn), "entered-in-error");
    }

    proptest! {
        #[test]
        fn whatever_is_converted_is_json_with_each_name_once(
            kind in "(AllergyIntolerance|Immunization|MedicationRequest|MedicationStatement|Observation|Procedure|DiagnosticReport|Goal)",
            fields in proptest::collection::btree_map("(status|context|encounter|comment|note|related|performer|requester|dosage|dosageInstruction|explanation|statusReason|notGiven|taken|vaccinationProtocol|practitioner|url|x\\\\u0041)",
                r#"(null|1\.10|true|"x"|\[\]|\{\}|\[null,\{"actor":\{\}\}\]|\{"agent":1,"reason":2,"reasonNotGiven":\[\]\}|\[\{"type":"has-member","target":\{"a":1\},"doseQuantity":3,"doseRange":4\}\])"#, 0..7)
        ) {
            let fields: String = fields.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
            let text = format!("[{{\"resourceType\":\"{kind}\"{fields}}}]");
            let document = scan(text.as_bytes(), DEPTH_MAX).unwrap();
            let out = to_r4(document.root());
            prop_assert!(scan(out.json.as_bytes(), 2 * DEPTH_MAX).is_ok(), "{}", out.json);
            for (start, span) in &out.places {
                let object = |text: Option<&str>| text.is_some_and(|text| text.starts_with("{"));
                let has_place = object(out.json.get(*start..)) && text.get(span.clone()).is_some_and(|told| !told.is_empty());
                prop_assert!(has_place);
            }
        }
    }
}
