//! One record's charts, looked up for a reason though nobody doubts them.

use audit::{Act, Outcome};
use disclosure::{Closed, IdentityAsked, LinkVerdict, Named, RECORDS_MAX, RecordOf};
use record::{NhsNumber, PersonId, Role};

use crate::identity_work::{analyst, doubted, told_under_the_same_number};
use crate::made_up::{self, one_of_each};
use crate::world::{HOSPITAL, World, caller, code};

const NUMBER: &str = "9990000018";

fn of_number() -> RecordOf {
    RecordOf::Number(NhsNumber::parse(NUMBER).unwrap())
}

/// One person with a chart of two sources, which a rule has linked.
async fn linked() -> (World, PersonId) {
    let world = World::new().await;
    let (person, _) = world.tell("riverside", "1", Some(made_up::person("first", NUMBER)), one_of_each("first")).await;
    let (same, _) = world.tell("kingsbrook", "2", Some(made_up::person("second", NUMBER)), vec![]).await;
    assert_eq!(person, same);
    (world, person)
}

#[tokio::test]
async fn whoever_gives_a_reason_sees_the_charts_of_a_number_and_of_a_person_and_nothing_clinical() {
    let (world, person) = linked().await;
    for of in [of_number(), RecordOf::Person(person)] {
        let found = world.disclosure.identity_record(&analyst(), of, "the ward called").await.unwrap();
        assert_eq!((found.records.len(), found.more), (1, false));
        let shown = format!("{:?}", found.records[0].pair);
        assert!(shown.contains("first.identity.family") && shown.contains("second.identity.address"));
        assert!(!shown.contains("first.medicine") && !shown.contains("first.problem"));
        assert_eq!(found.records[0].pair.people[0].charts.len(), 2);
    }
}

#[tokio::test]
async fn the_person_finds_the_look_and_its_reason_in_their_log_before_anything_is_decided() {
    let (world, person) = linked().await;
    let door = &world.disclosure;
    assert_eq!(code(&door.identity_record(&analyst(), of_number(), " ").await.unwrap_err()), "reason-needed");
    door.identity_record(&analyst(), of_number(), " the ward called ").await.unwrap();
    let rows = world.logged(Some(person)).await;
    let seen: Vec<_> = rows.iter().filter(|row| row.act == Act::PairSeen).collect();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].reason.as_deref(), Some("the ward called"));
    assert_eq!(seen[0].page.as_deref(), Some("charts of a record"));
    assert!(rows.iter().any(|row| row.act == Act::Refused));
    assert!(rows.iter().all(|row| row.act != Act::IdentityDecided));
}

#[tokio::test]
async fn a_chart_is_taken_out_by_the_number_of_the_record_after_a_preview_and_under_its_reason() {
    let (world, person) = linked().await;
    let door = &world.disclosure;
    let found = door.identity_record(&analyst(), of_number(), "the ward called").await.unwrap();
    let record = &found.records[0];
    let out = LinkVerdict::Unlink(record.pair.people[0].charts[0].chart);
    let preview = door.identity_preview(&analyst(), record.number, out).await.unwrap();
    assert!(!preview.moving.as_ref().unwrap().entries.is_empty());
    let seen = record.pair.seen.token();
    let unseen = door.decide_identity(&analyst(), record.number, seen, out, "two passports").await.unwrap();
    assert_eq!(unseen, IdentityAsked::ChangedMeanwhile, "what would move was not shown");
    let shown = preview.pair.seen.token();
    let asked = door.decide_identity(&analyst(), record.number, shown, out, "two passports").await.unwrap();
    assert!(matches!(asked, IdentityAsked::Noted(_)));
    let rows = world.logged(Some(person)).await;
    let decided = rows.iter().find(|row| row.act == Act::IdentityDecided).unwrap();
    assert_eq!(decided.reason.as_deref(), Some("two passports"));
    assert_eq!(decided.page.as_deref(), Some("charts of a record, unlink"));
    for verdict in [LinkVerdict::SamePerson, LinkVerdict::NotTheSame, LinkVerdict::AskTheSource] {
        let asked = door.decide_identity(&analyst(), record.number, seen, verdict, "none of these").await.unwrap();
        assert_eq!(asked, IdentityAsked::CannotBe, "{verdict:?}");
    }
}

#[tokio::test]
async fn nobody_goes_through_records_by_their_numbers_before_something_is_decided_about_them() {
    let (world, _) = linked().await;
    let door = &world.disclosure;
    let record = door.identity_record(&analyst(), of_number(), "the ward called").await.unwrap().records.remove(0);
    let nameless = door.identity_pair(&analyst(), record.number).await;
    assert!(matches!(nameless, Err(Closed::NotFound(_))));
    let out = LinkVerdict::Unlink(record.pair.people[0].charts[0].chart);
    let preview = door.identity_preview(&analyst(), record.number, out).await.unwrap();
    door.decide_identity(&analyst(), record.number, preview.pair.seen.token(), out, "two passports").await.unwrap();
    assert!(door.identity_pair(&analyst(), record.number).await.is_ok());
}

#[tokio::test]
async fn of_somebody_restricted_it_is_not_shown_where_they_are_to_be_found() {
    let world = World::new().await;
    let mut told = made_up::person("first", NUMBER);
    told.restricted = true;
    world.tell("riverside", "1", Some(told), vec![]).await;
    let found = world.disclosure.identity_record(&analyst(), of_number(), "the ward called").await.unwrap();
    let shown = format!("{:?}", found.records[0].pair.people);
    assert!(shown.contains("first.identity.family") && !shown.contains("first.identity.address"));
}

#[tokio::test]
async fn each_of_several_who_carry_the_number_has_a_record_of_their_own_and_a_row_in_their_log() {
    let world = World::new().await;
    let (people, _) = doubted(&world).await;
    let found = world.disclosure.identity_record(&analyst(), of_number(), "the ward called").await.unwrap();
    let shown: Vec<PersonId> = found.records.iter().map(|one| one.pair.people[0].person).collect();
    assert_eq!(shown, people);
    for person in people {
        let rows = world.logged(Some(person)).await;
        assert!(rows.iter().any(|row| row.act == Act::PairSeen && row.reason.as_deref() == Some("the ward called")));
    }
}

#[tokio::test]
async fn more_records_of_one_number_than_are_shown_are_said_to_be_there() {
    for (people, more) in [(RECORDS_MAX, false), (RECORDS_MAX + 1, true)] {
        let world = World::new().await;
        doubted(&world).await;
        for number in 2..people {
            told_under_the_same_number(&world, &format!("another {number}"), made_up::person("another", NUMBER)).await;
        }
        let found = world.disclosure.identity_record(&analyst(), of_number(), "the ward called").await.unwrap();
        assert_eq!((found.records.len(), found.more), (RECORDS_MAX, more));
    }
}

#[tokio::test]
async fn nobody_known_somebody_who_opted_out_and_another_role_get_nothing() {
    let (world, person) = linked().await;
    let door = &world.disclosure;
    let nobody = [RecordOf::Person(PersonId(4_711)), RecordOf::Number(NhsNumber::parse("9990000026").unwrap())];
    for of in nobody {
        assert!(matches!(door.identity_record(&analyst(), of, "a call").await, Err(Closed::NotFound(_))));
    }
    let links = |role: &&Role| matches!(role, Role::IdentityAnalyst | Role::Operator);
    for role in Role::ALL.iter().filter(|role| !links(role)) {
        for of in [of_number(), nobody[0]] {
            let refused = door.identity_record(&caller(*role, HOSPITAL), of, "a call").await.unwrap_err();
            assert_eq!(code(&refused), "role-may-not-decide-links", "{role:?}");
        }
    }
    world.desk.set_opt_out(person, true).await.unwrap();
    assert_eq!(code(&door.identity_record(&analyst(), of_number(), "a call").await.unwrap_err()), "opted-out");
    let refused = |row: &&audit::Event| row.outcome == Outcome::Refused("opted-out".into());
    assert!(world.logged(Some(person)).await.iter().any(|row| refused(&row)));
}

#[tokio::test]
async fn a_record_is_named_by_a_number_that_no_doubt_ever_has() {
    let world = World::new().await;
    let (people, item) = doubted(&world).await;
    let found = world.disclosure.identity_record(&analyst(), RecordOf::Person(people[0]), "a call").await.unwrap();
    assert!(matches!(Named::of(item), Named::Doubt(_)));
    assert!(matches!(Named::of(found.records[0].number), Named::Record(_)));
}
