//! What would move before it is decided, where charts of somebody else move too: they are shown as the two are, for a row in
//! their log, or counted alone.

use std::sync::Arc;

use audit::Act;
use disclosure::{Caller, Goes, IdentityAsked, LinkVerdict, Moving};
use record::{NewEntry, PersonId, SourceId, StaffId};
use store::{Application, Arrival, JoinAsk, JoinVerb, Rearrange, Received, Terms, UnitWork, Work};

use crate::identity_work::analyst;
use crate::made_up::{named, one_of_each};
use crate::world::{World, change};

const NUMBER: &str = "9990000018";
const OUT_OF_THE_RECORD: usize = 1;

/// Applies it as the program does.
async fn applied(world: &World, text: String, work: Work) -> PersonId {
    let source = SourceId::new("riverside").unwrap();
    let (bytes, received_at) = (text.into_bytes(), world.now());
    let span = 0..bytes.len();
    let arrival = Arrival { source: source.clone(), control_id: None, stated_at: None, received_at, bytes };
    let Received::New(message) = world.inbox.receive(arrival).await.unwrap() else { panic!("told twice") };
    let units = vec![UnitWork { kind: "made-up".into(), span, work }];
    let application = Application { message, source, stated_at: None, at: world.now(), units };
    world.inbox.apply(application, Arc::new(intake::IDENTITY_RULES)).await.unwrap();
    world.people.in_message(message).await.unwrap().into_iter().max().unwrap()
}

async fn told(world: &World, key: &str, given: &str, born: &str, entries: Vec<NewEntry>) -> PersonId {
    let (_, change) = change("riverside", key, Some(named("Okafor", given, born, Some(NUMBER))), entries);
    applied(world, format!("{key} is {given}"), Work::Apply(vec![change])).await
}

/// The source merges the first of its numbers into the second.
async fn merged(world: &World, prior: &str, survivor: &str) {
    let ask = JoinAsk { verb: JoinVerb::Merge, prior: prior.into(), prior_told: None, survivor: survivor.into() };
    let asked = Rearrange {
        asks: vec![ask],
        refiled: vec![],
        changes: vec![],
        terms: Terms::default(),
        place: "MRG".into(),
        asks_to: "the source asks to merge patients".into(),
        about: vec![],
    };
    applied(world, format!("{prior} is {survivor}"), Work::Rearrange(asked)).await;
}

/// Two were linked by two reviewers, and a merge that fits one of them alone waits: once the link is undone it is done. The
/// doubt, and whose chart moves then beside theirs.
async fn a_merge_waits_for_a_link_to_be_undone() -> (World, u64, PersonId) {
    let world = World::new().await;
    told(&world, "1", "Joan", "1962-08-19", vec![]).await;
    told(&world, "2", "Grace", "1951-03-04", vec![]).await;
    let door = &world.disclosure;
    let item = door.identity_work(&analyst()).await.unwrap().waiting[0].item.id;
    let mut another = analyst();
    another.staff.id = StaffId::new("somebody-else").unwrap();
    let same = LinkVerdict::SamePerson;
    for who in [analyst(), another] {
        let seen = door.identity_preview(&who, item, same).await.unwrap().pair.seen.token().to_owned();
        let asked = door.decide_identity(&who, item, &seen, same, "the same passport").await.unwrap();
        assert!(matches!(asked, IdentityAsked::Noted(_) | IdentityAsked::NeedsSecondReviewer(_)), "{asked:?}");
    }
    assert!(carried_out(&world).await.starts_with("Both are one person's record now"));
    let third = told(&world, "3", "Ada", "1951-03-04", one_of_each("third")).await;
    merged(&world, "3", "2").await;
    (world, item, third)
}

async fn carried_out(world: &World) -> String {
    let request = world.inbox.link_requests(0).await.unwrap().remove(0);
    let rules = Arc::new(intake::IDENTITY_RULES);
    world.inbox.carry_out_link(&request, &rules, world.now()).await.unwrap().unwrap()
}

/// What would move were the second chart of the record taken out, and what a form would carry.
async fn shown(world: &World, who: &Caller, item: u64) -> (Moving, LinkVerdict, String) {
    let pair = world.disclosure.identity_pair(who, item).await.unwrap();
    let out = LinkVerdict::Unlink(pair.people[0].charts[OUT_OF_THE_RECORD].chart);
    let preview = world.disclosure.identity_preview(who, item, out).await.unwrap();
    (preview.moving.clone().unwrap(), out, preview.pair.seen.token().to_owned())
}

fn count(moving: &Moving) -> u64 {
    moving.sections.iter().map(|(_, count)| count).sum::<u64>() + moving.sensitive
}

#[tokio::test]
async fn whoever_else_has_a_chart_that_would_move_finds_look_and_decision_in_their_log_and_what_moves_is_what_was_shown()
 {
    let (world, item, third) = a_merge_waits_for_a_link_to_be_undone().await;
    let before = world.logged(Some(third)).await.len();
    let (moving, out, seen) = shown(&world, &analyst(), item).await;
    let of_third = moving.charts.iter().find(|chart| chart.from == third).expect("it is named");
    assert!(matches!(of_third.to, Goes::To(_) | Goes::Alone(_)) && moving.not_shown == 0);
    assert_eq!(count(&moving), one_of_each("third").len() as u64);
    assert!(!format!("{moving:?}").contains("third.medicine"));
    let rows = world.logged(Some(third)).await;
    assert_eq!((rows.len(), rows.last().unwrap().act), (before + 1, Act::PairSeen));
    world.disclosure.decide_identity(&analyst(), item, &seen, out, "two passports").await.unwrap();
    assert!(carried_out(&world).await.contains("taken out of the record"));
    assert_eq!(world.logged(Some(third)).await.last().unwrap().act, Act::IdentityDecided);
}

#[tokio::test]
async fn of_somebody_else_who_has_opted_out_it_is_said_that_a_chart_moves_and_no_more() {
    let (world, item, third) = a_merge_waits_for_a_link_to_be_undone().await;
    world.desk.set_opt_out(third, true).await.unwrap();
    let before = world.logged(Some(third)).await.len();
    let (moving, ..) = shown(&world, &analyst(), item).await;
    assert_eq!((moving.not_shown, count(&moving)), (1, 0));
    assert!(moving.charts.iter().all(|chart| chart.from != third));
    assert_eq!(world.logged(Some(third)).await.len(), before);
}

#[tokio::test]
async fn what_would_move_otherwise_than_was_shown_is_not_noted() {
    let (world, item, _) = a_merge_waits_for_a_link_to_be_undone().await;
    let (_, out, seen) = shown(&world, &analyst(), item).await;
    let facts = async || world.disclosure.identity_pair(&analyst(), item).await.unwrap().seen.token().to_owned();
    let told_of_them = facts().await;
    told(&world, "4", "Ruth", "1951-03-04", vec![]).await;
    merged(&world, "4", "2").await;
    assert_eq!(facts().await, told_of_them, "it is about others that something was told");
    let asked = world.disclosure.decide_identity(&analyst(), item, &seen, out, "two passports").await.unwrap();
    assert_eq!(asked, IdentityAsked::ChangedMeanwhile);
}
