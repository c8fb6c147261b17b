//! Everyday facts: three sources that send everything and are fresh.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use reconcile::{Gathered, SectionSeen, SourceState};
use record::{
    Alert, AlertKind, Allergy, AllergyKind, AllergyStatement, Appointment, AppointmentStatus, Attendance,
    AttendanceStatus, Content, Entry, EntryId, Letter, LetterStatus, Medicine, MedicineStatus, Problem, ProblemStatus,
    Section, When,
};

use crate::testing::{now, source};

pub fn when(text: &str) -> When {
    When::parse_iso(text).unwrap()
}

pub fn at(entry: Entry, text: &str) -> Entry {
    Entry { when: Some(when(text)), ..entry }
}

pub fn fresh(id: &str) -> SourceState {
    SourceState {
        source: source(id, Section::ALL),
        last_message_at: Some(ago(10)),
        silence: record::Silence::default(),
        knows_person: true,
        waiting_items: 0,
        removed: None,
        takes_part: true,
    }
}

pub fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub fn everything_seen() -> BTreeMap<Section, SectionSeen> {
    Section::ALL.iter().map(|section| (*section, SectionSeen::Show)).collect()
}

pub fn gathered(entries: Vec<Entry>) -> Gathered {
    Gathered {
        entries,
        sources: vec![fresh("gp"), fresh("hospital"), fresh("mind")],
        seen: everything_seen(),
        sees_sensitive: true,
        now: now(),
        today: Date::new(2026, 11, 23).unwrap(),
    }
}

pub fn seen_as(section: Section, seen: SectionSeen, entries: Vec<Entry>) -> Gathered {
    let mut gathered = gathered(entries);
    gathered.seen.insert(section, seen);
    gathered
}

pub fn ids<'a>(rows: impl IntoIterator<Item = &'a reconcile::Row>) -> Vec<u64> {
    rows.into_iter().map(|row| row.entry.id.0).collect()
}

pub fn id(number: u64) -> EntryId {
    EntryId(number)
}

pub fn medicine(name: &str, dose: &str) -> Medicine {
    Medicine {
        name: name.to_owned(),
        form: None,
        dose: (!dose.is_empty()).then(|| dose.to_owned()),
        route: None,
        frequency: None,
        status: MedicineStatus::Started,
        course: None,
        started: None,
        ended: None,
        last_issued: None,
        reason: None,
        instruction: None,
    }
}

pub fn allergy(statement: AllergyStatement) -> Content {
    Content::Allergy(Allergy {
        statement,
        kind: AllergyKind::Allergy,
        substance: if statement == AllergyStatement::Substance { "penicillin" } else { "No known allergies" }
            .to_owned(),
        reaction: Some("anaphylaxis".to_owned()),
        severity: None,
        onset: None,
        note: None,
    })
}

/// A substance, or a statement that none are known, in these words.
pub fn allergy_in_words(statement: AllergyStatement, words: &str) -> Content {
    let Content::Allergy(told) = allergy(statement) else { unreachable!("an allergy") };
    Content::Allergy(Allergy { substance: words.to_owned(), ..told })
}

pub fn appointment(start: &str, status: AppointmentStatus) -> Content {
    Content::Appointment(Appointment {
        service: "Sexual health clinic".to_owned(),
        status,
        start: Some(when(start)),
        end: None,
        place: Some("Main building".to_owned()),
        clinician: Some("Dr Example".to_owned()),
        reason: Some("follow-up".to_owned()),
    })
}

pub fn attendance(start: &str, status: AttendanceStatus) -> Content {
    Content::Attendance(Attendance {
        kind: "Emergency".to_owned(),
        status,
        start: Some(when(start)),
        end: None,
        place: None,
        clinician: None,
        reason: None,
        outcome: None,
    })
}

pub fn alert(until: Option<&str>) -> Content {
    Content::Alert(Alert {
        kind: AlertKind::Alert,
        title: "Lives alone".to_owned(),
        detail: None,
        from: None,
        until: until.map(when),
    })
}

pub fn problem(status: ProblemStatus) -> Content {
    Content::Problem(Problem {
        term: "Asthma".to_owned(),
        status,
        significance: Some("major".to_owned()),
        onset: None,
        ended: None,
        note: None,
    })
}

pub fn letter(written: &str, status: LetterStatus) -> Content {
    Content::Letter(Letter {
        title: "Discharge letter".to_owned(),
        status,
        kind: None,
        written: Some(when(written)),
        text: Some("Dear colleague".to_owned()),
        media_type: None,
        elsewhere: None,
    })
}
