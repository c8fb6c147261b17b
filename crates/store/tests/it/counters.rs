use record::MessageId;
use store::{Against, Arrival, Received};

use crate::kit::*;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// A message with this control id, made and received so long after noon.
fn counted(control_id: &str, seconds: i64) -> Arrival {
    Arrival {
        control_id: Some(control_id.to_owned()),
        stated_at: Some(after_noon(seconds)),
        received_at: after_noon(seconds),
        ..arrival(HOSPITAL, format!("{control_id} at {seconds}").into_bytes())
    }
}

/// Sends the ids of a counter, a minute apart, and expects every message to be taken.
async fn counts(kit: &Kit, numbers: std::ops::RangeInclusive<i64>, from: i64) {
    for (place, number) in (0..).zip(numbers) {
        let received = kit.store.inbox.receive(counted(&format!("K{number:04}"), from + place * MINUTE)).await.unwrap();
        assert!(matches!(received, Received::New(_)), "{number}: {received:?}");
    }
}

async fn restarts(kit: &Kit) -> i64 {
    kit.count("SELECT count(*) FROM counter_restart").await
}

async fn waiting(kit: &Kit) -> i64 {
    kit.count("SELECT count(*) FROM quarantine WHERE state = 0").await
}

#[tokio::test]
async fn a_counter_that_begins_again_is_told_of_once_and_nothing_is_set_aside() {
    let kit = Kit::new().await;
    counts(&kit, 1..=120, 0).await;
    assert_eq!(restarts(&kit).await, 0);
    counts(&kit, 1..=120, DAY).await;
    assert_eq!((restarts(&kit).await, waiting(&kit).await), (1, 0));
    let since = kit.count("SELECT max(message) FROM counter_restart").await.cast_unsigned();
    let first = kit.store.inbox.receive(counted("K0001", DAY)).await.unwrap();
    assert_eq!(first, Received::Duplicate(MessageId(since)), "it began again with this one");

    // From then on an id names one message again.
    let reused = kit.store.inbox.receive(counted("K0120", DAY + 121 * MINUTE)).await.unwrap();
    assert!(matches!(reused, Received::ControlIdReused(_)), "{reused:?}");
    counts(&kit, 121..=130, DAY + 122 * MINUTE).await;
    // And it may begin yet again.
    counts(&kit, 1..=50, 2 * DAY).await;
    assert_eq!((restarts(&kit).await, waiting(&kit).await), (2, 1));
}

/// A counter of four digits that runs over, of which we are sent every tenth message.
#[tokio::test]
async fn a_counter_that_runs_over_has_begun_again_also_where_we_are_sent_only_some() {
    let kit = Kit::new().await;
    for round in 0..2 {
        for number in (9..200).step_by(10) {
            let arrival = counted(&format!("{number:04}"), round * DAY + number * MINUTE);
            let received = kit.store.inbox.receive(arrival).await.unwrap();
            assert!(matches!(received, Received::New(_)), "{number}: {received:?}");
        }
    }
    assert_eq!((restarts(&kit).await, waiting(&kit).await), (1, 0));
}

#[tokio::test]
async fn a_message_that_is_changed_and_sent_again_is_no_restart() {
    let kit = Kit::new().await;
    counts(&kit, 1..=20, 0).await;
    // Nobody counted past the last one, however much later it comes again.
    let last = kit.store.inbox.receive(counted("K0020", DAY)).await.unwrap();
    assert!(matches!(last, Received::ControlIdReused(_)), "{last:?}");
    // The one before it was counted past, and comes again too soon.
    let soon = kit.store.inbox.receive(counted("K0019", 18 * MINUTE + 10 * MINUTE - 1)).await.unwrap();
    assert!(matches!(soon, Received::ControlIdReused(_)), "{soon:?}");
    // What was refused for its id is refused again.
    assert!(matches!(kit.store.inbox.receive(counted("K0020", DAY)).await.unwrap(), Received::SetAsideBefore(_)));
    assert_eq!((restarts(&kit).await, waiting(&kit).await), (0, 2));
}

#[tokio::test]
async fn after_a_restart_an_id_of_before_with_the_same_time_is_still_refused() {
    let kit = Kit::new().await;
    counts(&kit, 1..=20, 0).await;
    counts(&kit, 1..=3, DAY).await;
    let earlier = Arrival { bytes: b"K0010 with other bytes".to_vec(), ..counted("K0010", 9 * MINUTE) };
    let earlier = Arrival { received_at: after_noon(DAY + 3 * MINUTE), ..earlier };
    assert!(matches!(kit.store.inbox.receive(earlier).await.unwrap(), Received::ControlIdReused(_)));
    counts(&kit, 4..=20, DAY + 4 * MINUTE).await;
    assert_eq!((restarts(&kit).await, waiting(&kit).await), (1, 1));
}

#[tokio::test]
async fn the_counter_of_one_source_says_nothing_about_another() {
    let kit = Kit::new().await;
    counts(&kit, 1..=20, 0).await;
    let of_practice = |number: i64, from: i64| Arrival {
        control_id: Some(format!("K{number:04}")),
        ..Arrival { source: arrival(PRACTICE, Vec::new()).source, ..counted(&format!("P{number}"), from) }
    };
    for number in 1..=20 {
        let received = kit.store.inbox.receive(of_practice(number, DAY)).await.unwrap();
        assert!(matches!(received, Received::New(_)), "{received:?}");
    }
    assert_eq!(restarts(&kit).await, 0);
}

#[tokio::test]
async fn what_was_told_against_a_message_is_told_again() {
    let kit = Kit::new().await;
    let source = arrival(HOSPITAL, Vec::new()).source;
    let against = Against { place: "PID-3".to_owned(), reason: "the check digit does not fit".to_owned() };
    let inbox = &kit.store.inbox;
    let Received::New(faulty) = inbox.receive_with(counted("K1", 0), Some(against.clone())).await.unwrap() else {
        panic!("it is new")
    };
    let good = kit.receive(counted("K2", 0)).await;
    assert_eq!(inbox.told_against(&source, faulty).await.unwrap(), Some(against.clone()));
    assert_eq!(inbox.told_against(&source, good).await.unwrap(), None);
    // Read anew with another result, neither is told anything else.
    assert_eq!(inbox.receive(counted("K1", 0)).await.unwrap(), Received::Duplicate(faulty));
    assert_eq!(inbox.receive_with(counted("K2", 0), Some(against.clone())).await.unwrap(), Received::Duplicate(good));
    assert_eq!(inbox.told_against(&source, faulty).await.unwrap(), Some(against));
    assert_eq!(inbox.told_against(&source, good).await.unwrap(), None);
}
