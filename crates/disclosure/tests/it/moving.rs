//! Facts and records that move while something is being shown.

use record::{Content, PersonId, Role, Section};

use crate::made_up::{entry, fields_in, one_of_each, person};
use crate::world::{HOSPITAL, World, caller, change, code, deliver, doctor};

async fn grace() -> (World, PersonId) {
    let world = World::new().await;
    let (grace, _) = world.tell("riverside", "1", Some(person("plain", "9990000018")), one_of_each("plain")).await;
    world.ask(&doctor(), grace).await;
    (world, grace)
}

fn opt_out(world: &World, person: PersonId) {
    let desk = world.desk.clone();
    world.before_next_row(async move { desk.set_opt_out(person, true).await.unwrap() });
}

#[tokio::test]
async fn an_opt_out_takes_effect_on_the_next_request() {
    let (world, grace) = grace().await;
    assert_eq!(world.refusal(&doctor(), grace).await, "open");
    world.desk.set_opt_out(grace, true).await.unwrap();
    assert_eq!(world.refusal(&doctor(), grace).await, "opted-out");
}

#[tokio::test]
async fn an_opt_out_between_decision_and_log_closes_the_record() {
    let (world, grace) = grace().await;
    opt_out(&world, grace);
    assert_eq!(world.refusal(&doctor(), grace).await, "opted-out");
    assert_eq!(world.log_words(Some(grace)).await, ["permission-recorded", "refused opted-out"]);
}

#[tokio::test]
async fn an_opt_out_between_decision_and_log_closes_everything_else_about_the_person() {
    let (world, grace) = grace().await;
    let (_, message) = world.tell("riverside", "1", None, vec![entry("alert", "more")]).await;
    let opened = world.disclosure.open(&doctor(), grace, "letters").await.unwrap();
    let letter = opened.record.section(Section::Letters).with_ledger().current[0].entry.id;
    let (door, operator) = (&world.disclosure, caller(Role::Operator, HOSPITAL));
    let back = async || world.desk.set_opt_out(grace, false).await.unwrap();

    opt_out(&world, grace);
    assert_eq!(code(&door.who(&doctor(), grace).await.unwrap_err()), "opted-out");
    back().await;
    opt_out(&world, grace);
    assert_eq!(code(&door.letter(&doctor(), grace, letter).await.unwrap_err()), "opted-out");
    back().await;
    opt_out(&world, grace);
    assert_eq!(code(&door.message(&operator, message, "a fault").await.unwrap_err()), "opted-out");
    back().await;
    opt_out(&world, grace);
    assert_eq!(code(&world.emergency(&doctor(), grace).await.unwrap_err()), "opted-out");
    back().await;
    opt_out(&world, grace);
    assert_eq!(code(&door.record_no(&doctor(), grace).await.unwrap_err()), "opted-out");
}

#[tokio::test]
async fn a_restriction_between_decision_and_log_closes_the_record() {
    let (world, grace) = grace().await;
    let (inbox, now) = (world.inbox.clone(), world.now());
    let mut told = person("plain", "9990000018");
    told.restricted = true;
    world.before_next_row(async move {
        deliver(&inbox, now, 900, change("kingsbrook", "K1", Some(told), vec![])).await;
    });
    assert_eq!(world.refusal(&doctor(), grace).await, "restricted");
}

fn another_message(world: &World, number: u64, tag: &'static str) {
    let (inbox, now) = (world.inbox.clone(), world.now());
    world.before_next_row(async move {
        deliver(&inbox, now, number, change("riverside", "1", None, vec![entry("problem", tag)])).await;
    });
}

#[tokio::test]
async fn a_message_applied_meanwhile_begins_the_opening_anew_and_the_row_says_the_version_shown() {
    let (world, grace) = grace().await;
    another_message(&world, 900, "meanwhile");
    let opened = world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    assert!(fields_in(&format!("{opened:?}"), "meanwhile").contains("problem.term"));

    let rows = world.logged(Some(grace)).await;
    let openings: Vec<_> = rows.iter().filter(|row| row.act == audit::Act::RecordOpened).collect();
    assert_eq!(openings.len(), 2);
    assert_eq!(openings[1].record_version, openings[0].record_version.map(|version| version + 1));
    assert!(openings[1].request.starts_with(&opened.reference()), "what is shown rests on the later row");
    assert_ne!(openings[0].request, openings[1].request);
}

#[tokio::test]
async fn a_letter_and_a_copy_begin_anew_too() {
    let (world, grace) = grace().await;
    let opened = world.disclosure.open(&doctor(), grace, "letters").await.unwrap();
    let letter = opened.record.section(Section::Letters).with_ledger().current[0].entry.id;
    another_message(&world, 900, "first");
    let read = world.disclosure.letter(&doctor(), grace, letter).await.unwrap();
    assert_eq!(read.text.as_deref(), Some("plain.letter.text"));
    another_message(&world, 901, "second");
    let copy = world.disclosure.copy(&caller(Role::Operator, HOSPITAL), grace, "asked").await.unwrap();
    assert!(fields_in(&format!("{:?}", copy.entries), "second").contains("problem.term"));
}

#[tokio::test]
async fn a_record_that_never_stands_still_is_given_up_after_five_new_beginnings() {
    let (world, grace) = grace().await;
    for (number, tag) in (0..5).zip(["g", "h", "i", "j", "k"]) {
        another_message(&world, 900 + number, tag);
    }
    assert_eq!(world.refusal(&doctor(), grace).await, "open", "the fifth new beginning shows it");
    let before = world.logged(Some(grace)).await.len();
    for (number, tag) in (0..6).zip(["a", "b", "c", "d", "e", "f"]) {
        another_message(&world, 910 + number, tag);
    }
    assert_eq!(world.refusal(&doctor(), grace).await, "cannot show safely");
    assert_eq!(world.logged(Some(grace)).await.len(), before + 6);
}

/// While one task applies messages, another opens: whatever is shown is what the
/// record said at the version that the row names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_stream_of_messages_each_opening_shows_the_version_that_its_row_names() {
    const MESSAGES: u64 = 60;
    let (world, grace) = grace().await;
    let first = world.disclosure.open(&doctor(), grace, "summary").await.unwrap();
    let start = version_in_log(&world, grace, &first.reference()).await;
    let (inbox, now) = (world.inbox.clone(), world.now());
    let telling = tokio::spawn(async move {
        for number in 0..MESSAGES {
            let told = change("riverside", "1", None, vec![entry(NUMBERED, &format!("told-{number:03}"))]);
            deliver(&inbox, now, 1000 + number, told).await;
        }
    });
    let mut openings = Vec::new();
    loop {
        let is_last = telling.is_finished();
        match world.disclosure.open(&doctor(), grace, "summary").await {
            Ok(opened) => {
                let shown = opened.record.section(Section::Problems).with_ledger().current.len() as u64 - 1;
                openings.push((opened.reference(), shown));
            }
            // Giving up is right too where a message came each time.
            Err(closed) => assert!(!is_last && code(&closed) == "cannot show safely", "{closed:?}"),
        }
        if is_last {
            break;
        }
    }
    telling.await.unwrap();
    assert_eq!(openings.last().map(|(_, shown)| *shown), Some(MESSAGES), "the last opening shows them all");
    for (reference, shown) in &openings {
        let version = version_in_log(&world, grace, reference).await;
        assert_eq!(version, start + shown, "each message adds one problem and one version");
    }
}

const NUMBERED: &str = "problem";

async fn version_in_log(world: &World, person: PersonId, reference: &str) -> u64 {
    let rows = world.logged(Some(person)).await;
    let row = rows.iter().find(|row| row.request.starts_with(reference)).expect("a row for what was shown");
    row.record_version.expect("the version that was shown")
}

#[test]
fn the_kind_that_the_race_counts_is_a_problem() {
    assert_eq!(Content::section_of_kind(NUMBERED), Some(Section::Problems));
}
