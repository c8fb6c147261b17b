//! What moved between STU3 and R4, for each type that is read (the "R3 diff" pages
//! of R4, and the CareConnect profiles).

use super::super::node::Node;

/// What becomes of an element.
#[derive(Clone, Copy)]
pub(super) enum Move {
    /// It has another name.
    To(&'static str),
    /// A code that became a concept.
    Concept,
    /// Of each item, these parts, in a list of this name.
    Parts(&'static str, &'static [&'static str]),
    /// Its parts are elements of their own.
    Spread(&'static [(&'static str, &'static str)]),
    /// A text that became a note.
    Note,
    /// Doses and rates lie one level deeper.
    Dosages,
    /// `related`, by its type: `hasMember`, `derivedFrom`.
    Related,
    /// What it says is in the status.
    InStatus,
}

use Move::{Concept, Dosages, InStatus, Note, Parts, Related, Spread, To};

const CONTEXT: (&str, Move) = ("context", To("encounter"));
const ASSERTED: (&str, Move) = ("assertedDate", To("recordedDate"));

/// The elements of a type that moved.
pub(super) fn moves(kind: &str) -> &'static [(&'static str, Move)] {
    match kind {
        "AllergyIntolerance" => &[("clinicalStatus", Concept), ("verificationStatus", Concept), ASSERTED],
        "Appointment" => &[("reason", To("reasonCode")), ("indication", To("reasonReference"))],
        "CarePlan" | "CareTeam" => &[CONTEXT],
        "Condition" => &[("clinicalStatus", Concept), ("verificationStatus", Concept), ASSERTED, CONTEXT],
        "DiagnosticReport" => {
            &[CONTEXT, ("performer", Parts("performer", &["actor"])), ("codedDiagnosis", To("conclusionCode"))]
        }
        "DocumentReference" => &[("indexed", To("date")), ("class", To("category"))],
        "Encounter" => &[("reason", To("reasonCode"))],
        "Immunization" => &[
            ("date", To("occurrenceDateTime")),
            ("practitioner", To("performer")),
            ("explanation", Spread(&[("reasonNotGiven", "statusReason"), ("reason", "reasonCode")])),
            ("vaccinationProtocol", To("protocolApplied")),
            ("notGiven", InStatus),
        ],
        "MedicationRequest" => {
            &[CONTEXT, ("requester", Parts("requester", &["agent", "onBehalfOf"])), ("dosageInstruction", Dosages)]
        }
        "MedicationStatement" => &[("taken", InStatus), ("reasonNotTaken", To("statusReason")), ("dosage", Dosages)],
        "Observation" => &[CONTEXT, ("comment", Note), ("related", Related)],
        "Procedure" => &[CONTEXT, ("notDone", InStatus), ("notDoneReason", To("statusReason"))],
        _ => &[],
    }
}

/// The parts of a list's items that have other names: `vaccinationProtocol` numbers doses.
pub(super) fn moves_within(name: &str) -> &'static [(&'static str, Move)] {
    match name {
        "vaccinationProtocol" => &[("doseSequence", To("doseNumberPositiveInt"))],
        _ => &[],
    }
}

/// The code that R4 has for what STU3 says with this element and with others.
pub(super) fn code_instead(kind: &str, name: &str, resource: Node<'_>) -> Option<&'static str> {
    let status = resource.word("status").unwrap_or_default();
    match (kind, name) {
        _ if status == "entered-in-error" && name == "status" => None,
        ("Immunization", "status") => resource.says("notGiven", "true").then_some("not-done"),
        ("MedicationStatement", "status") => resource.says("taken", "n").then_some("not-taken"),
        ("Procedure", "status") if resource.says("notDone", "true") => Some("not-done"),
        ("Procedure", "status") => match &*status {
            "suspended" => Some("on-hold"),
            "aborted" => Some("stopped"),
            _ => None,
        },
        ("CarePlan", "status") => match &*status {
            "suspended" => Some("on-hold"),
            "cancelled" => Some("revoked"),
            _ => None,
        },
        // What GP Connect calls a plan is an authorisation in force (MedicationRequest,
        // GP Connect Access Record Structured: `intent`).
        ("MedicationRequest", "intent") if resource.says("intent", "plan") => {
            let is_gp_connect = |profile: Node<'_>| profile.text().is_some_and(|it| it.contains("-GPC-"));
            let mut profiles = resource.get("meta").into_iter().flat_map(|meta| meta.list("profile"));
            profiles.any(is_gp_connect).then_some("order")
        }
        _ => None,
    }
}
