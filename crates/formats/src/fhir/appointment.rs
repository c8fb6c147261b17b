//! `Appointment` (R4 §12.10). Its patient is one of the participants.

use record::{Appointment, AppointmentStatus, Content};

use super::node::Node;
use super::reading::{Read, Reading, joined};
use crate::{Change, ChartClaim};

/// Reads an appointment.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = patient(reading)?;
    let status = match &*reading.status() {
        "proposed" | "pending" | "waitlist" => AppointmentStatus::Proposed,
        "booked" => AppointmentStatus::Booked,
        "arrived" | "checked-in" => AppointmentStatus::Arrived,
        "fulfilled" => AppointmentStatus::Attended,
        "cancelled" => AppointmentStatus::Cancelled,
        "noshow" => AppointmentStatus::DidNotAttend,
        _ => {
            reading.note_unknown_status();
            AppointmentStatus::NotTold
        }
    };
    let service = reading.concepts("serviceType").or_else(|| reading.concepts("specialty"));
    let service =
        service.or_else(|| named(reading, "HealthcareService")).or_else(|| reading.concept("appointmentType"));
    let description = reading.text("description");
    let references = reading.resource.list("reasonReference").filter_map(|reference| reading.called(reference));
    let reason = reading.concepts("reasonCode").or_else(|| joined(references, ", "));
    let (start, end) = (reading.when("start")?, reading.when("end")?);
    let clinician = named(reading, "Practitioner").or_else(|| named(reading, "PractitionerRole"));
    let content = Content::Appointment(Appointment {
        service: service.or_else(|| description.clone()).unwrap_or_else(|| Appointment::UNNAMED.to_owned()),
        status,
        start,
        end,
        place: named(reading, "Location"),
        clinician: clinician.clone(),
        reason: reason.or(description).or_else(|| reading.text("comment")),
    });
    let is_past =
        matches!(status, AppointmentStatus::Attended | AppointmentStatus::Cancelled | AppointmentStatus::DidNotAttend);
    let mut entry = reading.entry(content, reading.standing(is_past));
    entry.when = start;
    entry.recorded = reading.when("created")?.or(entry.recorded);
    entry.author = clinician;
    entry.code = reading.code("serviceType").or_else(|| reading.code("specialty"));
    Ok(reading.change(chart, entry))
}

fn patient<'d>(reading: &Reading<'_, 'd>) -> Read<ChartClaim> {
    let actors = || reading.resource.list("participant").filter_map(|participant| participant.get("actor"));
    let is_patient = |actor: &Node<'d>| reading.kind_of(*actor).as_deref() == Some("Patient");
    match actors().find(is_patient) {
        Some(actor) => reading.patient_of(actor, "participant.actor"),
        None => Err(reading.keep("participant", "no participant is a patient")),
    }
}

/// What the first participant of this type is called.
fn named(reading: &Reading<'_, '_>, kind: &str) -> Option<String> {
    let actors = reading.resource.list("participant").filter_map(|participant| participant.get("actor"));
    let of_kind = actors.filter(|actor| reading.kind_of(*actor).as_deref() == Some(kind));
    of_kind.map(|actor| reading.who(actor)).find_map(super::who::Who::person_or_organisation)
}
