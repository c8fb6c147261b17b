//! What an identity analyst decides about who is who: durable first, carried out once, and taken back exactly.

use std::sync::Arc;

use record::ChartId;
use store::{IdentityAsked, JoinVerb, LinkAct, LinkAsk, StoreError, WouldMove};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

/// Grace at the hospital, and somebody whom the practice calls Joan, under one number.
async fn two_under_one_number() -> (Kit, u64) {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "joan", Some(2)).of(PRACTICE)]).await;
    let item = the_doubt(&kit).await;
    (kit, item)
}

#[tokio::test]
async fn both_sides_of_a_doubt_are_shown_with_what_each_chart_tells_and_nothing_that_any_of_them_holds() {
    let (kit, item) = two_under_one_number().await;
    let pair = pair(&kit, item).await;
    assert_eq!(pair.people.len(), 2);
    let names: Vec<&str> = pair.people.iter().map(|one| one.charts[0].told.name.given[0].as_str()).collect();
    assert_eq!(names, ["Joan", "Grace"]);
    assert!(pair.people.iter().all(|one| !one.is_restricted && one.charts[0].linked.is_some()));
    assert!(pair.doubt.is_open && !pair.doubt.is_of_one_record && !pair.seen.has_two_numbers());
    assert!(!format!("{pair:?}").contains("medicine"));
}

#[tokio::test]
async fn of_somebody_restricted_it_is_not_shown_where_they_are_to_be_found() {
    let kit = Kit::new().await;
    let told = [Said::tells(1, "H1", "grace", None), Said::tells(2, "P1", "joan-restricted", None).of(PRACTICE)];
    say(&kit, &told).await;
    let pair = pair(&kit, the_doubt(&kit).await).await;
    let joan = &pair.people[0];
    assert!(joan.is_restricted && joan.charts[0].told.name.given == ["Joan"]);
    let told = &joan.charts[0].told;
    assert!(told.address.is_none() && told.telephones.is_empty() && joan.charts[0].local_numbers.is_empty());
    assert!(pair.people[1].charts[0].told.address.is_some());
}

#[tokio::test]
async fn whoever_is_one_person_has_one_record_that_holds_what_both_held_and_whoever_comes_next_finds_it() {
    let (kit, item) = two_under_one_number().await;
    assert!(matches!(ask(&kit, item, SAME).await, IdentityAsked::Noted(_)));
    assert_eq!(ask(&kit, item, LinkAsk::NotTheSame).await, IdentityAsked::UnderWay);
    assert_eq!(waiting(&kit).await[0].under_way, Some(LinkAct::SamePerson));
    assert_eq!(carry_out(&kit).await, ["Both are one person's record now: 1 chart and 3 entries moved."]);
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    assert_eq!(record_of(&kit, "H1").await.len(), 2 + 6);
    assert!(waiting(&kit).await.is_empty());
    let settled = work(&kit).await.settled;
    assert_eq!((settled.len(), settled[0].act, settled[0].item), (1, LinkAct::SamePerson, item));
    say(&kit, &[Said::tells(3, "P1", "joan", Some(3)).of(PRACTICE)]).await;
    assert_eq!(record_of(&kit, "H1").await, record_of(&kit, "P1").await);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_decision_is_carried_out_once_however_often_it_is_tried() {
    let (kit, item) = two_under_one_number().await;
    ask(&kit, item, SAME).await;
    let request = kit.store.inbox.link_requests(0).await.unwrap().remove(0);
    let rules = Arc::new(rules());
    assert!(kit.store.inbox.carry_out_link(&request, &rules, after_noon(60)).await.unwrap().is_some());
    let before = kit.store.inbox.record_digest().await.unwrap();
    assert_eq!(kit.store.inbox.carry_out_link(&request, &rules, after_noon(90)).await.unwrap(), None);
    assert_eq!(kit.store.inbox.record_digest().await.unwrap(), before);
}

#[tokio::test]
async fn what_was_linked_by_hand_comes_apart_exactly_also_after_later_messages() {
    let (kit, item) = two_under_one_number().await;
    decide(&kit, item, SAME).await;
    let later = [Said::tells(3, "P1", "joan", Some(3)).of(PRACTICE), Said::tells(4, "H1", "grace", Some(3))];
    say(&kit, &later).await;
    assert_eq!(unlink(&kit, item, "P1").await, "1 chart and 3 entries were taken out of the record.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    let never = Kit::new().await;
    let told = [Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "joan", Some(2)).of(PRACTICE)];
    say(&never, &[told.as_slice(), later.as_slice()].concat()).await;
    for chart in ["H1", "P1"] {
        assert_eq!(record_of(&kit, chart).await, record_of(&never, chart).await, "{chart}");
    }
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn once_a_link_is_undone_its_doubt_names_both_people_again_and_each_of_them_can_be_seen_there() {
    let (kit, item) = two_under_one_number().await;
    let both = kit.store.people.in_doubt(item).await.unwrap();
    for taken_out in ["P1", "H1"] {
        let (kit, item) = two_under_one_number().await;
        decide(&kit, item, SAME).await;
        assert_eq!(kit.store.people.in_doubt(item).await.unwrap().len(), 1);
        unlink(&kit, item, taken_out).await;
        assert_eq!(kit.store.people.in_doubt(item).await.unwrap().len(), both.len(), "{taken_out}");
        assert_eq!(pair(&kit, item).await.people.len(), 2);
        assert!(waiting(&kit).await.is_empty());
        must_be_built_anew_the_same(&kit.store).await;
    }
}

#[tokio::test]
async fn whoever_was_told_apart_is_not_asked_about_again_until_either_is_told_otherwise() {
    let (kit, item) = two_under_one_number().await;
    let outcome = decide(&kit, item, LinkAsk::NotTheSame).await;
    assert_eq!(outcome, "They are kept as two people's until either is told otherwise.");
    // The same again, and what bears on nobody's identity.
    say(&kit, &[Said::tells(3, "P1", "joan", Some(4)).of(PRACTICE), Said::tells(4, "H1", "grace", Some(4))]).await;
    assert!(waiting(&kit).await.is_empty());
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    assert_eq!(ask(&kit, item, SAME).await, IdentityAsked::NotWaiting);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_source_that_merges_charts_that_somebody_told_apart_is_not_believed_and_its_message_waits() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", None), Said::tells(2, "H2", "joan", None)]).await;
    decide(&kit, the_doubt(&kit).await, LinkAsk::NotTheSame).await;
    let applied = say(&kit, &[Said::merges(3, "H2", "H1")]).await;
    assert_eq!(applied[0].by_kind["ADT^A40"].quarantined, 1);
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"]]);
    assert_eq!(waiting(&kit).await.len(), 1, "somebody is asked: the source says otherwise now");
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn a_chart_taken_out_takes_along_what_its_source_has_joined_with_it_and_stays_out() {
    let kit = Kit::new().await;
    let said = [
        Said::tells(1, "P1", "joan", Some(0)).of(PRACTICE),
        Said::tells(2, "H1", "grace", Some(1)),
        Said::tells(3, "H2", "none", Some(2)),
        Said::merges(4, "H2", "H1"),
    ];
    say(&kit, &said).await;
    let item = the_doubt(&kit).await;
    decide(&kit, item, SAME).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2", "P1"]]);
    unlink(&kit, item, "H2").await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1", "H2"], vec!["P1"]]);
    assert_eq!(kit.count("SELECT count(*) FROM entry_covered WHERE until IS NULL").await, 2);
    say(&kit, &[Said::tells(5, "H2", "grace-unnumbered", Some(3)), Said::asks(6, JoinVerb::Unlink, "H2", "H1")]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["H2"], ["P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn names_and_birth_date_that_both_differ_need_a_second_reviewer_who_is_somebody_else() {
    let kit = Kit::new().await;
    let told = [Said::tells(1, "H1", "grace", None), Said::tells(2, "P1", "joan-born-later", None).of(PRACTICE)];
    say(&kit, &told).await;
    let item = the_doubt(&kit).await;
    // The first reviewer alone carries nothing out, whatever their page says.
    assert_eq!(decide(&kit, item, SAME).await, "Nothing was done: a second reviewer is needed.");
    let second = LinkAsk::SamePerson { needs_second: true };
    let IdentityAsked::NeedsSecondReviewer(first) = ask(&kit, item, second).await else { panic!("it waits") };
    assert_eq!(ask(&kit, item, second).await, IdentityAsked::NeedsSecondReviewer(first), "the same one again");
    assert!(carry_out(&kit).await.is_empty());
    assert!(waiting(&kit).await[0].first_reviewer.is_some());
    assert!(matches!(ask_as(&kit, &another_analyst(), item, second).await, IdentityAsked::Noted(_)));
    assert_eq!(carry_out(&kit).await.len(), 1);
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn somebody_who_says_otherwise_takes_the_place_of_a_first_reviewer() {
    let kit = Kit::new().await;
    let told = [Said::tells(1, "H1", "grace", None), Said::tells(2, "P1", "joan-born-later", None).of(PRACTICE)];
    say(&kit, &told).await;
    let item = the_doubt(&kit).await;
    ask(&kit, item, LinkAsk::SamePerson { needs_second: true }).await;
    assert!(matches!(ask_as(&kit, &another_analyst(), item, LinkAsk::NotTheSame).await, IdentityAsked::Noted(_)));
    carry_out(&kit).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    assert!(pair(&kit, item).await.decided.iter().all(|one| one.done.is_some()));
}

#[tokio::test]
async fn two_different_numbers_are_never_one_persons_whoever_decides_and_a_chart_of_nobody_concerned_is_not_unlinked() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", None), Said::tells(2, "P1", "joan", None).of(PRACTICE)]).await;
    let item = the_doubt(&kit).await;
    kit.home.tamper("UPDATE chart SET told = replace(told, '9990000018', '9990000026') WHERE key = 'P1'").await;
    assert!(pair(&kit, item).await.seen.has_two_numbers());
    assert_eq!(ask(&kit, item, SAME).await, IdentityAsked::TwoNumbers);
    assert_eq!(ask(&kit, item, LinkAsk::Unlink { chart: ChartId(9_999) }).await, IdentityAsked::CannotBe);
    assert_eq!(unlink(&kit, item, "H1").await, "Nothing was done: that is all that the record holds.");
}

#[tokio::test]
async fn a_decision_about_what_is_told_otherwise_by_then_comes_to_nothing_and_the_doubt_stays() {
    let (kit, item) = two_under_one_number().await;
    ask(&kit, item, SAME).await;
    say(&kit, &[Said::tells(3, "P1", "joan-elsewhere", None).of(PRACTICE)]).await;
    assert_eq!(carry_out(&kit).await, ["Nothing was done: what is told of them has changed since. Look again."]);
    assert_eq!((who_is_who(&kit).await.len(), the_doubt(&kit).await), (2, item));
}

#[tokio::test]
async fn asking_the_source_is_a_mark_and_the_doubt_stays_on_the_list() {
    let (kit, item) = two_under_one_number().await;
    assert!(matches!(ask(&kit, item, LinkAsk::AskTheSource).await, IdentityAsked::Noted(_)));
    assert!(carry_out(&kit).await.is_empty());
    let doubt = waiting(&kit).await.remove(0);
    assert_eq!(doubt.asks_the_source.unwrap().0, analyst().name);
    assert!(doubt.under_way.is_none());
    decide(&kit, item, LinkAsk::NotTheSame).await;
}

#[tokio::test]
async fn two_who_are_sealed_from_each_other_are_neither_listed_nor_shown_nor_linked() {
    let (kit, item) = two_under_one_number().await;
    ask(&kit, item, SAME).await;
    let (one, other) = (chart(&kit, "H1").await.0, chart(&kit, "P1").await.0);
    kit.home.tamper(&format!("INSERT INTO sealed_pair (chart, other) VALUES ({one}, {other}), ({other}, {one})")).await;
    assert!(waiting(&kit).await.is_empty() && kit.store.inbox.work_list().await.unwrap().is_empty());
    assert!(matches!(try_pair(&kit, item).await, Err(StoreError::NotFound(_))));
    assert_eq!(carry_out(&kit).await, ["Nothing was done: this cannot be decided here."]);
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
}

#[tokio::test]
async fn what_would_move_is_told_by_section_date_and_source_and_nothing_of_what_it_says() {
    let (kit, item) = two_under_one_number().await;
    let moving = moves(&kit, item, WouldMove::Link, 0).await;
    assert_eq!(named(&kit, &moving).await, [("P1".to_owned(), false)]);
    assert_eq!(moving.sections.iter().map(|(_, count)| count).sum::<u64>(), 3);
    assert_eq!((moving.entries.len(), moving.more, moving.sensitive), (3, false, 0));
    assert!(moving.entries.iter().all(|one| one.source.as_str() == PRACTICE && one.when.is_some()));
    assert!(!format!("{moving:?}").contains("medicine 2"));
    let rest = moves(&kit, item, WouldMove::Link, moving.entries[1].id).await;
    assert_eq!(rest.entries, moving.entries[2..]);
    decide(&kit, item, SAME).await;
    let back = moves(&kit, item, WouldMove::Unlink(chart(&kit, "P1").await), 0).await;
    assert_eq!(named(&kit, &back).await, [("P1".to_owned(), true)]);
    assert_eq!(back.sections, moving.sections);
    assert_eq!(moves(&kit, item, WouldMove::Link, 0).await, store::Moving::default());
}

#[tokio::test]
async fn what_came_while_two_were_one_leaves_with_the_one_whose_number_and_name_it_tells() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "H2", "joan", Some(2))]).await;
    let item = the_doubt(&kit).await;
    decide(&kit, item, SAME).await;
    say(&kit, &[Said::tells(3, "P1", "joan-elsewhere", Some(3)).of(PRACTICE)]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "H2", "P1"]]);
    unlink(&kit, item, "H2").await;
    assert_eq!(who_is_who(&kit).await, [vec!["H1"], vec!["H2", "P1"]]);
    assert!(waiting(&kit).await.is_empty());
    must_be_built_anew_the_same(&kit.store).await;
}
