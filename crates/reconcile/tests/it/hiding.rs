//! What is hidden leaves no trace but the sentence that something is.

use reconcile::{Gathered, SectionSeen, SourceState, reconcile};
use record::{
    Allergy, AllergyStatement, Answer, AppointmentStatus, Content, Entry, LetterStatus, Medicine, ProblemStatus,
    Section, Sensitivity, Standing, TestResult,
};

use crate::build::{ago, allergy, appointment, fresh, gathered, ids, letter, medicine, problem, seen_as, when};
use crate::testing::{coded, entry, result, source};

fn sensitive(entry: Entry) -> Entry {
    Entry { sensitivity: Sensitivity::Sensitive, ..entry }
}

fn unseen(entries: Vec<Entry>) -> Gathered {
    Gathered { sees_sensitive: false, ..gathered(entries) }
}

#[test]
fn a_sensitive_entry_is_withheld_from_its_own_section_and_said_there_alone() {
    let record = reconcile(unseen(vec![sensitive(entry(1, "mind", problem(ProblemStatus::Active)))]));
    for view in record.sections() {
        let rows = view.with_ledger();
        assert_eq!(rows.row_count(), 0);
        assert_eq!(rows.ledger.withheld, view.section() == Section::Problems, "{:?}", view.section());
    }
}

#[test]
fn one_withheld_entry_looks_like_many_from_anywhere() {
    let told = |id, source| sensitive(entry(id, source, problem(ProblemStatus::Active)));
    let removed = Entry { standing: Standing::EnteredInError, ..told(4, "gp") };
    let one = reconcile(unseen(vec![told(1, "mind")]));
    let many = reconcile(unseen(vec![told(1, "gp"), told(2, "hospital"), told(3, "mind"), removed]));
    assert_eq!(one, many);
}

#[test]
fn counts_headlines_and_disagreements_are_made_after_hiding() {
    let open = entry(1, "gp", Content::Medicine(medicine("ramipril", "5 mg")));
    let hidden = sensitive(entry(2, "hospital", Content::Medicine(medicine("ramipril", "2.5 mg"))));
    let record = reconcile(unseen(vec![open, hidden]));
    let rows = record.section(Section::Medicines).with_ledger();
    assert_eq!((ids(rows.current), rows.disagreements.len()), (vec![1], 0));
    let answers: Vec<Answer> = rows.ledger.answers.iter().map(|line| line.answer).collect();
    assert_eq!(answers, [Answer::Answered(1), Answer::NothingHeld, Answer::NothingHeld]);
}

#[test]
fn a_reader_who_may_see_sensitive_entries_is_told_of_nothing_withheld() {
    let record = reconcile(gathered(vec![sensitive(entry(1, "mind", problem(ProblemStatus::Active)))]));
    let rows = record.section(Section::Problems).with_ledger();
    assert_eq!((rows.row_count(), rows.ledger.withheld), (1, false));
}

#[test]
fn a_section_that_is_not_for_the_role_is_the_same_with_data_and_without() {
    let full = vec![
        entry(1, "gp", problem(ProblemStatus::Active)),
        sensitive(entry(2, "mind", problem(ProblemStatus::Active))),
        Entry { standing: Standing::EnteredInError, ..entry(3, "gp", problem(ProblemStatus::Active)) },
        entry(4, "nowhere", problem(ProblemStatus::Active)),
    ];
    let with = |entries, sees_sensitive| {
        let gathered = seen_as(Section::Problems, SectionSeen::NotForRole, entries);
        reconcile(Gathered { sees_sensitive, ..gathered })
    };
    assert_eq!(with(full.clone(), true), with(vec![], true));
    assert_eq!(with(full, false), with(vec![], false));
    let record = with(vec![], true);
    assert!(record.section(Section::Problems).with_ledger().ledger.not_for_role);
    assert_eq!(record.not_for_role().collect::<Vec<_>>(), [Section::Problems]);
}

#[test]
fn a_section_that_the_decision_does_not_name_is_not_for_the_role() {
    let mut gathered = gathered(vec![entry(1, "gp", problem(ProblemStatus::Active))]);
    gathered.seen.clear();
    let removed = Some(record::RemovedItems { count: 1, last_at: ago(5) });
    for state in &mut gathered.sources {
        (state.waiting_items, state.removed) = (3, removed);
    }
    let record = reconcile(gathered);
    assert_eq!(record.not_for_role().count(), Section::ALL.len());
    assert!(record.sources().iter().all(|line| line.answer == Answer::NothingHeld && line.waiting_items == 0));
    assert!(record.sources().iter().all(|line| line.removed.is_none()));
}

#[test]
fn that_something_was_removed_is_said_to_whoever_sees_a_section_that_its_source_sends() {
    let removed = Some(record::RemovedItems { count: 2, last_at: ago(5) });
    let mut gathered = gathered(vec![]);
    gathered.sources = vec![
        SourceState { source: source("lab", &[Section::Results]), removed, ..fresh("lab") },
        SourceState { removed, ..fresh("gp") },
        fresh("council"),
    ];
    let told = |gathered| reconcile(gathered).sources().iter().map(|line| line.removed).collect::<Vec<_>>();
    assert_eq!(told(gathered.clone()), [removed, removed, None]);
    gathered.seen.insert(Section::Results, SectionSeen::NotForRole);
    assert_eq!(told(gathered), [None, removed, None], "it would tell that there were results");
}

fn names_only(content: Content) -> Entry {
    let mut told = coded(entry(1, "gp", content), "http://snomed.info/sct", "1");
    told.provenance.author = Some("Dr Example, clinic for X".into());
    told.provenance.organisation = Some("Clinic for X".into());
    let section = told.section();
    let record = reconcile(seen_as(section, SectionSeen::NamesOnly, vec![told]));
    let rows = record.section(section).with_ledger();
    let entry = rows.current.iter().chain(rows.past).next().unwrap().entry.as_ref().clone();
    assert_eq!((entry.code.as_ref(), &entry.provenance.author, &entry.provenance.organisation), (None, &None, &None));
    entry
}

#[test]
fn names_only_leaves_a_medicine_its_name_state_and_dates() {
    let told = Medicine {
        form: Some("capsule".to_owned()),
        route: Some("oral".to_owned()),
        frequency: Some("once a day".to_owned()),
        course: Some("repeat".to_owned()),
        started: Some(when("2024-02")),
        last_issued: Some(when("2026-11-02")),
        reason: Some("blood pressure".to_owned()),
        instruction: Some("5 mg at night".to_owned()),
        ..medicine("Ramipril 5 mg capsules", "5 mg")
    };
    let left = Medicine { started: Some(when("2024-02")), ..medicine("Ramipril", "") };
    assert_eq!(names_only(Content::Medicine(told)).content, Content::Medicine(left));
}

#[test]
fn names_only_leaves_an_appointment_its_date_and_place_and_hides_the_clinic() {
    let told = appointment("2026-12-01T10:30:00Z", AppointmentStatus::Booked);
    let Content::Appointment(left) = names_only(told).content else { panic!("another kind") };
    assert_eq!((left.service.as_str(), left.place.as_deref()), ("Appointment", Some("Main building")));
    assert_eq!((left.start, left.status), (Some(when("2026-12-01T10:30:00Z")), AppointmentStatus::Booked));
    assert_eq!((left.clinician, left.reason), (None, None));
}

#[test]
fn names_only_leaves_other_sections_their_names_and_dates() {
    let Content::Allergy(left) = names_only(allergy(AllergyStatement::Substance)).content else {
        panic!("another kind")
    };
    assert!(matches!(left, Allergy { reaction: None, .. }) && left.substance == "penicillin");
    let Content::Problem(left) = names_only(problem(ProblemStatus::Active)).content else { panic!("another kind") };
    assert_eq!((left.term.as_str(), left.significance), ("Asthma", None));
    let Content::Letter(left) = names_only(letter("2026-01-01", LetterStatus::Final)).content else {
        panic!("another kind")
    };
    assert_eq!((left.title.as_str(), left.text), ("Discharge letter", None));
    let measured = TestResult { flag: Some("HH".to_owned()), ..result("Potassium", "6.1", "mmol/L") };
    let Content::TestResult(left) = names_only(Content::TestResult(measured)).content else { panic!("another kind") };
    assert_eq!((left.test.as_str(), left.value, left.unit, left.flag), ("Potassium", None, None, None));
}

#[test]
fn names_only_medicines_do_not_disagree_about_doses_that_are_not_shown() {
    let entries = vec![
        entry(1, "gp", Content::Medicine(medicine("Ramipril 5 mg", "5 mg"))),
        entry(2, "hospital", Content::Medicine(medicine("Ramipril 2.5 mg", "2.5 mg"))),
    ];
    let record = reconcile(seen_as(Section::Medicines, SectionSeen::NamesOnly, entries));
    assert_eq!(record.section(Section::Medicines).with_ledger().disagreements, []);
}
