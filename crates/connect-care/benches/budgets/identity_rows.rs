//! Registering people: new charts through the store's apply, by the rules that say who is
//! who, into a region of so many. No message is read.

use std::path::Path;

use anyhow::Context;
use record::Demographics;

use crate::arguments::Arguments;
use crate::house::House;
use crate::load::{Filler, KNOWN, Loaded, SAID_EACH, Size, made_up_at};
use crate::rows;
use crate::store_kind::{StoreKind, record_sizes};
use crate::table::Table;
use crate::times::now;
use crate::{search_rows, sizes};

/// How many charts are registered in one run: every second one is of somebody known, as
/// another source tells them, without their number. Of each run they are others, as long as there are others:
/// in life a person has a handful of charts, and whoever had dozens would be weighed for longer than anybody is.
const REGISTERED: u64 = 10_000;
/// A region that was filled on another day holds who is told again, born on the same days.
const MADE_UP_ON: &str = "2026-11-27T12:00:00Z";
/// A prime: those who are told again are no neighbours, in a town as in a nation.
const APART: usize = 7_919;
/// How many of them are under way to the store at a time: what shares a commit writes a page once.
const UNDER_WAY: usize = 256;
/// What else the record has of each who is there before: far less than in life, and what a file needs to be as long as that of
/// so many people is. The database does more for each page that it holds while its file is shorter than 1 GB.
const ENTRIES_EACH: u32 = 3;

/// Fills a store with people of a few entries each, registers more who tell who they are and nothing else, looks
/// for some, weighs the file; gives how many were registered a second.
pub(crate) async fn measure(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    people: u64,
    arguments: &Arguments,
) -> anyhow::Result<f64> {
    let (effort, runs) = (arguments.effort(), arguments.runs);
    let registered = effort.of(REGISTERED) * u64::from(runs);
    let region = made_up_at(1, MADE_UP_ON.parse()?);
    let kept = arguments.filled.as_ref().filter(|_| kind == StoreKind::Sqlite);
    let kept = kept.map(|kept| kept.join(people.to_string()));
    if let Some(kept) = kept.as_ref().filter(|kept| !kept.exists()) {
        fill(kind, kept, people, &region).await?;
    }
    match &kept {
        Some(kept) => copy(kept, folder)?,
        None => fill(kind, folder, people, &region).await?,
    }
    let sizes_before = record_sizes(kind, folder)?;
    let house = House::open_region(kind, folder, &region).await?;
    let mut filler = Filler::new(&house, intake::IDENTITY_RULES, UNDER_WAY)?.after(people);
    let mut everybody = region.bulk(people + registered, 0).map(|(told, _)| told);
    let every = (people / KNOWN).max(1);
    let each_again = (2 * people / registered).max(1);
    let (mut known, mut again) = (Vec::new(), Vec::new());
    for (told, place) in everybody.by_ref().take(usize::try_from(people)?).zip(1_u64..) {
        if place % every == 0 {
            known.push(told.clone());
        }
        if place % each_again == 0 {
            again.push(as_another_source_tells(told));
        }
    }
    let mut again = (0..).map(|place| again.get(place * APART % again.len()).cloned());
    let at = house.at().people(people);
    let mut rates = Vec::new();
    for _ in 0..runs {
        let (before, _) = house.people.count().await?;
        let mut told = Vec::new();
        for place in 0..effort.of(REGISTERED) {
            let one = if place % 2 == 0 { everybody.next() } else { again.next().flatten() };
            told.push(one.context("somebody is left")?);
        }
        let start = now();
        for told in told {
            filler.add(told, Vec::new()).await?;
        }
        filler.finish().await?;
        let rate = effort.of(REGISTERED) as f64 / start.elapsed().as_secs_f64();
        let (after, _) = house.people.count().await?;
        let note = format!("durable and placed; {} of {} became new people", after - before, effort.of(REGISTERED));
        table.add_noted(&rows::REGISTERED, at, rate, &note);
        rates.push(rate);
    }
    let size = Size { people, entries_per_person: ENTRIES_EACH, long_records: 0 };
    let loaded = Loaded { house, size, whole: Vec::new(), spread: Vec::new(), known };
    search_rows::measure(table, &loaded, effort, runs).await?;
    drop(loaded);
    drop(filler);
    let sizes = sizes::growth(&sizes_before, &record_sizes(kind, folder)?);
    let charts = registered as f64;
    table.add(&rows::DISK_A_CHART, at, sizes::total(&sizes) / charts);
    sizes::by_part(table, &rows::DISK_A_CHART_PART, at, &sizes, charts);
    Ok(crate::times::median(&rates))
}

/// Registers the first people of the region, and closes the store.
async fn fill(kind: StoreKind, folder: &Path, people: u64, region: &simulator::Region) -> anyhow::Result<()> {
    let house = House::open_region(kind, folder, region).await?;
    let mut filler = Filler::new(&house, intake::IDENTITY_RULES, UNDER_WAY)?;
    for ((told, entries), place) in region.bulk(people, ENTRIES_EACH).zip(1_u64..) {
        filler.add(told, entries).await?;
        if place % SAID_EACH == 0 {
            eprintln!("  {place} of {people} people");
        }
    }
    filler.finish().await.map(drop)
}

/// A store that was filled before, and is closed. It is on the disk before anything is measured.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let to = to.join(file.file_name());
        std::fs::copy(file.path(), &to)?;
        std::fs::File::open(&to)?.sync_all()?;
    }
    Ok(())
}

/// Everything but the number.
fn as_another_source_tells(told: Demographics) -> Demographics {
    Demographics { nhs_number: None, ..told }
}
