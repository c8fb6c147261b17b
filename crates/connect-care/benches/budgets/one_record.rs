//! One record of 300 entries, opened again and again by one thread: what callgrind
//! counts. `cargo xtask bench --instructions` runs this twice with different numbers
//! of openings; the difference has no start-up in it.

use std::path::Path;

use crate::house::House;
use crate::load::{load_one, made_up};
use crate::openings::one_client;
use crate::store_kind::StoreKind;

/// Makes the store where the folder holds none, then opens its record.
pub(crate) fn run(folder: &Path, openings: u64) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let house = House::open_region(StoreKind::Sqlite, folder, &made_up(2)).await?;
        let mut everybody = house.everybody().await?;
        if everybody.is_empty() {
            load_one(&house).await?;
            everybody = house.everybody().await?;
        }
        anyhow::ensure!(everybody.len() == 1, "the folder holds one person and nobody else");
        one_client(&house, &everybody, openings).await.map(drop)
    })
}
