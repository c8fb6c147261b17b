//! Opening a whole record of 300 entries: decide, log durably, read, reconcile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use record::PersonId;

use crate::measure::{Table, Times, now};
use crate::region::Loaded;

/// Openings of one client in one run.
const ONE_CLIENT: u64 = 1_000;
/// Openings of sixteen clients in one run.
const SIXTEEN_CLIENTS: u64 = 4_000;
const CLIENTS: u64 = 16;
/// Openings a second in the open loop, and for how many openings.
const OPEN_LOOP_PER_SECOND: u64 = 500;
const OPEN_LOOP: u64 = 2_000;
/// Durable log rows of the log's own row.
const LOG_ROWS: u64 = 20_000;
const LOG_WRITERS: u64 = 64;

/// Fills the rows of openings and gives the p50 of one client, in ms.
pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, sync: &Times, runs: u32) -> anyhow::Result<f64> {
    let before = bytes(loaded, "desk")?;
    let mut p50s = Vec::new();
    let mut opened = 0;
    for _ in 0..runs {
        p50s.push(one_client(loaded).await?.p50_ms());
        opened += ONE_CLIENT;
    }
    p50s.sort_by(f64::total_cmp);
    let p50 = p50s.get(p50s.len() / 2).copied().unwrap_or(f64::NAN);
    table.row("open a record of 300 entries, 1 client, p50", loaded.people, p50, "ms", 2.0);
    let per_opening = (bytes(loaded, "desk")? - before) / opened as f64;
    table.row("disk an opening: log row, chain, indexes", loaded.people, per_opening, "B", 1_536.0);
    let p99_most = (2.5 * sync.p99_ms()).max(20.0);
    let p99 = open_loop(loaded).await?.p99_ms();
    table.row("the same, open loop at 500/s, p99", loaded.people, p99, "ms", p99_most);
    let rate = sixteen_clients(loaded).await?;
    table.rate("the same, 16 clients", Some(loaded.people), rate, "1/s", 1_000.0);
    let rate = log_rows(loaded).await?;
    table.rate("durable access-log rows, 64 writers", Some(loaded.people), rate, "1/s", 5_000.0);
    Ok(p50)
}

async fn open(loaded: &Loaded, turn: u64) -> anyhow::Result<()> {
    let count = loaded.long_records.end - loaded.long_records.start;
    let person = PersonId(loaded.long_records.start + turn * 7 % count);
    let opened = loaded.disclosure.open(&loaded.caller, person, "bench").await?;
    anyhow::ensure!(opened.record.sections().len() > 10, "a whole record was opened");
    Ok(())
}

async fn one_client(loaded: &Loaded) -> anyhow::Result<Times> {
    let mut times = Vec::new();
    for turn in 0..ONE_CLIENT {
        let start = now();
        open(loaded, turn).await?;
        times.push(start.elapsed());
    }
    Ok(Times::new(times))
}

async fn sixteen_clients(loaded: &Loaded) -> anyhow::Result<f64> {
    let turn = AtomicU64::new(0);
    let start = now();
    let client = || async {
        loop {
            let mine = turn.fetch_add(1, Ordering::Relaxed);
            if mine >= SIXTEEN_CLIENTS {
                return anyhow::Ok(());
            }
            open(loaded, mine).await?;
        }
    };
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(client());
    }
    // Joined on this task: the store's own threads are where the work is.
    for client in futures_util::future::join_all(clients).await {
        client?;
    }
    Ok(SIXTEEN_CLIENTS as f64 / start.elapsed().as_secs_f64())
}

/// Openings begin on a beat, whether or not earlier ones have ended: a wait in
/// the queue counts.
async fn open_loop(loaded: &Loaded) -> anyhow::Result<Times> {
    let disclosure = loaded.disclosure.clone();
    let caller = Arc::new(loaded.caller.clone());
    let (first, count) = (loaded.long_records.start, loaded.long_records.end - loaded.long_records.start);
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / OPEN_LOOP_PER_SECOND));
    let mut under_way = Vec::new();
    for turn in 0..OPEN_LOOP {
        // Measured from when it was due, not from when the beat got its turn.
        let due = beat.tick().await;
        let (disclosure, caller) = (disclosure.clone(), Arc::clone(&caller));
        under_way.push(tokio::spawn(async move {
            disclosure.open(&caller, PersonId(first + turn * 7 % count), "bench").await?;
            anyhow::Ok(due.elapsed())
        }));
    }
    let mut times = Vec::new();
    for opening in under_way {
        times.push(opening.await??);
    }
    Ok(Times::new(times))
}

/// Sign-ins and sign-outs are the smallest rows there are.
async fn log_rows(loaded: &Loaded) -> anyhow::Result<f64> {
    let turn = Arc::new(AtomicU64::new(0));
    let start = now();
    let mut writers = Vec::new();
    for _ in 0..LOG_WRITERS {
        let (disclosure, caller, turn) = (loaded.disclosure.clone(), loaded.caller.clone(), Arc::clone(&turn));
        writers.push(tokio::spawn(async move {
            while turn.fetch_add(1, Ordering::Relaxed) < LOG_ROWS {
                disclosure.signed_in(&caller).await?;
            }
            anyhow::Ok(())
        }));
    }
    for writer in writers {
        writer.await??;
    }
    Ok(LOG_ROWS as f64 / start.elapsed().as_secs_f64())
}

/// The size of a file of the store, with what its log still holds.
pub(crate) fn bytes(loaded: &Loaded, file: &str) -> anyhow::Result<f64> {
    let mut total = 0;
    for entry in std::fs::read_dir(&loaded.folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(file) && !name.ends_with("-shm") && !name.ends_with("-wal") {
            total += entry.metadata()?.len();
        }
    }
    Ok(total as f64)
}
