//! What holds for every record whatsoever.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use reconcile::{Gathered, SectionSeen, SharedRecord, SourceState, reconcile};
use record::{
    AllergyStatement, AppointmentStatus, AttendanceStatus, Content, Entry, LetterStatus, Medicine, MedicineStatus,
    ProblemStatus, Section, Sensitivity, Standing,
};

use crate::build::{
    ago, alert, allergy, appointment, attendance, everything_seen, fresh, gathered, letter, medicine, problem, when,
};
use crate::testing::{coded, entry, result};

const DATES: [&str; 8] = [
    "2019",
    "2026-11",
    "2026-11-20",
    "2026-11-20T10:00:00Z",
    "2026-11-20T10:00:00",
    "2026-11-23",
    "2026-12-01T09:00:00Z",
    "2027",
];

fn any_medicine() -> impl Strategy<Value = Content> {
    let name = select(vec!["Ramipril 5 mg", "ramipril", "RAMIPRIL 2.5mg caps", "aspirin", "Istin"]);
    let dose = select(vec!["", "5 mg", "5mg", "10 mg"]);
    let date = proptest::option::of(select(&DATES[..]));
    (name, dose, select(MedicineStatus::ALL), date.clone(), date).prop_map(|(name, dose, status, started, ended)| {
        let (started, ended) = (started.map(when), ended.map(when));
        Content::Medicine(Medicine { status, started, ended, ..medicine(name, dose) })
    })
}

fn any_content() -> impl Strategy<Value = Content> {
    prop_oneof![
        3 => any_medicine(),
        2 => select(AllergyStatement::ALL).prop_map(allergy),
        1 => select(ProblemStatus::ALL).prop_map(problem),
        1 => (select(&DATES[..]), select(AppointmentStatus::ALL)).prop_map(|(day, status)| appointment(day, status)),
        1 => (select(&DATES[..]), select(AttendanceStatus::ALL)).prop_map(|(day, status)| attendance(day, status)),
        1 => (select(&DATES[..]), select(LetterStatus::ALL)).prop_map(|(day, status)| letter(day, status)),
        1 => proptest::option::of(select(&DATES[..])).prop_map(alert),
        1 => Just(Content::TestResult(result("Potassium", "6.1", "mmol/L"))),
    ]
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let source = select(vec!["gp", "hospital", "mind", "left", "nowhere"]);
    let code = proptest::option::of(select(vec!["1", "2"]));
    let date = proptest::option::of(select(&DATES[..]));
    (any_content(), source, select(Standing::ALL), select(Sensitivity::ALL), code, date).prop_map(
        |(content, source, standing, sensitivity, code, date)| {
            let plain = Entry { standing, sensitivity, when: date.map(when), ..entry(0, source, content) };
            match code {
                Some(code) => coded(plain, "http://snomed.info/sct", code),
                None => plain,
            }
        },
    )
}

fn any_gathered() -> impl Strategy<Value = Gathered> {
    let entries = proptest::collection::vec(any_entry(), 0..40);
    let seen = proptest::collection::vec(
        select(vec![SectionSeen::Show, SectionSeen::Show, SectionSeen::NamesOnly, SectionSeen::NotForRole]),
        Section::ALL.len(),
    );
    (entries, seen, any::<bool>()).prop_map(|(mut entries, seen, sees_sensitive)| {
        for (number, entry) in (1_u64..).zip(entries.iter_mut()) {
            entry.id = record::EntryId(number);
        }
        let mut gathered = gathered(entries);
        gathered.sources.push(SourceState { takes_part: false, ..fresh("left") });
        gathered.sources.push(SourceState { last_message_at: Some(ago(61)), waiting_items: 2, ..fresh("slow") });
        gathered.seen = everything_seen().into_keys().zip(seen).collect();
        gathered.sees_sensitive = sees_sensitive;
        gathered
    })
}

/// What must become of an entry, from the words of the specification.
fn fate(entry: &Entry, gathered: &Gathered) -> &'static str {
    let source = entry.provenance.source.as_str();
    match gathered.seen.get(&entry.section()) {
        None | Some(SectionSeen::NotForRole) => "not for the role",
        _ if source == "left" => "sharing stopped",
        _ if entry.sensitivity == Sensitivity::Sensitive && !gathered.sees_sensitive => "withheld",
        _ if source == "nowhere" => "sharing stopped",
        _ if entry.standing == Standing::EnteredInError => "removed",
        _ => "row",
    }
}

fn rows_of(record: &SharedRecord) -> Vec<u64> {
    let all = record.sections().iter().flat_map(|view| {
        let rows = view.with_ledger();
        rows.current.iter().chain(rows.past)
    });
    let mut ids: Vec<u64> = all.map(|row| row.entry.id.0).collect();
    ids.sort_unstable();
    ids
}

proptest! {
    #[test]
    fn no_fact_is_lost_and_none_is_shown_twice(gathered in any_gathered()) {
        let record = reconcile(gathered.clone());
        let with_fate = |wanted: &str| gathered.entries.iter().filter(|entry| fate(entry, &gathered) == wanted).collect::<Vec<_>>();
        let expected: Vec<u64> = with_fate("row").iter().map(|entry| entry.id.0).collect();
        prop_assert_eq!(rows_of(&record), expected);
        for view in record.sections() {
            let rows = view.with_ledger();
            let here = |entry: &&&Entry| entry.section() == view.section();
            prop_assert_eq!(rows.removed_count as usize, with_fate("removed").iter().filter(here).count());
            prop_assert_eq!(rows.ledger.withheld, with_fate("withheld").iter().any(|entry| here(&entry)));
            let stands_alone = rows.row_count() == 0 && rows.removed_count == 0 && !rows.ledger.withheld;
            prop_assert!(!rows.ledger.not_for_role || stands_alone && rows.ledger.answers.is_empty());
        }
    }

    #[test]
    fn the_order_of_the_entries_does_not_matter(
        (gathered, shuffled) in any_gathered().prop_flat_map(|it| (Just(it.clone()), Just(it.entries).prop_shuffle())),
    ) {
        let again = Gathered { entries: shuffled, ..gathered.clone() };
        prop_assert_eq!(reconcile(gathered), reconcile(again));
    }

    #[test]
    fn a_row_that_is_shown_whole_is_the_entry_as_it_was_told(mut gathered in any_gathered()) {
        gathered.seen = everything_seen();
        let record = reconcile(gathered.clone());
        for row in record.sections().iter().flat_map(|view| view.with_ledger().current) {
            let told = gathered.entries.iter().find(|entry| entry.id == row.entry.id);
            prop_assert_eq!(told, Some(row.entry.as_ref()));
        }
    }

    #[test]
    fn the_ledger_counts_exactly_the_rows(gathered in any_gathered()) {
        let record = reconcile(gathered);
        for view in record.sections() {
            let rows = view.with_ledger();
            for line in &rows.ledger.answers {
                let shown = rows.current.iter().chain(rows.past).filter(|row| row.entry.provenance.source == line.source).count();
                let told = match line.answer {
                    record::Answer::Answered(count) | record::Answer::StaleSince(_, count) => count as usize,
                    _ => 0,
                };
                prop_assert_eq!(told, shown);
            }
        }
    }

    #[test]
    fn a_disagreement_has_two_sources_stands_side_by_side_and_has_at_most_one_newer_row(gathered in any_gathered()) {
        let record = reconcile(gathered);
        for view in record.sections() {
            let rows = view.with_ledger();
            prop_assert!(rows.agreed().all(|row| !row.newer));
            for disagreement in rows.disagreements {
                let members: Vec<_> = rows.disagreeing(disagreement.id).collect();
                prop_assert_eq!(members.len(), disagreement.entries.len());
                let sources: BTreeSet<_> = members.iter().map(|row| &row.entry.provenance.source).collect();
                prop_assert!(sources.len() > 1 && !disagreement.differs_in.is_empty());
                let newer: Vec<_> = members.iter().filter(|row| row.newer).collect();
                prop_assert!(newer.len() <= 1);
                let places: Vec<usize> = (0..).zip(rows.current).filter(|(_, row)| row.disagreement == Some(disagreement.id)).map(|(place, _)| place).collect();
                prop_assert!(places.windows(2).all(|two| two[1] == two[0] + 1));
            }
        }
    }
}
