//! No version, no links' version and no place of a record is given again after a removal.

use proptest::prelude::*;
use record::MessageId;
use store::Received;

use crate::by_hand_rebuilt::{Hand, settle};
use crate::kit::*;
use crate::rebuilt::{Happening, Told, cases, deliver, happening, happens, rebuilt, same_versions};
use crate::removed::removal;

/// Everybody, and how far their records have come: version, links' version, next place.
async fn reached(kit: &Kit) -> Vec<(i64, [i64; 3])> {
    let sql = "SELECT id || ' ' || version || ' ' || link_version || ' ' || next_place FROM person ORDER BY id";
    let read = |line: String| {
        let numbers: Vec<i64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        (numbers[0], [numbers[1], numbers[2], numbers[3]])
    };
    kit.texts(sql).await.into_iter().map(read).collect()
}

/// Removes messages and goes on with the record that was built without them.
async fn without(kit: Kit, gone: &[MessageId]) -> Kit {
    let before = reached(&kit).await;
    kit.store.inbox.plan_removal(removal(gone)).await.unwrap();
    let (new, ..) = rebuilt(&kit.store).await;
    let after = reached(&new).await;
    for (person, was) in before {
        let now = after.iter().find(|(one, _)| *one == person).expect("everybody keeps their number").1;
        assert!(was.iter().zip(&now).all(|(was, now)| was <= now), "person {person} fell from {was:?} to {now:?}");
    }
    new
}

/// A later rebuild gives the same, also at every version.
async fn must_be_built_anew_as_it_is(kit: &Kit) {
    let (new, stands, again) = rebuilt(&kit.store).await;
    assert_eq!(stands.differs_in(&again), Vec::<&str>::new());
    same_versions(kit, &new).await;
}

async fn told(kit: &Kit, told: Told, at: i64) -> MessageId {
    match deliver(kit, &told, at).await {
        Received::New(message) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_record_that_would_end_at_a_lower_version_ends_where_it_was_and_goes_on_above() {
    let kit = Kit::new().await;
    told(&kit, Told::new(1, 0, 0, &[(1, 0)], 1), 0).await;
    // Each that comes after the one that goes changes back what it told: without it they change nothing.
    let gone = told(&kit, Told::new(2, 0, 1, &[(1, 1), (2, 0)], 2), 10).await;
    told(&kit, Told::new(3, 0, 0, &[(1, 1), (2, 0)], 3), 20).await;
    told(&kit, Told::new(4, 0, 1, &[(1, 1)], 4), 30).await;
    let person = kit.person(NUMBER).await;
    let version = kit.stand(person, &doctor()).await.record_version;
    let kit = without(kit, &[gone]).await;
    let stands = kit.stand(person, &doctor()).await.record_version;
    assert!(stands >= version);
    must_be_built_anew_as_it_is(&kit).await;
    told(&kit, Told::new(5, 0, 6, &[(0, 1)], 5), 40).await;
    assert!(kit.stand(person, &doctor()).await.record_version > stands);
    must_be_built_anew_as_it_is(&kit).await;
}

#[tokio::test]
async fn several_removals_one_after_another_raise_and_are_built_anew_as_they_are() {
    let mut kit = Kit::new().await;
    let mut messages = Vec::new();
    // Confirming what is known takes no version: each removal makes the next message change something, or no more.
    for (number, wording) in [(1, 0), (2, 1), (3, 0), (4, 1), (5, 0), (6, 1)] {
        let at = i64::try_from(number).unwrap();
        let hour = u8::try_from(number).unwrap();
        messages.push(told(&kit, Told::new(number, 0, wording, &[(1, wording), (2, wording)], hour), at * 10).await);
    }
    for gone in [1, 3, 4] {
        kit = without(kit, &[messages[gone]]).await;
    }
    let raised = kit.count("SELECT count(*) FROM application WHERE act = 9").await;
    assert!(raised > 0, "these removals shorten the record");
    assert_eq!(kit.count("SELECT count(DISTINCT step) FROM tombstone_person WHERE message = 0").await, raised);
    // A rebuild without a removal raises nobody.
    let (new, stands, again) = rebuilt(&kit.store).await;
    assert_eq!(stands.differs_in(&again), Vec::<&str>::new());
    same_versions(&kit, &new).await;
    assert_eq!(new.count("SELECT count(*) FROM application WHERE act = 9").await, raised);
}

#[tokio::test]
async fn what_is_decided_about_removed_bytes_that_came_again_is_built_anew_as_it_is() {
    for hand in [Hand::Dismiss, Hand::Replay] {
        let kit = Kit::new().await;
        told(&kit, Told::new(1, 0, 0, &[(1, 0)], 1), 0).await;
        let again = Told::new(2, 0, 1, &[(2, 0)], 2);
        let gone = told(&kit, again.clone(), 10).await;
        let kit = without(kit, &[gone]).await;
        assert_eq!(deliver(&kit, &again, 20).await, Received::Removed(gone));
        settle(&kit, 0, &hand, 30).await;
        must_be_built_anew_as_it_is(&kit).await;
        let (new, ..) = rebuilt(&kit.store).await;
        must_be_built_anew_as_it_is(&new).await;
    }
}

/// What happens in the property below.
#[derive(Clone, Debug)]
enum Step {
    Happens(Happening),
    /// These messages are removed, as many of them as are there.
    Remove(Vec<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => happening().prop_map(Step::Happens),
        1 => proptest::collection::vec(any::<usize>(), 1..3).prop_map(Step::Remove),
    ]
}

async fn removes(kit: Kit, which: &[usize]) -> Kit {
    let there = kit.texts("SELECT id FROM message WHERE state <> 4 ORDER BY id").await;
    let chosen = which.iter().filter_map(|one| there.get(one % there.len().max(1)));
    let gone: Vec<MessageId> = chosen.map(|id| MessageId(id.parse().unwrap())).collect();
    if gone.is_empty() { kit } else { without(kit, &gone).await }
}

// Each case builds several records: fewer of them than of those that build two.
proptest! {
    #![proptest_config(ProptestConfig { cases: cases().div_ceil(6), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_removed_nobodys_record_falls_below_where_it_was(
        steps in proptest::collection::vec(step(), 1..12),
        last in proptest::collection::vec(any::<usize>(), 1..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut kit = Kit::new().await;
            let mut before = Vec::new();
            for (at, step) in (0..).map(|at| at * 10).zip(&steps) {
                kit = match step {
                    Step::Happens(happening) => happens(kit, happening, &mut before, at).await,
                    Step::Remove(which) => removes(kit, which).await,
                };
            }
            let kit = removes(kit, &last).await;
            must_be_built_anew_as_it_is(&kit).await;
        });
    }
}
