use std::collections::BTreeSet;

use formats::fhir::{ServerBase, Shape};
use formats::{Delivery, Outcome, Problem, Unit};
use jiff::Timestamp;
use record::{SourceFormat, When};
use store::{Aside, ChartChange, Terms, UnitWork, Work};

use crate::about::{about_all, about_the_only_one, about_unit};
use crate::delivered::{DeliveredUnit, Fate, UNREADABLE};
use crate::error::IntakeError;
use crate::rearranging;

/// From this length on, reading an HL7 v2 message gets a thread of its own, so that
/// it holds up nobody else's acknowledgement, in bytes.
const LONG_HL7V2_BYTES: usize = 64 * 1024;
/// The same for the other formats, of which reading takes longer and more comes at once.
const LONG_BYTES: usize = 8 * 1024;

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
    /// `MSH-13`, where its sender numbers its messages.
    pub(crate) number: Option<u64>,
    /// What to do with each unit.
    pub(crate) work: Vec<UnitWork>,
    /// What is told of each unit.
    pub(crate) units: Vec<DeliveredUnit>,
    /// The source's own keys of the patients that it speaks of.
    pub(crate) chart_keys: BTreeSet<String>,
    /// What a FHIR message was.
    pub(crate) shape: Shape,
}

impl ReadMessage {
    /// Whether it takes back entries without saying whose they are.
    pub(crate) fn removes(&self) -> bool {
        self.units.iter().any(|unit| unit.fate == Fate::Removed)
    }

    /// The same read from a line of a file: what cannot be read says which.
    pub(crate) fn at_line(problem: Problem, line: u64) -> Problem {
        Problem::new(format!("line {line} of the file: {}", problem.place), problem.what)
    }

    /// The first fault, for the acknowledgement.
    pub(crate) fn fault(&self) -> Option<Problem> {
        self.units.iter().find_map(|unit| match &unit.fate {
            Fate::Refused(problem) => Some(problem.clone()),
            Fate::Applied | Fate::Removed | Fate::Kept => None,
        })
    }

    /// A durable message that can no longer be read: all of it waits in quarantine.
    pub(crate) fn unreadable(problem: Problem, length: usize) -> Self {
        let (place, reason) = (problem.place.clone(), problem.what.clone());
        let work = Work::Quarantine { place, reason, about: Vec::new() };
        Self {
            control_id: None,
            stated_at: None,
            number: None,
            work: vec![UnitWork { kind: UNREADABLE.to_owned(), span: 0..length, work }],
            units: vec![unreadable_unit(problem)],
            chart_keys: BTreeSet::new(),
            shape: Shape::Single,
        }
    }
}

pub(crate) fn unreadable_unit(problem: Problem) -> DeliveredUnit {
    let fate = Fate::Refused(problem);
    DeliveredUnit { kind: UNREADABLE.to_owned(), fate, notes: Vec::new(), key: None, is_conditional: false }
}

/// Reads a message, a long one on a thread of its own, and gives its bytes back.
pub(crate) async fn read_in_turn(
    aside: &Aside,
    own_server: Option<&ServerBase>,
    payload: Payload,
    at: Timestamp,
    bytes: Vec<u8>,
) -> Result<(Vec<u8>, Result<ReadMessage, Problem>), IntakeError> {
    let long_bytes = if payload == Payload::Hl7v2 { LONG_HL7V2_BYTES } else { LONG_BYTES };
    if bytes.len() < long_bytes {
        let read = read(own_server, payload, at, &bytes);
        return Ok((bytes, read));
    }
    let own_server = own_server.cloned();
    let reading = aside.run(move || {
        let read = read(own_server.as_ref(), payload, at, &bytes);
        (bytes, read)
    });
    reading.await.map_err(|_| IntakeError::Closing)
}

/// Reads a message of a source, whose own FHIR server may be known; a problem means
/// that it cannot be taken apart at all.
pub(crate) fn read(
    own_server: Option<&ServerBase>,
    payload: Payload,
    at: Timestamp,
    bytes: &[u8],
) -> Result<ReadMessage, Problem> {
    match payload {
        Payload::Hl7v2 => {
            let delivery = formats::hl7v2::read_at(bytes, Some(at))?;
            let mut message = taken_apart(delivery, Shape::Single, payload, bytes);
            message.number = formats::hl7v2::sequence_number(bytes);
            message.chart_keys.extend(formats::hl7v2::merged_keys(bytes));
            Ok(message)
        }
        Payload::FhirJson | Payload::FhirXml => {
            let message = formats::fhir::read_message(own_server, bytes)?;
            Ok(taken_apart(message.delivery, message.shape, payload, bytes))
        }
        Payload::Csv => formats::csv::read(bytes).map(|delivery| taken_apart(delivery, Shape::Batch, payload, bytes)),
    }
}

fn taken_apart(delivery: Delivery, shape: Shape, payload: Payload, bytes: &[u8]) -> ReadMessage {
    let mut message = ReadMessage {
        control_id: delivery.control_id,
        stated_at: delivery.stated_at.map(When::earliest),
        number: None,
        work: Vec::with_capacity(delivery.units.len()),
        units: Vec::with_capacity(delivery.units.len()),
        chart_keys: BTreeSet::new(),
        shape,
    };
    let with_all = shape == Shape::Transaction;
    for unit in delivery.units {
        let Unit { kind, span, outcome, notes } = unit;
        let (key, mut is_conditional) = (key_of(&outcome), false);
        let (work, fate) = match outcome {
            Outcome::Keep => (Work::Keep, Fate::Kept),
            // The lanes of all its patients keep its place.
            Outcome::Rearrange(asked) => {
                message.chart_keys.extend(asked.chart_keys().map(str::to_owned));
                let about = about_all(about_unit(payload, bytes, span.clone()), asked.chart_keys());
                let work = rearranging::work(asked, Terms { only_if_new: false, with_all }, about);
                // What waits for somebody's decision is nothing that its sender could mend.
                let waits = matches!(work, Work::Quarantine { .. });
                (work, if waits { Fate::Kept } else { Fate::Applied })
            }
            Outcome::Refuse(problem) => {
                let (place, reason) = (problem.place.clone(), problem.what.clone());
                let about = about_unit(payload, bytes, span.clone());
                let work = Work::Quarantine { place, reason, about };
                (work, Fate::Refused(problem))
            }
            Outcome::Apply(changes) => (message.apply(Terms { only_if_new: false, with_all }, changes), Fate::Applied),
            Outcome::ApplyIfNew(changes) => {
                is_conditional = true;
                (message.apply(Terms { only_if_new: true, with_all }, changes), Fate::Applied)
            }
            Outcome::Remove(key) => (Work::Remove(key), Fate::Removed),
        };
        message.units.push(DeliveredUnit { kind: kind.clone(), fate, notes, key, is_conditional });
        message.work.push(UnitWork { kind, span, work });
    }
    about_the_only_one(&mut message);
    message
}

impl ReadMessage {
    fn apply(&mut self, terms: Terms, changes: Vec<formats::Change>) -> Work {
        for key in changes.iter().map(|change| &change.chart.key) {
            if !self.chart_keys.contains(key) {
                self.chart_keys.insert(key.clone());
            }
        }
        let changes = changes.into_iter().map(chart_change).collect();
        if terms == Terms::default() { Work::Apply(changes) } else { Work::ApplyOn(terms, changes) }
    }
}

/// The source's own name for what a unit tells: the entry, or the patient.
fn key_of(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Apply(changes) | Outcome::ApplyIfNew(changes) => {
            let change = changes.first()?;
            Some(change.entries.first().map_or(&change.chart.key, |entry| &entry.key).clone())
        }
        Outcome::Remove(key) => Some(key.clone()),
        Outcome::Rearrange(asked) => asked.changes.first().map(|change| change.chart.key.clone()),
        Outcome::Keep | Outcome::Refuse(_) => None,
    }
}

pub(crate) fn chart_change(change: formats::Change) -> ChartChange {
    let formats::ChartClaim { key, local_numbers, told } = change.chart;
    ChartChange { key, local_numbers, told, entries: change.entries }
}
