//! What one opening of a stored record costs: session, facts, decision, log and entries.

use access::{Purpose, Request};
use store::Counted;

use crate::kit::*;

const COOKIE: &str = "an unguessable value";
/// The budget of one opening.
const DURABLE_WAITS_MAX: u64 = 2;
const READS_MAX: u64 = 3;

async fn kit_with_grace() -> Kit {
    let kit = Kit::new().await;
    let entries = vec![medicine("m", "ramipril"), problem("p", "asthma"), letter("l", Some("Dear colleague"))];
    kit.tell(HOSPITAL, NOON, vec![change("H1", Some(grace()), entries)]).await;
    kit.permit(kit.person(NUMBER).await, &doctor()).await;
    kit
}

/// Opens Grace's record in the session as a page does, and says what that cost.
async fn opening(kit: &Kit) -> Counted {
    let person = kit.person(NUMBER).await;
    let counting = kit.store.counting();
    let before = counting.so_far();
    let session = kit.store.desk.session(COOKIE, noon()).await.unwrap().unwrap();
    let stand = kit.store.desk.stand(person, &session.staff, Some(session.key), noon()).await.unwrap();
    let request = Request { id: request(), person, purpose: Purpose::DirectCare, at: noon() };
    let decision = access::decide(&policy(), &actor(&session.staff), &stand.facts, &request).unwrap();
    let receipt = kit.log_opening(&decision, &stand).await.unwrap();
    let record = kit.store.clinical.record(&decision, &receipt).await.unwrap();
    assert_eq!(record.entries.len(), 3);
    let after = counting.so_far();
    let cost = Counted {
        durable_waits: after.durable_waits - before.durable_waits,
        reads: after.reads - before.reads,
        reads_within_writes: after.reads_within_writes - before.reads_within_writes,
    };
    println!("one opening: {cost:?}");
    cost
}

#[tokio::test]
async fn one_opening_waits_once_and_reads_session_facts_and_record_with_a_statement_each() {
    let kit = kit_with_grace().await;
    kit.store.desk.begin_session(COOKIE, &doctor(), noon()).await.unwrap();
    for _ in 0..3 {
        let cost = opening(&kit).await;
        assert_eq!((cost.durable_waits, cost.reads), (1, READS_MAX), "{cost:?}");
        // Whether the facts stand and where the person's log ends: part of the wait.
        assert!(cost.reads_within_writes <= 2, "{cost:?}");
    }
}

#[tokio::test]
async fn an_opening_that_also_moves_the_limit_of_its_session_waits_twice() {
    let kit = kit_with_grace().await;
    kit.store.desk.begin_session(COOKIE, &doctor(), after_noon(-60)).await.unwrap();
    let cost = opening(&kit).await;
    assert_eq!((cost.durable_waits, cost.reads), (DURABLE_WAITS_MAX, READS_MAX), "{cost:?}");
}

#[tokio::test]
async fn counting_sees_more_where_more_is_asked() {
    let kit = kit_with_grace().await;
    let counting = kit.store.counting();
    kit.person(NUMBER).await;
    let one = counting.so_far();
    kit.person(NUMBER).await;
    kit.read(kit.person(NUMBER).await).await;
    let more = counting.so_far();
    assert!(more.reads >= one.reads + 4, "two look-ups, facts and a record: {one:?} {more:?}");
    assert!(more.durable_waits >= one.durable_waits + 2, "a permission and a row: {one:?} {more:?}");
}
