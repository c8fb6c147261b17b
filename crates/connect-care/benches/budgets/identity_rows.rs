//! Registering people: new charts through the store's apply, by the rules that say who is
//! who, into a region of so many. No message is read.

use std::path::Path;

use anyhow::Context;
use record::Demographics;

use crate::arguments::Effort;
use crate::house::House;
use crate::load::{Filler, KNOWN, Loaded, SAID_EACH, Size, made_up};
use crate::rows;
use crate::store_kind::{StoreKind, record_sizes};
use crate::table::Table;
use crate::times::now;
use crate::{search_rows, sizes};

/// How many charts are registered in one run: every second one is of somebody known, as
/// another source tells them, without their number.
const REGISTERED: u64 = 10_000;
/// How many of them are under way to the store at a time: what shares a commit writes a page once.
const UNDER_WAY: usize = 256;

/// Fills a store with people who tell who they are and nothing else, registers more, looks
/// for some, weighs the file; gives how many were registered a second.
pub(crate) async fn measure(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    people: u64,
    effort: Effort,
    runs: u32,
) -> anyhow::Result<f64> {
    let registered = effort.of(REGISTERED) * u64::from(runs);
    let region = made_up(1);
    let house = House::open_region(kind, folder, &region).await?;
    let mut filler = Filler::new(&house, intake::IDENTITY_RULES, UNDER_WAY)?;
    let (mut known, every) = (Vec::new(), (people / KNOWN).max(1));
    let mut everybody = region.bulk(people + registered, 0).map(|(told, _)| told);
    for place in 1..=people {
        let told = everybody.next().context("the region has so many people")?;
        if place % every == 0 {
            known.push(told.clone());
        }
        filler.add(told, Vec::new()).await?;
        if place % SAID_EACH == 0 {
            eprintln!("  {place} of {people} people");
        }
    }
    filler.finish().await?;
    let at = house.at().people(people);
    let mut rates = Vec::new();
    for _ in 0..runs {
        let (before, _) = house.people.count().await?;
        let mut again = known.iter().cycle();
        let start = now();
        for place in 0..effort.of(REGISTERED) {
            let told = if place % 2 == 0 { everybody.next() } else { again.next().map(as_another_source_tells) };
            filler.add(told.context("somebody is left")?, Vec::new()).await?;
        }
        filler.finish().await?;
        let rate = effort.of(REGISTERED) as f64 / start.elapsed().as_secs_f64();
        let (after, _) = house.people.count().await?;
        let note = format!("durable and placed; {} of {} became new people", after - before, effort.of(REGISTERED));
        table.add_noted(&rows::REGISTERED, at, rate, &note);
        rates.push(rate);
    }
    let size = Size { people, entries_per_person: 0, long_records: 0 };
    let loaded = Loaded { house, size, whole: Vec::new(), spread: Vec::new(), known };
    search_rows::measure(table, &loaded, effort, runs).await?;
    drop(loaded);
    drop(filler);
    let sizes = sizes::as_figures(record_sizes(kind, folder)?);
    let charts = (people + registered) as f64;
    table.add(&rows::DISK_A_CHART, at, sizes::total(&sizes) / charts);
    sizes::by_part(table, &rows::DISK_A_CHART_PART, at, &sizes, charts);
    Ok(crate::times::median(&rates))
}

/// Everything but the number.
fn as_another_source_tells(told: &Demographics) -> Demographics {
    Demographics { nhs_number: None, ..told.clone() }
}
