//! Entries and people of which every text field says whose it is, what and where:
//! `plain.medicine.dose`. Whatever leaves the door can be traced to its field.

use std::collections::BTreeSet;

use record::{
    Address, Alert, AlertKind, Allergy, AllergyKind, AllergyStatement, Appointment, AppointmentStatus, Attendance,
    AttendanceStatus, Code, Content, Demographics, Gender, Immunisation, Letter, LetterStatus, Medicine,
    MedicineStatus, NewEntry, NhsNumber, PersonInvolved, PersonName, Problem, ProblemStatus, Procedure, Report,
    ResultStatus, Sensitivity, SocialCare, Standing, TestResult, When,
};

pub(crate) fn entry(kind: &str, tag: &str) -> NewEntry {
    let text = |field: &str| format!("{tag}.{kind}.{field}");
    NewEntry {
        key: format!("{kind}/{tag}"),
        content: content(kind, tag),
        standing: Standing::Current,
        sensitivity: Sensitivity::Ordinary,
        when: day("2026-11-20"),
        recorded: day("2026-11-20"),
        author: Some(text("author")),
        organisation: Some(text("organisation")),
        code: Some(Code { system: text("system").into(), code: text("code") }),
        part_of: None,
    }
}

pub(crate) fn sensitive(kind: &str, tag: &str) -> NewEntry {
    NewEntry { sensitivity: Sensitivity::Sensitive, ..entry(kind, tag) }
}

/// One entry of every kind.
pub(crate) fn one_of_each(tag: &str) -> Vec<NewEntry> {
    Content::KINDS.iter().map(|kind| entry(kind, tag)).collect()
}

/// A person who has told everything.
pub(crate) fn person(tag: &str, number: &str) -> Demographics {
    let text = |field: &str| format!("{tag}.identity.{field}");
    Demographics {
        nhs_number: NhsNumber::parse(number).ok(),
        nhs_number_rejected: Some(text("rejected")),
        name: PersonName {
            family: text("family"),
            given: vec![text("given")],
            title: Some(text("title")),
            preferred: Some(text("preferred")),
        },
        other_names: vec![PersonName { family: text("other-family"), ..PersonName::default() }],
        born: day("1951-03-04"),
        gender: Some(Gender::Female),
        address: Some(Address { lines: vec![text("address")], postcode: Some(text("postcode")) }),
        telephones: vec![text("telephone")],
        practice: Some(text("practice")),
        died: None,
        restricted: false,
        interpreter: Some(text("interpreter")),
        ethnicity: Some(text("ethnicity")),
        taken_back: Vec::new(),
    }
}

/// Grace Okafor, as people are found.
pub(crate) fn named(family: &str, given: &str, born: &str, number: Option<&str>) -> Demographics {
    Demographics {
        nhs_number: number.map(|number| NhsNumber::parse(number).unwrap()),
        name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
        born: day(born),
        ..Demographics::default()
    }
}

/// Every traceable field of `tag` in a text.
pub(crate) fn fields_in(text: &str, tag: &str) -> BTreeSet<String> {
    let start = format!("{tag}.");
    let field = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || "-.".contains(*c)).collect();
    text.split(start.as_str()).skip(1).map(field).collect()
}

pub(crate) fn day(text: &str) -> Option<When> {
    When::parse_iso(text).ok()
}

fn content(kind: &str, tag: &str) -> Content {
    let must = |field: &str| format!("{tag}.{kind}.{field}");
    let may = |field: &str| Some(must(field));
    let on = day("2026-11-20");
    match kind {
        "alert" => Content::Alert(Alert {
            kind: AlertKind::Alert,
            title: must("title"),
            detail: may("detail"),
            from: on,
            until: None,
        }),
        "allergy" => Content::Allergy(Allergy {
            statement: AllergyStatement::Substance,
            kind: AllergyKind::Allergy,
            substance: must("substance"),
            reaction: may("reaction"),
            severity: may("severity"),
            onset: on,
            note: may("note"),
        }),
        "medicine" => Content::Medicine(Medicine {
            name: must("name"),
            form: may("form"),
            dose: may("dose"),
            route: may("route"),
            frequency: may("frequency"),
            status: MedicineStatus::Started,
            course: may("course"),
            started: on,
            ended: None,
            last_issued: on,
            reason: may("reason"),
            instruction: may("instruction"),
        }),
        "problem" => Content::Problem(Problem {
            term: must("term"),
            status: ProblemStatus::Active,
            significance: may("significance"),
            onset: on,
            ended: None,
            note: may("note"),
        }),
        "result" => Content::TestResult(TestResult {
            test: must("test"),
            value: may("value"),
            unit: may("unit"),
            range: may("range"),
            flag: may("flag"),
            status: ResultStatus::Final,
            panel: may("panel"),
            specimen: may("specimen"),
            laboratory: may("laboratory"),
            comment: may("comment"),
            absent_reason: may("absent-reason"),
        }),
        "report" => Content::Report(Report {
            title: must("title"),
            status: ResultStatus::Final,
            conclusion: may("conclusion"),
            laboratory: may("laboratory"),
            category: may("category"),
        }),
        "appointment" => Content::Appointment(Appointment {
            service: must("service"),
            status: AppointmentStatus::Booked,
            start: day("2026-12-01T10:00:00"),
            end: None,
            place: may("place"),
            clinician: may("clinician"),
            reason: may("reason"),
        }),
        "attendance" => Content::Attendance(Attendance {
            kind: must("kind"),
            status: AttendanceStatus::Finished,
            start: on,
            end: on,
            place: may("place"),
            clinician: may("clinician"),
            reason: may("reason"),
            outcome: may("outcome"),
        }),
        "letter" => Content::Letter(Letter {
            title: must("title"),
            status: LetterStatus::Final,
            kind: may("kind"),
            written: on,
            text: may("text"),
            media_type: may("media-type"),
            elsewhere: may("elsewhere"),
        }),
        "immunisation" => Content::Immunisation(Immunisation {
            vaccine: must("vaccine"),
            given: must("given"),
            on,
            dose_number: may("dose-number"),
            site: may("site"),
            batch: may("batch"),
            not_given_reason: may("not-given-reason"),
        }),
        "procedure" => Content::Procedure(Procedure {
            term: must("term"),
            status: must("status"),
            start: on,
            end: None,
            performer: may("performer"),
            reason: may("reason"),
            outcome: may("outcome"),
        }),
        "person-involved" => Content::PersonInvolved(PersonInvolved {
            name: must("name"),
            role: may("role"),
            organisation: may("employer"),
            telephone: may("telephone"),
            from: on,
            until: None,
        }),
        "social-care" => Content::SocialCare(SocialCare {
            title: must("title"),
            status: must("status"),
            detail: may("detail"),
            worker: may("worker"),
            start: on,
            end: None,
            review: on,
        }),
        other => panic!("made-up entries know no {other}: add it here, so that it is traced"),
    }
}
