//! One message: a bundle or a single resource, taken apart into its units.

use std::borrow::Cow;
use std::ops::Range;

use record::When;

use super::bundle::Members;
use super::node::Node;
use super::reading::{Reading, Stop};
use super::server::ServerBase;
use super::{
    BUNDLE_ENTRIES_MAX, appointment, attendance, care, letter, medicine, observation, patient, problem, report,
    treatment,
};
use crate::{Delivery, Outcome, Problem, Unit};

/// From a place in the JSON text to the place in the message.
type SpanOf<'f> = &'f dyn Fn(Range<usize>) -> Range<usize>;

/// Reads a bundle or a single resource.
pub(super) fn read<'d>(
    root: Node<'d>,
    own_server: Option<&'d ServerBase>,
    span_of: SpanOf<'_>,
) -> Result<Delivery, Problem> {
    if !root.is_object() {
        return Err(Problem::new("message", "a FHIR resource is an object"));
    }
    let stated = root.word("timestamp").or_else(|| root.word("meta.lastUpdated"));
    let stated_at = stated.and_then(|told| When::parse_iso(&told).ok());
    if root.says("resourceType", "Bundle") {
        let control_id = root.string("identifier.value").or_else(|| root.string("id"));
        return Ok(Delivery { control_id, stated_at, units: read_bundle(root, own_server, span_of)? });
    }
    let members = Members::new(own_server, std::iter::once((None, root)));
    let place = type_name(root).unwrap_or_else(|| "resource".to_owned());
    let unit = read_unit(&members, 0, root, &place, span_of(root.span()));
    Ok(Delivery { control_id: None, stated_at, units: vec![unit] })
}

fn read_bundle<'d>(
    bundle: Node<'d>,
    own_server: Option<&'d ServerBase>,
    span_of: SpanOf<'_>,
) -> Result<Vec<Unit>, Problem> {
    let entries: Vec<Node<'d>> = bundle.list("entry").collect();
    if entries.len() > BUNDLE_ENTRIES_MAX {
        return Err(Problem::new("Bundle.entry", format!("more than {BUNDLE_ENTRIES_MAX} entries in one bundle")));
    }
    if entries.is_empty() {
        let note = Problem::new("Bundle.entry", "the bundle has no entries");
        return Ok(vec![kept("Bundle".to_owned(), span_of(bundle.span()), note)]);
    }
    let named = |entry: &Node<'d>| Some((entry.word("fullUrl"), resource_of(*entry)?));
    let members = Members::new(own_server, entries.iter().filter_map(named));
    let newest = bundle.says("type", "history").then(|| members.newest());
    let mut member = 0;
    let mut units = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let place = format!("entry[{number}].resource");
        let Some(resource) = resource_of(*entry) else {
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

fn resource_of(entry: Node<'_>) -> Option<Node<'_>> {
    entry.get("resource").filter(|resource| resource.is_object())
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
