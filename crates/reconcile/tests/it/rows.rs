//! What is current, what is past, and in which order.

use reconcile::{Row, SharedRecord, SourceState, reconcile};
use record::{
    Answer, AppointmentStatus, AttendanceStatus, Content, Entry, LetterStatus, Medicine, MedicineStatus, ProblemStatus,
    Section, SourceId, Standing,
};

use crate::build::{ago, alert, appointment, at, attendance, fresh, gathered, ids, letter, medicine, problem};
use crate::testing::{entry, result};

fn current_and_past(section: Section, entries: Vec<Entry>) -> (Vec<u64>, Vec<u64>) {
    let record = reconcile(gathered(entries));
    let rows = record.section(section).with_ledger();
    (ids(rows.current), ids(rows.past))
}

fn is_current(content: Content, standing: Standing) -> bool {
    let section = content.section();
    let (current, past) = current_and_past(section, vec![Entry { standing, ..entry(1, "gp", content) }]);
    assert_eq!(current.len() + past.len(), 1);
    current.len() == 1
}

#[test]
fn every_section_is_there_under_its_own_name() {
    let record = reconcile(gathered(vec![]));
    let names: Vec<Section> = record.sections().iter().map(reconcile::SectionView::section).collect();
    assert_eq!(names, Section::ALL);
    assert!(Section::ALL.iter().all(|section| record.section(*section).section() == *section));
}

#[test]
fn a_medicine_is_current_by_its_state_and_by_its_standing_only_without_one() {
    use MedicineStatus::{Completed, Discontinued, NotStarted, NotTold, Started, Suspended};
    let medicine = |status| Content::Medicine(Medicine { status, ..medicine("ramipril", "") });
    for (status, when_current, when_past) in [
        (NotStarted, true, true),
        (Started, true, true),
        (Suspended, true, true),
        (Completed, false, false),
        (Discontinued, false, false),
        (NotTold, true, false),
    ] {
        assert_eq!(is_current(medicine(status), Standing::Current), when_current, "{status:?}");
        assert_eq!(is_current(medicine(status), Standing::Past), when_past, "{status:?}");
    }
}

#[test]
fn a_problem_is_current_while_active_or_suspected() {
    assert!(is_current(problem(ProblemStatus::Active), Standing::Current));
    assert!(is_current(problem(ProblemStatus::Suspected), Standing::Current));
    assert!(!is_current(problem(ProblemStatus::Past), Standing::Current));
    assert!(!is_current(problem(ProblemStatus::NotTold), Standing::Past));
}

#[test]
fn an_appointment_comes_up_until_its_start_and_on_a_day_without_time_until_the_day_is_over() {
    let booked = |start| is_current(appointment(start, AppointmentStatus::Booked), Standing::Current);
    assert!(booked("2026-11-23T13:00:00Z") && booked("2026-11-23") && booked("2026-11") && booked("2027-01-01"));
    assert!(!booked("2026-11-23T12:59:59Z") && !booked("2026-11-22"));
}

#[test]
fn an_attendance_is_current_while_it_goes_on_or_lies_ahead() {
    let told = |status| is_current(attendance("2026-11-20", status), Standing::Current);
    assert!(told(AttendanceStatus::Current) && told(AttendanceStatus::Planned));
    assert!(!told(AttendanceStatus::Finished) && !told(AttendanceStatus::Cancelled));
}

#[test]
fn an_alert_whose_time_is_over_is_past() {
    assert!(is_current(alert(None), Standing::Current));
    assert!(is_current(alert(Some("2026-11-23")), Standing::Current));
    assert!(!is_current(alert(Some("2026-11-22")), Standing::Current));
    assert!(!is_current(alert(None), Standing::Past));
}

#[test]
fn results_and_letters_are_one_list_newest_first_and_what_has_no_date_is_last() {
    let result = |id| entry(id, "gp", Content::TestResult(result("Sodium", "140", "mmol/L")));
    let past = Entry { standing: Standing::Past, ..at(result(2), "2026-11-02") };
    let entries = vec![result(1), past, at(result(3), "2026-11-03"), at(result(4), "2019")];
    assert_eq!(current_and_past(Section::Results, entries), (vec![3, 2, 4, 1], vec![]));
    let letters = vec![
        entry(1, "gp", letter("2026-01-01", LetterStatus::Superseded)),
        entry(2, "gp", letter("2026-01-02", LetterStatus::Final)),
    ];
    assert_eq!(current_and_past(Section::Letters, letters), (vec![2, 1], vec![]));
}

#[test]
fn what_comes_up_is_soonest_first_and_what_was_is_newest_first() {
    let booked = |id, start| entry(id, "gp", appointment(start, AppointmentStatus::Booked));
    let entries =
        vec![booked(1, "2027-02-01"), booked(2, "2026-12-01"), booked(3, "2019-01-01"), booked(4, "2020-01-01")];
    assert_eq!(current_and_past(Section::Appointments, entries), (vec![2, 1], vec![4, 3]));
}

#[test]
fn current_medicines_are_in_order_of_their_names_whatever_their_case_then_newest_first() {
    let told = |id, name, started| at(entry(id, "gp", Content::Medicine(medicine(name, ""))), started);
    let entries = vec![
        told(1, "Zopiclone", "2026-01-01"),
        told(2, "aspirin", "2025-01-01"),
        told(3, "Aspirin", "2026-01-01"),
        told(4, "Bisoprolol", "2020-01-01"),
    ];
    assert_eq!(current_and_past(Section::Medicines, entries).0, [3, 2, 4, 1]);
}

#[test]
fn what_a_source_calls_an_error_is_counted_and_not_shown() {
    let wrong = |id| Entry { standing: Standing::EnteredInError, ..entry(id, "gp", problem(ProblemStatus::Active)) };
    let record = reconcile(gathered(vec![wrong(1), wrong(2)]));
    let rows = record.section(Section::Problems).with_ledger();
    assert_eq!((rows.row_count(), rows.removed_count), (0, 2));
    assert_eq!(rows.ledger.answers.first().unwrap().answer, Answer::NothingHeld);
}

#[test]
fn a_ledger_names_every_source_in_its_order_with_what_it_told() {
    let mut gathered = gathered(vec![entry(1, "gp", problem(ProblemStatus::Active))]);
    gathered.sources.push(SourceState { last_message_at: Some(ago(61)), ..fresh("slow") });
    gathered.sources.push(SourceState { last_message_at: None, ..fresh("new") });
    gathered.sources.push(SourceState { takes_part: false, ..fresh("left") });
    let record = reconcile(gathered);
    let rows = record.section(Section::Problems).with_ledger();
    let told: Vec<_> = rows.ledger.answers.iter().map(|line| (line.source.as_str(), line.answer)).collect();
    assert_eq!(
        told,
        [
            ("gp", Answer::Answered(1)),
            ("hospital", Answer::NothingHeld),
            ("mind", Answer::NothingHeld),
            ("slow", Answer::StaleSince(ago(61), 0)),
            ("new", Answer::Waiting),
            ("left", Answer::SharingStopped),
        ]
    );
    assert_eq!(record.answered(), (3, 6));
}

#[test]
fn what_a_source_sent_before_it_stopped_sharing_is_not_shown() {
    let mut gathered = gathered(vec![entry(1, "left", problem(ProblemStatus::Active))]);
    gathered.sources.push(SourceState { takes_part: false, ..fresh("left") });
    let record = reconcile(gathered);
    let rows = record.section(Section::Problems).with_ledger();
    assert_eq!((rows.row_count(), rows.ledger.is_complete()), (0, false));
}

#[test]
fn the_strip_counts_over_all_sections_that_are_seen() {
    let record = reconcile(gathered(vec![
        entry(1, "gp", problem(ProblemStatus::Active)),
        entry(2, "gp", alert(None)),
        entry(3, "hospital", alert(None)),
    ]));
    let strip: Vec<_> = record.sources().iter().map(|line| (line.source.id.clone(), line.answer)).collect();
    let source = |id| SourceId::new(id).unwrap();
    assert_eq!(
        strip,
        [
            (source("gp"), Answer::Answered(2)),
            (source("hospital"), Answer::Answered(1)),
            (source("mind"), Answer::NothingHeld)
        ]
    );
}

fn contact(row: Option<&Row>) -> Option<u64> {
    row.map(|row| row.entry.id.0)
}

fn contacts(entries: Vec<Entry>) -> (Option<u64>, Option<u64>) {
    let record: SharedRecord = reconcile(gathered(entries));
    (contact(record.last_contact().row), contact(record.next_contact().row))
}

#[test]
fn the_last_contact_took_place_and_the_next_one_is_planned() {
    let entries = vec![
        entry(1, "gp", appointment("2026-11-01T09:00:00Z", AppointmentStatus::Attended)),
        entry(2, "gp", appointment("2026-11-21T09:00:00Z", AppointmentStatus::DidNotAttend)),
        entry(3, "hospital", attendance("2026-11-19T13:05:00Z", AttendanceStatus::Finished)),
        entry(4, "hospital", appointment("2026-12-01T10:30:00Z", AppointmentStatus::Cancelled)),
        entry(5, "hospital", appointment("2026-12-02T10:30:00Z", AppointmentStatus::Booked)),
        entry(6, "gp", attendance("2027-01-02", AttendanceStatus::Planned)),
        entry(7, "gp", appointment("2026-11-22T09:00:00Z", AppointmentStatus::Booked)),
    ];
    assert_eq!(contacts(entries), (Some(3), Some(5)));
    assert_eq!(contacts(vec![]), (None, None));
}

#[test]
fn a_contact_comes_with_the_ledgers_of_both_sections() {
    let record = reconcile(gathered(vec![]));
    let next = record.next_contact();
    assert_eq!((next.appointments.section, next.attendances.section), (Section::Appointments, Section::Attendances));
}

#[test]
fn new_since_goes_by_when_it_was_recorded_and_else_by_when_it_happened() {
    let mut recorded_late = at(entry(1, "gp", problem(ProblemStatus::Active)), "1999");
    recorded_late.provenance.recorded = Some(crate::build::when("2026-11-20T10:00:00Z"));
    let same_day = at(entry(2, "gp", problem(ProblemStatus::Active)), "2026-11-14");
    let before = at(entry(3, "gp", problem(ProblemStatus::Active)), "2026-11-13");
    let ahead = entry(4, "gp", appointment("2026-12-01T10:30:00Z", AppointmentStatus::Booked));
    let record = reconcile(gathered(vec![recorded_late, same_day, before, ahead]));
    let new = record.new_since("2026-11-14T15:00:00Z".parse().unwrap());
    let told: Vec<_> = new.iter().map(|it| (it.section, ids(it.rows.iter().copied()), it.ledger.section)).collect();
    assert_eq!(told, [(Section::Problems, vec![2, 1], Section::Problems)]);
}
