use std::collections::BTreeSet;

use formats::fhir::ServerBase;
use formats::{Delivery, Outcome, Problem, Unit};
use jiff::Timestamp;
use record::{SourceFormat, When};
use store::{ChartChange, UnitWork, Work};

use crate::about::{about_the_only_one, about_unit};
use crate::delivered::{DeliveredUnit, Fate, UNREADABLE};
use crate::error::IntakeError;

/// From this length on, reading a message gets a thread of its own, so that it
/// holds up nobody else's acknowledgement, in bytes.
const LONG_BYTES: usize = 64 * 1024;

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
    /// What these bytes are, coming from a source of this format. XML announces
    /// itself, so that a content type that says otherwise does no harm and a
    /// message reads the same after a restart.
    #[must_use]
    pub fn of(format: SourceFormat, bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        match format {
            SourceFormat::Hl7v2 => Self::Hl7v2,
            SourceFormat::Fhir if text.starts_with(b"<") => Self::FhirXml,
            SourceFormat::Fhir => Self::FhirJson,
            SourceFormat::Csv => Self::Csv,
        }
    }
}

/// A message taken apart.
pub(crate) struct ReadMessage {
    pub(crate) control_id: Option<String>,
    pub(crate) stated_at: Option<Timestamp>,
    /// What to do with each unit.
    pub(crate) work: Vec<UnitWork>,
    /// What is told of each unit.
    pub(crate) units: Vec<DeliveredUnit>,
    /// The source's own keys of the patients that it speaks of.
    pub(crate) chart_keys: BTreeSet<String>,
}

impl ReadMessage {
    /// The first fault, for the acknowledgement.
    pub(crate) fn fault(&self) -> Option<Problem> {
        self.units.iter().find_map(|unit| match &unit.fate {
            Fate::Refused(problem) => Some(problem.clone()),
            Fate::Applied | Fate::Kept => None,
        })
    }

    /// A durable message that can no longer be read: all of it waits in quarantine.
    pub(crate) fn unreadable(problem: Problem, length: usize) -> Self {
        let (place, reason) = (problem.place.clone(), problem.what.clone());
        let work = Work::Quarantine { place, reason, about: Vec::new() };
        Self {
            control_id: None,
            stated_at: None,
            work: vec![UnitWork { kind: UNREADABLE.to_owned(), span: 0..length, work }],
            units: vec![unreadable_unit(problem)],
            chart_keys: BTreeSet::new(),
        }
    }
}

pub(crate) fn unreadable_unit(problem: Problem) -> DeliveredUnit {
    DeliveredUnit { kind: UNREADABLE.to_owned(), fate: Fate::Refused(problem), notes: Vec::new() }
}

/// Reads a message of a source, whose own FHIR server may be known, and gives its
/// bytes back; a problem means that it cannot be taken apart at all.
pub(crate) async fn read(
    own_server: Option<&ServerBase>,
    payload: Payload,
    at: Timestamp,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Result<ReadMessage, Problem>), IntakeError> {
    if bytes.len() < LONG_BYTES {
        let read = read_now(own_server, payload, at, &bytes);
        return Ok((bytes, read));
    }
    let own_server = own_server.cloned();
    let reading = tokio::task::spawn_blocking(move || {
        let read = read_now(own_server.as_ref(), payload, at, &bytes);
        (bytes, read)
    });
    reading.await.map_err(|_| IntakeError::Closing)
}

fn read_now(
    own_server: Option<&ServerBase>,
    payload: Payload,
    at: Timestamp,
    bytes: &[u8],
) -> Result<ReadMessage, Problem> {
    let delivery = match payload {
        Payload::Hl7v2 => formats::hl7v2::read_at(bytes, Some(at)),
        Payload::FhirJson => formats::fhir::read_json_of(own_server, bytes),
        Payload::FhirXml => formats::fhir::read_xml_of(own_server, bytes),
        Payload::Csv => formats::csv::read(bytes),
    }?;
    let mut message = taken_apart(delivery, payload, bytes);
    if payload == Payload::Hl7v2 {
        message.chart_keys.extend(formats::hl7v2::merged_keys(bytes));
    }
    Ok(message)
}

fn taken_apart(delivery: Delivery, payload: Payload, bytes: &[u8]) -> ReadMessage {
    let mut message = ReadMessage {
        control_id: delivery.control_id,
        stated_at: delivery.stated_at.map(When::earliest),
        work: Vec::with_capacity(delivery.units.len()),
        units: Vec::with_capacity(delivery.units.len()),
        chart_keys: BTreeSet::new(),
    };
    for unit in delivery.units {
        let Unit { kind, span, outcome, notes } = unit;
        let (work, fate) = match outcome {
            Outcome::Keep => (Work::Keep, Fate::Kept),
            Outcome::Refuse(problem) => {
                let (place, reason) = (problem.place.clone(), problem.what.clone());
                let about = about_unit(payload, bytes, span.clone());
                let work = Work::Quarantine { place, reason, about };
                (work, Fate::Refused(problem))
            }
            Outcome::Apply(changes) => {
                for key in changes.iter().map(|change| &change.chart.key) {
                    if !message.chart_keys.contains(key) {
                        message.chart_keys.insert(key.clone());
                    }
                }
                (Work::Apply(changes.into_iter().map(chart_change).collect()), Fate::Applied)
            }
        };
        message.units.push(DeliveredUnit { kind: kind.clone(), fate, notes });
        message.work.push(UnitWork { kind, span, work });
    }
    about_the_only_one(&mut message);
    message
}

fn chart_change(change: formats::Change) -> ChartChange {
    let formats::ChartClaim { key, local_numbers, told } = change.chart;
    ChartChange { key, local_numbers, told, entries: change.entries }
}
