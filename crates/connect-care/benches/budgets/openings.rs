//! Opening a whole record: decide, log durably, read, reconcile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use record::PersonId;

use crate::arguments::Effort;
use crate::house::House;
use crate::load::Loaded;
use crate::machine;
use crate::rows;
use crate::sizes;
use crate::store_kind::desk_sizes;
use crate::table::Table;
use crate::times::{Times, median, now};

/// Openings of one client in one run.
const ONE_CLIENT: u64 = 1_000;
/// Openings of sixteen clients in one run.
const SIXTEEN_CLIENTS: u64 = 4_000;
const CLIENTS: u64 = 16;
/// Openings a second in the open loop, and for how many openings.
const OPEN_LOOP_PER_SECOND: u64 = 500;
const OPEN_LOOP: u64 = 5_000;
/// Shares no factor with the numbers of people, so that they are met out of order.
const STEP: u64 = 7;

/// Fills the rows of openings and gives the p50 of one client on the long records, in ms.
pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, effort: Effort, runs: u32) -> anyhow::Result<f64> {
    let (house, at) = (&loaded.house, loaded.house.at().people(loaded.size.people));
    let before = desk_sizes(house.kind, &house.folder)?;
    let mut opened = 0;
    for _ in 0..runs {
        let times = one_client(house, &loaded.whole, effort.of(ONE_CLIENT)).await?;
        opened += times.count();
        table.add(&rows::OPEN_P50, at, times.p50_ms());
        table.add(&rows::OPEN_P99, at, times.p99_ms());
    }
    let grown = sizes::growth(&before, &desk_sizes(house.kind, &house.folder)?);
    table.add_noted(&rows::DISK_AN_OPENING, at, sizes::total(&grown) / opened as f64, &format!("{opened} openings"));
    sizes::by_part(table, &rows::DISK_AN_OPENING_PART, at, &grown, opened as f64);
    let mut p50s = Vec::new();
    for _ in 0..runs {
        let times = one_client(house, &loaded.spread, effort.of(ONE_CLIENT)).await?;
        p50s.push(times.p50_ms());
        table.add_noted(&rows::OPEN_SPREAD_P50, at, times.p50_ms(), &loaded.size.spread_in_words());
    }
    for _ in 0..runs {
        machine::sync_times(table, &house.folder)?;
        let count = effort.of(OPEN_LOOP);
        let times = open_loop(house, &loaded.whole, OPEN_LOOP_PER_SECOND, |turn| turn < count).await?;
        table.add(&rows::OPEN_LOOP_P99, at, times.p99_ms());
    }
    for _ in 0..runs {
        let rate = sixteen_clients(house, &loaded.whole, effort.of(SIXTEEN_CLIENTS)).await?;
        table.add(&rows::OPEN_SIXTEEN, at, rate);
    }
    Ok(median(&p50s))
}

fn whose(people: &[PersonId], turn: u64) -> anyhow::Result<PersonId> {
    let count = u64::try_from(people.len())?;
    anyhow::ensure!(count > 0, "there is nobody whose record could be opened");
    let at = usize::try_from(turn * STEP % count)?;
    people.get(at).copied().ok_or_else(|| anyhow::anyhow!("there are only {count} people"))
}

async fn open(house: &House, people: &[PersonId], turn: u64) -> anyhow::Result<()> {
    let opened = house.disclosure.open(&house.caller, whose(people, turn)?, "bench").await?;
    anyhow::ensure!(opened.record.sections().len() > 10, "a whole record was opened");
    Ok(())
}

/// One after the other.
pub(crate) async fn one_client(house: &House, people: &[PersonId], count: u64) -> anyhow::Result<Times> {
    let mut times = Vec::new();
    for turn in 0..count {
        let start = now();
        open(house, people, turn).await?;
        times.push(start.elapsed());
    }
    Ok(Times::new(times))
}

async fn sixteen_clients(house: &House, people: &[PersonId], count: u64) -> anyhow::Result<f64> {
    let turn = AtomicU64::new(0);
    let start = now();
    let client = || async {
        loop {
            let mine = turn.fetch_add(1, Ordering::Relaxed);
            if mine >= count {
                return anyhow::Ok(());
            }
            open(house, people, mine).await?;
        }
    };
    // Joined on this task: the store's own threads are where the work is.
    for client in futures_util::future::join_all((0..CLIENTS).map(|_| client())).await {
        client?;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Openings begin on a beat, whether or not earlier ones have ended: a wait in
/// the queue counts. It goes on while `goes_on` says so of the next turn.
pub(crate) async fn open_loop(
    house: &House,
    people: &[PersonId],
    per_second: u64,
    goes_on: impl Fn(u64) -> bool,
) -> anyhow::Result<Times> {
    let caller = Arc::new(house.caller.clone());
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / per_second));
    let mut under_way = Vec::new();
    for turn in (0_u64..).take_while(|turn| goes_on(*turn)) {
        // Measured from when it was due, not from when the beat got its turn.
        let due = beat.tick().await;
        let (disclosure, caller, person) = (house.disclosure.clone(), Arc::clone(&caller), whose(people, turn)?);
        under_way.push(tokio::spawn(async move {
            disclosure.open(&caller, person, "bench").await?;
            anyhow::Ok(due.elapsed())
        }));
    }
    let mut times = Vec::new();
    for opening in under_way {
        times.push(opening.await??);
    }
    Ok(Times::new(times))
}
