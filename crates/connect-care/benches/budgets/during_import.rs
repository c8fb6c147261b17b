//! What a bulk import does to a clinician who opens records meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use intake::Intake;
use simulator::{Delivery, Region, RegionPlan};

use crate::arguments::Effort;
use crate::house::clock;
use crate::intake_rows::{import_folders, write_fhir};
use crate::load::Loaded;
use crate::openings::open_loop;
use crate::rows;
use crate::table::Table;
use crate::times::now;

/// Openings a second, idle and during the import.
const PER_SECOND: u64 = 100;
/// Openings while nothing else goes on.
const IDLE: u64 = 1_000;
/// People whose bundles are imported in one run: so many that it takes some seconds.
const PEOPLE: u64 = 4_000;

/// The imported people are the first of those in the store: their charts are
/// linked and their records grow, as when a practice joins.
pub(crate) async fn measure(table: &mut Table, loaded: &Loaded, effort: Effort, runs: u32) -> anyhow::Result<()> {
    let (house, at) = (&loaded.house, loaded.house.at().people(loaded.size.people));
    let people = u32::try_from(effort.of(PEOPLE))? * runs;
    let region = Region::new(RegionPlan { people, seed: 1, now: clock().now() });
    let deliveries: Vec<Delivery> = region.crowd_deliveries().collect();
    let share = deliveries.len().div_ceil(usize::try_from(runs)?).max(1);
    let folder = house.folder.join("import");
    for share in deliveries.chunks(share) {
        let count = effort.of(IDLE);
        let idle = open_loop(house, &loaded.whole, PER_SECOND, |turn| turn < count).await?;
        table.add(&rows::IDLE_P99, at, idle.p99_ms());
        write_fhir(&folder, share)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let import = tokio::spawn(import(loaded.intake(), folder.clone(), Arc::clone(&is_over)));
        let busy =
            open_loop(house, &loaded.whole, PER_SECOND, |turn| turn == 0 || !is_over.load(Ordering::Relaxed)).await?;
        table.add(&rows::BUSY_IMPORT, at, import.await??);
        table.add_noted(&rows::BUSY_P99, at, busy.p99_ms(), &format!("{} openings", busy.count()));
        table.add(&rows::BUSY_RATIO, at, busy.p99_ms() / idle.p99_ms());
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

impl Loaded {
    fn intake(&self) -> (Intake, tokio::task::JoinSet<()>) {
        Intake::start(self.house.inbox.clone(), &self.house.sources, self.house.clock.clone())
    }
}

/// Gives the rate, in entries a second.
async fn import(
    (intake, mut lanes): (Intake, tokio::task::JoinSet<()>),
    folder: impl AsRef<Path>,
    is_over: Arc<AtomicBool>,
) -> anyhow::Result<f64> {
    let start = now();
    let imported = import_folders(&intake, folder.as_ref()).await;
    let rate = imported.map(|entries| entries as f64 / start.elapsed().as_secs_f64());
    is_over.store(true, Ordering::Relaxed);
    drop(intake);
    while lanes.join_next().await.is_some() {}
    rate
}
