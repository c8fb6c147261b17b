//! Which pages the gallery shows, in which states.

use record::When;

use super::Show;
use super::around::{
    BASE, banner, banner_before_permission, frame, from, record, signed_out, state, state_with_gap, state_without_any,
    strip,
};
use super::{feeds, identity, identity_records, made_up, many, quarantine, tests_over_time, who_saw};
use crate::pages::closed::Closed;
use crate::pages::emergency::Emergency;
use crate::pages::find_person::{FindPerson, Outcome, Search};
use crate::pages::identity_pair::IdentityPair;
use crate::pages::identity_who_saw::IdentityWhoSaw;
use crate::pages::medicines::Medicines;
use crate::pages::parts::{
    Access, AllergyBadge, AllergyBlock, Banner, Born, Died, FieldError, RecordFrame, SourcesStrip, StatedNone, Tab,
};
use crate::pages::permission::Permission;
use crate::pages::problem::Problem;
use crate::pages::quarantined::Quarantined;
use crate::pages::quarantined_text::QuarantinedText;
use crate::pages::results::{Filter, Results};
use crate::pages::sign_in::SignIn;
use crate::pages::summary::Summary;
use crate::pages::who_looked::WhoLooked;

pub(super) fn show_all(show: &mut Show<'_>) -> Result<(), askama::Error> {
    way_in(show)?;
    summaries(show)?;
    sections(show)?;
    quarantines(show)?;
    identities(show)?;
    troubles(show)
}

fn error(field: &'static str, words: &str) -> Vec<FieldError> {
    vec![FieldError { field, words: words.into() }]
}

fn way_in(show: &mut Show<'_>) -> Result<(), askama::Error> {
    show("sign-in", &SignIn { frame: signed_out(), error: None })?;
    let words = "Your organisation's sign-in did not answer. Try again, or call the service desk.";
    show("sign-in-error", &SignIn { frame: signed_out(), error: Some(words.into()) })?;
    show("find", &made_up::find_person())?;
    show("find-two-alike", &made_up::two_alike())?;
    let nobody = |too_many| Some(Outcome { people: vec![], too_many, possible_left_out: false, alike: false });
    show("find-none", &FindPerson { outcome: nobody(false), ..made_up::find_person() })?;
    show("find-too-many", &FindPerson { outcome: nobody(true), ..made_up::find_person() })?;
    show("find-only-exact", &made_up::only_exact())?;
    show("find-not-working", &made_up::search_not_working())?;
    let errors = error("birth-day", "Enter a date of birth that exists, with a year of four digits, such as 4 3 1951");
    let search = Search { family_name: "Okafor".into(), birth_day: "31/02/1951".into(), ..Search::default() };
    show("find-bad-date", &FindPerson { search, errors, ..made_up::find_person() })?;
    let search = Search { nhs_number: "999 000 0019".into(), ..Search::default() };
    let errors = error("nhs-number", "Check the NHS number: its last digit does not fit the others");
    show("find-bad-number", &FindPerson { search, errors, ..made_up::find_person() })?;
    show("permission", &made_up::permission())?;
    let errors = vec![
        FieldError { field: "decider-name", words: "Enter the name of the person who decided".into() },
        FieldError { field: "decider-relationship", words: "Enter their relationship or authority".into() },
    ];
    show("permission-decider", &Permission { chosen: "decider".into(), errors, ..made_up::permission() })?;
    show(
        "permission-no-emergency",
        &Permission { may_use_emergency: false, agreed_before: None, chosen: String::new(), ..made_up::permission() },
    )?;
    show("emergency", &made_up::emergency())?;
    let errors = error("explanation", "Say what is happening in at least 10 characters");
    show(
        "emergency-error",
        &Emergency { chosen: "unwell".into(), explanation: "GCS 8".into(), errors, ..made_up::emergency() },
    )
}

fn quarantines(show: &mut Show<'_>) -> Result<(), askama::Error> {
    show("quarantine", &quarantine::list())?;
    show("quarantine-empty", &quarantine::empty())?;
    show("quarantined", &quarantine::item())?;
    show("quarantined-closed", &quarantine::closed())?;
    show("quarantined-dismissed", &quarantine::dismissed())?;
    let errors = error("dismiss-reason", "Write down the reason");
    show("quarantined-error", &Quarantined { errors, ..quarantine::item() })?;
    show("quarantined-text", &quarantine::text())?;
    let errors = error("text", "Enter the whole corrected message");
    show("quarantined-text-error", &QuarantinedText { errors, corrected: String::new(), ..quarantine::text() })
}

fn identities(show: &mut Show<'_>) -> Result<(), askama::Error> {
    show("identity-list", &identity::list())?;
    show("identity-list-empty", &identity::empty())?;
    show("identity-pair", &identity::pair())?;
    show("identity-pair-masked", &identity::masked())?;
    show("identity-pair-second-reviewer", &identity::second_reviewer())?;
    show("identity-pair-settled", &identity::settled())?;
    show("identity-pair-parted", &identity::pair_parted())?;
    let errors = vec![
        FieldError { field: "answer-same", words: "Choose what they are".into() },
        FieldError { field: "reason", words: "Write down the reason".into() },
    ];
    show("identity-pair-error", &IdentityPair { errors, ..identity::pair() })?;
    show("identity-record", &identity::record())?;
    show("identity-record-decided", &identity::record_decided())?;
    show("identity-record-looked-up", &identity::record_looked_up())?;
    show("identity-pair-told-apart", &identity::pair_told_apart())?;
    show("identity-pair-two-numbers", &identity::pair_of_two_numbers())?;
    show("identity-records", &identity_records::records())?;
    show("identity-record-of-one-chart", &identity::record_of_one_chart())?;
    show("identity-preview-out", &identity::preview_out())?;
    show("identity-preview-careful", &identity::preview_careful())?;
    show("identity-preview-link", &identity::preview_link())?;
    show("identity-preview-apart", &identity::preview_apart())?;
    show("identity-record-parted", &identity::record_parted())?;
    show("identity-who-saw-ask", &who_saw::ask())?;
    let errors = error("reason", "Write down the reason");
    show("identity-who-saw-error", &IdentityWhoSaw { errors, ..who_saw::ask() })?;
    show("identity-who-saw-one", &who_saw::one())?;
    show("identity-who-saw-many", &who_saw::many())?;
    show("identity-who-saw-nobody", &who_saw::nobody())?;
    show("identity-who-saw-more", &who_saw::more_than_told())?;
    show("identity-who-saw-refused", &who_saw::refused())
}

fn summaries(show: &mut Show<'_>) -> Result<(), askama::Error> {
    show("summary", &made_up::summary())?;
    show("summary-sixty-medicines", &many::sixty_medicines_summary())?;
    show("summary-long-name", &many::long_name_summary())?;
    show("summary-conflict", &many::conflict_summary())?;
    show("summary-nothing", &many::nothing_recorded())?;
    show("summary-social-worker", &many::social_worker_summary())?;
    let with = |banner: Banner, strip: SourcesStrip| RecordFrame { banner, strip, ..record(Tab::Summary) };
    let open = Banner { access: Some(Access::Emergency("14:32".into())), ..banner() };
    show("summary-emergency", &Summary { record: with(open, strip()), ..made_up::summary() })?;
    let died = Died::of(When::parse_iso("2026-01-11").ok(), When::parse_iso("1951-03-04").ok());
    let born = When::parse_iso("1951-03-04").ok().map(|born| Born::of(born, None));
    let dead = Banner { died: Some(died), born, ..banner() };
    show("summary-deceased", &Summary { record: with(dead, strip()), ..made_up::summary() })?;
    let stated = AllergyBlock {
        badge: AllergyBadge::may_be_incomplete(),
        lines: vec![],
        stated_none: vec![no_known_drug_allergies()],
        state: state_with_gap("5 of 6 sources"),
    };
    let unsure = Banner { allergies: Some(AllergyBadge::may_be_incomplete()), ..banner() };
    let mut page = Summary { record: with(unsure, strip()), allergies: stated, ..made_up::summary() };
    page.alerts_state.withheld = true;
    page.medicines_state.withheld = true;
    show("summary-incomplete", &page)?;
    allergy_statements(show)
}

fn allergy_statements(show: &mut Show<'_>) -> Result<(), askama::Error> {
    let names = [
        "Riverside Surgery",
        "Thameside Hospital",
        "Guildhall Hospital",
        "Kingsbrook Hospital",
        "Oakwell Mental Health",
    ];
    let strip = SourcesStrip {
        headline: "0 of 5 sources up to date at 13:41 (24h)".into(),
        missing: names.map(|name| format!("{name}: not available since 12:58")).into(),
        also: vec![],
        ..strip()
    };
    let none = || state_without_any(&names);
    let page = many::nothing_recorded();
    let allergies = AllergyBlock { badge: AllergyBadge::unavailable(), state: none(), ..page.allergies.clone() };
    let banner = Banner { allergies: Some(AllergyBadge::unavailable()), ..banner() };
    let page = Summary {
        record: RecordFrame { banner, strip, ..record(Tab::Summary) },
        allergies,
        alerts_state: none(),
        medicines_state: none(),
        results_state: none(),
        problems_state: none(),
        contacts_state: none(),
        letters_state: none(),
        people_state: none(),
        ..page
    };
    show("summary-all-down", &page)?;
    none_known(show)
}

fn no_known_allergies() -> StatedNone {
    let words = "States no known allergies".into();
    StatedNone { words, of_all: true, disagrees: false, origin: from("Riverside Surgery", "2024-05-12") }
}

fn no_known_drug_allergies() -> StatedNone {
    StatedNone { words: "No known drug allergies".into(), of_all: false, ..no_known_allergies() }
}

fn none_known(show: &mut Show<'_>) -> Result<(), askama::Error> {
    let stated = AllergyBlock {
        badge: AllergyBadge::none_known(),
        lines: vec![],
        stated_none: vec![no_known_allergies()],
        state: state("6 of 6 sources"),
    };
    let banner = Banner { allergies: Some(AllergyBadge::none_known()), ..banner() };
    show(
        "summary-no-known-allergies",
        &Summary { allergies: stated, record: RecordFrame { banner, ..record(Tab::Summary) }, ..made_up::summary() },
    )
}

fn sections(show: &mut Show<'_>) -> Result<(), askama::Error> {
    show("medicines", &made_up::medicines())?;
    let sixty = Medicines { current: many::sixty_medicines(true), current_count: 60, ..made_up::medicines() };
    show("medicines-sixty", &sixty)?;
    let mut contradicted = made_up::medicines();
    let origin = from("Guildhall Hospital", "2025-06-11");
    contradicted.allergies.stated_none = vec![StatedNone { disagrees: true, origin, ..no_known_allergies() }];
    show("medicines-allergies-disagree", &contradicted)?;
    show("medicines-social-worker", &many::social_worker_medicines())?;
    show("results", &made_up::results())?;
    let page = made_up::results();
    let filter = Filter { on: true, out_of_range: true, shown: "0 of 84 shown".into(), ..page.filter.clone() };
    show("results-filtered-empty", &Results { filter, rows: vec![], reports: vec![], ..page })?;
    show("one-test", &made_up::one_test())?;
    show("one-test-two-laboratories", &tests_over_time::two_laboratories())?;
    show("appointments", &made_up::appointments())?;
    show("letters", &made_up::letters())?;
    show("one-letter", &made_up::one_letter())?;
    show("problems", &made_up::problems())?;
    show("people", &made_up::people())?;
    show("immunisations", &made_up::immunisations())?;
    show("sources", &made_up::sources())?;
    show("feeds", &feeds::some_silent())?;
    show("feeds-well", &feeds::all_well())?;
    show("feeds-none", &feeds::none())?;
    show("who-looked", &made_up::who_looked())?;
    let errors = error("nhs-number", "Enter a 10 digit NHS number");
    show("who-looked-error", &WhoLooked { errors, list: None, nhs_number: "999".into(), ..made_up::who_looked() })
}

fn troubles(show: &mut Show<'_>) -> Result<(), askama::Error> {
    let who = banner_before_permission;
    show("closed-opted-out", &Closed::opted_out(frame(), who()))?;
    show("closed-restricted", &Closed::restricted(frame(), who()))?;
    show("closed-dissent", &Closed::dissent(frame(), who()))?;
    show("closed-role", &Closed::role_may_not(frame(), "operator"))?;
    show("closed-said-no", &Closed::said_no(frame(), who(), "Addy", format!("{BASE}/permission")))?;
    show(
        "problem-403",
        &Problem::forbidden(frame(), "the role privacy officer", "Your organisation's smartcard team", "7F3A-22C1"),
    )?;
    show("problem-404", &Problem::not_found(frame(), "7F3A-22C1"))?;
    show("problem-500", &Problem::failed(frame(), "7F3A-22C1"))?;
    show("problem-503", &Problem::unavailable(frame(), "7F3A-22C1"))?;
    show("problem-session-ended", &Problem::session_ended(signed_out()))?;
    show("problem-another-person", &Problem::another_person_open(frame(), BASE.into()))
}
