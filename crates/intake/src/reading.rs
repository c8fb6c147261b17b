use std::ops::Range;

use formats::{Delivery, Outcome, Problem};
use jiff::Timestamp;
use record::{SourceFormat, When};
use store::{ChartChange, UnitWork, Work};

/// How a message's bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// One HL7 v2 message.
    Hl7v2,
    /// A FHIR bundle or resource as JSON.
    FhirJson,
    /// A FHIR bundle or resource as XML.
    FhirXml,
    /// A CSV file.
    Csv,
}

impl Payload {
    /// What a source of this format usually sends.
    #[must_use]
    pub fn usual(format: SourceFormat) -> Self {
        match format {
            SourceFormat::Hl7v2 => Self::Hl7v2,
            SourceFormat::Fhir => Self::FhirJson,
            SourceFormat::Csv => Self::Csv,
        }
    }
}

/// A message taken apart.
pub(crate) struct ReadMessage {
    pub(crate) control_id: Option<String>,
    pub(crate) stated_at: Option<Timestamp>,
    pub(crate) units: Vec<UnitWork>,
    /// The first fault, for the acknowledgement.
    pub(crate) fault: Option<Problem>,
}

/// Reads a message; an error means that it cannot be taken apart at all.
pub(crate) fn read(payload: Payload, bytes: &[u8]) -> Result<ReadMessage, Problem> {
    let delivery = match payload {
        Payload::Hl7v2 => formats::hl7v2::read(bytes),
        Payload::FhirJson => formats::fhir::read_json(bytes),
        Payload::FhirXml => formats::fhir::read_xml(bytes),
        Payload::Csv => formats::csv::read(bytes),
    }?;
    Ok(taken_apart(delivery))
}

fn taken_apart(delivery: Delivery) -> ReadMessage {
    let fault = delivery.units.iter().find_map(|unit| match &unit.outcome {
        Outcome::Refuse(problem) => Some(problem.clone()),
        Outcome::Apply(_) | Outcome::Keep => None,
    });
    ReadMessage {
        control_id: delivery.control_id,
        stated_at: delivery.stated_at.map(When::earliest),
        fault,
        units: delivery.units.into_iter().map(|unit| unit_work(unit.kind, unit.span, unit.outcome)).collect(),
    }
}

fn unit_work(kind: String, span: Range<usize>, outcome: Outcome) -> UnitWork {
    let work = match outcome {
        Outcome::Keep => Work::Keep,
        Outcome::Refuse(problem) => Work::Quarantine { place: problem.place, reason: problem.what },
        Outcome::Apply(changes) => Work::Apply(changes.into_iter().map(chart_change).collect()),
    };
    UnitWork { kind, span, work }
}

fn chart_change(change: formats::Change) -> ChartChange {
    let told = change.chart.told;
    let names = told.iter().flat_map(|told| std::iter::once(&told.name).chain(&told.other_names));
    let mut name_keys: Vec<String> = names.clone().flat_map(identity::search_keys).collect();
    name_keys.sort();
    name_keys.dedup();
    let postcode = told.as_ref().and_then(|told| told.address.as_ref()).and_then(|address| address.postcode.as_deref());
    let place_keys = postcode.map_or_else(Vec::new, |postcode| {
        names.filter(|name| !name.family.is_empty()).map(|name| identity::place_key(&name.family, postcode)).collect()
    });
    ChartChange {
        key: change.chart.key,
        local_numbers: change.chart.local_numbers,
        name_keys,
        place_keys,
        told,
        entries: change.entries,
    }
}
