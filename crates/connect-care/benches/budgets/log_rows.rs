//! The access log by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::arguments::Effort;
use crate::load::Loaded;
use crate::rows;
use crate::table::Table;
use crate::times::{Times, now};

/// Durable rows of one run, written side by side.
const ROWS: u64 = 20_000;
const WRITERS: u64 = 64;
/// Durable rows of one run, one after the other.
const ROWS_ALONE: u64 = 1_000;

/// Sign-ins are the smallest rows there are.
pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, effort: Effort, runs: u32) -> anyhow::Result<()> {
    let at = loaded.house.at().people(loaded.size.people);
    for _ in 0..runs {
        table.add(&rows::LOG_ROWS, at, side_by_side(loaded, effort.of(ROWS)).await?);
        let alone = alone(loaded, effort.of(ROWS_ALONE)).await?;
        table.add(&rows::LOG_WAIT_P50, at, alone.p50_ms());
        table.add(&rows::LOG_WAIT_P99, at, alone.p99_ms());
    }
    Ok(())
}

async fn side_by_side(loaded: &Loaded, count: u64) -> anyhow::Result<f64> {
    let turn = Arc::new(AtomicU64::new(0));
    let start = now();
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (disclosure, caller) = (loaded.house.disclosure.clone(), loaded.house.caller.clone());
        let turn = Arc::clone(&turn);
        writers.push(tokio::spawn(async move {
            while turn.fetch_add(1, Ordering::Relaxed) < count {
                disclosure.signed_in(&caller).await?;
            }
            anyhow::Ok(())
        }));
    }
    for writer in writers {
        writer.await??;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

async fn alone(loaded: &Loaded, count: u64) -> anyhow::Result<Times> {
    let mut times = Vec::new();
    for _ in 0..count {
        let start = now();
        loaded.house.disclosure.signed_in(&loaded.house.caller).await?;
        times.push(start.elapsed());
    }
    Ok(Times::new(times))
}
