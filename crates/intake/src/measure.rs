//! What an operator is told about the intake: counts and times by source, never
//! anything of what a message says. Labels are bounded: sources are configured,
//! and a kind that we do not read is `other`, because senders choose its words.

use record::SourceId;
use store::{Applied, Received};
use tokio::time::Instant;

use crate::error::IntakeError;

/// FHIR types and CSV rows that are read, and what stands for a message that
/// cannot be taken apart.
const KINDS: &[&str] = &[
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Flag",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "Procedure",
    "RelatedPerson",
    "csv:alert",
    "csv:assessment",
    "csv:contact",
    "csv:involvement",
    "csv:package",
    "csv:person",
    "unreadable",
];
/// HL7 v2 events that are read: message code, letter of the event, first and last number.
const EVENTS: &[(&str, char, u8, u8)] =
    &[("ADT", 'A', 1, 62), ("MDM", 'T', 1, 11), ("ORU", 'R', 1, 1), ("ORU", 'R', 30, 32), ("SIU", 'S', 12, 26)];
/// The label of every other kind.
const OTHER: &str = "other";

/// The span of one message: everything logged within carries its source and,
/// once it has one, its number.
pub(crate) fn span(source: &SourceId) -> tracing::Span {
    tracing::error_span!("message", source = %source, message_id = tracing::field::Empty)
}

/// When something begins.
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// A message became durable or could not.
pub(crate) fn received(source: &SourceId, began: Instant, outcome: Result<Received, &IntakeError>, is_readable: bool) {
    let outcome = match outcome {
        Ok(_) if !is_readable => "unreadable",
        Ok(Received::New(_)) => "new",
        Ok(Received::Duplicate(_)) => "duplicate",
        Ok(Received::ControlIdReused(_)) => "control-id-reused",
        Ok(Received::SetAsideBefore(_)) => "set-aside-before",
        Err(_) => "not-kept",
    };
    let source = source.to_string();
    metrics::histogram!("connect_care_message_durable_seconds", "source" => source.clone())
        .record(began.elapsed().as_secs_f64());
    metrics::counter!("connect_care_messages_received_total", "source" => source, "outcome" => outcome).increment(1);
}

/// A durable message was applied, so long after it was queued.
pub(crate) fn applied(source: &SourceId, queued: Instant, applied: &Applied) {
    metrics::histogram!("connect_care_message_apply_seconds", "source" => source.to_string())
        .record(queued.elapsed().as_secs_f64());
    for (kind, counts) in &applied.by_kind {
        let fates = [("applied", counts.applied), ("kept", counts.kept), ("quarantined", counts.quarantined)];
        for (fate, count) in fates.into_iter().filter(|(_, count)| *count > 0) {
            units(source, kind, fate, count);
        }
    }
}

/// Units of a kind met this fate.
pub(crate) fn units(source: &SourceId, kind: &str, fate: &'static str, count: u64) {
    let (source, kind) = (source.to_string(), label(kind));
    metrics::counter!("connect_care_message_units_total", "source" => source, "kind" => kind, "fate" => fate)
        .increment(count);
}

/// One connection of a source's port, counted while it is open.
pub(crate) struct OpenConnection(metrics::Gauge);

impl OpenConnection {
    pub(crate) fn of(source: &SourceId) -> Self {
        let gauge = metrics::gauge!("connect_care_mllp_connections", "source" => source.to_string());
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// A connection of a source was refused, for this reason.
pub(crate) fn refused(source: &SourceId, reason: &'static str) {
    metrics::counter!("connect_care_mllp_refused_total", "source" => source.to_string(), "reason" => reason)
        .increment(1);
}

/// The kind where it is one that is read.
fn label(kind: &str) -> String {
    let is_event = kind.split_once('^').is_some_and(|(code, event)| {
        EVENTS.iter().any(|(known, letter, first, last)| {
            let number = event.strip_prefix(*letter).filter(|digits| digits.len() == 2);
            let number = number.and_then(|digits| digits.parse::<u8>().ok());
            code == *known && number.is_some_and(|number| (*first..=*last).contains(&number))
        })
    });
    if is_event || KINDS.contains(&kind) { kind.to_owned() } else { OTHER.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_is_read_is_its_own_label() {
        for kind in ["ADT^A01", "ADT^A40", "ORU^R01", "ORU^R31", "SIU^S12", "MDM^T02", "Patient", "csv:package"] {
            assert_eq!(label(kind), kind);
        }
    }

    #[test]
    fn what_a_sender_invents_makes_no_new_label() {
        for kind in
            ["ADT^A63", "ADT^A001", "ADT^+1", "ORU^R02", "ZZZ^Z01", "Okafor", "csv:okafor", "", "ADT^A01^ADT_A01"]
        {
            assert_eq!(label(kind), OTHER, "{kind}");
        }
    }
}
