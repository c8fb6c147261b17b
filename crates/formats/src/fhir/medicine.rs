//! `MedicationRequest` (R4 §11.1) and `MedicationStatement` (R4 §11.4).

use record::{Alert, AlertKind, Content, Medicine, MedicineStatus, Standing, When};

use super::datatype::{concept, extension, extension_text};
use super::dosage::{self, Dosage};
use super::node::Node;
use super::reading::{Read, Reading, joined, notes_of};
use crate::Change;

/// Reads a prescription. An order *not* to give a medicine becomes an alert: on
/// a list of medicines it would say the opposite.
pub(super) fn read_request(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let authored = reading.when("authoredOn")?;
    let dosage = dosage::read(reading, "dosageInstruction")?;
    let is_plan = matches!(reading.text("intent").as_deref(), Some("proposal" | "plan" | "option"));
    let status = match &*reading.status() {
        "active" | "draft" if is_plan => MedicineStatus::NotStarted,
        "active" => MedicineStatus::Started,
        "on-hold" => MedicineStatus::Suspended,
        "completed" => MedicineStatus::Completed,
        "stopped" | "cancelled" => MedicineStatus::Discontinued,
        "draft" => MedicineStatus::NotStarted,
        _ => not_told(reading),
    };
    let standing = standing(reading, status);
    let course = [reading.concept("courseOfTherapyType"), extension_text(reading.resource, "PrescriptionType")];
    let issued = reading.when("dispenseRequest.validityPeriod.start")?;
    let started = dosage.start.or(issued).or(authored);
    let medicine = medicine(reading, status, dosage, joined(course.into_iter().flatten(), ", "), started, issued);
    let code = medicine_code(reading);
    let content = if reading.resource.says("doNotPerform", "true") {
        prohibition(&medicine, authored)
    } else {
        Content::Medicine(medicine)
    };
    let mut entry = reading.entry(content, standing);
    entry.when = authored.or(started);
    entry.recorded = authored.or(entry.recorded);
    entry.code = code;
    entry.part_of = reading.key_at("encounter.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_in(&["requester", "recorder"]))))
}

/// Reads a statement that a medicine is, was or will be taken.
pub(super) fn read_statement(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let dosage = dosage::read(reading, "dosage")?;
    let not_taken = reading.status() == "not-taken";
    let status = match &*reading.status() {
        "active" => MedicineStatus::Started,
        "completed" => MedicineStatus::Completed,
        "intended" => MedicineStatus::NotStarted,
        "stopped" | "not-taken" => MedicineStatus::Discontinued,
        "on-hold" => MedicineStatus::Suspended,
        _ => not_told(reading),
    };
    let started = reading.when_or_start("effective")?.or(dosage.start);
    let ended = reading.when("effectivePeriod.end")?;
    let asserted = reading.when("dateAsserted")?;
    let issued = match extension(reading.resource, "MedicationStatementLastIssueDate") {
        Some(extension) => reading.when_in(extension, "valueDateTime", "extension.")?,
        None => None,
    };
    let course = extension_text(reading.resource, "PrescriptionType").or_else(|| reading.concept("category"));
    let mut medicine = medicine(reading, status, dosage, course, started, issued);
    medicine.ended = ended.or(medicine.ended);
    if not_taken {
        medicine.instruction = joined(std::iter::once("Not taken".to_owned()).chain(medicine.instruction), ". ");
    }
    let mut entry = reading.entry(Content::Medicine(medicine), standing(reading, status));
    entry.when = started.or(asserted);
    entry.recorded = asserted.or(entry.recorded);
    entry.code = medicine_code(reading);
    entry.part_of = reading.key_at("context.reference");
    Ok(reading.change(chart, reading.signed(entry, reading.who_in(&["informationSource"]))))
}

fn medicine(
    reading: &Reading<'_, '_>,
    status: MedicineStatus,
    dosage: Dosage,
    course: Option<String>,
    started: Option<When>,
    last_issued: Option<When>,
) -> Medicine {
    let medication = medication(reading);
    let told = medication.and_then(|medication| medication.get("code")).and_then(concept);
    let named =
        reading.concept("medicationCodeableConcept").or(told).or_else(|| reading.text("medicationReference.display"));
    let name = named.unwrap_or_else(|| {
        reading.note("medication[x]", "the medicine is not named, and the Medication is not in this message");
        "Medicine not named by the source".to_owned()
    });
    let reasons = reading.concepts("reasonCode").or_else(|| {
        joined(reading.resource.list("reasonReference").filter_map(|reference| reading.called(reference)), ", ")
    });
    let instruction = [dosage.instruction, notes_of(reading.resource)];
    Medicine {
        name,
        form: medication.and_then(|medication| medication.get("form")).and_then(concept),
        dose: dosage.dose,
        route: dosage.route,
        frequency: dosage.frequency,
        status,
        course,
        started,
        ended: dosage.end,
        last_issued,
        reason: reasons,
        instruction: joined(instruction.into_iter().flatten(), "\n"),
    }
}

fn medication<'d>(reading: &Reading<'_, 'd>) -> Option<Node<'d>> {
    let target = reading.target(reading.resource.get("medicationReference")?)?;
    Some(target).filter(|target| target.says("resourceType", "Medication"))
}

fn medicine_code(reading: &Reading<'_, '_>) -> Option<record::Code> {
    let of_reference = || medication(reading)?.get("code").and_then(super::datatype::best_code);
    reading.code("medicationCodeableConcept").or_else(of_reference)
}

fn prohibition(medicine: &Medicine, from: Option<When>) -> Content {
    let detail = [medicine.instruction.clone(), medicine.reason.clone()];
    Content::Alert(Alert {
        kind: AlertKind::Alert,
        title: format!("Do not give: {}", medicine.name),
        detail: joined(detail.into_iter().flatten(), "\n"),
        from,
        until: medicine.ended,
    })
}

fn not_told(reading: &Reading<'_, '_>) -> MedicineStatus {
    reading.note_unknown_status();
    MedicineStatus::NotTold
}

/// NHS CUI MEDv-162: not started, started and suspended are current.
fn standing(reading: &Reading<'_, '_>, status: MedicineStatus) -> Standing {
    reading.standing(matches!(status, MedicineStatus::Completed | MedicineStatus::Discontinued))
}
