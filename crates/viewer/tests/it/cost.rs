//! What a record page costs the store, from the request to its last byte.

use record::Role;

use crate::people::{GRACE, arrive};
use crate::world::World;

/// The budget of one opening, session and facts included.
const DURABLE_WAITS_MAX: u64 = 2;
const READS_MAX: u64 = 3;

#[tokio::test]
async fn a_record_page_takes_at_most_two_durable_waits_and_three_reads() {
    let world = World::new().await;
    arrive(&world).await;
    let mut doctor = world.signed_in(Role::Doctor).await;
    let base = doctor.open(GRACE).await;
    for minutes in [0, 0, 1] {
        world.hands.forward_minutes(minutes);
        let before = world.counting.so_far();
        let page = doctor.get(&base).await;
        assert_eq!(page.status, 200);
        page.sees("OKAFOR");
        let after = world.counting.so_far();
        let waits = after.durable_waits - before.durable_waits;
        let reads = after.reads - before.reads;
        println!("after {minutes} minutes: {waits} durable waits, {reads} reads");
        assert!((1..=DURABLE_WAITS_MAX).contains(&waits), "{waits} durable waits after {minutes} minutes");
        assert!((1..=READS_MAX).contains(&reads), "{reads} reads after {minutes} minutes");
    }
}
