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
mod letter;
mod medicine;
mod node;
mod observation;
mod patient;
mod problem;
mod reading;
mod report;
#[cfg(test)]
mod samples;
mod scan;
mod treatment;
mod who;
mod write;
mod write_content;
mod write_event;
mod write_text;
mod xml;

use std::borrow::Cow;
use std::ops::Range;

use record::When;

use crate::{Delivery, MESSAGE_BYTES_MAX, Outcome, Problem, Unit};
use bundle::Members;
use node::Node;
use reading::{Reading, Stop};

pub use write::write_bundle;

/// How many entries one bundle may hold.
pub const BUNDLE_ENTRIES_MAX: usize = 100_000;

/// Reads a FHIR R4 `Bundle` of any type, or one single resource, from JSON.
///
/// Each bundle entry is a unit, in order; a single resource is one unit. A
/// reference by identifier alone, or a conditional one, gives a chart whose key
/// is `Patient?identifier=system|value` and whose local numbers hold that
/// identifier, the NHS number's system included, unless the message has that
/// Patient itself.
///
/// # Errors
/// When the bytes are too many, are not UTF-8 or not JSON, give a name twice in
/// one object, are nested too deep, or are no FHIR resource at all. Faults of
/// single resources are in [`Unit::outcome`].
pub fn read_json(bytes: &[u8]) -> Result<Delivery, Problem> {
    refuse_oversized(bytes)?;
    let document = scan::scan(bytes, scan::DEPTH_MAX)?;
    read_resource(document.root(), &|span| span)
}

/// Reads the same from FHIR XML. Spans are places in the XML.
///
/// # Errors
/// As [`read_json`]; a document type definition is refused as well.
pub fn read_xml(bytes: &[u8]) -> Result<Delivery, Problem> {
    refuse_oversized(bytes)?;
    let converted = xml::to_json(bytes)?;
    // XML writes no brackets for lists, so its JSON may be nested twice as deep.
    let document = scan::scan(converted.json.as_bytes(), 2 * scan::DEPTH_MAX)?;
    read_resource(document.root(), &|span| converted.xml_span(span.start).unwrap_or(0..bytes.len()))
}

/// The messages of an NDJSON file: the range of each line that is not blank.
#[must_use]
pub fn split_ndjson(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let blank_before = line.len() - line.trim_ascii_start().len();
        let length = line.trim_ascii().len();
        if length > 0 {
            lines.push(start + blank_before..start + blank_before + length);
        }
        start += line.len();
    }
    lines
}

fn refuse_oversized(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.len() <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::new("message", format!("larger than {MESSAGE_BYTES_MAX} bytes")))
}

/// From a place in the JSON text to the place in the message.
type SpanOf<'f> = &'f dyn Fn(Range<usize>) -> Range<usize>;

fn read_resource(root: Node<'_>, span_of: SpanOf<'_>) -> Result<Delivery, Problem> {
    if !root.is_object() {
        return Err(Problem::new("message", "a FHIR resource is an object"));
    }
    let stated = root.word("timestamp").or_else(|| root.word("meta.lastUpdated"));
    let stated_at = stated.and_then(|told| When::parse_iso(&told).ok());
    if root.says("resourceType", "Bundle") {
        let control_id = root.string("identifier.value").or_else(|| root.string("id"));
        return Ok(Delivery { control_id, stated_at, units: read_bundle(root, span_of)? });
    }
    let members = Members::new(std::iter::once((None, root)));
    let place = type_name(root).unwrap_or_else(|| "resource".to_owned());
    let unit = read_unit(&members, 0, root, &place, span_of(root.span()));
    Ok(Delivery { control_id: None, stated_at, units: vec![unit] })
}

fn read_bundle(bundle: Node<'_>, span_of: SpanOf<'_>) -> Result<Vec<Unit>, Problem> {
    let entries: Vec<Node<'_>> = bundle.list("entry").collect();
    if entries.len() > BUNDLE_ENTRIES_MAX {
        return Err(Problem::new("Bundle.entry", format!("more than {BUNDLE_ENTRIES_MAX} entries in one bundle")));
    }
    if entries.is_empty() {
        let note = Problem::new("Bundle.entry", "the bundle has no entries");
        return Ok(vec![kept("Bundle".to_owned(), span_of(bundle.span()), note)]);
    }
    let resource_of = |entry: &Node<'_>| entry.get("resource").filter(|resource| resource.is_object()).is_some();
    let members = Members::new(entries.iter().filter_map(|entry| {
        let resource = entry.get("resource").filter(|resource| resource.is_object())?;
        Some((entry.word("fullUrl"), resource))
    }));
    let newest = bundle.says("type", "history").then(|| members.newest());
    let mut member = 0;
    let mut units = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let place = format!("entry[{number}].resource");
        let Some(resource) = entry.get("resource").filter(|_| resource_of(entry)) else {
            let method = entry.word("request.method").unwrap_or(Cow::Borrowed("no"));
            let what =
                if method == "DELETE" { "a deletion; nothing is deleted here" } else { "the entry has no resource" };
            units.push(kept("Bundle.entry".to_owned(), span_of(entry.span()), Problem::new(place, what)));
            continue;
        };
        let is_newest = newest.as_ref().is_none_or(|newest| newest.contains(&member));
        units.push(if is_newest {
            read_unit(&members, member, resource, &place, span_of(resource.span()))
        } else {
            let kind = type_name(resource).unwrap_or_else(|| "unknown".to_owned());
            kept(
                kind,
                span_of(resource.span()),
                Problem::new(place, "an older version; this history holds a newer one"),
            )
        });
        member += 1;
    }
    Ok(units)
}

fn kept(kind: String, span: Range<usize>, note: Problem) -> Unit {
    Unit { kind, span, outcome: Outcome::Keep, notes: vec![note] }
}

/// The resource's type where it is a name as FHIR makes names.
fn type_name(resource: Node<'_>) -> Option<String> {
    let kind = resource.string("resourceType")?;
    let is_name = kind.len() <= 64 && kind.bytes().all(|b| b.is_ascii_alphabetic());
    (is_name && kind.starts_with(|c: char| c.is_ascii_uppercase())).then_some(kind)
}

fn read_unit(members: &Members<'_>, member: usize, resource: Node<'_>, place: &str, span: Range<usize>) -> Unit {
    let Some(kind) = type_name(resource) else {
        let fault = Problem::new(format!("{place}.resourceType"), "missing, or not the name of a FHIR type");
        return Unit { kind: "unknown".to_owned(), span, outcome: Outcome::Refuse(fault), notes: vec![] };
    };
    let reading = Reading::new(members, member, resource, place);
    let read = match kind.as_str() {
        "Patient" => patient::read(&reading),
        "AllergyIntolerance" => problem::read_allergy(&reading),
        "Condition" => problem::read_condition(&reading),
        "MedicationRequest" => medicine::read_request(&reading),
        "MedicationStatement" => medicine::read_statement(&reading),
        "Observation" => observation::read(&reading),
        "DiagnosticReport" => report::read(&reading),
        "Encounter" => attendance::read(&reading),
        "Appointment" => appointment::read(&reading),
        "DocumentReference" => letter::read(&reading),
        "Immunization" => treatment::read_immunization(&reading),
        "Procedure" => treatment::read_procedure(&reading),
        "CarePlan" => care::read_care_plan(&reading),
        "Flag" => care::read_flag(&reading),
        "RelatedPerson" => care::read_related_person(&reading),
        "CareTeam" => care::read_care_team(&reading),
        // Entries beside them use their names; they speak of no patient.
        "Practitioner" | "Organization" => Ok(vec![]),
        _ => {
            return Unit { kind, span, outcome: Outcome::Keep, notes: vec![] };
        }
    };
    let mut notes = reading.into_notes();
    let outcome = match read {
        Ok(changes) => Outcome::Apply(changes),
        Err(Stop::Keep(why)) => {
            notes.push(why);
            Outcome::Keep
        }
        Err(Stop::Refuse(fault)) => Outcome::Refuse(fault),
    };
    Unit { kind, span, outcome, notes }
}
