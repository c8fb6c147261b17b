//! What is shown before a decision about who is who is what it moves, no more and no less; where that has changed since,
//! nothing is done.

use store::{IdentityAsked, LinkAsk, WouldMove};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

/// As many charts as are gone through where a decision is undone.
const CONCERNED_MAX: usize = 200;

async fn out(kit: &Kit, key: &str) -> (WouldMove, LinkAsk) {
    let chart = chart(kit, key).await;
    (WouldMove::Unlink(chart), LinkAsk::Unlink { chart })
}

fn alone(key: &str) -> (String, bool) {
    (key.to_owned(), true)
}

fn to_another(key: &str) -> (String, bool) {
    (key.to_owned(), false)
}

/// Two of one number, linked by hand, and the doubt about them.
async fn linked_by_hand() -> (Kit, u64) {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan", Some(2))]).await;
    let item = the_doubt(&kit).await;
    decide(&kit, item, SAME).await;
    (kit, item)
}

/// Two whose names and birth dates both differ were linked by two reviewers; so a merge that fits only one of them waits.
/// Once the link is undone it is done: the chart of a third record moves.
async fn linked_and_a_third_of_the_same_number() -> (Kit, u64) {
    let kit = Kit::new().await;
    let two = [Said::tells(1, "H1", "joan-born-later", Some(1)), Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE)];
    say(&kit, &two).await;
    let item = the_doubt(&kit).await;
    let second = LinkAsk::SamePerson { needs_second: true };
    ask(&kit, item, second).await;
    assert!(matches!(ask_as(&kit, &another_analyst(), item, second).await, IdentityAsked::Noted(_)));
    carry_out(&kit).await;
    say(&kit, &[Said::tells(3, "P2", "ada", Some(3)).of(PRACTICE)]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "P1"], vec!["P2"]]);
    (kit, item)
}

fn the_merge_that_waits() -> Said {
    Said::merges(4, "P2", "P1").of(PRACTICE)
}

#[tokio::test]
async fn a_chart_of_a_third_record_that_moves_once_a_link_is_undone_is_named_with_its_entries() {
    let (kit, item) = linked_and_a_third_of_the_same_number().await;
    say(&kit, &[the_merge_that_waits()]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "P1"], vec!["P2"]]);
    let (would, asked) = out(&kit, "P1").await;
    let shown = moves(&kit, item, would, 0).await;
    assert!(named(&kit, &shown).await.iter().any(|(key, _)| key == "P2"), "{shown:?}");
    decide_as_shown(&kit, item, asked).await.unwrap();
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["P1", "P2"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn of_a_third_record_that_may_not_be_shown_it_is_said_how_many_charts_move_and_no_more() {
    let (kit, item) = linked_and_a_third_of_the_same_number().await;
    say(&kit, &[the_merge_that_waits()]).await;
    let (would, _) = out(&kit, "P1").await;
    let (all, these) = (moves(&kit, item, would, 0).await, moves_of_these_alone(&kit, item, would).await);
    assert_eq!((all.not_shown, these.not_shown), (0, 1));
    let named = named(&kit, &these).await;
    assert!(!named.is_empty() && named.iter().all(|(key, _)| key != "P2"), "{named:?}");
    assert_eq!((all.entries.len(), these.entries.len()), (6, 3));
}

#[tokio::test]
async fn whoever_may_see_somebody_beside_the_two_is_shown_the_two_alone_also_where_that_one_is_sealed_from_them() {
    let (kit, item) = linked_and_a_third_of_the_same_number().await;
    let third = kit_person(&kit, "P2").await;
    let (one, other) = (chart(&kit, "H1").await.0, chart(&kit, "P2").await.0);
    kit.home.tamper(&format!("INSERT INTO sealed_pair (chart, other) VALUES ({one}, {other}), ({other}, {one})")).await;
    let (alone, beside) = (pair(&kit, item).await, pair_with(&kit, item, &[third]).await);
    assert_eq!((alone.people, alone.seen), (beside.people, beside.seen));
}

#[tokio::test]
async fn a_chart_that_came_meanwhile_and_stays_is_not_named_and_one_that_leaves_is() {
    let (kit, item) = linked_by_hand().await;
    let came = [
        Said::tells(3, "P1", "joan-elsewhere", Some(3)).of(PRACTICE),
        Said::tells(4, "P2", "grace", Some(4)).of(PRACTICE),
    ];
    say(&kit, &came).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2", "P1", "P2"]]);
    let (would, asked) = out(&kit, "H2").await;
    assert_eq!(named(&kit, &moves(&kit, item, would, 0).await).await, [alone("H2"), alone("P1")]);
    decide_as_shown(&kit, item, asked).await.unwrap();
    assert_eq!(who_is_who(&kit).await, [["H1", "P2"], ["H2", "P1"]]);
}

#[tokio::test]
async fn what_changes_what_would_move_before_it_is_carried_out_stops_it_and_nothing_of_it_is_kept() {
    let (kit, item) = linked_and_a_third_of_the_same_number().await;
    let (_, asked) = out(&kit, "P1").await;
    ask(&kit, item, asked).await;
    // What the two tell is as it was seen.
    say(&kit, &[the_merge_that_waits()]).await;
    assert_eq!(carry_out(&kit).await, [MOVES_OTHERWISE]);
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "P1"], vec!["P2"]]);
    must_be_built_anew_the_same(&kit.store).await;
    decide_as_shown(&kit, item, asked).await.unwrap();
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["P1", "P2"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_a_chart_comes_to_hold_after_it_was_shown_goes_with_it() {
    let (kit, item) = linked_by_hand().await;
    let (_, asked) = out(&kit, "H2").await;
    ask(&kit, item, asked).await;
    say(&kit, &[Said::attends(3, "H2", "V1", "Ward 1")]).await;
    assert!(carry_out(&kit).await[0].starts_with("1 chart and 6 entries were taken out"));
}

#[tokio::test]
async fn where_the_past_does_not_come_out_the_careful_way_is_shown_and_said_and_taken() {
    let (kit, item) = linked_by_hand().await;
    say(&kit, &[Said::tells(3, "P1", "joan-elsewhere", Some(3)).of(PRACTICE)]).await;
    let (would, asked) = out(&kit, "H2").await;
    assert!(!moves(&kit, item, would, 0).await.is_careful);
    kit.home.tamper("DELETE FROM who_step").await;
    let shown = moves(&kit, item, would, 0).await;
    assert!(shown.is_careful);
    assert_eq!(named(&kit, &shown).await, [alone("H2"), alone("P1")]);
    decide_as_shown(&kit, item, asked).await.unwrap();
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "P1"]]);
}

#[tokio::test]
async fn linking_what_a_rule_had_linked_and_somebody_took_out_shows_what_comes_back() {
    let kit = Kit::new().await;
    let said = [
        Said::tells(1, "H1", "grace", Some(1)),
        Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE),
        Said::tells(3, "H2", "joan", None),
    ];
    say(&kit, &said).await;
    let first = kit.store.people.first_chart(kit_person(&kit, "H1").await).await.unwrap().unwrap();
    let (would, asked) = out(&kit, "P1").await;
    let record = store::Named::Record(first).number();
    assert_eq!(named(&kit, &moves(&kit, record, would, 0).await).await, [alone("P1")]);
    decide_as_shown(&kit, record, asked).await.unwrap();
    let item = store::Named::ToldApart(chart(&kit, "P1").await).number();
    let shown = moves(&kit, item, WouldMove::Link, 0).await;
    assert_eq!((named(&kit, &shown).await, shown.is_careful), (vec![to_another("P1")], false));
    decide_as_shown(&kit, item, SAME).await.unwrap();
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "P1"], vec!["H2"]]);
}

#[tokio::test]
async fn what_taking_a_decision_back_moves_is_shown_and_once_it_is_taken_back_nothing_is_left_to_move() {
    let (kit, item) = linked_by_hand().await;
    let decision = kit.count("SELECT max(id) FROM identity_act").await.cast_unsigned();
    let (would, asked) = (WouldMove::TakeBack(decision), LinkAsk::TakeBack { decision });
    let shown = moves(&kit, item, would, 0).await;
    assert_eq!(shown.charts.len(), 1, "{shown:?}");
    let before = who_is_who(&kit).await;
    decide_as_shown(&kit, item, asked).await.unwrap();
    assert_ne!(who_is_who(&kit).await, before);
    let again = moves(&kit, item, would, 0).await;
    assert_eq!(again.charts, vec![], "it is taken back");
}

async fn kit_person(kit: &Kit, key: &str) -> record::PersonId {
    record::PersonId(kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await.cast_unsigned())
}

#[tokio::test]
async fn nothing_is_written_by_looking_at_what_would_move() {
    let (kit, item) = linked_and_a_third_of_the_same_number().await;
    say(&kit, &[the_merge_that_waits()]).await;
    let before = kit.store.inbox.record_digest().await.unwrap();
    let (would, _) = out(&kit, "P1").await;
    assert_eq!(moves(&kit, item, would, 0).await, moves(&kit, item, would, 0).await);
    assert_eq!(kit.store.inbox.record_digest().await.unwrap(), before);
}

#[tokio::test]
async fn of_so_many_charts_what_is_undone_is_gone_through_and_of_one_more_the_careful_way_is_shown_and_taken() {
    let (kit, item) = linked_by_hand().await;
    let key = |number: usize| -> &'static str { format!("P{number}").leak() };
    let came = |number: usize| Said::tells(number + 10, key(number), "joan-elsewhere", None).of(PRACTICE);
    let all: Vec<Said> = (0..CONCERNED_MAX - 2).map(came).collect();
    say(&kit, &all).await;
    let (would, asked) = out(&kit, "H2").await;
    let whole = moves(&kit, item, would, 0).await;
    assert_eq!((whole.charts.len(), whole.is_careful), (CONCERNED_MAX - 1, false));
    say(&kit, &[came(CONCERNED_MAX)]).await;
    let careful = moves(&kit, item, would, 0).await;
    assert_eq!((careful.charts.len(), careful.is_careful), (CONCERNED_MAX, true));
    decide_as_shown(&kit, item, asked).await.unwrap();
}
