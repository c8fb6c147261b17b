//! Charts about which nobody ever doubted anything: taken out of a record all the same, and what was told apart linked again.

use record::{ChartId, PersonId};
use store::{IdentityAsked, LinkAct, LinkAsk, Named, StoreError, StoredPair, WouldMove};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;

const CHANGED: &str = "Nothing was done: what is told of them has changed since. Look again.";

/// A rule has linked what the practice tells with what the hospital tells, and nobody doubts it. The record by its number.
async fn linked_by_a_rule() -> (Kit, u64) {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "grace", Some(2)).of(PRACTICE)]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    assert!(waiting(&kit).await.is_empty());
    let record = record_of_chart(&kit, "H1").await;
    (kit, record)
}

async fn person_of(kit: &Kit, key: &str) -> PersonId {
    PersonId(kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await.cast_unsigned())
}

/// The number of the record in which this chart is, as it is found by its person.
async fn record_of_chart(kit: &Kit, key: &str) -> u64 {
    let first = kit.store.people.first_chart(person_of(kit, key).await).await.unwrap().unwrap();
    Named::Record(first).number()
}

async fn told_apart(kit: &Kit, key: &str) -> u64 {
    Named::ToldApart(chart(kit, key).await).number()
}

fn charts(pair: &StoredPair) -> Vec<(ChartId, bool)> {
    let all = pair.people.iter().flat_map(|person| &person.charts);
    all.map(|chart| (chart.chart, chart.told_apart_from.is_some())).collect()
}

#[tokio::test]
async fn the_charts_of_a_record_that_nobody_doubts_are_shown_with_why_each_is_there() {
    let (kit, record) = linked_by_a_rule().await;
    let shown = pair(&kit, record).await;
    assert_eq!(charts(&shown), [(chart(&kit, "H1").await, false), (chart(&kit, "P1").await, false)]);
    assert!(shown.doubt.is_of_one_record && !shown.doubt.is_open && shown.doubt.item.reasons.is_empty());
    let why = |place: usize| shown.people[0].charts[place].linked.clone().unwrap().1;
    assert_eq!(why(1), "number, given name and birth date agree");
    assert!(!format!("{shown:?}").contains("medicine"));
}

#[tokio::test]
async fn a_chart_that_a_rule_linked_is_taken_out_with_what_it_holds_and_no_later_message_brings_it_back() {
    let (kit, record) = linked_by_a_rule().await;
    let moving = moves(&kit, record, WouldMove::Unlink(chart(&kit, "P1").await), 0).await;
    assert_eq!((named(&kit, &moving).await, moving.entries.len()), (vec![("P1".to_owned(), true)], 3));
    assert_eq!(unlink(&kit, record, "P1").await, "1 chart and 3 entries were taken out of the record.");
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    assert_eq!(record_of(&kit, "P1").await.len(), 1 + 3);
    say(&kit, &[Said::tells(3, "P1", "grace", Some(4)).of(PRACTICE), Said::tells(4, "H1", "grace", Some(4))]).await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    assert!(waiting(&kit).await.is_empty());
    let decided = pair(&kit, record).await.decided;
    assert_eq!((decided.len(), decided[0].act, decided[0].parted), (1, LinkAct::Unlink, true));
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn the_oldest_chart_is_taken_out_as_any_other_is() {
    let (kit, record) = linked_by_a_rule().await;
    unlink(&kit, record, "H1").await;
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn who_saw_a_record_that_nobody_doubted_is_known_once_a_chart_is_taken_out_of_it() {
    let (kit, record) = linked_by_a_rule().await;
    assert!(kit.store.people.mixed(record).await.unwrap().is_none());
    unlink(&kit, record, "P1").await;
    let mixed = kit.store.people.mixed(record).await.unwrap().unwrap();
    assert_eq!(mixed.people(), [person_of(&kit, "H1").await, person_of(&kit, "P1").await]);
}

#[tokio::test]
async fn a_chart_that_was_taken_out_by_mistake_is_linked_again_and_is_one_person_with_the_other_for_the_rules_too() {
    let (kit, record) = linked_by_a_rule().await;
    let before = record_of(&kit, "H1").await;
    unlink(&kit, record, "P1").await;
    let apart = pair(&kit, record_of_chart(&kit, "P1").await).await;
    assert_eq!(charts(&apart), [(chart(&kit, "P1").await, true)]);
    let item = told_apart(&kit, "P1").await;
    let both = pair(&kit, item).await;
    assert_eq!((both.people.len(), both.doubt.is_of_one_record, both.doubt.is_open), (2, false, false));
    assert!(decide(&kit, item, SAME).await.starts_with("Both are one person's record now: 1 chart"));
    assert_eq!(record_of(&kit, "H1").await, before);
    say(&kit, &[Said::tells(3, "P1", "grace", Some(3)).of(PRACTICE)]).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    assert!(waiting(&kit).await.is_empty());
    assert!(charts(&pair(&kit, record).await).iter().all(|(_, is_apart)| !is_apart));
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn two_who_were_told_apart_on_the_list_are_linked_when_somebody_finds_that_it_was_a_mistake() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "joan", Some(2)).of(PRACTICE)]).await;
    let doubt = the_doubt(&kit).await;
    decide(&kit, doubt, LinkAsk::NotTheSame).await;
    assert_eq!(ask(&kit, doubt, SAME).await, IdentityAsked::NotWaiting);
    decide(&kit, told_apart(&kit, "H1").await, SAME).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    assert!(waiting(&kit).await.is_empty());
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn of_a_chart_that_was_told_apart_from_several_the_record_that_it_was_in_last_is_meant() {
    let kit = Kit::new().await;
    let said = [
        Said::tells(1, "H1", "grace", None),
        Said::tells(2, "P1", "grace", None).of(PRACTICE),
        Said::tells(3, "P2", "joan", None).of(PRACTICE),
    ];
    say(&kit, &said).await;
    decide(&kit, the_doubt(&kit).await, LinkAsk::NotTheSame).await;
    unlink(&kit, record_of_chart(&kit, "H1").await, "P1").await;
    let both = pair(&kit, told_apart(&kit, "P1").await).await;
    let people: Vec<PersonId> = both.people.iter().map(|one| one.person).collect();
    assert_eq!(people, [person_of(&kit, "P1").await, person_of(&kit, "H1").await]);
}

#[tokio::test]
async fn names_and_birth_date_that_both_differ_need_a_second_reviewer_here_too() {
    let kit = Kit::new().await;
    let told = [Said::tells(1, "H1", "grace", None), Said::tells(2, "P1", "joan-born-later", None).of(PRACTICE)];
    say(&kit, &told).await;
    decide(&kit, the_doubt(&kit).await, LinkAsk::NotTheSame).await;
    let item = told_apart(&kit, "P1").await;
    assert_eq!(decide(&kit, item, SAME).await, "Nothing was done: a second reviewer is needed.");
    let second = LinkAsk::SamePerson { needs_second: true };
    let IdentityAsked::NeedsSecondReviewer(first) = ask(&kit, item, second).await else { panic!("it waits") };
    assert_eq!(ask(&kit, item, second).await, IdentityAsked::NeedsSecondReviewer(first), "the same one again");
    assert!(pair(&kit, item).await.doubt.first_reviewer.is_some());
    let seconds = work(&kit).await.needs_second;
    assert_eq!(seconds.iter().map(|one| (one.id, one.item)).collect::<Vec<_>>(), [(first, item)]);
    assert!(matches!(ask_as(&kit, &another_analyst(), item, second).await, IdentityAsked::Noted(_)));
    carry_out(&kit).await;
    assert_eq!(who_is_who(&kit).await, [["H1", "P1"]]);
    assert!(work(&kit).await.needs_second.is_empty());
    must_be_built_anew_the_same(&kit.store).await;
}

#[tokio::test]
async fn where_nobody_doubts_nothing_is_closed_and_no_source_is_asked_and_two_numbers_stay_two_people() {
    let (kit, record) = linked_by_a_rule().await;
    for ask_for in [SAME, LinkAsk::NotTheSame, LinkAsk::AskTheSource] {
        assert_eq!(ask(&kit, record, ask_for).await, IdentityAsked::CannotBe, "{ask_for:?}");
    }
    let nobodys = LinkAsk::Unlink { chart: ChartId(9_999) };
    assert_eq!(ask(&kit, record, nobodys).await, IdentityAsked::CannotBe);
    // It was told apart from nobody.
    assert_eq!(ask(&kit, told_apart(&kit, "P1").await, SAME).await, IdentityAsked::CannotBe);
    unlink(&kit, record, "P1").await;
    let item = told_apart(&kit, "P1").await;
    for ask_for in [LinkAsk::NotTheSame, LinkAsk::AskTheSource] {
        assert_eq!(ask(&kit, item, ask_for).await, IdentityAsked::CannotBe, "{ask_for:?}");
    }
    kit.home.tamper("UPDATE chart SET told = replace(told, '9990000018', '9990000026') WHERE key = 'P1'").await;
    assert_eq!(ask(&kit, item, SAME).await, IdentityAsked::TwoNumbers);
    assert!(carry_out(&kit).await.is_empty());
}

#[tokio::test]
async fn what_is_told_otherwise_before_it_is_carried_out_stops_it_and_one_decision_follows_the_other() {
    let (kit, record) = linked_by_a_rule().await;
    let out = LinkAsk::Unlink { chart: chart(&kit, "P1").await };
    assert!(matches!(ask(&kit, record, out).await, IdentityAsked::Noted(_)));
    assert_eq!(pair(&kit, record).await.doubt.under_way, Some(LinkAct::Unlink));
    assert_eq!(ask(&kit, record, out).await, IdentityAsked::UnderWay);
    say(&kit, &[Said::tells(3, "P2", "grace", None).of(PRACTICE)]).await;
    assert_eq!(carry_out(&kit).await, [CHANGED]);
    assert_eq!(who_is_who(&kit).await, [["H1", "P1", "P2"]]);
}

#[tokio::test]
async fn what_is_all_that_a_record_holds_is_not_taken_out_of_it() {
    let kit = Kit::new().await;
    say(&kit, &[Said::tells(1, "H1", "grace", Some(1))]).await;
    let record = record_of_chart(&kit, "H1").await;
    assert_eq!(unlink(&kit, record, "H1").await, "Nothing was done: that is all that the record holds.");
}

#[tokio::test]
async fn two_who_are_sealed_from_each_other_are_not_named_as_told_apart_nor_shown_nor_linked_again() {
    let (kit, record) = linked_by_a_rule().await;
    unlink(&kit, record, "P1").await;
    let item = told_apart(&kit, "P1").await;
    ask(&kit, item, SAME).await;
    let (one, other) = (chart(&kit, "H1").await.0, chart(&kit, "P1").await.0);
    kit.home.tamper(&format!("INSERT INTO sealed_pair (chart, other) VALUES ({one}, {other}), ({other}, {one})")).await;
    assert_eq!(carry_out(&kit).await.len(), 1);
    assert_eq!(who_is_who(&kit).await, [["H1"], ["P1"]]);
    assert_eq!(charts(&pair(&kit, record).await), [(chart(&kit, "H1").await, false)]);
    assert_eq!(kit.store.people.in_doubt(item).await.unwrap(), [person_of(&kit, "P1").await]);
}

#[tokio::test]
async fn a_number_that_names_nothing_is_about_nobody() {
    let (kit, _) = linked_by_a_rule().await;
    for named in [Named::Record(ChartId(9_999)), Named::ToldApart(ChartId(9_999)), Named::Doubt(9_999)] {
        assert!(kit.store.people.in_doubt(named.number()).await.unwrap().is_empty(), "{named:?}");
        assert!(matches!(try_pair(&kit, named.number()).await, Err(StoreError::NotFound(_))), "{named:?}");
    }
    assert_eq!(kit.store.people.first_chart(PersonId(9_999)).await.unwrap(), None);
}
