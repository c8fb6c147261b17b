//! What holds now and what is over.

use record::{AttendanceStatus, Content, Entry, MedicineStatus, ProblemStatus, Standing, When};

use crate::time::Today;

/// Whether the entry stands among what holds now or lies ahead. A state that
/// was told decides (NHS CUI MEDv-162 for medicines); otherwise what intake wrote.
pub(crate) fn is_current(entry: &Entry, today: Today) -> bool {
    let holds = entry.standing == Standing::Current;
    let not_over = |until: Option<When>| until.is_none_or(|until| !today.is_over(until));
    match &entry.content {
        Content::Medicine(it) => match it.status {
            MedicineStatus::NotStarted | MedicineStatus::Started | MedicineStatus::Suspended => true,
            MedicineStatus::Completed | MedicineStatus::Discontinued => false,
            MedicineStatus::NotTold => holds,
        },
        Content::Problem(it) => match it.status {
            ProblemStatus::Active | ProblemStatus::Suspected => true,
            ProblemStatus::Past => false,
            ProblemStatus::NotTold => holds,
        },
        Content::Appointment(it) => match it.start.or(entry.when) {
            Some(start) => !today.is_over(start),
            None => holds,
        },
        Content::Attendance(it) => match it.status {
            AttendanceStatus::Current => true,
            AttendanceStatus::Finished | AttendanceStatus::Cancelled => false,
            AttendanceStatus::Planned | AttendanceStatus::NotTold => holds && not_over(it.end),
        },
        Content::Alert(it) => holds && not_over(it.until),
        Content::PersonInvolved(it) => holds && not_over(it.until),
        Content::SocialCare(it) => holds && not_over(it.end),
        Content::Allergy(_) => holds,
        // Events: they happened and stay in one list, newest first.
        Content::TestResult(_)
        | Content::Report(_)
        | Content::Letter(_)
        | Content::Immunisation(_)
        | Content::Procedure(_) => true,
    }
}
