//! What is left of an entry for a reader who may see names only.
//!
//! Every struct is taken apart and built field by field: a field added to the
//! record does not compile here until somebody has decided whether it is a name.

use record::{
    Alert, Allergy, Appointment, Attendance, Content, Entry, Immunisation, Letter, Medicine, PersonInvolved, Problem,
    Procedure, Provenance, Report, SocialCare, TestResult,
};

use crate::medicine_name::without_strength;

/// The entry with its name, its date and its state. Its code goes, because a
/// code can say the strength or the clinic; so do author and organisation.
pub(crate) fn names_only(entry: Entry) -> Entry {
    let Entry { id, content, standing, sensitivity, when, code: _, provenance } = entry;
    let Provenance { source, chart, message, unit, recorded, author: _, organisation: _ } = provenance;
    let provenance = Provenance { source, chart, message, unit, recorded, author: None, organisation: None };
    Entry { id, content: name_of(content), standing, sensitivity, when, code: None, provenance }
}

fn name_of(content: Content) -> Content {
    match content {
        Content::Alert(it) => Content::Alert(alert(it)),
        Content::Allergy(it) => Content::Allergy(allergy(it)),
        Content::Medicine(it) => Content::Medicine(medicine(&it)),
        Content::Problem(it) => Content::Problem(problem(it)),
        Content::TestResult(it) => Content::TestResult(test_result(it)),
        Content::Report(it) => Content::Report(report(it)),
        Content::Appointment(it) => Content::Appointment(appointment(it)),
        Content::Attendance(it) => Content::Attendance(attendance(it)),
        Content::Letter(it) => Content::Letter(letter(it)),
        Content::Immunisation(it) => Content::Immunisation(immunisation(it)),
        Content::Procedure(it) => Content::Procedure(procedure(it)),
        Content::PersonInvolved(it) => Content::PersonInvolved(person_involved(it)),
        Content::SocialCare(it) => Content::SocialCare(social_care(it)),
    }
}

fn alert(it: Alert) -> Alert {
    let Alert { kind, title, detail: _, from, until } = it;
    Alert { kind, title, detail: None, from, until }
}

fn allergy(it: Allergy) -> Allergy {
    let Allergy { statement, kind, substance, reaction: _, severity: _, onset, note: _ } = it;
    Allergy { statement, kind, substance, reaction: None, severity: None, onset, note: None }
}

fn medicine(it: &Medicine) -> Medicine {
    Medicine {
        name: without_strength(&it.name),
        form: None,
        dose: None,
        route: None,
        frequency: None,
        status: it.status,
        course: None,
        started: it.started,
        ended: it.ended,
        last_issued: None,
        reason: None,
        instruction: None,
    }
}

fn problem(it: Problem) -> Problem {
    let Problem { term, status, significance: _, onset, ended, note: _ } = it;
    Problem { term, status, significance: None, onset, ended, note: None }
}

fn test_result(it: TestResult) -> TestResult {
    TestResult {
        test: it.test,
        value: None,
        unit: None,
        range: None,
        flag: None,
        status: it.status,
        panel: None,
        specimen: None,
        laboratory: None,
        comment: None,
        absent_reason: None,
    }
}

fn report(it: Report) -> Report {
    let Report { title, status, conclusion: _, laboratory: _, category: _ } = it;
    Report { title, status, conclusion: None, laboratory: None, category: None }
}

/// Date, place and state; the clinic's name tells what somebody is treated for.
fn appointment(it: Appointment) -> Appointment {
    let Appointment { service: _, status, start, end, place, clinician: _, reason: _ } = it;
    Appointment { service: "Appointment".to_owned(), status, start, end, place, clinician: None, reason: None }
}

fn attendance(it: Attendance) -> Attendance {
    let Attendance { kind: _, status, start, end, place, clinician: _, reason: _, outcome: _ } = it;
    let kind = "Attendance".to_owned();
    Attendance { kind, status, start, end, place, clinician: None, reason: None, outcome: None }
}

fn letter(it: Letter) -> Letter {
    let Letter { title, status, kind: _, written, text: _, media_type: _, elsewhere: _ } = it;
    Letter { title, status, kind: None, written, text: None, media_type: None, elsewhere: None }
}

fn immunisation(it: Immunisation) -> Immunisation {
    let Immunisation { vaccine, given, on, dose_number: _, site: _, batch: _, not_given_reason: _ } = it;
    Immunisation { vaccine, given, on, dose_number: None, site: None, batch: None, not_given_reason: None }
}

fn procedure(it: Procedure) -> Procedure {
    let Procedure { term, status, start, end, performer: _, reason: _, outcome: _ } = it;
    Procedure { term, status, start, end, performer: None, reason: None, outcome: None }
}

fn person_involved(it: PersonInvolved) -> PersonInvolved {
    let PersonInvolved { name, role: _, organisation: _, telephone: _, from, until } = it;
    PersonInvolved { name, role: None, organisation: None, telephone: None, from, until }
}

fn social_care(it: SocialCare) -> SocialCare {
    let SocialCare { title, status, detail: _, worker: _, start, end, review: _ } = it;
    SocialCare { title, status, detail: None, worker: None, start, end, review: None }
}
