//! An administrator's quarantine, made up.

use record::When;

use super::around::{form, frame};
use crate::pages::parts::{Frame, Moment, Place, SignedIn};
use crate::pages::quarantine::{Quarantine, SettledLine, WaitingLine};
use crate::pages::quarantined::{Built, BuiltField, BuiltLine, DecidedLine, Quarantined, Standing, Typed};
use crate::pages::quarantined_text::QuarantinedText;

const BASE: &str = "/administration/quarantine/7";

fn administrator() -> Frame {
    let signed_in = SignedIn {
        name: "Ada Obi".into(),
        role: "administrator".into(),
        organisation: "Information services, Thameside Hospital".into(),
        finds_people: false,
        sees_who_looked: false,
        administers: true,
        decides_who_is_who: false,
    };
    Frame { signed_in: Some(signed_in), place: Place::Quarantine, ..frame() }
}

fn at(iso: &str) -> Moment {
    Moment::of(When::parse_iso(iso).unwrap_or(When::Year(0)))
}

fn line(kind: &str, place: &str, reason: &str, since: &str, waits: &str) -> WaitingLine {
    WaitingLine {
        href: BASE.into(),
        kind: kind.into(),
        source: "Thameside patient administration".into(),
        place: place.into(),
        reason: reason.into(),
        since: at(since),
        waits: waits.into(),
        is_overdue: false,
        owner: None,
        is_person_known: true,
        under_way: None,
    }
}

pub(crate) fn list() -> Quarantine {
    let check_digit = "the NHS number cannot be right: its check digit does not fit";
    Quarantine {
        frame: administrator(),
        organisation: "Thameside Hospital".into(),
        waiting: vec![
            WaitingLine {
                is_overdue: true,
                ..line("ADT^A08", "PID-3", check_digit, "2026-11-22T11:30:00Z", "2 hours")
            },
            WaitingLine {
                is_person_known: false,
                ..line(
                    "unreadable",
                    "MSH-9",
                    "the message does not say its type and trigger event",
                    "2026-11-22T13:30:00Z",
                    "2 minutes",
                )
            },
            WaitingLine {
                owner: Some("Ada Obi".into()),
                under_way: Some("Its correction is being added."),
                ..line("ORU^R01", "who the person is", "the date of birth differs", "2026-11-21T09:00:00Z", "28 hours")
            },
        ],
        more: false,
        settled: vec![SettledLine {
            href: BASE.into(),
            kind: "SIU^S12".into(),
            source: "Thameside patient administration".into(),
            place: "SCH-11".into(),
            since: at("2026-11-20T08:12:00Z"),
            how: "Corrected",
        }],
        alarm_minutes: 15,
    }
}

pub(crate) fn empty() -> Quarantine {
    Quarantine { waiting: vec![], settled: vec![], ..list() }
}

fn segment(name: &str) -> BuiltLine {
    BuiltLine { name: name.into(), times: 1, is_at_fault: false, fault: None, fields: vec![] }
}

pub(crate) fn item() -> Quarantined {
    let field = |number: usize, name, is_at_fault| BuiltField {
        place: format!("PID-{number}"),
        name,
        is_filled: true,
        is_at_fault,
    };
    let fault = "PID-3: the NHS number cannot be right: its check digit does not fit".to_owned();
    let person = BuiltLine {
        is_at_fault: true,
        fault: Some(fault),
        fields: vec![field(1, "", false), field(3, "patient identifiers", true), field(5, "name", false)],
        ..segment("PID")
    };
    Quarantined {
        frame: administrator(),
        base: BASE.into(),
        form: form(),
        kind: "ADT^A08".into(),
        source: "Thameside patient administration".into(),
        message: 41,
        corrects: None,
        place: "PID-3".into(),
        reason: "the NHS number cannot be right: its check digit does not fit".into(),
        since: at("2026-11-22T11:30:00Z"),
        waits: "2 hours".into(),
        is_person_known: true,
        owner: None,
        standing: Standing::Waiting { is_overdue: true },
        built: Built::Known {
            lines: vec![segment("MSH"), segment("EVN"), person, BuiltLine { times: 3, ..segment("OBX") }],
            more: 0,
        },
        decided: vec![],
        typed: Typed::default(),
        reason_chars_max: 500,
        errors: vec![],
    }
}

pub(crate) fn closed() -> Quarantined {
    Quarantined { built: Built::Closed, ..item() }
}

pub(crate) fn dismissed() -> Quarantined {
    let decided = DecidedLine {
        when: at("2026-11-22T13:35:00Z"),
        who: "Ada Obi".into(),
        what: "Dismissed it",
        why: "A test message of the supplier".into(),
        came_of_it: "Dismissed.".into(),
    };
    Quarantined { standing: Standing::Settled("Dismissed"), decided: vec![decided], ..item() }
}

pub(crate) fn text() -> QuarantinedText {
    let text = "MSH|^~\\&|PAS|ZZ1TH|CC|SEL|20261122113000||ADT^A08|77|P|2.4\nPID|1||9990000019^^^NHS^NH~77^^^ZZ1TH^MR||OKAFOR^Grace||19510304|F\n";
    QuarantinedText {
        frame: administrator(),
        base: BASE.into(),
        form: form(),
        place: "PID-3".into(),
        fault: "the NHS number cannot be right: its check digit does not fit".into(),
        text: text.into(),
        not_here: None,
        corrected: text.into(),
        why: String::new(),
        reason_chars_max: 500,
        errors: vec![],
    }
}
