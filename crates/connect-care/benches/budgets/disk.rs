//! The disk itself: how long one small synced write takes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::measure::{Times, now};

const WRITES: usize = 500;

pub(crate) fn sync_times(folder: &Path) -> anyhow::Result<Times> {
    let mut file = File::create(folder.join("sync"))?;
    let page = [7_u8; 4096];
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let start = now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    Ok(Times::new(times))
}
