//! One message: a bundle or a single resource, taken apart into its units.

use std::ops::Range;

use record::When;

use super::bundle::{Members, Told};
use super::interaction::{self, Asked, Asking};
use super::node::Node;
use super::reading::{Reading, Stop};
use super::request::Request;
use super::server::ServerBase;
use super::{
    BUNDLE_ENTRIES_MAX, Message, Shape, appointment, attendance, care, letter, medicine, observation, patient,
    patient_link, plan, problem, report, stu3, treatment,
};
use crate::{Delivery, Outcome, Problem, Unit};

/// From a place in the JSON text to the place in the message.
pub(super) type SpanOf<'f> = &'f dyn Fn(Range<usize>) -> Range<usize>;

/// Reads a bundle or a single resource, as its request says.
pub(super) fn read<'d>(
    root: Node<'d>,
    own_server: Option<&'d ServerBase>,
    request: &'d Request,
    span_of: SpanOf<'_>,
) -> Result<Message, Problem> {
    if !root.is_object() {
        return Err(Problem::new("message", "a FHIR resource is an object"));
    }
    let stated = root.word("timestamp").or_else(|| root.word("meta.lastUpdated"));
    let stated_at = stated.and_then(|told| When::parse_iso(&told).ok());
    if !root.says("resourceType", "Bundle") || !request.target.is_empty() {
        let units = vec![read_one(Some(root), own_server, request, span_of(root.span()))];
        return Ok(Message { delivery: Delivery { control_id: None, stated_at, units }, shape: Shape::Single });
    }
    let control_id = root.string("identifier.value").or_else(|| root.string("id"));
    let shape = if root.says("type", "transaction") { Shape::Transaction } else { Shape::Batch };
    let mut units = read_bundle(root, own_server, span_of)?;
    if shape == Shape::Transaction {
        units = plan::all_or_nothing(units, span_of(root.span()));
    }
    Ok(Message { delivery: Delivery { control_id, stated_at, units }, shape })
}

/// A request that is about one resource: the resource, or its deletion.
pub(super) fn read_one<'d>(
    root: Option<Node<'d>>,
    own_server: Option<&'d ServerBase>,
    request: &'d Request,
    span: Range<usize>,
) -> Unit {
    let place = root.and_then(type_name).unwrap_or_else(|| "resource".to_owned());
    match (interaction::asked(own_server, &Asking::of_http(request, root)), root) {
        (Ok(Asked::Tell { key, is_only_if_new }), Some(root)) => {
            let told = Told { full_url: None, resource: root, known_as: key };
            let members = Members::new(own_server, std::iter::once(told));
            if_new(is_only_if_new, read_unit(&members, 0, root, &place, span))
        }
        (Ok(asked), _) => plan::Plan::Do(asked).unit(root, &place, span),
        (Err((path, what)), _) => {
            plan::Plan::Refuse(Problem::new(format!("request.{path}"), what)).unit(root, &place, span)
        }
    }
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
    let mut plans = plan::plans(bundle, own_server, &entries);
    let told = entries.iter().zip(&mut plans).filter_map(|(entry, plan)| {
        let known_as = plan.take_key();
        Some(Told { full_url: entry.word("fullUrl"), resource: resource_of(*entry)?, known_as })
    });
    let members = Members::new(own_server, told);
    plan::decide(bundle, own_server, &entries, &members, &mut plans);
    let mut member = 0;
    let mut units = Vec::with_capacity(entries.len());
    for ((number, entry), plan) in entries.iter().enumerate().zip(plans) {
        let place = format!("entry[{number}].resource");
        let resource = resource_of(*entry);
        let span = span_of(resource.unwrap_or(*entry).span());
        let unit = match (plan, resource) {
            (plan::Plan::Do(Asked::Tell { is_only_if_new, .. }), Some(resource)) => {
                if_new(is_only_if_new, read_unit(&members, member, resource, &place, span))
            }
            (plan, resource) => plan.unit(resource, &place, span),
        };
        units.push(unit);
        member += usize::from(resource.is_some());
    }
    Ok(units)
}

fn if_new(is_only_if_new: bool, mut unit: Unit) -> Unit {
    if let (true, Outcome::Apply(changes)) = (is_only_if_new, &mut unit.outcome) {
        unit.outcome = Outcome::ApplyIfNew(std::mem::take(changes));
    }
    if let (true, Outcome::Rearrange(asked)) = (is_only_if_new, &mut unit.outcome) {
        unit.notes.push(Problem::new("link", "of a patient who is told only where they are new; nobody is joined"));
        unit.outcome = Outcome::ApplyIfNew(std::mem::take(&mut asked.changes));
    }
    unit
}

pub(super) fn resource_of(entry: Node<'_>) -> Option<Node<'_>> {
    entry.get("resource").filter(|resource| resource.is_object())
}

pub(super) fn kept(kind: String, span: Range<usize>, note: Problem) -> Unit {
    Unit { kind, span, outcome: Outcome::Keep, notes: vec![note] }
}

/// The resource's type where it is a name as FHIR makes names.
pub(super) fn type_name(resource: Node<'_>) -> Option<String> {
    let kind = resource.string("resourceType")?;
    let is_name = kind.len() <= 64 && kind.bytes().all(|b| b.is_ascii_alphabetic());
    (is_name && kind.starts_with(|c: char| c.is_ascii_uppercase())).then_some(kind)
}

fn read_unit(members: &Members<'_>, member: usize, resource: Node<'_>, place: &str, span: Range<usize>) -> Unit {
    let Some(kind) = type_name(resource) else {
        let fault = Problem::new(format!("{place}.resourceType"), "missing, or not the name of a FHIR type");
        return Unit { kind: "unknown".to_owned(), span, outcome: Outcome::Refuse(fault), notes: vec![] };
    };
    if let Some(fault) = stu3::only_there(&kind, resource, place) {
        return Unit { kind, span, outcome: Outcome::Refuse(fault), notes: vec![] };
    }
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
    let read = read.map(|changes| match kind.as_str() {
        "Patient" => patient_link::outcome(&reading, changes),
        _ => Outcome::Apply(changes),
    });
    let mut notes = reading.into_notes();
    let outcome = match read {
        Ok(outcome) => outcome,
        Err(Stop::Keep(why)) => {
            notes.push(why);
            Outcome::Keep
        }
        Err(Stop::Refuse(fault)) => Outcome::Refuse(fault),
    };
    Unit { kind, span, outcome, notes }
}
