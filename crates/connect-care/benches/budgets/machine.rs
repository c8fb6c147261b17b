//! The machine itself: what it is, and how long one small synced write takes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::rows;
use crate::table::{At, Table};
use crate::times::{Times, now};

const WRITES: usize = 500;
/// As much as a commit of one log row writes, in bytes.
const WRITE_BYTES: usize = 4_096;

pub(crate) fn hardware() -> String {
    let told = |file: &str, name: &str| {
        let about = std::fs::read_to_string(file).unwrap_or_default();
        let value = about.lines().find_map(|line| line.strip_prefix(name)).unwrap_or(": not told");
        value.trim_start_matches(['\t', ' ', ':']).trim_end().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory_kib: u64 = told("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    format!("{cores} cores, {}, {} GiB memory", told("/proc/cpuinfo", "model name"), memory_kib >> 20)
}

/// Taken anew before each run of openings too: a shared disk has good and bad minutes.
pub(crate) fn sync_times(table: &mut Table, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("sync");
    let mut file = File::create(&path)?;
    let page = [7_u8; WRITE_BYTES];
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let start = now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    std::fs::remove_file(&path)?;
    let times = Times::new(times);
    table.add(&rows::SYNC_P50, At::MACHINE, times.p50_ms());
    table.add(&rows::SYNC_P99, At::MACHINE, times.p99_ms());
    Ok(())
}
