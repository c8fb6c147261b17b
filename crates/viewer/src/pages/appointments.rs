//! Appointments and attendances: coming up, then the past by year.

use askama::Template;

use super::parts::{Frame, LedgerTable, Moment, Origin, RecordFrame, SectionState};

/// Appointments and attendances.
#[derive(Clone, Debug, Template)]
#[template(path = "appointments.html")]
pub(crate) struct Appointments {
    pub(crate) frame: Frame,
    pub(crate) record: RecordFrame,
    /// Said first: `Your role sees date and place, not the type of clinic.`
    pub(crate) note: Option<String>,
    /// Soonest first.
    pub(crate) coming_up: Vec<Contact>,
    /// Newest first.
    pub(crate) years: Vec<Year>,
    /// `No attendance data from Oakwell before 01-Apr-2024`.
    pub(crate) gaps: Vec<String>,
    pub(crate) appointments_state: SectionState,
    pub(crate) attendances_state: SectionState,
    pub(crate) appointments_ledger: LedgerTable,
    pub(crate) attendances_ledger: LedgerTable,
}

/// One past year, newest first.
#[derive(Clone, Debug)]
pub(crate) struct Year {
    /// `2026`, or `Date not recorded` as `undated`.
    pub(crate) year: String,
    pub(crate) contacts: Vec<Contact>,
}

/// An appointment or attendance.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) from: Option<Moment>,
    pub(crate) to: Option<Moment>,
    /// Clinic, or kind of attendance.
    pub(crate) what: String,
    /// May be empty.
    pub(crate) place: String,
    /// Clinician, reason, outcome.
    pub(crate) detail: Option<String>,
    /// Never blank.
    pub(crate) status: String,
    /// Did not attend, cancelled: said in bold.
    pub(crate) warning: bool,
    pub(crate) letter_href: Option<String>,
    pub(crate) origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn a_missed_appointment_is_a_word() {
        assert!(made_up::appointments().to_string().contains("<b>Did not attend</b>"));
    }

    #[test]
    fn nothing_coming_up_is_said() {
        let page = Appointments { coming_up: vec![], ..made_up::appointments() };
        assert!(page.to_string().contains("Nothing coming up is recorded"));
    }
}
