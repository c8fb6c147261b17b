//! The states that entries are in: the code that is stored and the word that staff read.

use crate::line::words;

words! {
    /// What kind of alert an entry in *Alerts and plans* is.
    pub enum AlertKind {
        /// A risk or hazard.
        Alert = "alert" / "Alert",
        /// A care, support, escalation or crisis plan.
        Plan = "plan" / "Plan",
        /// An accessible-information need (DCB1605): interpreter, format.
        AccessibleInformation = "accessible-information" / "Accessible information",
        /// A reasonable adjustment (NHS Reasonable Adjustment Flag).
        ReasonableAdjustment = "reasonable-adjustment" / "Reasonable adjustment",
    }
}
words! {
    /// What an allergy entry states.
    pub enum AllergyStatement {
        /// An allergy, intolerance or adverse reaction to a substance.
        Substance = "substance" / "Known allergy",
        /// The source states that none are known: of all, or of one kind
        /// ([`crate::NoneKnownOf`]).
        NoneKnown = "none-known" / "No known allergies",
    }
}
words! {
    /// Allergy or intolerance, where the source says which.
    pub enum AllergyKind {
        /// Immune reaction.
        Allergy = "allergy" / "Allergy",
        /// Other adverse reaction.
        Intolerance = "intolerance" / "Intolerance",
        /// Not told.
        NotTold = "not-told" / "Allergy or intolerance",
    }
}
words! {
    /// The state of a medicine. *Not started*, *Started* and *Suspended* are
    /// current; *Completed* and *Discontinued* are past (NHS CUI MEDv-162).
    pub enum MedicineStatus {
        /// Authorised, not yet taken.
        NotStarted = "not-started" / "Not started",
        /// Being taken.
        Started = "started" / "Started",
        /// Paused.
        Suspended = "suspended" / "Suspended",
        /// Course finished.
        Completed = "completed" / "Completed",
        /// Stopped before its end.
        Discontinued = "discontinued" / "Discontinued",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
words! {
    /// The state of a problem.
    pub enum ProblemStatus {
        /// Active now.
        Active = "active" / "Active",
        /// No longer active.
        Past = "past" / "Past",
        /// Suspected or provisional.
        Suspected = "suspected" / "Suspected",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
words! {
    /// The state of a result or report.
    pub enum ResultStatus {
        /// Asked for, no value yet.
        Registered = "registered" / "Awaited",
        /// Early value that may change.
        Preliminary = "preliminary" / "Preliminary",
        /// Complete.
        Final = "final" / "Final",
        /// Changed after it was final.
        Corrected = "corrected" / "Corrected",
        /// Not done.
        Cancelled = "cancelled" / "Cancelled",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
words! {
    /// The state of an appointment.
    pub enum AppointmentStatus {
        /// Asked for, not yet fixed.
        Proposed = "proposed" / "Proposed",
        /// Fixed.
        Booked = "booked" / "Booked",
        /// The person is there.
        Arrived = "arrived" / "Arrived",
        /// Took place.
        Attended = "attended" / "Attended",
        /// Cancelled by either side.
        Cancelled = "cancelled" / "Cancelled",
        /// The person did not come.
        DidNotAttend = "did-not-attend" / "Did not attend",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
words! {
    /// The state of an attendance.
    pub enum AttendanceStatus {
        /// Expected.
        Planned = "planned" / "Planned",
        /// In progress: the person is there.
        Current = "current" / "In progress",
        /// Over.
        Finished = "finished" / "Discharged",
        /// Cancelled.
        Cancelled = "cancelled" / "Cancelled",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
words! {
    /// The state of a letter.
    pub enum LetterStatus {
        /// Complete.
        Final = "final" / "Final",
        /// Not yet authenticated.
        Draft = "draft" / "Not yet signed",
        /// Replaced by a later version.
        Superseded = "superseded" / "Replaced",
        /// The source sent no state.
        NotTold = "not-told" / "Status not sent",
    }
}
