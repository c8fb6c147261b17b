//! One content of each kind, for the tests of writing and reading back.

use record::{
    Alert, AlertKind, Allergy, AllergyKind, AllergyStatement, Appointment, AppointmentStatus, Attendance,
    AttendanceStatus, Content, Immunisation, Letter, LetterStatus, Medicine, MedicineStatus, PersonInvolved, Problem,
    ProblemStatus, Procedure, Report, ResultStatus, SocialCare, TestResult, When,
};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn at(text: &str) -> Option<When> {
    Some(When::parse_iso(text).unwrap())
}

pub(super) fn one_of_each() -> Vec<Content> {
    let mut all = lists();
    all.extend(events());
    all.extend(people());
    all
}

fn lists() -> Vec<Content> {
    let allergy = Allergy {
        statement: AllergyStatement::Substance,
        kind: AllergyKind::Allergy,
        substance: "Penicillin".into(),
        reaction: some("Rash"),
        severity: some("Severe"),
        onset: at("2019"),
        note: some("As a child"),
    };
    let none_known = Allergy {
        statement: AllergyStatement::NoneKnown,
        kind: AllergyKind::NotTold,
        substance: "No known allergies".into(),
        reaction: None,
        severity: None,
        onset: None,
        note: None,
    };
    let no_drug_allergy = Allergy { substance: "No known drug allergies".into(), ..none_known.clone() };
    let medicine = Medicine {
        name: "ramipril".into(),
        form: some("tablet"),
        dose: some("2.50 mg"),
        route: some("Oral"),
        frequency: some("once a day"),
        status: MedicineStatus::Suspended,
        course: some("Repeat"),
        started: at("2024-02"),
        ended: at("2026-01-02"),
        last_issued: at("2025-12-01"),
        reason: some("Hypertension"),
        instruction: some("In the morning"),
    };
    let problem = Problem {
        term: "Asthma".into(),
        status: ProblemStatus::Suspected,
        significance: some("Major"),
        onset: at("1990"),
        ended: None,
        note: some("Since school"),
    };
    vec![
        Content::Allergy(allergy),
        Content::Allergy(none_known),
        Content::Allergy(no_drug_allergy),
        Content::Medicine(medicine),
        Content::Problem(problem),
    ]
}

fn events() -> Vec<Content> {
    let result = |value: &str, unit: Option<String>| TestResult {
        test: "Potassium".into(),
        value: some(value),
        unit,
        range: some("3.5-5.3"),
        flag: some("H"),
        status: ResultStatus::Corrected,
        panel: None,
        specimen: some("Blood"),
        laboratory: some("Kingsbrook Pathology"),
        comment: some("Haemolysed"),
        absent_reason: None,
    };
    let report = Report {
        title: "Chest X-ray".into(),
        status: ResultStatus::Final,
        conclusion: some("Clear"),
        laboratory: some("Radiology"),
        category: some("Imaging"),
    };
    let appointment = Appointment {
        service: "Asthma clinic".into(),
        status: AppointmentStatus::NotTold,
        start: at("2026-12-01T09:30:00"),
        end: at("2026-12-01T09:50:00Z"),
        place: some("Room 4"),
        clinician: some("Nurse Ada Eze"),
        reason: some("Review"),
    };
    let attendance = Attendance {
        kind: "Emergency".into(),
        status: AttendanceStatus::Finished,
        start: at("2026-11-01T22:10:00"),
        end: at("2026-11-02"),
        place: some("Majors"),
        clinician: some("Dr Ito"),
        reason: some("Breathless"),
        outcome: some("Home"),
    };
    let letter = Letter {
        title: "Discharge summary".into(),
        status: LetterStatus::Final,
        kind: some("Letter"),
        written: at("2026-11-02T08:00:00+00:00"),
        text: some("Dear Dr\n\"Home\" today – 5 µg."),
        media_type: some("text/plain"),
        elsewhere: None,
    };
    vec![
        Content::TestResult(result("5.10", some("mmol/L"))),
        Content::TestResult(result("trace", None)),
        Content::Report(report),
        Content::Appointment(appointment),
        Content::Attendance(attendance),
        Content::Letter(letter),
    ]
}

fn people() -> Vec<Content> {
    let immunisation = Immunisation {
        vaccine: "Influenza".into(),
        given: "Not given".into(),
        on: None,
        dose_number: some("2"),
        site: some("Left arm"),
        batch: some("AB12"),
        not_given_reason: some("Declined"),
    };
    let procedure = Procedure {
        term: "Hip replacement".into(),
        status: "Completed".into(),
        start: at("2020-05-05"),
        end: None,
        performer: some("Mr Khan"),
        reason: some("Arthritis"),
        outcome: some("Uneventful"),
    };
    let alert = |kind, title: &str| Alert {
        kind,
        title: title.into(),
        detail: some("Ask first"),
        from: at("2024"),
        until: None,
    };
    let involved = |organisation| PersonInvolved {
        name: "Ben Okafor".into(),
        role: some("Son"),
        organisation,
        telephone: some("07700 900000"),
        from: at("2020"),
        until: None,
    };
    let care = SocialCare {
        title: "Home care".into(),
        status: "active".into(),
        detail: some("Mornings"),
        worker: some("Ann Lee"),
        start: at("2026-01-05"),
        end: at("2026-12-31"),
        review: at("2026-12-01"),
    };
    vec![
        Content::Immunisation(immunisation),
        Content::Procedure(procedure),
        Content::Alert(alert(AlertKind::Plan, "Asthma plan")),
        Content::Alert(alert(AlertKind::ReasonableAdjustment, "Quiet room")),
        Content::Alert(alert(AlertKind::Alert, "Falls")),
        Content::PersonInvolved(involved(None)),
        Content::PersonInvolved(involved(some("Elm Tree Surgery"))),
        Content::SocialCare(care),
    ]
}
