//! Somebody's own bundles as the data: a folder of FHIR files.

use std::path::{Path, PathBuf};

use intake::Intake;
use record::{Section, Source, SourceFormat, SourceId};

use crate::house::House;
use crate::load::made_up;
use crate::openings::one_client;
use crate::rows;
use crate::sizes;
use crate::store_kind::{StoreKind, record_sizes};
use crate::table::Table;
use crate::times::now;

/// Openings of one run, at least; each person once where there are more.
const OPENINGS: u64 = 1_000;

pub(crate) async fn measure(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    data: &Path,
    runs: u32,
) -> anyhow::Result<()> {
    for run in 0..runs {
        let folder = folder.join(run.to_string());
        one_run(table, kind, &folder, data.to_owned()).await?;
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

async fn one_run(table: &mut Table, kind: StoreKind, folder: &Path, data: PathBuf) -> anyhow::Result<()> {
    let region = made_up(1);
    let source = source(&region)?;
    let house = House::open(kind, folder, region.organisations(), std::slice::from_ref(&source)).await?;
    let (intake, mut lanes) = Intake::start(house.inbox.clone(), &house.sources, house.clock.clone());
    let start = now();
    let report = intake::import(&intake, &source.id, false, &[data], |_| ()).await?;
    let seconds = start.elapsed().as_secs_f64();
    drop(intake);
    while lanes.join_next().await.is_some() {}
    let (people, entries) = house.people.count().await?;
    anyhow::ensure!(entries > 0, "nothing in the folder could be applied: {report:?}");
    let at = house.at().people(people);
    let note = format!(
        "{} resources: {} applied, {} kept unshown, {} waiting for a hand",
        report.received, report.applied, report.kept, report.quarantined
    );
    table.add_noted(&rows::DATA_IMPORT, at, entries as f64 / seconds, &note);
    table.add(&rows::DATA_RESOURCES, at, report.received as f64 / seconds);
    let everybody = house.everybody().await?;
    house.permit(everybody.iter().copied()).await?;
    let times = one_client(&house, &everybody, OPENINGS.max(people)).await?;
    let note = format!("{:.0} entries a person", entries as f64 / people as f64);
    table.add_noted(&rows::DATA_OPEN_P50, at, times.p50_ms(), &note);
    table.add(&rows::DATA_OPEN_P99, at, times.p99_ms());
    drop(house);
    let sizes = sizes::as_figures(record_sizes(kind, folder)?);
    table.add(&rows::DATA_DISK, at, sizes::total(&sizes) / entries as f64);
    table.add(&rows::DATA_DISK_RESOURCE, at, sizes::total(&sizes) / report.received as f64);
    sizes::by_part(table, &rows::DATA_DISK_PART, at, &sizes, entries as f64);
    Ok(())
}

/// A source that may send everything.
fn source(region: &simulator::Region) -> anyhow::Result<Source> {
    let organisation = region.organisations().first().ok_or_else(|| anyhow::anyhow!("there are organisations"))?;
    Ok(Source {
        id: SourceId::new("own-data")?,
        name: "Own data".to_owned(),
        organisation: organisation.ods_code.clone(),
        format: SourceFormat::Fhir,
        sends: Section::ALL.to_vec(),
        stale_after_minutes: 1_440,
    })
}
