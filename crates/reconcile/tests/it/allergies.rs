//! The combining rule of the allergy headline, over its whole truth table.

use jiff::SignedDuration;
use proptest::prelude::*;
use reconcile::{AllergyHeadline, SectionSeen, SharedRecord, SourceState, reconcile};
use record::{AllergyStatement, Answer, Entry, MedicineStatus, Section, Sensitivity, SourceId, Standing};

use crate::build::{ago, allergy, allergy_in_words, at, fresh, gathered, id, ids, medicine, seen_as};
use crate::testing::{coded, entry, now, source};

/// In what state one source is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Fresh,
    NeverDelivered,
    Stale,
    SomethingWaits,
    LeftAndKnowsThem,
    LeftAndDoesNot,
    DoesNotSend,
}

const STATES: [State; 7] = [
    State::Fresh,
    State::NeverDelivered,
    State::Stale,
    State::SomethingWaits,
    State::LeftAndKnowsThem,
    State::LeftAndDoesNot,
    State::DoesNotSend,
];

/// What one source states about allergies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum States {
    Nothing,
    NoneKnown,
    /// That no drug allergies are known: less than that none are.
    NoDrugAllergies,
    Substance,
    PastSubstance,
    RemovedSubstance,
    SensitiveSubstance,
    SubstanceAndNone,
    SubstanceAndNoDrugAllergies,
}

const STATEMENTS: [States; 9] = [
    States::Nothing,
    States::NoneKnown,
    States::NoDrugAllergies,
    States::Substance,
    States::PastSubstance,
    States::RemovedSubstance,
    States::SensitiveSubstance,
    States::SubstanceAndNone,
    States::SubstanceAndNoDrugAllergies,
];

fn state(name: &str, state: State) -> SourceState {
    let base = fresh(name);
    match state {
        State::Fresh => base,
        State::NeverDelivered => SourceState { last_message_at: None, ..base },
        State::Stale => SourceState { last_message_at: Some(ago(61)), ..base },
        State::SomethingWaits => SourceState { waiting_items: 1, ..base },
        State::LeftAndKnowsThem => SourceState { takes_part: false, ..base },
        State::LeftAndDoesNot => SourceState { takes_part: false, knows_person: false, ..base },
        State::DoesNotSend => SourceState { source: source(name, &[Section::Letters]), ..base },
    }
}

fn entries(number: u64, name: &str, states: States) -> Vec<Entry> {
    let substance = entry(number, name, allergy(AllergyStatement::Substance));
    let none = entry(number + 1, name, allergy(AllergyStatement::NoneKnown));
    let no_drug = allergy_in_words(AllergyStatement::NoneKnown, "No known drug allergies");
    let no_drug = entry(number + 1, name, no_drug);
    match states {
        States::Nothing => vec![],
        States::NoneKnown => vec![none],
        States::NoDrugAllergies => vec![no_drug],
        States::Substance => vec![substance],
        States::PastSubstance => vec![Entry { standing: Standing::Past, ..substance }],
        States::RemovedSubstance => vec![Entry { standing: Standing::EnteredInError, ..substance }],
        States::SensitiveSubstance => vec![Entry { sensitivity: Sensitivity::Sensitive, ..substance }],
        States::SubstanceAndNone => vec![substance, none],
        States::SubstanceAndNoDrugAllergies => vec![substance, no_drug],
    }
}

fn record_of(facts: &[(State, States)], sees_sensitive: bool) -> SharedRecord {
    let mut gathered = gathered(vec![]);
    gathered.sees_sensitive = sees_sensitive;
    gathered.sources.clear();
    for (number, (its_state, states)) in (0_u64..).zip(facts) {
        let name = format!("source-{number}");
        gathered.entries.extend(entries(number * 10, &name, *states));
        gathered.sources.push(state(&name, *its_state));
    }
    reconcile(gathered)
}

/// The rule once more, from its words in the specification and not from the code.
fn expected_word(facts: &[(State, States)], sees_sensitive: bool) -> &'static str {
    let left = |state| matches!(state, State::LeftAndKnowsThem | State::LeftAndDoesNot);
    let told: Vec<&(State, States)> = facts.iter().filter(|(state, _)| !left(*state)).collect();
    let any_told = |wanted: &[States]| told.iter().any(|(_, states)| wanted.contains(states));
    let hidden = !sees_sensitive && any_told(&[States::SensitiveSubstance]);
    if any_told(&[States::Substance, States::SubstanceAndNone, States::SubstanceAndNoDrugAllergies])
        || (sees_sensitive && any_told(&[States::SensitiveSubstance]))
    {
        return "known";
    }
    let shows_something =
        |states: States| matches!(states, States::NoneKnown | States::NoDrugAllergies | States::PastSubstance);
    let expected = facts.iter().filter(|(state, states)| match state {
        State::DoesNotSend => shows_something(*states),
        State::LeftAndDoesNot => false,
        _ => true,
    });
    let states: Vec<State> = expected.map(|(state, _)| *state).collect();
    let answered = |state: &State| matches!(state, State::Fresh | State::SomethingWaits | State::DoesNotSend);
    let states_less = any_told(&[States::NoDrugAllergies]);
    let states_none = any_told(&[States::NoneKnown]);
    if !states.iter().any(answered) {
        return if states_none || states_less { "incomplete" } else { "unavailable" };
    }
    let in_full = states.iter().all(|state| matches!(state, State::Fresh | State::DoesNotSend));
    if !in_full || hidden || any_told(&[States::PastSubstance]) {
        return "incomplete";
    }
    match (states_none, states_less) {
        (true, _) => "none known",
        (false, true) => "incomplete",
        (false, false) => "not recorded",
    }
}

fn word(headline: &AllergyHeadline) -> &'static str {
    match headline {
        AllergyHeadline::Known(_) => "known",
        AllergyHeadline::MaybeIncomplete => "incomplete",
        AllergyHeadline::NoneKnown(_) => "none known",
        AllergyHeadline::NotRecorded => "not recorded",
        AllergyHeadline::Unavailable => "unavailable",
        AllergyHeadline::NotForRole => "not for role",
    }
}

#[test]
fn the_headline_follows_the_rule_for_every_state_and_statement_of_two_sources() {
    let one: Vec<(State, States)> =
        STATES.iter().flat_map(|state| STATEMENTS.iter().map(|states| (*state, *states))).collect();
    for first in &one {
        for second in &one {
            for sees_sensitive in [true, false] {
                let facts = [*first, *second];
                let record = record_of(&facts, sees_sensitive);
                let expected = expected_word(&facts, sees_sensitive);
                assert_eq!(word(record.allergies()), expected, "{facts:?}, sees sensitive: {sees_sensitive}");
            }
        }
    }
}

proptest! {
    #[test]
    fn the_headline_follows_the_rule_for_any_number_of_sources(
        facts in proptest::collection::vec((0_usize..7, 0_usize..9).prop_map(|(s, t)| (STATES[s], STATEMENTS[t])), 0..6),
        sees_sensitive in any::<bool>(),
    ) {
        let record = record_of(&facts, sees_sensitive);
        prop_assert_eq!(word(record.allergies()), expected_word(&facts, sees_sensitive));
    }

    #[test]
    fn no_known_allergies_is_never_said_while_anything_is_missing_waiting_withheld_or_listed(
        facts in proptest::collection::vec((0_usize..7, 0_usize..9).prop_map(|(s, t)| (STATES[s], STATEMENTS[t])), 0..5),
        sees_sensitive in any::<bool>(),
    ) {
        let record = record_of(&facts, sees_sensitive);
        if let AllergyHeadline::NoneKnown(none) = record.allergies() {
            let rows = record.section(Section::Allergies).with_ledger();
            prop_assert!(!rows.ledger.withheld);
            let less = facts.iter().filter(|(state, states)| {
                *states == States::NoDrugAllergies && !matches!(state, State::LeftAndKnowsThem | State::LeftAndDoesNot)
            });
            prop_assert_eq!(rows.row_count(), none.stated_by().len() + less.count());
            prop_assert!(!none.stated_by().is_empty());
            for line in rows.ledger.answers.iter().filter(|line| line.answer != Answer::SharingStopped) {
                prop_assert!(!line.answer.is_missing() && line.waiting_items == 0);
            }
        }
    }
}

#[test]
fn nobody_asked_means_unavailable_and_never_none() {
    assert_eq!(*record_of(&[], true).allergies(), AllergyHeadline::Unavailable);
    assert_eq!(*record_of(&[(State::DoesNotSend, States::Nothing)], true).allergies(), AllergyHeadline::Unavailable);
}

#[test]
fn no_known_allergies_carries_who_and_when_newest_first() {
    let mut early = at(entry(1, "gp", allergy(AllergyStatement::NoneKnown)), "2019-05-12");
    early.provenance.author = Some("Dr Example".into());
    let mut late = entry(2, "hospital", allergy(AllergyStatement::NoneKnown));
    late.provenance.recorded = Some(crate::build::when("2026-11-20"));
    let record = reconcile(gathered(vec![early, late]));
    let AllergyHeadline::NoneKnown(none) = record.allergies() else { panic!("{:?}", record.allergies()) };
    let told: Vec<_> = none
        .stated_by()
        .iter()
        .map(|by| (by.source.as_str(), by.when.unwrap().to_iso(), by.author.as_deref(), by.entry))
        .collect();
    assert_eq!(
        told,
        [
            ("gp", "2019-05-12".to_owned(), Some("Dr Example"), id(1)),
            ("hospital", "2026-11-20".to_owned(), None, id(2))
        ]
    );
}

/// Substances as sources name them, each with a code and its system where it has one.
fn named(substances: &[(&str, &str, &str)]) -> AllergyHeadline {
    let one = |(number, (words, system, code)): (u64, &(&str, &str, &str))| {
        let told = entry(number, "gp", allergy_in_words(AllergyStatement::Substance, words));
        if code.is_empty() { told } else { coded(told, system, code) }
    };
    reconcile(gathered((1..).zip(substances).map(one).collect())).allergies().clone()
}

#[test]
fn penicillin_told_by_two_sources_and_latex_by_one_are_two_known_allergies() {
    assert_eq!(
        named(&[("Penicillin", "", ""), ("latex", "", ""), (" penicillin ", "", "")]),
        AllergyHeadline::Known(2)
    );
    let facts = [(State::Fresh, States::Substance), (State::Stale, States::Substance)];
    assert_eq!(*record_of(&facts, true).allergies(), AllergyHeadline::Known(1));
}

#[test]
fn one_substance_under_two_names_is_one_by_a_shared_code_and_two_by_a_local_one() {
    let names = |system| named(&[("Penicillin", system, "91936005"), ("Allergy to penicillin", system, "91936005")]);
    assert_eq!(names("SCT"), AllergyHeadline::Known(1));
    assert_eq!(names("L"), AllergyHeadline::Known(2));
}

#[test]
fn a_third_entry_may_say_that_two_are_the_same() {
    let sct = "http://snomed.info/sct";
    let (first, last) = (("Penicillins", "", ""), ("Penicillin V", sct, "91936005"));
    assert_eq!(named(&[first, last]), AllergyHeadline::Known(2));
    assert_eq!(named(&[first, last, ("penicillins", sct, "91936005")]), AllergyHeadline::Known(1));
}

#[test]
fn substances_that_nobody_named_are_each_one() {
    let unnamed = (record::Allergy::UNNAMED, "", "");
    assert_eq!(named(&[unnamed, unnamed, ("latex", "", "")]), AllergyHeadline::Known(3));
}

#[test]
fn no_known_drug_allergies_never_becomes_no_known_allergies_and_is_never_a_known_one() {
    let words = "No known drug allergies";
    let told = || allergy_in_words(AllergyStatement::NoneKnown, words);
    for told in [entry(1, "gp", told()), coded(entry(1, "gp", told()), "SCT", "716186003")] {
        let record = reconcile(gathered(vec![told]));
        assert_eq!(*record.allergies(), AllergyHeadline::MaybeIncomplete);
        let rows = record.section(Section::Allergies).with_ledger();
        let record::Content::Allergy(row) = &rows.current[0].entry.content else { panic!("an allergy") };
        assert_eq!(row.substance, words, "the row keeps its own words");
    }
    let drugs_alone = coded(entry(1, "gp", allergy(AllergyStatement::NoneKnown)), "SCT", "409137002");
    assert_eq!(*reconcile(gathered(vec![drugs_alone])).allergies(), AllergyHeadline::MaybeIncomplete);
}

#[test]
fn no_known_drug_allergies_beside_a_statement_about_all_leaves_that_statement() {
    let facts = [(State::Fresh, States::NoneKnown), (State::Fresh, States::NoDrugAllergies)];
    let record = record_of(&facts, true);
    let AllergyHeadline::NoneKnown(none) = record.allergies() else { panic!("{:?}", record.allergies()) };
    assert_eq!(none.stated_by().iter().map(|by| by.source.as_str()).collect::<Vec<_>>(), ["source-0"]);
}

#[test]
fn no_known_drug_allergies_is_no_disagreement_with_an_allergy() {
    let none = entry(1, "gp", allergy_in_words(AllergyStatement::NoneKnown, "NKDA"));
    let latex = entry(2, "hospital", allergy_in_words(AllergyStatement::Substance, "latex"));
    let record = reconcile(gathered(vec![none.clone(), latex.clone()]));
    assert_eq!(record.section(Section::Allergies).with_ledger().disagreements, []);
    assert_eq!(*record.allergies(), AllergyHeadline::Known(1));

    let denied = entry(3, "mind", allergy(AllergyStatement::NoneKnown));
    let record = reconcile(gathered(vec![none, latex, denied]));
    let rows = record.section(Section::Allergies).with_ledger();
    let disagreeing: std::collections::BTreeSet<u64> =
        ids(rows.disagreeing(rows.disagreements[0].id)).into_iter().collect();
    assert_eq!(disagreeing, [2, 3].into());
}

#[test]
fn a_role_that_does_not_see_allergies_gets_the_same_headline_for_everybody() {
    for entries in [vec![], vec![entry(1, "gp", allergy(AllergyStatement::Substance))]] {
        let record = reconcile(seen_as(Section::Allergies, SectionSeen::NotForRole, entries));
        assert_eq!(*record.allergies(), AllergyHeadline::NotForRole);
    }
}

#[test]
fn no_known_allergies_against_a_recorded_allergy_of_another_source_is_a_disagreement() {
    let none = at(entry(1, "gp", allergy(AllergyStatement::NoneKnown)), "2026-11-20");
    let substance = at(entry(2, "hospital", allergy(AllergyStatement::Substance)), "2009");
    let record = reconcile(gathered(vec![none, substance]));
    let rows = record.section(Section::Allergies).with_ledger();
    let [disagreement] = rows.disagreements else { panic!("{:?}", rows.disagreements) };
    assert_eq!(
        (disagreement.name.as_str(), disagreement.differs_in.as_slice()),
        ("No known allergies", &["statement"][..])
    );
    assert_eq!(ids(rows.disagreeing(disagreement.id)), [1, 2]);
    assert!(rows.current.iter().all(|row| !row.newer), "a later statement of none does not undo an allergy");
    assert_eq!(*record.allergies(), AllergyHeadline::Known(1));
}

#[test]
fn one_source_does_not_disagree_with_itself_nor_two_that_say_the_same() {
    let own = record_of(&[(State::Fresh, States::SubstanceAndNone)], true);
    let same = record_of(&[(State::Fresh, States::NoneKnown), (State::Fresh, States::NoneKnown)], true);
    for record in [own, same] {
        assert_eq!(record.section(Section::Allergies).with_ledger().disagreements, []);
    }
}

#[test]
fn something_that_waits_at_a_source_without_allergies_does_not_make_them_incomplete() {
    let mut gathered = gathered(vec![entry(1, "gp", allergy(AllergyStatement::NoneKnown))]);
    gathered.sources.push(SourceState {
        source: source("council", &[Section::SocialCare]),
        last_message_at: Some(now() - SignedDuration::from_hours(100)),
        silence: record::Silence::default(),
        knows_person: true,
        waiting_items: 7,
        removed: None,
        takes_part: true,
    });
    assert!(matches!(reconcile(gathered).allergies(), AllergyHeadline::NoneKnown(_)));
}

#[test]
fn an_entry_of_a_source_that_nobody_configured_is_not_shown_and_its_absence_is_said() {
    let stray = entry(1, "nowhere", allergy(AllergyStatement::Substance));
    let none = entry(2, "gp", allergy(AllergyStatement::NoneKnown));
    let other = entry(
        3,
        "gp",
        record::Content::Medicine(record::Medicine { status: MedicineStatus::Started, ..medicine("x", "") }),
    );
    let record = reconcile(gathered(vec![stray, none, other]));
    let rows = record.section(Section::Allergies).with_ledger();
    let last = rows.ledger.answers.last().unwrap();
    assert_eq!((last.source.clone(), last.answer), (SourceId::new("nowhere").unwrap(), Answer::SharingStopped));
    assert_eq!(*record.allergies(), AllergyHeadline::MaybeIncomplete);
    assert_eq!(record.section(Section::Medicines).with_ledger().ledger.answers.len(), 3);
}
