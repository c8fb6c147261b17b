//! FHIR's data types as the texts that are shown (R4 §2.24).

use std::borrow::Cow;

use record::Code;

use super::node::Node;

const SNOMED: &str = "http://snomed.info/sct";
const LOINC: &str = "http://loinc.org";
const DMD: &str = "https://dmd.nhs.uk";

/// A `CodeableConcept` in words: its text; else the display that the user chose,
/// else any display, else a bare code.
pub(super) fn concept(concept: Node<'_>) -> Option<String> {
    let codings = || concept.list("coding");
    let chosen =
        || codings().find(|coding| coding.says("userSelected", "true")).and_then(|coding| coding.string("display"));
    concept
        .string("text")
        .or_else(chosen)
        .or_else(|| codings().find_map(|coding| coding.string("display")))
        .or_else(|| codings().find_map(|coding| coding.string("code")))
        // Some senders put a bare Coding or a text where a concept belongs.
        .or_else(|| concept.string("display").or_else(|| concept.string("code")))
        .or_else(|| concept.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Whether one of a concept's codings has this code.
pub(super) fn has_code(concept: Node<'_>, code: &str) -> bool {
    concept.list("coding").any(|coding| coding.says("code", code))
}

/// The codes of a concept or of a list of concepts.
pub(super) fn codes<'d>(concepts: Node<'d>) -> impl Iterator<Item = Cow<'d, str>> {
    concepts.items().flat_map(|concept| concept.list("coding")).filter_map(|coding| coding.word("code"))
}

/// The code that says most here: SNOMED CT, then LOINC, then dm+d, then any other.
pub(super) fn best_code(concepts: Node<'_>) -> Option<Code> {
    let rank = |system: &str| match system {
        SNOMED => 0,
        LOINC => 1,
        _ if system.starts_with(DMD) => 2,
        _ => 3,
    };
    let all = concepts.items().flat_map(|concept| concept.list("coding"));
    let coded = all.filter_map(|coding| Some((coding.word("system").unwrap_or_default(), coding.word("code")?)));
    let best = coded.min_by_key(|(system, _)| rank(system))?;
    Some(Code { system: best.0.into(), code: best.1.into_owned() })
}

/// A `Quantity` as told: comparator and value, and its unit.
pub(super) fn quantity(quantity: Node<'_>) -> (Option<String>, Option<String>) {
    let value =
        quantity.word("value").map(|value| format!("{}{value}", quantity.word("comparator").unwrap_or_default()));
    (value, quantity.string("unit").or_else(|| quantity.string("code")))
}

/// A `Quantity` in one text: `5 mg`.
pub(super) fn amount(told: Node<'_>) -> Option<String> {
    match quantity(told) {
        (Some(value), Some(unit)) if unit != "1" => Some(format!("{value} {unit}")),
        (value, _) => value,
    }
}

/// A `Range`: `1 to 2 tablets`.
pub(super) fn range(range: Node<'_>) -> Option<String> {
    let part = |name: &str| range.get(name).map(quantity).unwrap_or_default();
    let ((low, low_unit), (high, high_unit)) = (part("low"), part("high"));
    let unit =
        |unit: Option<String>| unit.filter(|unit| unit != "1").map(|unit| format!(" {unit}")).unwrap_or_default();
    match (low, high) {
        (Some(low), Some(high)) if low_unit == high_unit || low_unit.is_none() => {
            Some(format!("{low} to {high}{}", unit(high_unit)))
        }
        (Some(low), Some(high)) => Some(format!("{low}{} to {high}{}", unit(low_unit), unit(high_unit))),
        (Some(low), None) => Some(format!("at least {low}{}", unit(low_unit))),
        (None, Some(high)) => Some(format!("up to {high}{}", unit(high_unit))),
        (None, None) => None,
    }
}

/// A `Ratio`: `5 mg / 1 ml`, titres as `1:128`.
pub(super) fn ratio(ratio: Node<'_>) -> Option<String> {
    let part = |name: &str| ratio.get(name).map(quantity).unwrap_or_default();
    let (over, under) = (part("numerator"), part("denominator"));
    match (over, under) {
        ((Some(over), None), (Some(under), None)) => Some(format!("{over}:{under}")),
        _ => Some(format!("{} / {}", amount(ratio.get("numerator")?)?, amount(ratio.get("denominator")?)?)),
    }
}

/// A `HumanName` in one line, for names of staff and relatives.
pub(super) fn human_name(name: Node<'_>) -> Option<String> {
    if let Some(text) = name.string("text") {
        return Some(text);
    }
    let parts = ["prefix", "given", "family", "suffix"].iter().flat_map(|part| name.list(part)).filter_map(Node::text);
    let line = parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// The name in use: official, usual or untold before any other.
pub(super) fn name_in_use(holder: Node<'_>) -> Option<String> {
    let rank = |name: &Node<'_>| match name.word("use").as_deref() {
        Some("official") => 0,
        Some("usual") | None => 1,
        Some("old" | "maiden") => 3,
        Some(_) => 2,
    };
    holder.list("name").min_by_key(rank).and_then(human_name)
}

/// Telephone numbers of a `telecom` list, those no longer used left out.
pub(super) fn telephones(holder: Node<'_>) -> Vec<String> {
    let phones = holder.list("telecom").filter(|telecom| {
        matches!(telecom.word("system").as_deref(), Some("phone" | "sms") | None) && !telecom.says("use", "old")
    });
    phones.filter_map(|telecom| telecom.string("value")).collect()
}

/// The value of the first extension whose URL ends so, whatever its type.
pub(super) fn extension<'d>(holder: Node<'d>, url_end: &str) -> Option<Node<'d>> {
    holder.list("extension").find(|extension| extension.word("url").is_some_and(|url| url.ends_with(url_end)))
}

/// An extension's value in words.
pub(super) fn extension_text(holder: Node<'_>, url_end: &str) -> Option<String> {
    let found = extension(holder, url_end)?;
    let texts = ["valueString", "valueCode", "valueDateTime", "valueDate", "valueMarkdown"];
    let coded = found.get("valueCodeableConcept").and_then(concept).or_else(|| found.string("valueCoding.display"));
    coded.or_else(|| texts.iter().find_map(|name| found.string(name)))
}

#[cfg(test)]
mod tests {
    use super::super::scan::{DEPTH_MAX, scan};
    use super::*;

    fn shown(json: &str, show: impl Fn(Node<'_>) -> Option<String>) -> String {
        show(scan(json.as_bytes(), DEPTH_MAX).unwrap().root()).unwrap_or_default()
    }

    #[test]
    fn amounts_keep_their_digits() {
        assert_eq!(shown(r#"{"value":1.10,"unit":"mmol/L","code":"x"}"#, amount), "1.10 mmol/L");
        assert_eq!(shown(r#"{"value":5,"comparator":"<","unit":"1"}"#, amount), "<5");
        assert_eq!(shown(r#"{"low":{"value":1},"high":{"value":2,"unit":"tablets"}}"#, range), "1 to 2 tablets");
        assert_eq!(shown(r#"{"numerator":{"value":1},"denominator":{"value":128}}"#, ratio), "1:128");
        assert_eq!(
            shown(r#"{"numerator":{"value":5,"unit":"mg"},"denominator":{"value":1,"unit":"ml"}}"#, ratio),
            "5 mg / 1 ml"
        );
    }

    #[test]
    fn words_stand_before_codes_and_snomed_before_other_systems() {
        let json = r#"{"coding":[{"system":"http://loinc.org","code":"1"},{"system":"http://snomed.info/sct","code":"2","display":"two"}]}"#;
        assert_eq!(shown(json, concept), "two");
        assert_eq!(shown(json, |node| best_code(node).map(|code| code.code)), "2");
        assert_eq!(shown(r#"{"coding":{"code":"1"}}"#, concept), "1");
    }

    #[test]
    fn a_name_without_text_is_built_from_its_parts() {
        let json = r#"{"name":[{"use":"old","text":"X"},{"prefix":["Dr"],"given":["Ada","B"],"family":"Okafor"}]}"#;
        assert_eq!(shown(json, name_in_use), "Dr Ada B Okafor");
    }
}
