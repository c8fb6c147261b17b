//! Any decision about who is who is taken back, wherever its sources have moved the charts since, and its doubt waits again.

use store::{IdentityAsked, JoinVerb, LinkAct, LinkAsk, Named};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

const TWICE: &str = "Nothing was done: it had been taken back before.";
const RESTED_ON: &str = "Nothing was done: a later decision rests on it. Take that one back first.";

/// Grace and Joan at the hospital, under one number.
async fn two_at_the_hospital() -> (Kit, u64) {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan", Some(2))]).await;
    let item = the_doubt(&kit).await;
    (kit, item)
}

async fn open_doubts(kit: &Kit) -> Vec<u64> {
    waiting(kit).await.iter().map(|doubt| doubt.item.id).collect()
}

async fn waits(kit: &Kit) -> i64 {
    kit.count("SELECT count(*) FROM quarantine WHERE state = 0").await
}

#[tokio::test]
async fn a_link_whose_chart_its_source_has_merged_away_since_is_taken_back_from_where_it_was_decided() {
    let (kit, item) = two_at_the_hospital().await;
    say(&kit, &[Said::tells(3, "H3", "nobody", Some(3))]).await;
    let linked = decision(&kit, item, SAME).await;
    say(&kit, &[Said::merges(4, "H2", "H3")]).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "H3"]]);
    assert_eq!(kit.count("SELECT count(*) FROM hand_link").await, 1);
    let outcome = take_back(&kit, linked).await;
    assert_eq!(outcome, "The link was taken back. What is told of them puts every chart where it is.");
    assert_eq!(kit.count("SELECT count(*) FROM hand_link").await, 0);
    say(&kit, &[Said::asks(5, JoinVerb::Unlink, "H2", "H3")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"], ["H3"]], "it does not come back to whom it was linked with");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn once_a_link_is_taken_back_its_doubt_waits_again_and_nobody_is_told_apart() {
    let (kit, item) = two_at_the_hospital().await;
    let linked = decision(&kit, item, SAME).await;
    assert_eq!(take_back(&kit, linked).await, "The link was taken back: 1 chart and 3 entries moved.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
    assert_eq!(open_doubts(&kit).await, [item]);
    assert_eq!(kit.count("SELECT count(*) FROM kept_apart").await, 0);
    // Their source may say that they are one patient's: nobody has said that they are not.
    say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn who_saw_a_record_until_its_link_was_taken_back_can_be_told() {
    let (kit, item) = two_at_the_hospital().await;
    decide_at(&kit, item, SAME, 100).await;
    assert!(kit.store.people.mixed(item).await.unwrap().is_none());
    let linked = pair(&kit, item).await.decided[0].id;
    decide_at(&kit, item, LinkAsk::TakeBack { decision: linked }, 200).await;
    assert_eq!(kit.store.people.mixed(item).await.unwrap().unwrap().people().len(), 2);
}

#[tokio::test]
async fn what_waited_only_because_two_were_told_apart_is_done_once_that_is_taken_back() {
    let (kit, item) = two_at_the_hospital().await;
    let apart = decision(&kit, item, LinkAsk::NotTheSame).await;
    let later = [Said::merges(3, "H1", "H2"), Said::tells(4, "H1", "grace", Some(1))];
    say(&kit, &later).await;
    assert_eq!((who_is_who(&kit).await, waits(&kit).await), (vec![vec!["H1".to_owned()], vec!["H2".to_owned()]], 1));
    let outcome = take_back(&kit, apart).await;
    assert_eq!(outcome, "It was taken back that they are two people's: 1 chart and 3 entries moved.");
    assert_eq!((who_is_who(&kit).await, waits(&kit).await), (vec![vec!["H1".to_owned(), "H2".to_owned()]], 0));
    let alone = Kit::new().await;
    say(&alone, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan", Some(2))]).await;
    say(&alone, &later).await;
    assert_eq!(
        record_of(&kit, "H1").await,
        record_of(&alone, "H1").await,
        "what was told again hides what it replaces"
    );
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn what_was_done_for_a_decision_that_was_taken_back_goes_on_when_another_is() {
    let (kit, item) = two_at_the_hospital().await;
    say(&kit, &[Said::tells(3, "P1", "ada", Some(3)).of(PRACTICE)]).await;
    let apart = decision(&kit, item, LinkAsk::NotTheSame).await;
    say(&kit, &[Said::merges(4, "H1", "H2")]).await;
    take_back(&kit, apart).await;
    let of_ada = open_doubts(&kit).await[0];
    let linked = decision(&kit, of_ada, SAME).await;
    take_back(&kit, linked).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "H2"], vec!["P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn whoever_was_told_apart_before_anything_was_told_of_them_is_placed_by_what_is_told_once_that_is_taken_back() {
    let (kit, item) = two_at_the_hospital().await;
    // Of H3 nothing is told but that it is Grace's.
    say(&kit, &[Said::merges(3, "H3", "H1")]).await;
    let apart = decision(&kit, item, LinkAsk::NotTheSame).await;
    say(&kit, &[Said::asks(4, JoinVerb::Unlink, "H3", "H1"), Said::tells(5, "H3", "joan", Some(3))]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"], ["H3"]], "somebody is asked");
    take_back(&kit, apart).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "H3"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_decision_on_which_a_later_one_rests_is_taken_back_after_that_one() {
    let (kit, item) = two_at_the_hospital().await;
    say(&kit, &[Said::tells(3, "P1", "ada", Some(3)).of(PRACTICE)]).await;
    for of_ada in open_doubts(&kit).await.into_iter().filter(|one| *one != item) {
        ask(&kit, of_ada, LinkAsk::NotTheSame).await;
        carry_out(&kit).await;
    }
    let first = decision(&kit, item, SAME).await;
    let second = decision(&kit, Named::ToldApart(chart(&kit, "H2").await).number(), SAME).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2", "P1"]]);
    assert_eq!(take_back(&kit, first).await, RESTED_ON);
    for decision in [second, first] {
        assert!(take_back(&kit, decision).await.starts_with("The link was taken back"));
    }
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"], ["P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn only_what_was_decided_about_a_doubt_is_taken_back_there_and_only_once() {
    let (kit, item) = two_at_the_hospital().await;
    assert_eq!(ask(&kit, item, LinkAsk::TakeBack { decision: 1 }).await, IdentityAsked::CannotBe);
    ask(&kit, item, LinkAsk::AskTheSource).await;
    assert_eq!(ask(&kit, item, LinkAsk::TakeBack { decision: 1 }).await, IdentityAsked::CannotBe, "that moved nobody");
    let linked = decision(&kit, item, SAME).await;
    take_back(&kit, linked).await;
    let shown = pair(&kit, item).await;
    assert!(shown.decided.iter().all(|one| !one.can_be_taken_back));
    let last = shown.decided.last().unwrap();
    assert_eq!((last.act, last.takes_back, last.chart, last.parted), (LinkAct::TakeBack, Some(linked), None, true));
    assert_eq!(ask(&kit, item, LinkAsk::TakeBack { decision: linked }).await, IdentityAsked::CannotBe);
}

#[tokio::test]
async fn a_chart_that_was_taken_out_comes_back_where_that_is_taken_back_and_one_taken_out_of_a_link_does_not() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE)]).await;
    let record = Named::Record(chart(&kit, "H1").await).number();
    let out = decision(&kit, record, LinkAsk::Unlink { chart: chart(&kit, "P1").await }).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    let outcome = take_back(&kit, out).await;
    assert_eq!(outcome, "It was taken back that the chart is another person's: 1 chart and 3 entries moved.");
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
    let (kit, item) = two_at_the_hospital().await;
    let linked = decision(&kit, item, SAME).await;
    let out = decision(&kit, item, LinkAsk::Unlink { chart: chart(&kit, "H2").await }).await;
    assert_eq!(kit.count("SELECT count(*) FROM kept_apart").await, 2);
    assert_eq!(take_back(&kit, linked).await, TWICE, "taking the chart out has taken it back");
    let outcome = take_back(&kit, out).await;
    assert!(outcome.starts_with("It was taken back that they are two people's."), "{outcome}");
    assert_eq!(kit.count("SELECT count(*) FROM kept_apart").await, 0);
    assert_eq!(
        (who_is_who(&kit).await, open_doubts(&kit).await),
        (vec![vec!["H1".to_owned()], vec!["H2".to_owned()]], vec![item])
    );
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn where_a_source_has_parted_what_was_taken_out_each_goes_where_it_would_be_once_that_is_taken_back() {
    let kit = Kit::new().await;
    let said = [Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE)];
    say(&kit, &said).await;
    say(&kit, &[Said::merges(3, "H3", "H1")]).await;
    let record = Named::Record(chart(&kit, "H1").await).number();
    let out = decision(&kit, record, LinkAsk::Unlink { chart: chart(&kit, "H3").await }).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "H3"], vec!["P1"]]);
    say(&kit, &[Said::asks(4, JoinVerb::Unlink, "H3", "H1")]).await;
    take_back(&kit, out).await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "P1"], vec!["H3"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn two_who_were_sealed_from_each_other_since_are_not_brought_together_by_taking_back_and_nothing_says_why() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE)]).await;
    let record = Named::Record(chart(&kit, "H1").await).number();
    let out = decision(&kit, record, LinkAsk::Unlink { chart: chart(&kit, "P1").await }).await;
    let (one, other) = (chart(&kit, "H1").await.0, chart(&kit, "P1").await.0);
    kit.home.tamper(&format!("INSERT INTO sealed_pair (chart, other) VALUES ({one}, {other}), ({other}, {one})")).await;
    assert_eq!(take_back(&kit, out).await, "Nothing was done: this cannot be decided here.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
}

#[tokio::test]
async fn where_the_past_is_not_known_any_more_nothing_is_taken_back_and_that_is_said() {
    let (kit, item) = two_at_the_hospital().await;
    let linked = decision(&kit, item, SAME).await;
    kit.home.tamper("DELETE FROM who_step WHERE step LIKE '{\"Told%'").await;
    kit.home.tamper("UPDATE link_event SET evidence = 'lost' WHERE evidence LIKE 'first seen%'").await;
    let outcome = take_back(&kit, linked).await;
    assert_eq!(outcome, "Nothing was done: it is not known any more what would be without it.");
    assert_eq!(who_is_who(&kit).await, [["H1", "H2"]]);
}
