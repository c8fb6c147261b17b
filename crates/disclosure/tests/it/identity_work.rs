//! What an identity analyst sees of doubts about who is who, and what is written down first.

use std::sync::Arc;

use audit::Act;
use disclosure::{Caller, Closed, IdentityAsked, LinkVerdict};
use record::{Demographics, PersonId, Role, SourceId, StaffId};
use store::{Application, Arrival, IdentityRules, Placement, Received, UnitWork, Work};

use crate::made_up;
use crate::world::{COMMUNITY, HOSPITAL, World, caller, change, code, found_by};

const NUMBER: &str = "9990000018";

pub(crate) fn analyst() -> Caller {
    caller(Role::IdentityAnalyst, HOSPITAL)
}

/// Tells of somebody under a number that another person carries: somebody is asked.
pub(crate) async fn told_under_the_same_number(world: &World, key: &str, who: Demographics) -> PersonId {
    let source = SourceId::new("riverside").unwrap();
    let bytes = format!("a twin, {key}").into_bytes();
    let span = 0..bytes.len();
    let arrival =
        Arrival { source: source.clone(), control_id: None, stated_at: None, received_at: world.now(), bytes };
    let Received::New(message) = world.inbox.receive(arrival).await.unwrap() else { panic!("told twice") };
    let (_, change) = change("riverside", key, Some(who), vec![]);
    let unit = UnitWork { kind: "made-up".into(), span, work: Work::Apply(vec![change]) };
    let application = Application { message, source, stated_at: None, at: world.now(), units: vec![unit] };
    let rules = IdentityRules {
        place: |_, candidates| Placement::NewPersonAndWorkList {
            conflicts: candidates.iter().map(|candidate| candidate.person).collect(),
            reasons: "the number is known under another name".into(),
        },
        contradiction: |_, _, _| None,
        cannot_merge: |_, _| None,
        found_by,
        score: store::ScoreRules::NONE,
    };
    world.inbox.apply(application, Arc::new(rules)).await.unwrap();
    world.people.in_message(message).await.unwrap().into_iter().max().unwrap()
}

/// Two people under one number, and the doubt about them.
pub(crate) async fn doubted(world: &World) -> ([PersonId; 2], u64) {
    let first = world.tell("kingsbrook", "1", Some(made_up::person("first", NUMBER)), vec![]).await.0;
    let second = told_under_the_same_number(world, "2", made_up::person("second", NUMBER)).await;
    let work = world.disclosure.identity_work(&analyst()).await.unwrap();
    assert_eq!(work.waiting.len(), 1);
    ([first, second], work.waiting[0].item.id)
}

#[tokio::test]
async fn the_list_says_why_and_nothing_of_what_anybody_told_and_the_pair_who_each_of_them_is() {
    let world = World::new().await;
    let (_, item) = doubted(&world).await;
    let work = world.disclosure.identity_work(&analyst()).await.unwrap();
    let listed = format!("{:?}", *work);
    assert!(listed.contains("known under another name"));
    assert!(!listed.contains("identity.family") && !listed.contains(NUMBER));
    let pair = world.disclosure.identity_pair(&analyst(), item).await.unwrap();
    let shown = format!("{:?}", pair.people);
    assert!(shown.contains("first.identity.family") && shown.contains("second.identity.address"));
}

#[tokio::test]
async fn each_of_the_two_finds_in_their_log_that_they_were_compared_and_what_was_decided_for_what_reason() {
    let world = World::new().await;
    let (people, item) = doubted(&world).await;
    let seen = world.disclosure.identity_pair(&analyst(), item).await.unwrap().seen.token().to_owned();
    let (who, door) = (analyst(), &world.disclosure);
    let refused = door.decide_identity(&who, item, &seen, LinkVerdict::NotTheSame, " ").await.unwrap_err();
    assert_eq!(code(&refused), "reason-needed");
    let asked = door.decide_identity(&who, item, &seen, LinkVerdict::NotTheSame, "sisters").await.unwrap();
    assert!(matches!(asked, IdentityAsked::Noted(_)));
    for person in people {
        let rows = world.logged(Some(person)).await;
        assert!(rows.iter().any(|row| row.act == Act::PairSeen));
        let decided = rows.iter().find(|row| row.act == Act::IdentityDecided).unwrap();
        assert_eq!(decided.reason.as_deref(), Some("sisters"));
        assert_eq!(decided.page.as_deref(), Some(format!("doubt {item}, not the same").as_str()));
    }
}

#[tokio::test]
async fn nothing_is_noted_of_a_page_that_shows_what_is_no_longer_told() {
    let world = World::new().await;
    let (_, item) = doubted(&world).await;
    let asked = world.disclosure.decide_identity(&analyst(), item, "before", LinkVerdict::SamePerson, "one").await;
    assert_eq!(asked.unwrap(), IdentityAsked::ChangedMeanwhile);
    let work = world.disclosure.identity_work(&analyst()).await.unwrap();
    assert!(work.waiting[0].under_way.is_none() && work.waiting[0].first_reviewer.is_none());
}

#[tokio::test]
async fn where_names_and_birth_date_both_differ_two_members_of_staff_have_to_say_the_same() {
    let world = World::new().await;
    let first = made_up::person("first", NUMBER);
    world.tell("kingsbrook", "1", Some(first), vec![]).await;
    let born = record::When::parse_iso("1962-08-19").ok();
    told_under_the_same_number(&world, "2", Demographics { born, ..made_up::person("second", NUMBER) }).await;
    let door = &world.disclosure;
    let item = door.identity_work(&analyst()).await.unwrap().waiting[0].item.id;
    let same = LinkVerdict::SamePerson;
    let preview = door.identity_preview(&analyst(), item, same).await.unwrap();
    assert!(disclosure::needs_second(&preview.pair));
    let seen = preview.pair.seen.token();
    let decide = async |who: &Caller| door.decide_identity(who, item, seen, same, "the same passport").await.unwrap();
    let IdentityAsked::NeedsSecondReviewer(act) = decide(&analyst()).await else { panic!("a second is needed") };
    assert_eq!(decide(&analyst()).await, IdentityAsked::NeedsSecondReviewer(act));
    let mut other = analyst();
    other.staff.id = StaffId::new("somebody-else").unwrap();
    assert!(matches!(decide(&other).await, IdentityAsked::Noted(_)));
}

#[tokio::test]
async fn nothing_of_somebody_who_has_opted_out_is_shown_or_decided_and_the_refusal_is_logged() {
    let world = World::new().await;
    let (people, item) = doubted(&world).await;
    world.desk.set_opt_out(people[0], true).await.unwrap();
    let door = &world.disclosure;
    assert_eq!(code(&door.identity_pair(&analyst(), item).await.unwrap_err()), "opted-out");
    let decided = door.decide_identity(&analyst(), item, "", LinkVerdict::SamePerson, "one").await;
    assert_eq!(code(&decided.unwrap_err()), "opted-out");
    assert!(world.logged(Some(people[1])).await.iter().any(|row| row.act == Act::Refused));
}

#[tokio::test]
async fn only_those_who_decide_about_links_learn_anything_of_doubts() {
    let world = World::new().await;
    let (_, item) = doubted(&world).await;
    let links = |role: &&Role| matches!(role, Role::IdentityAnalyst | Role::Operator);
    for role in Role::ALL.iter().filter(|role| !links(role)) {
        let (door, who) = (&world.disclosure, caller(*role, HOSPITAL));
        for answer in [
            door.identity_work(&who).await.map(drop),
            door.identity_pair(&who, item).await.map(drop),
            door.identity_pair(&who, item + 1).await.map(drop),
            door.decide_identity(&who, item, "", LinkVerdict::NotTheSame, "a").await.map(drop),
        ] {
            assert_eq!(code(&answer.unwrap_err()), "role-may-not-decide-links", "{role:?}");
        }
    }
    let elsewhere = caller(Role::IdentityAnalyst, COMMUNITY);
    assert!(world.disclosure.identity_pair(&elsewhere, item).await.is_ok());
    let nowhere = world.disclosure.identity_pair(&analyst(), item + 1).await;
    assert!(matches!(nowhere, Err(Closed::NotFound(_))));
}
