//! The report of who saw a record while it held two people, made up.

use record::When;

use super::around::{at, form, frame};
use super::identity::{BASE, analyst};
use crate::pages::identity_who_saw::{ExposedItem, ExposedLook, IdentityWhoSaw, MixedLine, OrganisationLooks, Report};
use crate::pages::parts::Moment;
use crate::pages::problem::Problem;

const SHOWN: &str = "summary: alerts and plans, allergies and reactions, medicines, test results";

pub(crate) fn ask() -> IdentityWhoSaw {
    IdentityWhoSaw {
        frame: analyst(),
        base: BASE.into(),
        form: form(),
        reason: String::new(),
        reason_chars_max: 500,
        errors: vec![],
        report: None,
    }
}

fn told(staff: usize, organisations: Vec<OrganisationLooks>) -> IdentityWhoSaw {
    let report = Report {
        times: vec![MixedLine { record: 41, from: at("2026-11-20T09:12:00Z"), until: at("2026-11-22T13:35:00Z") }],
        staff,
        organisations,
        more: false,
        more_items: false,
        may_have_come_later: false,
        removed: vec![],
    };
    IdentityWhoSaw { reason: "Both have asked".into(), report: Some(report), ..ask() }
}

fn look(when: &str, who: &str, role: &str, shown: &str, stood: &[&str]) -> ExposedLook {
    ExposedLook {
        when: at(when),
        who: who.into(),
        role: role.into(),
        shown: shown.into(),
        stood: stood.iter().map(|&stood| stood.to_owned()).collect(),
    }
}

fn item(number: u64, record: u64, section: &'static str, when: Option<&str>, source: &str) -> ExposedItem {
    ExposedItem {
        number,
        record,
        section,
        when: when.and_then(|when| When::parse_iso(when).ok()).map(Moment::of),
        source: source.into(),
        first: at("2026-11-20T10:02:00Z"),
        last: at("2026-11-21T08:40:00Z"),
    }
}

fn hospital() -> OrganisationLooks {
    let both = &["Record 42: medicines 3, test results 1, sensitive 2", "Record 41: medicines 2"][..];
    OrganisationLooks {
        name: "Thameside Hospital".into(),
        looks_count: 3,
        looks: vec![
            look("2026-11-20T10:02:00Z", "Dr Amara Mensah", "doctor", SHOWN, both),
            look("2026-11-20T10:05:00Z", "Dr Amara Mensah", "doctor", "Identity shown", &[]),
            look(
                "2026-11-21T08:40:00Z",
                "Siobhán O’Hara",
                "pharmacist",
                "medicines: medicines",
                &["Record 42: medicines 3", "Record 41: medicines 2"],
            ),
        ],
        items_count: 4,
        items: vec![
            item(42_991_617, 42, "Medicines", Some("2026-11-18"), "Riverside Surgery"),
            item(42_991_618, 42, "Medicines", None, "Riverside Surgery"),
            item(42_991_619, 42, "Test results", Some("2026-11-19T07:30:00Z"), "Thameside Hospital"),
            item(42_991_604, 41, "Medicines", Some("2026-10-02"), "Thameside Hospital"),
        ],
    }
}

fn council() -> OrganisationLooks {
    OrganisationLooks {
        name: "Southbank Council".into(),
        looks_count: 1,
        looks: vec![look(
            "2026-11-22T13:20:00Z",
            "Temi Bello",
            "social worker",
            "people: people involved, social care",
            &["Record 42: people involved 2"],
        )],
        items_count: 2,
        items: vec![
            item(42_991_611, 42, "People involved", None, "Riverside Surgery"),
            item(42_991_612, 42, "People involved", None, "Riverside Surgery"),
        ],
    }
}

pub(crate) fn one() -> IdentityWhoSaw {
    told(1, vec![council()])
}

pub(crate) fn many() -> IdentityWhoSaw {
    told(4, vec![hospital(), council()])
}

pub(crate) fn nobody() -> IdentityWhoSaw {
    told(0, vec![])
}

pub(crate) fn more_than_told() -> IdentityWhoSaw {
    let hospital = OrganisationLooks { looks_count: 1_998, items_count: 312, ..hospital() };
    let mut page = told(214, vec![hospital, council()]);
    if let Some(report) = &mut page.report {
        (report.more, report.may_have_come_later) = (true, true);
        report.removed = vec!["2 messages of Riverside Surgery".into()];
    }
    page
}

/// Whoever does not decide who is who.
pub(crate) fn refused() -> Problem {
    let words = "a role that decides whose records are one person's, such as identity analyst";
    Problem::forbidden(frame(), words, "Your organisation's sign-in team", "7F3A-22C1")
}
