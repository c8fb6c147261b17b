//! Made-up pages of what was and who was there.

use record::Section;

use super::around::{BASE, at, frame, from_in_full, ledger, on, record, state, state_with_gap};
use crate::pages::appointments::{Appointments, Contact, Year};
use crate::pages::immunisations::{ImmunisationRow, Immunisations, ProcedureRow};
use crate::pages::letters::{LetterRow, Letters, OneLetter};
use crate::pages::parts::{Frame, Moment, Place, SignedIn, Tab};
use crate::pages::people::{People, PersonRow, SocialCareRow};
use crate::pages::problems::{AlertRow, ProblemRow, Problems};
use crate::pages::sources::{Sources, System};
use crate::pages::who_looked::{Look, Looks, WhoLooked};

pub(crate) fn appointments() -> Appointments {
    let contact = |from: Moment, what: &str, place: &str, status: &str| Contact {
        from: Some(from),
        to: None,
        what: what.into(),
        place: place.into(),
        detail: None,
        warning: status == "Did not attend" || status == "Cancelled",
        status: status.into(),
        letter_href: None,
        origin: from_in_full(place, "2026-11-20"),
    };
    let mut stay = contact(at("2026-11-19T13:05:00Z"), "Emergency, then ward", "Thameside Hospital", "Discharged");
    stay.to = Some(at("2026-11-20T16:00:00Z"));
    stay.detail = Some("Chest pain. Dr A. Mensah. Home with district nurse visits.".into());
    stay.letter_href = Some(format!("{BASE}/letters/l1"));
    Appointments {
        frame: frame(),
        record: record(Tab::Appointments),
        note: None,
        coming_up: vec![
            contact(on("2026-12-01T10:30:00Z"), "Cardiology clinic", "Guildhall Hospital", "Booked"),
            contact(on("2026-12-09T14:00:00Z"), "Diabetes annual review", "Riverside Surgery", "Booked"),
        ],
        years: vec![
            Year {
                year: "2026".into(),
                contacts: vec![
                    stay,
                    contact(
                        at("2026-11-02T09:00:00Z"),
                        "Anticoagulation clinic",
                        "Thameside Hospital",
                        "Did not attend",
                    ),
                    contact(at("2026-08-14"), "Home visit, wound care", "Southbank Community", "Attended"),
                ],
            },
            Year {
                year: "2025".into(),
                contacts: vec![contact(at("2025-06-11T11:15:00Z"), "Renal clinic", "Guildhall Hospital", "Cancelled")],
            },
        ],
        gaps: vec!["No attendance data from Oakwell Mental Health before 01-Apr-2024".into()],
        appointments_state: state_with_gap("5 of 6 sources"),
        attendances_state: state_with_gap("5 of 6 sources"),
        appointments_ledger: ledger(Section::Appointments),
        attendances_ledger: ledger(Section::Attendances),
    }
}

pub(crate) fn letters() -> Letters {
    let row = |id: &str, title: &str, written: &str, source: &str, status: &str| LetterRow {
        href: format!("{BASE}/letters/{id}"),
        title: title.into(),
        written: Some(at(written)),
        kind: "Clinical letter".into(),
        status: status.into(),
        origin: from_in_full(source, written),
    };
    Letters {
        frame: frame(),
        record: record(Tab::Letters),
        letters: vec![
            row("l1", "Discharge summary", "2026-11-20", "Thameside Hospital", "Final"),
            row("l3", "Discharge summary", "2026-11-18", "Thameside Hospital", "Replaced"),
            row("l2", "Diabetic eye screening", "2026-09-08", "Guildhall Hospital", "Final"),
            row("l4", "Care and support plan review", "2026-08-14", "Southbank Community", "Not yet signed"),
        ],
        state: state_with_gap("4 of 5 sources"),
        ledger: ledger(Section::Letters),
    }
}

pub(crate) fn one_letter() -> OneLetter {
    let text = "Dear Dr Nair\n\nDiagnosis: chest pain, no acute coronary syndrome. Acute kidney injury on chronic kidney disease stage 3b.\n\nChanges to medicines\nramipril reduced from 5 mg to 2.5 mg once a day because of the potassium of 6.1 mmol/L.\n\nFor the GP\nPlease repeat urea and electrolytes within one week.\n\nYours sincerely\nDr A. Mensah\nEmergency department";
    OneLetter {
        frame: frame(),
        record: record(Tab::Letters),
        title: "Discharge summary".into(),
        replaced: None,
        facts: vec![
            ("From", "Emergency department, Thameside Hospital".into()),
            ("Written", "20-Nov-2026".into()),
            ("Received", "20-Nov-2026 16:12".into()),
            ("Status", "Final".into()),
        ],
        text: Some(text.into()),
        original: None,
        original_href: Some(format!("{BASE}/letters/l1/original")),
        origin: from_in_full("Thameside Hospital", "2026-11-20"),
    }
}

pub(crate) fn problems() -> Problems {
    let problem = |term: &str, significance: &str, began: &str, status: &str| ProblemRow {
        term: term.into(),
        significance: significance.into(),
        status: status.into(),
        began: Some(at(began)),
        ended: None,
        note: None,
        origin: from_in_full("Riverside Surgery", began),
    };
    let alert = |title: &str, kind: &str, from: &str, detail: Option<&str>| AlertRow {
        title: title.into(),
        detail: detail.map(Into::into),
        kind: kind.into(),
        from: Some(at(from)),
        until: None,
        past: false,
        origin: from_in_full("Thameside Hospital", from),
    };
    Problems {
        frame: frame(),
        record: record(Tab::Problems),
        alerts: vec![
            alert(
                "Treatment escalation plan",
                "Plan",
                "2026-06-03",
                Some("For full treatment in hospital. Not for intubation."),
            ),
            alert("Lives alone, key safe", "Alert", "2026-09-02", None),
            alert("Interpreter: Igbo", "Accessible information", "2024-02-11", None),
            alert("Hearing aid, left", "Reasonable adjustment", "2023", Some("Face her when you speak.")),
        ],
        current: vec![
            problem("Atrial fibrillation", "major", "2024-02-11", "Active"),
            problem("Type 2 diabetes", "major", "2011-06", "Active"),
            problem("Chronic kidney disease stage 3b", "", "2025", "Active"),
        ],
        past: vec![problem("Fracture of wrist", "minor", "1998", "Past")],
        alerts_state: state("5 of 6 sources"),
        problems_state: state_with_gap("5 of 6 sources"),
        alerts_ledger: ledger(Section::Alerts),
        problems_ledger: ledger(Section::Problems),
    }
}

pub(crate) fn people() -> People {
    let person = |name: &str, role: &str, organisation: &str, telephone: &str| PersonRow {
        name: name.into(),
        organisation: organisation.into(),
        role: role.into(),
        telephone: telephone.into(),
        from: Some(at("2026-08-14")),
        until: None,
        origin: from_in_full("Southmere Council", "2026-09-02"),
    };
    People {
        frame: frame(),
        record: record(Tab::People),
        people: vec![
            person("Dr P. Nair", "General practitioner", "Riverside Surgery", "020 7946 0101"),
            person("District nurse team", "Community nursing", "Southbank Community", "020 7946 0102"),
            person("OKAFOR, Chidi", "Son, lasting power of attorney for health", "", "Not recorded"),
        ],
        social_care: vec![SocialCareRow {
            title: "Care at home, two visits a day".into(),
            detail: Some("Help with washing and meals, morning and evening.".into()),
            status: "Active".into(),
            worker: "J. Osei, adult social care".into(),
            from: Some(at("2026-09-02")),
            until: None,
            review: Some(at("2027-03-02")),
            origin: from_in_full("Southmere Council", "2026-09-02"),
        }],
        people_state: state("6 of 7 sources"),
        social_state: state("1 of 1 source, as at 06:00"),
        people_ledger: ledger(Section::People),
        social_ledger: ledger(Section::SocialCare),
    }
}

pub(crate) fn immunisations() -> Immunisations {
    let given = |vaccine: &str, given: &str, on: &str, details: &str| ImmunisationRow {
        vaccine: vaccine.into(),
        given: given.into(),
        on: Some(at(on)),
        details: details.into(),
        origin: from_in_full("Riverside Surgery", on),
    };
    Immunisations {
        frame: frame(),
        record: record(Tab::Immunisations),
        immunisations: vec![
            given("Influenza", "Given", "2026-10-04", "Left arm, batch ZZ1018"),
            given("Shingles", "Not given: declined", "2025-03-19", "Not recorded"),
        ],
        procedures: vec![ProcedureRow {
            term: "Cataract extraction, right eye".into(),
            status: "Completed".into(),
            from: Some(at("2022-05-17")),
            to: None,
            performer: "Guildhall eye unit".into(),
            note: None,
            origin: from_in_full("Guildhall Hospital", "2022-05-17"),
        }],
        immunisations_state: state("2 of 2 sources"),
        procedures_state: state_with_gap("3 of 4 sources"),
        immunisations_ledger: ledger(Section::Immunisations),
        procedures_ledger: ledger(Section::Procedures),
    }
}

pub(crate) fn sources() -> Sources {
    let system = |name: &str, kind: &str, state: &str, missing, last: &str, sends: &str| System {
        name: name.into(),
        kind: kind.into(),
        state: state.into(),
        removed: (name == "Thameside Hospital").then(|| "An item was removed on 03-Nov-2026".into()),
        missing,
        last: Some(at(last)),
        sends: sends.into(),
    };
    Sources {
        frame: frame(),
        record: record(Tab::Sources),
        systems: vec![
            system(
                "Riverside Surgery",
                "GP practice",
                "Up to date",
                false,
                "2026-11-22T13:41:00Z",
                "allergies, medicines, problems, immunisations",
            ),
            system(
                "Thameside Hospital",
                "Hospital",
                "Up to date",
                false,
                "2026-11-22T13:40:00Z",
                "everything but social care",
            ),
            system(
                "Kingsbrook Hospital",
                "Hospital",
                "Not available since 22-Nov-2026 12:58",
                true,
                "2026-11-22T12:58:00Z",
                "test results, appointments, attendances, letters",
            ),
            system(
                "Southmere Council",
                "Council social care",
                "Up to date",
                false,
                "2026-11-22T06:00:00Z",
                "social care, people involved",
            ),
        ],
        ledgers: Section::ALL.iter().copied().filter(|section| *section != Section::Identity).map(ledger).collect(),
    }
}

pub(crate) fn who_looked() -> WhoLooked {
    let look = |when: &str, staff: &str, role: &str, organisation: &str, ground: &str, opened: &str| Look {
        when: at(when),
        about: None,
        staff: staff.into(),
        role: role.into(),
        organisation: organisation.into(),
        emergency: false,
        ground: ground.into(),
        explanation: None,
        opened: opened.into(),
    };
    let mut emergency = look(
        "2026-11-22T13:32:00Z",
        "Dr Amara Mensah",
        "doctor",
        "Emergency department, Thameside Hospital",
        "Unconscious or too unwell",
        "summary, medicines",
    );
    emergency.emergency = true;
    emergency.explanation = Some("GCS 8, found collapsed, no next of kin".into());
    let officer = SignedIn {
        name: "Ruth Adeyemi".into(),
        role: "privacy officer".into(),
        organisation: "Thameside Hospital".into(),
        finds_people: false,
        sees_who_looked: true,
        administers: false,
        decides_who_is_who: false,
    };
    WhoLooked {
        frame: Frame { signed_in: Some(officer), place: Place::WhoLooked, ..frame() },
        nhs_number: "999 000 0018".into(),
        errors: vec![],
        list: Some(Looks {
            person: "OKAFOR, Grace Adaeze (Mrs), 999 000 0018".into(),
            period: "the last 12 months".into(),
            looks: vec![
                emergency,
                look(
                    "2026-11-20T10:05:00Z",
                    "Joseph Osei",
                    "social worker",
                    "Southmere Council",
                    "She said yes",
                    "summary, appointments, people",
                ),
                look(
                    "2026-11-19T14:00:00Z",
                    "Femi Cole",
                    "pharmacist",
                    "Thameside Hospital",
                    "She said yes",
                    "medicines",
                ),
                look(
                    "2026-09-02T09:12:00Z",
                    "Dr P. Nair",
                    "GP",
                    "Riverside Surgery",
                    "Agreed before, 02-Sep-2026",
                    "summary, letters",
                ),
            ],
            gap: None,
        }),
    }
}
