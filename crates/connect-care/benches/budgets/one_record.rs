//! One record of 300 entries, opened again and again by one thread: what callgrind
//! counts. `cargo xtask bench --instructions` runs this twice with different numbers
//! of openings; the difference has no start-up in it.

use std::path::Path;

use simulator::{Region, RegionPlan};

use crate::house::House;
use crate::load::load_one;
use crate::openings::one_client;
use crate::store_kind::StoreKind;

/// The day of the made-up person: always the same, so that the record is.
const TODAY: &str = "2026-11-22T12:00:00Z";

/// Makes the store where the folder holds none, then opens its record.
pub(crate) fn run(folder: &Path, openings: u64) -> anyhow::Result<()> {
    let region = Region::new(RegionPlan { people: 1, seed: 2, now: TODAY.parse()? });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let house = House::open_region(StoreKind::Sqlite, folder, &region).await?;
        let mut everybody = house.everybody().await?;
        if everybody.is_empty() {
            load_one(&house, &region).await?;
            everybody = house.everybody().await?;
        }
        anyhow::ensure!(everybody.len() == 1, "the folder holds one person and nobody else");
        one_client(&house, &everybody, openings).await.map(drop)
    })
}
