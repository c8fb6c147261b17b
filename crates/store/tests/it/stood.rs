//! Which entries stood in a record while it held two people, when somebody was shown something of it.

use std::sync::Arc;

use access::decide_exposure;
use audit::{Act, Event};
use record::{MessageId, NewEntry, PersonId, Role, Section, Sensitivity, SourceId, Staff};
use store::{LinkAsk, LogRow, Removal, RemovalReason, Retention, Stood, StoreError};

use crate::identity_kit::*;
use crate::kit::*;
use crate::merging_kit::*;
use crate::rebuilt::rebuilt_by;

/// Grace of the hospital with a medicine, and Joan of the practice under her number with a medicine, a problem and a
/// letter. Gives the doubt, and whose records they are.
async fn two(kit: &Kit) -> (u64, PersonId, PersonId) {
    let (grace, joan) = (Some(grace()), who("joan"));
    kit.tell(HOSPITAL, "2026-11-20T08:00:00Z", vec![change("H1", grace, vec![medicine("hm", "ramipril")])]).await;
    let of_joan = vec![medicine("m", "warfarin"), problem("p", "asthma"), letter("l", Some("Dear colleague"))];
    kit.tell(PRACTICE, "2026-11-20T09:00:00Z", vec![change("P1", joan, of_joan)]).await;
    (the_doubt(kit).await, person_of(kit, "H1").await, person_of(kit, "P1").await)
}

async fn person_of(kit: &Kit, key: &str) -> PersonId {
    PersonId(kit.count(&format!("SELECT person FROM chart WHERE key = '{key}'")).await.cast_unsigned())
}

/// What was shown to somebody of these sections of a record as it is now.
async fn opens(kit: &Kit, staff: &Staff, person: PersonId, second: i64, sections: &[Section]) -> Event {
    let request = request();
    let mut event = Event { at: after_noon(second), ..event(Act::RecordOpened, staff, Some(person), request) };
    event.sections = sections.iter().map(|section| section.code().to_owned()).collect();
    event.record_version = Some(kit.stand(person, staff).await.record_version);
    kit.store.desk.log(LogRow { request, event: event.clone(), rests_on: None }).await.unwrap();
    event
}

async fn stood(kit: &Kit, item: u64) -> Result<Stood, StoreError> {
    let mixed = kit.store.people.mixed(item).await?.unwrap();
    let (who, id) = (analyst(), request());
    let decision = decide_exposure(&policy(), &actor(&who), id, noon(), mixed.people(), "asked by them").unwrap();
    let receipt = kit.log(Act::ExposureReported, &who, None, id).await;
    kit.store.clinical.stood(&decision, &receipt, &mixed).await
}

/// What stood there: whose it is by now, section, source and date.
fn named(stood: &Stood, look: &Event) -> Vec<String> {
    let entry = |entry: &store::StoodEntry| {
        let when = entry.when.as_deref().unwrap_or("-");
        let is_sensitive = if entry.is_sensitive { " sensitive" } else { "" };
        format!("{} {} {} {when}{is_sensitive}", entry.record.0, entry.section.code(), entry.source)
    };
    stood.shown_in(look).map(entry).collect()
}

fn elsewhere() -> Staff {
    staff(Role::Nurse, "ZXX99")
}

#[tokio::test]
async fn each_look_names_what_stood_there_then_and_nothing_that_came_later() {
    let kit = Kit::new().await;
    let (item, grace, joan) = two(&kit).await;
    let before = opens(&kit, &doctor(), grace, 30, Section::ALL).await;
    decide_at(&kit, item, SAME, 60).await;
    let mixed = person_of(&kit, "P1").await;
    assert_eq!(mixed, person_of(&kit, "H1").await);
    let other = if mixed == grace { joan } else { grace };
    let left = if mixed == grace { "P1" } else { "H1" };
    let first = opens(&kit, &doctor(), mixed, 70, Section::ALL).await;
    let later = vec![problem("p2", "gout"), medicine("m", "warfarin 5 mg")];
    kit.tell(PRACTICE, "2026-11-21T09:00:00Z", vec![change("P1", None, later)]).await;
    let medicines = opens(&kit, &elsewhere(), mixed, 80, &[Section::Medicines]).await;
    let all = opens(&kit, &elsewhere(), mixed, 90, Section::ALL).await;
    let chart = chart(&kit, left).await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    kit.tell(PRACTICE, "2026-11-22T09:00:00Z", vec![change("P1", None, vec![problem("p3", "fall")])]).await;
    let after = opens(&kit, &elsewhere(), mixed, 190, Section::ALL).await;

    let now_grace = person_of(&kit, "H1").await;
    let now_joan = person_of(&kit, "P1").await;
    assert!(now_grace != now_joan && [now_grace, now_joan].contains(&other));
    let told = stood(&kit, item).await.unwrap();
    let (g, j) = (now_grace.0, now_joan.0);
    let of_grace = format!("{g} medicines kingsbrook 2026-11-20");
    let of_joan = |section: &str| format!("{j} {section} riverside 2026-11-20");
    let sorted = |look: &Event| {
        let mut named = named(&told, look);
        named.sort();
        named
    };
    let wanted = |mut wanted: Vec<String>| {
        wanted.sort();
        wanted
    };
    let three = vec![of_joan("medicines"), of_joan("problems"), of_joan("letters")];
    let whole = wanted([vec![of_grace.clone()], three.clone()].concat());
    assert_eq!(sorted(&first), whole);
    assert_eq!(sorted(&medicines), wanted(vec![of_grace.clone(), of_joan("medicines")]));
    assert_eq!(sorted(&all), wanted([whole, vec![of_joan("problems")]].concat()));
    if mixed == grace {
        assert_eq!(sorted(&before), [of_grace], "nothing of the other stood there yet");
    }
    let stays = if left == "P1" { now_grace } else { now_joan };
    assert!(told.shown_in(&after).all(|entry| entry.record == stays), "nothing of the other stands there any more");
    assert!(!told.more && told.removed.is_empty());
}

/// Two people were one from a minute after noon for two minutes, each with a medicine, a problem and a letter, and the
/// practice's with what was told of an attendance; somebody opened the record between. Gives the doubt, the look, and
/// the message about the attendance.
async fn seen_whole(kit: &Kit) -> (u64, Event, MessageId) {
    let told = [Said::tells(1, "H1", "grace", Some(1)), Said::tells(2, "P1", "joan", Some(2)).of(PRACTICE)];
    say(kit, &told).await;
    let item = the_doubt(kit).await;
    say(kit, &[Said::attends(3, "P1", "V1", "Ward 3").of(PRACTICE)]).await;
    let attended = kit.count("SELECT max(id) FROM message").await;
    decide_at(kit, item, SAME, 60).await;
    let look = opens(kit, &doctor(), person_of(kit, "P1").await, 70, Section::ALL).await;
    let chart = chart(kit, "P1").await;
    decide_at(kit, item, LinkAsk::Unlink { chart }, 180).await;
    (item, look, MessageId(attended.cast_unsigned()))
}

async fn built_anew(kit: &Kit) -> Kit {
    let (home, ..) = rebuilt_by(&kit.store, &Arc::new(rules()), Said::application).await;
    Kit::over(home).await
}

#[tokio::test]
async fn a_record_that_is_built_anew_names_the_same_entries() {
    let kit = Kit::new().await;
    let (item, look, _) = seen_whole(&kit).await;
    let told = stood(&kit, item).await.unwrap();
    assert_eq!(told.shown_in(&look).count(), 9);
    let new = built_anew(&kit).await;
    let again = stood(&new, item).await.unwrap();
    assert_eq!(again.shown_in(&look).collect::<Vec<_>>(), told.shown_in(&look).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_removed_since_cannot_be_named_and_that_is_said() {
    let kit = Kit::new().await;
    let (item, look, attended) = seen_whole(&kit).await;
    let removal = Removal {
        messages: vec![attended],
        reason: RemovalReason::CourtOrder,
        note: "order of the invented court".to_owned(),
        operator: "operator-zkb01".to_owned(),
        at: after_noon(200),
    };
    kit.store.inbox.plan_removal(removal).await.unwrap();
    let planned = stood(&kit, item).await.unwrap();
    assert_eq!((planned.shown_in(&look).count(), planned.removed.len()), (9, 0), "it is only planned");
    let new = built_anew(&kit).await;
    let told = stood(&new, item).await.unwrap();
    assert_eq!(told.shown_in(&look).count(), 6);
    assert_eq!(told.removed, [(SourceId::new(PRACTICE).unwrap(), 1)]);
}

#[tokio::test]
async fn an_entry_whose_wording_of_then_was_swept_is_named_all_the_same() {
    let kit = Kit::new().await;
    let (item, ..) = two(&kit).await;
    decide_at(&kit, item, SAME, 60).await;
    let look = opens(&kit, &doctor(), person_of(&kit, "P1").await, 70, &[Section::Medicines]).await;
    let newer = vec![medicine("m", "warfarin 5 mg")];
    kit.tell(PRACTICE, "2026-11-21T09:00:00Z", vec![change("P1", None, newer)]).await;
    let chart = chart(&kit, "P1").await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    let told = stood(&kit, item).await.unwrap();
    assert!(told.shown_in(&look).count() == 2 && !told.may_have_come_later(&look));
    let rules = Retention { superseded_before: Some(after_noon(200)), ..Retention::default() };
    assert!(kit.store.inbox.sweep(&rules, after_noon(300), false).await.unwrap().versions > 0);
    let told = stood(&kit, item).await.unwrap();
    assert!(told.shown_in(&look).count() == 2 && told.may_have_come_later(&look));
}

#[tokio::test]
async fn what_is_sensitive_is_marked_and_a_look_at_who_somebody_is_shows_no_entry() {
    let kit = Kit::new().await;
    let (item, ..) = two(&kit).await;
    let hidden = NewEntry { sensitivity: Sensitivity::Sensitive, ..problem("s", "sealed") };
    kit.tell(PRACTICE, "2026-11-21T09:00:00Z", vec![change("P1", None, vec![hidden])]).await;
    decide_at(&kit, item, SAME, 60).await;
    let mixed = person_of(&kit, "P1").await;
    let look = opens(&kit, &doctor(), mixed, 70, &[Section::Problems]).await;
    let who = Event { act: Act::IdentityShown, ..look.clone() };
    let copy = Event { act: Act::PersonExported, sections: vec![], ..look.clone() };
    let chart = chart(&kit, "P1").await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    let told = stood(&kit, item).await.unwrap();
    let sensitive: Vec<bool> = told.shown_in(&look).map(|entry| entry.is_sensitive).collect();
    assert_eq!(sensitive.iter().filter(|one| **one).count(), 1);
    assert_eq!((sensitive.len(), told.shown_in(&who).count(), told.shown_in(&copy).count()), (2, 0, 5));
}

#[tokio::test]
async fn without_the_version_of_a_look_whatever_ever_stood_there_is_named() {
    let kit = Kit::new().await;
    let (item, ..) = two(&kit).await;
    decide_at(&kit, item, SAME, 60).await;
    let look = opens(&kit, &doctor(), person_of(&kit, "P1").await, 70, Section::ALL).await;
    kit.tell(PRACTICE, "2026-11-21T09:00:00Z", vec![change("P1", None, vec![problem("p2", "gout")])]).await;
    let chart = chart(&kit, "P1").await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    let told = stood(&kit, item).await.unwrap();
    let unknown = Event { record_version: None, ..look.clone() };
    assert_eq!((told.shown_in(&look).count(), told.shown_in(&unknown).count()), (4, 5));
}

#[tokio::test]
async fn entries_need_their_own_row_of_the_log_and_a_decision_that_knows_of_everyone_concerned() {
    let kit = Kit::new().await;
    let (item, grace, _) = two(&kit).await;
    decide_at(&kit, item, SAME, 60).await;
    let chart = chart(&kit, "P1").await;
    decide_at(&kit, item, LinkAsk::Unlink { chart }, 180).await;
    let mixed = kit.store.people.mixed(item).await.unwrap().unwrap();
    let (who, id) = (analyst(), request());
    let decide = |people: &[PersonId]| decide_exposure(&policy(), &actor(&who), id, noon(), people, "asked").unwrap();
    let reported = kit.log(Act::ExposureReported, &who, None, id).await;
    let another = kit.log(Act::PairSeen, &who, None, id).await;
    let clinical = &kit.store.clinical;
    let of_one = clinical.stood(&decide(&[grace]), &reported, &mixed).await;
    assert!(matches!(of_one, Err(StoreError::ReceiptForAnother)));
    let of_another = clinical.stood(&decide(mixed.people()), &another, &mixed).await;
    assert!(matches!(of_another, Err(StoreError::ReceiptForAnother)));
    assert!(clinical.stood(&decide(mixed.people()), &reported, &mixed).await.is_ok());
}
