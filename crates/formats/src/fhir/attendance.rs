//! `Encounter` (R4 §8.11).

use record::{Attendance, AttendanceStatus, Content};

use super::datatype::{concept, extension_text, has_code};
use super::node::Node;
use super::reading::{Read, Reading, joined};
use super::who::Who;
use crate::Change;

/// Reads an admission, an emergency attendance or a contact.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let status = match &*reading.status() {
        "planned" => AttendanceStatus::Planned,
        "arrived" | "triaged" | "in-progress" | "onleave" => AttendanceStatus::Current,
        "finished" => AttendanceStatus::Finished,
        "cancelled" => AttendanceStatus::Cancelled,
        _ => {
            reading.note_unknown_status();
            AttendanceStatus::NotTold
        }
    };
    let who = clinician(reading);
    let provider = reading.who_in(&["serviceProvider"]).organisation_or_person();
    let references = reading.resource.list("reasonReference").filter_map(|reference| reading.called(reference));
    let (start, end) = (reading.when("period.start")?, reading.when("period.end")?);
    let content = Content::Attendance(Attendance {
        kind: kind(reading),
        status,
        start,
        end,
        place: place(reading).or_else(|| provider.clone()),
        clinician: who.person.clone(),
        reason: reading.concepts("reasonCode").or_else(|| joined(references, ", ")),
        outcome: reading
            .concept("hospitalization.dischargeDisposition")
            .or_else(|| extension_text(reading.resource, "OutcomeOfAttendance")),
    });
    let is_past = matches!(status, AttendanceStatus::Finished | AttendanceStatus::Cancelled);
    let mut entry = reading.entry(content, reading.standing(is_past));
    entry.when = start.or(end);
    entry.organisation = provider;
    entry.code = reading.code("type");
    entry.part_of = reading.key_at("partOf.reference");
    Ok(reading.change(chart, reading.signed(entry, who)))
}

/// The kind of attendance: its class in words, then its type.
fn kind(reading: &Reading<'_, '_>) -> String {
    let class = reading.resource.at("class").and_then(|class| {
        let code = class.word("code");
        let known = code.as_deref().and_then(class_in_words).map(str::to_owned);
        known.or_else(|| concept(class))
    });
    joined([class, reading.concepts("type")].into_iter().flatten(), ": ").unwrap_or_else(|| "Attendance".to_owned())
}

/// HL7 v3-ActCode, ActEncounterCode.
fn class_in_words(code: &str) -> Option<&'static str> {
    Some(match code {
        "AMB" => "Outpatient",
        "EMER" => "Emergency",
        "FLD" => "On scene",
        "HH" => "Home visit",
        "IMP" | "ACUTE" | "NONAC" => "Inpatient",
        "OBSENC" => "Observation",
        "PRENC" => "Pre-admission",
        "SS" => "Day case",
        "VR" => "Remote contact",
        _ => return None,
    })
}

/// The attender or the person in charge before any other taking part.
fn clinician(reading: &Reading<'_, '_>) -> Who {
    let rank = |participant: &Node<'_>| {
        let is = |code: &str| participant.list("type").any(|kind| has_code(kind, code));
        if is("ATND") || is("PPRF") { 0 } else { 1 }
    };
    let mut participants: Vec<_> = reading.resource.list("participant").collect();
    participants.sort_by_key(rank);
    let named = participants.iter().filter_map(|participant| participant.get("individual"));
    named.map(|reference| reading.who(reference)).fold(Who::default(), Who::or)
}

/// Where the person is now: the active location, else the last.
fn place<'d>(reading: &Reading<'_, 'd>) -> Option<String> {
    let locations = || reading.resource.list("location");
    let named = |location: Node<'d>| reading.called_at(location, "location");
    let active = locations().find(|location| location.says("status", "active")).and_then(named);
    active.or_else(|| locations().filter_map(named).last())
}
