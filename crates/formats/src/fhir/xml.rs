//! FHIR XML (R4 §2.6.2) as the JSON text that says the same, with the place of
//! each resource in the XML.
//!
//! What XML does not say stays unsaid: a list of one comes out as a single
//! value and numbers as texts, and the reader accepts both.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::scan::{DEPTH_MAX, line_and_column, utf8};
use crate::Problem;

/// How many elements one message may hold; a full-size message of ordinary
/// resources holds less than half as many.
const ELEMENTS_MAX: usize = 1_000_000;

/// How many attributes one element may have; FHIR needs three and some namespaces.
const ATTRIBUTES_MAX: usize = 32;

/// The JSON text, and where the resources and bundle entries lay in the XML.
pub(super) struct Converted {
    pub(super) json: String,
    /// By the place of their first byte in the JSON text, ascending.
    places: Vec<(usize, Range<usize>)>,
}

impl Converted {
    /// The bytes in the XML of the object that starts here in the JSON.
    pub(super) fn xml_span(&self, json_start: usize) -> Option<Range<usize>> {
        let found = self.places.binary_search_by_key(&json_start, |place| place.0).ok()?;
        self.places.get(found).map(|place| place.1.clone())
    }
}

/// Converts one resource in XML.
pub(super) fn to_json(bytes: &[u8]) -> Result<Converted, Problem> {
    let text = utf8(bytes)?;
    let root = read_elements(text)?;
    let mut converted = Converted { json: String::with_capacity(text.len()), places: Vec::new() };
    write_object(&root, &mut converted);
    Ok(converted)
}

#[derive(Default)]
struct Element {
    name: String,
    /// `value`, `id`, `url` and other attributes.
    attributes: Vec<(String, String)>,
    /// The source text of an XHTML narrative.
    narrative: Option<String>,
    children: Vec<Element>,
    span: Range<usize>,
}

impl Element {
    /// Resource types, and nothing else in FHIR, begin with a capital.
    fn is_resource(&self) -> bool {
        self.name.starts_with(|c: char| c.is_ascii_uppercase())
    }

    fn value(&self) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == "value").map(|(_, value)| value.as_str())
    }
}

fn read_elements(text: &str) -> Result<Element, Problem> {
    let fault = |byte: usize, what: &str| Problem::new(line_and_column(text, byte), what);
    let not_xml = |byte: u64| fault(usize::try_from(byte).unwrap_or(0), "not well-formed XML");
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(0);
        let event = reader.read_event().map_err(|_| not_xml(reader.error_position()))?;
        match event {
            Event::Start(tag) => {
                if open.len() >= DEPTH_MAX {
                    return Err(fault(start, &format!("nested more than {DEPTH_MAX} deep")));
                }
                count += 1;
                if count > ELEMENTS_MAX {
                    return Err(fault(start, &format!("more than {ELEMENTS_MAX} elements in one message")));
                }
                let mut element = element_of(&tag, start).map_err(|what| fault(start, what))?;
                if element.name == "div" {
                    reader.read_to_end(tag.name()).map_err(|_| not_xml(reader.error_position()))?;
                    let end = usize::try_from(reader.buffer_position()).unwrap_or(0);
                    element.narrative = Some(text.get(start..end).unwrap_or_default().to_owned());
                    close(element, end, &mut open);
                } else {
                    open.push(element);
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return Err(not_xml(reader.buffer_position())) };
                let end = usize::try_from(reader.buffer_position()).unwrap_or(0);
                if let Some(root) = close(element, end, &mut open) {
                    return if rest_is_blank(&mut reader) {
                        Ok(root)
                    } else {
                        Err(fault(end, "something follows the end of the resource"))
                    };
                }
            }
            Event::DocType(_) => return Err(fault(start, "a document type definition is not accepted")),
            Event::Eof => return Err(fault(start, "the XML ends before its first element does")),
            _ => {}
        }
    }
}

fn element_of(tag: &BytesStart<'_>, start: usize) -> Result<Element, &'static str> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err("more attributes than a FHIR element has");
        }
        let attribute = attribute.map_err(|_| "an attribute is malformed or given twice")?;
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| "an attribute holds an unknown entity")?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    let name = tag.local_name().as_ref().to_owned();
    Ok(Element { name, attributes, span: start..start, ..Element::default() })
}

/// Gives an element that has ended to its parent, or back when it has none.
fn close(mut element: Element, end: usize, open: &mut [Element]) -> Option<Element> {
    element.span.end = end;
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

fn rest_is_blank(reader: &mut Reader<&[u8]>) -> bool {
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return true,
            Ok(Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::Text(text)) if text.trim().is_empty() => {}
            _ => return false,
        }
    }
}

/// Writes what an element says as an object. Nesting is bounded by `DEPTH_MAX`.
fn write_object(element: &Element, out: &mut Converted) {
    if element.is_resource() || element.name == "entry" {
        out.places.push((out.json.len(), element.span.clone()));
    }
    let mut separator = '{';
    let mut name = |name: &str, out: &mut Converted| {
        out.json.push(separator);
        out.json.push_str(&quoted(name));
        out.json.push(':');
        separator = ',';
    };
    if element.is_resource() {
        name("resourceType", out);
        out.json.push_str(&quoted(&element.name));
    }
    for (attribute, value) in element.attributes.iter().filter(|(name, _)| name == "id" || name == "url") {
        name(attribute, out);
        out.json.push_str(&quoted(value));
    }
    for (child, all) in by_name(element) {
        name(child, out);
        write_list(&all, out);
        let has_more = |element: &Element| element.value().is_some() && !element.children.is_empty();
        if all.iter().any(|one| has_more(one)) {
            name(&format!("_{child}"), out);
            write_each(
                &all,
                out,
                |one, out| if has_more(one) { write_object(one, out) } else { out.json.push_str("null") },
            );
        }
    }
    out.json.push_str(if separator == '{' { "{}" } else { "}" });
}

/// The children grouped by name, in the order in which each name came first. A
/// child that would repeat what an attribute said is left out.
fn by_name(element: &Element) -> Vec<(&str, Vec<&Element>)> {
    let said = |name: &str| {
        name == "resourceType" || element.attributes.iter().any(|(said, _)| said == name && name != "value")
    };
    let mut place: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<(&str, Vec<&Element>)> = Vec::new();
    for child in element.children.iter().filter(|child| !said(&child.name)) {
        let at = *place.entry(&child.name).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, group)) => group.push(child),
            None => groups.push((&child.name, vec![child])),
        }
    }
    groups
}

fn write_list(all: &[&Element], out: &mut Converted) {
    write_each(all, out, |element, out| match (element.value(), &element.narrative, element.children.as_slice()) {
        (Some(value), _, _) => out.json.push_str(&quoted(value)),
        (_, Some(narrative), _) => out.json.push_str(&quoted(narrative)),
        // `<resource><Patient>…` is the Patient itself.
        (_, _, [resource]) if resource.is_resource() => write_object(resource, out),
        _ => write_object(element, out),
    });
}

fn write_each(all: &[&Element], out: &mut Converted, write: impl Fn(&Element, &mut Converted)) {
    if let [one] = all {
        return write(one, out);
    }
    for (number, element) in all.iter().enumerate() {
        out.json.push(if number == 0 { '[' } else { ',' });
        write(element, out);
    }
    out.json.push(']');
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(xml: &str) -> String {
        to_json(xml.as_bytes()).unwrap().json
    }

    #[test]
    fn elements_become_the_json_that_says_the_same() {
        let xml = r#"<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><text><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b></div></text>
            <extension url="u"><valueString value="x &amp; &quot;y&quot;"/></extension>
            <name><given value="Ann"/><given value="Bo"/></name>
            <birthDate value="1970-01-01"><extension url="t"><valueTime value="10:00"/></extension></birthDate></Patient>"#;
        insta::assert_snapshot!(json(xml), @r#"{"resourceType":"Patient","id":"p1","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">A <b>b</b></div>"},"extension":{"url":"u","valueString":"x & \"y\""},"name":{"given":["Ann","Bo"]},"birthDate":"1970-01-01","_birthDate":{"extension":{"url":"t","valueTime":"10:00"}}}"#);
    }

    #[test]
    fn a_resource_within_keeps_its_place_in_the_xml() {
        let xml = r#"<Bundle><entry><resource><Flag><id value="f"/></Flag></resource></entry></Bundle>"#;
        let converted = to_json(xml.as_bytes()).unwrap();
        let start = converted.json.find(r#"{"resourceType":"Flag""#).unwrap();
        let span = converted.xml_span(start).unwrap();
        assert_eq!(xml.get(span), Some(r#"<Flag><id value="f"/></Flag>"#));
    }

    #[test]
    fn what_could_be_an_attack_is_refused() {
        let fault = |xml: &str| to_json(xml.as_bytes()).map(|c| c.json).unwrap_err().what;
        assert_eq!(fault("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), "a document type definition is not accepted");
        assert_eq!(fault("<a><b value='&evil;'/></a>"), "an attribute holds an unknown entity");
        assert_eq!(fault(&"<a>".repeat(DEPTH_MAX + 1)), "nested more than 64 deep");
        let attributes: String = (0..=ATTRIBUTES_MAX).map(|number| format!(" a{number}=''")).collect();
        assert_eq!(fault(&format!("<a{attributes}/>")), "more attributes than a FHIR element has");
        assert_eq!(fault("<a/><b/>"), "something follows the end of the resource");
        assert_eq!(fault("<a><b></a>"), "not well-formed XML");
        assert_eq!(fault(""), "the XML ends before its first element does");
    }

    proptest! {
        #[test]
        fn whatever_converts_is_json(xml in r#"(<[a-cR]( (id|url|value)="[a&;\\]{0,3}")?/?>|</[a-cR]>|x| ){0,14}"#) {
            if let Ok(converted) = to_json(format!("<R>{xml}</R>").as_bytes()) {
                prop_assert!(super::super::scan::scan(converted.json.as_bytes(), 2 * DEPTH_MAX).is_ok(), "{}", converted.json);
            }
        }
    }
}
