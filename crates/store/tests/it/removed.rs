//! What is removed is gone from the disk and from the record, and stays away.

use record::{MessageId, SourceId};
use store::{Held, Received, Removal, RemovalReason, StoreError};

use crate::kit::*;
use crate::rebuilt::{Told, deliver, rebuilt};

pub fn removal(messages: &[MessageId]) -> Removal {
    Removal {
        messages: messages.to_vec(),
        reason: RemovalReason::CourtOrder,
        note: "order of the invented court".to_owned(),
        operator: "operator-zkb01".to_owned(),
        at: after_noon(100),
    }
}

/// Two people; the second message of the first is the one to go.
async fn told() -> (Kit, MessageId) {
    let kit = Kit::new().await;
    deliver(&kit, &Told::new(1, 0, 0, &[(1, 0), (2, 0)], 1), 0).await;
    deliver(&kit, &Told::new(2, 2, 3, &[(1, 0)], 1), 10).await;
    let Received::New(gone) = deliver(&kit, &Told::new(3, 0, 1, &[(0, 1), (1, 1), (2, 1)], 2), 20).await else {
        panic!("it is new")
    };
    deliver(&kit, &Told::new(4, 0, 6, &[(1, 2)], 3), 30).await;
    (kit, gone)
}

fn canary(number: usize) -> String {
    format!("saffron-canary-{number}-end")
}

/// Whether a text stands in any file of the folder.
fn is_in_files(folder: &std::path::Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_a_removed_message_said_is_gone_and_what_it_overwrote_is_shown_again() {
    let (kit, gone) = told().await;
    let person = kit.person(NUMBER).await;
    let version = kit.stand(person, &doctor()).await.record_version;
    let planned = kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    assert_eq!((planned.messages, planned.entries), (1, 2), "the third was overwritten since");
    assert_eq!(planned.people.into_iter().collect::<Vec<_>>(), [person]);

    let (new, before, after) = rebuilt(&kit.store).await;
    assert_ne!(before, after);
    let record = new.read(person).await;
    assert_eq!(lines(&record).len(), 2, "{:?}", lines(&record));
    assert!(lines(&record).iter().all(|line| !line.contains("medicine")), "it came with it alone");
    assert_eq!(new.stand(person, &doctor()).await.record_version, version, "no version is given twice");
    assert_eq!(new.person(OTHER_NUMBER).await, kit.person(OTHER_NUMBER).await, "everybody keeps their number");
    let tombstones = new.store.inbox.tombstones().await.unwrap();
    assert!(tombstones[0].is_done && tombstones[0].message == gone && tombstones[0].reason == "court-order");

    // What was built is what a later rebuild builds.
    let (_, stands, again) = rebuilt(&new.store).await;
    assert_eq!(stands.differs_in(&again), Vec::<&str>::new());
}

#[tokio::test]
async fn what_a_removed_message_told_of_its_patient_is_not_kept_as_what_was_told_before() {
    let (kit, gone) = told().await;
    deliver(&kit, &Told::new(5, 0, 7, &[], 4), 40).await;
    let tells = |steps: Vec<String>| steps.iter().any(|step| step.contains("020 7946 0001"));
    assert!(tells(kit.texts("SELECT step FROM who_step").await), "another number was told since");
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    let steps = new.texts("SELECT step FROM who_step").await;
    assert!(!steps.is_empty() && !tells(steps), "what it was before that is still known");
}

#[tokio::test]
async fn no_file_holds_what_was_removed() {
    if has_no_files() {
        return;
    }
    let (kit, gone) = told().await;
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    let Kit { home, store, .. } = new;
    drop(store);
    assert!(is_in_files(kit.home.folder(), &canary(3)), "it stood there in plain text");
    assert!(is_in_files(home.folder(), &canary(4)) && is_in_files(home.folder(), &canary(1)));
    assert!(!is_in_files(home.folder(), &canary(3)));
}

#[tokio::test]
async fn no_table_of_the_server_holds_what_was_removed() {
    if has_no_server() {
        return;
    }
    let (kit, gone) = told().await;
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, _, after) = rebuilt(&kit.store).await;
    let Kit { home, store, .. } = kit;
    drop(store);
    store::take_over_postgres(&home.database().at(), &new.home.database().at()).await.unwrap();
    let kit = Kit::over(home).await;
    assert_eq!(kit.store.inbox.record_digest().await.unwrap(), after);
    let lines = kit.texts("SELECT line FROM entry UNION ALL SELECT line FROM entry_version").await;
    assert!(lines.iter().any(|line| line.contains(&canary(4))) && !lines.iter().any(|line| line.contains(&canary(3))));
    assert_eq!(kit.count("SELECT count(*) FROM message WHERE length(body) = 1 AND state = 4").await, 1);
    let next = deliver(&kit, &Told::new(9, 3, 6, &[(1, 2)], 3), 90).await;
    assert!(matches!(next, Received::New(_)), "numbers go on where they were");
}

#[tokio::test]
async fn removed_bytes_that_come_again_are_refused_and_kept_nowhere() {
    let (kit, gone) = told().await;
    kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    let again = Told::new(3, 0, 1, &[(0, 1), (1, 1), (2, 1)], 2);
    for at in [200, 300] {
        assert_eq!(deliver(&new, &again, at).await, Received::Removed(gone));
    }
    let unreadable =
        new.store.inbox.receive_unreadable(again.arrival(400), "unreadable", "MSH-9", "no type", Vec::new()).await;
    assert_eq!(unreadable.unwrap(), Received::Removed(gone));
    let waiting = new.store.inbox.quarantined(None).await.unwrap();
    assert_eq!(waiting.len(), 1, "said once, however often it comes");
    assert!(waiting[0].reason.contains("court-order"), "{}", waiting[0].reason);
    assert_eq!(new.count("SELECT count(*) FROM message WHERE length(body) > 1").await, 3);
    let (_, stands, built) = rebuilt(&new.store).await;
    assert_eq!(stands.differs_in(&built), Vec::<&str>::new());
}

#[tokio::test]
async fn a_person_of_whom_nothing_is_left_keeps_their_number_for_ever() {
    let kit = Kit::new().await;
    let Received::New(only) = deliver(&kit, &Told::new(1, 0, 0, &[(1, 0)], 1), 0).await else { panic!("new") };
    let grace = kit.person(NUMBER).await;
    kit.store.inbox.plan_removal(removal(&[only])).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    deliver(&new, &Told::new(2, 2, 3, &[], 1), 10).await;
    assert_ne!(new.person(OTHER_NUMBER).await, grace);
    let (_, stands, built) = rebuilt(&new.store).await;
    assert_eq!(stands.differs_in(&built), Vec::<&str>::new());
}

#[tokio::test]
async fn planning_twice_is_planning_once_and_what_is_gone_needs_no_plan() {
    let (kit, gone) = told().await;
    let first = kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap();
    assert_eq!(kit.store.inbox.plan_removal(removal(&[gone])).await.unwrap(), first);
    assert!(!kit.store.inbox.tombstones().await.unwrap()[0].is_done, "it is planned and not done");
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(new.store.inbox.plan_removal(removal(&[gone])).await.unwrap().messages, 0);
    let unknown = kit.store.inbox.plan_removal(removal(&[gone, MessageId(999)])).await;
    assert!(matches!(unknown, Err(StoreError::NotFound("message"))));
}

#[tokio::test]
async fn a_hold_on_a_person_or_a_source_keeps_everything_of_theirs_until_it_is_lifted() {
    let (kit, gone) = told().await;
    let (inbox, person) = (&kit.store.inbox, kit.person(NUMBER).await);
    let hospital = SourceId::new(HOSPITAL).unwrap();
    for held in [Held::Person(person), Held::Source(hospital.clone())] {
        let hold = inbox.add_hold(&held, "operator-zkb01", "inquest", noon()).await.unwrap();
        let refused = inbox.plan_removal(removal(&[gone])).await;
        assert!(matches!(refused, Err(StoreError::Held(id)) if id == hold), "{refused:?}");
        assert!(inbox.tombstones().await.unwrap().is_empty(), "nothing is planned");
        inbox.lift_hold(hold, "operator-zkb01", "inquest ended", after_noon(5)).await.unwrap();
        let twice = inbox.lift_hold(hold, "operator-zkb01", "again", after_noon(6)).await;
        assert!(matches!(twice, Err(StoreError::NotFound(_))));
    }
    let other = inbox.add_hold(&Held::Source(SourceId::new(PRACTICE).unwrap()), "o", "inquest", noon()).await.unwrap();
    assert_eq!(inbox.plan_removal(removal(&[gone])).await.unwrap().messages, 1, "another's hold is no matter");
    let holds = inbox.holds().await.unwrap();
    assert_eq!(holds.len(), 3);
    assert_eq!((holds[0].lifted_at, holds[2].lifted_at), (Some(after_noon(5)), None));
    assert_eq!(holds[2].id, other);
    // Holds go over into a record that is built anew.
    let (new, ..) = rebuilt(&kit.store).await;
    assert_eq!(new.store.inbox.holds().await.unwrap(), holds);
}

#[tokio::test]
async fn the_messages_of_a_source_and_of_one_patient_are_found() {
    let (kit, gone) = told().await;
    let hospital = SourceId::new(HOSPITAL).unwrap();
    let inbox = &kit.store.inbox;
    assert_eq!(inbox.messages_of_source(&hospital).await.unwrap().len(), 3);
    let of_chart = inbox.messages_of_chart(&hospital, "H1").await.unwrap();
    assert_eq!(of_chart.iter().map(|(_, others)| *others).collect::<Vec<_>>(), [false; 3]);
    assert!(of_chart.iter().any(|(message, _)| *message == gone));
    assert!(inbox.messages_of_chart(&hospital, "H9").await.unwrap().is_empty());
}
