//! An attendance or appointment that HL7 v2 tells in pieces: what a later message leaves out stays.

use record::{
    Appointment, AppointmentStatus, Attendance, AttendanceStatus, Code, Content, NewEntry, Sensitivity, Standing, When,
};

use crate::kit::*;

const A01: &str = "2026-11-20T08:30:00Z";
const A03: &str = "2026-11-22T10:00:00Z";

fn at(text: &str) -> Option<When> {
    When::parse_iso(text).ok()
}

/// What an `A01` tells of the visit.
fn admission() -> Attendance {
    Attendance {
        kind: "Inpatient".into(),
        status: AttendanceStatus::Current,
        start: at("2026-11-20T08:30:00"),
        end: None,
        place: Some("Ward 4".into()),
        clinician: Some("Dr Invented".into()),
        reason: Some("Sore throat".into()),
        outcome: None,
    }
}

/// What an `A03` without admit time, ward and clinician tells of it.
fn discharge() -> Attendance {
    Attendance {
        status: AttendanceStatus::Finished,
        start: None,
        end: at("2026-11-22T10:00:00"),
        place: None,
        clinician: None,
        reason: None,
        outcome: Some("Home".into()),
        ..admission()
    }
}

/// Both together.
fn whole() -> Attendance {
    Attendance { status: AttendanceStatus::Finished, end: discharge().end, outcome: discharge().outcome, ..admission() }
}

/// The entry as the formats make it: its time is the start, else the end.
fn visit(told: &Attendance) -> NewEntry {
    let over = told.status == AttendanceStatus::Finished;
    NewEntry {
        when: told.start.or(told.end),
        standing: if over { Standing::Past } else { Standing::Current },
        ..entry("visit|555", Content::Attendance(told.clone()))
    }
}

async fn tell(kit: &Kit, source: &str, stated_at: &str, entry: NewEntry) {
    let key = if source == HOSPITAL { "H1" } else { "P1" };
    kit.tell(source, stated_at, vec![change(key, Some(grace()), vec![entry])]).await;
}

async fn shown(kit: &Kit) -> record::Entry {
    let mut entries = kit.read(kit.person(NUMBER).await).await.entries;
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

#[tokio::test]
async fn a_discharge_does_not_lose_what_the_admission_told() {
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A01, visit(&admission())).await;
    tell(&kit, HOSPITAL, A03, visit(&discharge())).await;
    let entry = shown(&kit).await;
    assert_eq!(entry.content, Content::Attendance(whole()));
    assert_eq!((entry.when, entry.standing), (admission().start, Standing::Past), "it stands at its start");
    assert_eq!(kit.kept_lines().await, [Content::Attendance(admission()).to_line()], "and what it said before is kept");
}

#[tokio::test]
async fn an_admission_that_comes_late_fills_the_discharge_and_overwrites_nothing() {
    let kit = Kit::new().await;
    let ward = Attendance { place: Some("Discharge lounge".into()), ..discharge() };
    tell(&kit, HOSPITAL, A03, visit(&ward)).await;
    let before = shown(&kit).await.provenance.message;
    tell(&kit, HOSPITAL, A01, visit(&admission())).await;
    let entry = shown(&kit).await;
    assert_eq!(entry.content, Content::Attendance(Attendance { place: ward.place.clone(), ..whole() }));
    assert_eq!((entry.when, entry.standing), (admission().start, Standing::Past));
    assert_eq!(entry.provenance.message, before, "it is still the discharge that is shown");
    let lines = [admission(), ward].map(|told| Content::Attendance(told).to_line());
    assert_eq!(kit.kept_lines().await, lines, "the late one and what was shown until now");
}

#[tokio::test]
async fn a_late_admission_that_has_nothing_to_add_does_not_move_the_record() {
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A03, visit(&whole())).await;
    let person = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    tell(&kit, HOSPITAL, A01, visit(&admission())).await;
    assert_eq!(kit.stand(person, &doctor()).await.record_version, before);
    assert_eq!((shown(&kit).await.content, kit.kept_lines().await.len()), (Content::Attendance(whole()), 1));
}

#[tokio::test]
async fn the_same_discharge_again_does_not_move_the_record() {
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A01, visit(&admission())).await;
    tell(&kit, HOSPITAL, A03, visit(&discharge())).await;
    let person = kit.person(NUMBER).await;
    let before = kit.stand(person, &doctor()).await.record_version;
    tell(&kit, HOSPITAL, NOON, visit(&discharge())).await;
    assert_eq!(kit.stand(person, &doctor()).await.record_version, before);
}

#[tokio::test]
async fn a_discharge_that_is_taken_back_is_no_discharge() {
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A01, visit(&admission())).await;
    tell(&kit, HOSPITAL, A03, visit(&discharge())).await;
    let taken_back = Attendance { status: AttendanceStatus::Current, end: None, outcome: None, ..discharge() };
    tell(&kit, HOSPITAL, NOON, visit(&taken_back)).await;
    let entry = shown(&kit).await;
    assert_eq!((entry.content, entry.standing), (Content::Attendance(admission()), Standing::Current));
}

#[tokio::test]
async fn an_update_that_does_not_say_how_the_visit_stands_leaves_it_over() {
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A03, visit(&whole())).await;
    let silent = Attendance { status: AttendanceStatus::NotTold, end: None, outcome: None, ..discharge() };
    tell(&kit, HOSPITAL, NOON, visit(&silent)).await;
    let entry = shown(&kit).await;
    assert_eq!((entry.content, entry.standing), (Content::Attendance(whole()), Standing::Past));
}

#[tokio::test]
async fn a_protected_visit_stays_protected_in_whatever_order_its_messages_come() {
    let protected = NewEntry { sensitivity: Sensitivity::Sensitive, ..visit(&admission()) };
    for first in [true, false] {
        let kit = Kit::new().await;
        let mut told = [(A01, protected.clone()), (A03, visit(&discharge()))];
        if !first {
            told.reverse();
        }
        for (stated_at, entry) in told {
            tell(&kit, HOSPITAL, stated_at, entry).await;
        }
        let hidden = kit.count("SELECT count(*) FROM entry WHERE sensitivity = 1 AND line LIKE '%finished%'").await;
        assert_eq!(hidden, 1);
    }
}

#[tokio::test]
async fn a_cancelled_appointment_keeps_its_clinic_its_code_and_its_time() {
    let booked = Appointment {
        service: "Diabetes clinic".into(),
        status: AppointmentStatus::Booked,
        start: at("2026-12-01T09:00:00"),
        end: at("2026-12-01T09:20:00"),
        place: Some("Main building".into()),
        clinician: Some("Dr Invented".into()),
        reason: None,
    };
    let s12 = NewEntry {
        when: booked.start,
        code: Some(Code { system: "L".into(), code: "DIAB".into() }),
        ..entry("appointment|77", Content::Appointment(booked.clone()))
    };
    let bare = Appointment {
        service: Appointment::UNNAMED.into(),
        status: AppointmentStatus::Cancelled,
        start: None,
        end: None,
        place: None,
        clinician: None,
        reason: Some("Clinic closed".into()),
    };
    let s15 = NewEntry {
        when: None,
        standing: Standing::Past,
        ..entry("appointment|77", Content::Appointment(bare.clone()))
    };
    let kit = Kit::new().await;
    tell(&kit, HOSPITAL, A01, s12.clone()).await;
    tell(&kit, HOSPITAL, A03, s15).await;
    let entry = shown(&kit).await;
    let expected = Appointment { status: AppointmentStatus::Cancelled, reason: bare.reason, ..booked };
    assert_eq!(entry.content, Content::Appointment(expected));
    assert_eq!((entry.when, entry.code, entry.standing), (s12.when, s12.code, Standing::Past));
}

#[tokio::test]
async fn a_fhir_resource_is_told_whole_and_what_it_leaves_out_is_gone() {
    let kit = Kit::new().await;
    tell(&kit, PRACTICE, A01, visit(&admission())).await;
    tell(&kit, PRACTICE, A03, visit(&discharge())).await;
    assert_eq!(shown(&kit).await.content, Content::Attendance(discharge()));
}
