//! Measures the budgets of the design on this machine and prints them as a table:
//! `cargo xtask bench`. What falls short is printed as falling short.
//!
//! Every figure is taken with sign-in facts, decision and access log on, on files
//! that are synced. The disk's own sync time stands in the table: tails are the
//! disk's. docs/performance.md says what each row means.

mod arguments;
mod demo;
mod during_import;
mod hl7_sender;
mod house;
mod identity_rows;
mod intake_rows;
mod load;
mod log_rows;
mod machine;
mod memory;
mod one_record;
mod openings;
mod own_data;
mod pages;
mod rows;
mod search_rows;
mod sizes;
mod store_kind;
mod table;
mod times;

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::arguments::{Arguments, Part};
use crate::load::Size;
use crate::store_kind::StoreKind;
use crate::table::{At, Table};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.one_record {
        return one_record::run(folder, arguments.openings);
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("budgets");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let mut table = Table::new(machine::hardware());
    let measured = measure(&arguments, &mut table, &folder);
    // What was measured is printed and written even where something else went wrong.
    table.print();
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::fs::create_dir_all(&target)?;
    table.write(&target.join("bench.json"))?;
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure(arguments: &Arguments, table: &mut Table, folder: &Path) -> anyhow::Result<()> {
    let sizes = arguments.sizes()?;
    for _ in 0..arguments.runs {
        machine::sync_times(table, folder)?;
    }
    for kind in &arguments.store {
        if let Err(why) = kind.is_ready() {
            println!("{}: {why}", kind.code());
            continue;
        }
        let folder = folder.join(kind.code());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(one_store(arguments, table, *kind, &folder, &sizes))?;
    }
    if arguments.data.is_none() && arguments.wants(Part::Demo) {
        demo::measure(table, arguments.runs)?;
    }
    Ok(())
}

/// Everything that is measured on one kind of store.
async fn one_store(
    arguments: &Arguments,
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    sizes: &[Size],
) -> anyhow::Result<()> {
    let effort = arguments.effort();
    if let Some(data) = &arguments.data {
        return own_data::measure(table, kind, &folder.join("data"), data, arguments.runs).await;
    }
    if arguments.wants(Part::Intake) {
        intake_rows::measure(table, kind, &folder.join("intake"), effort, arguments.runs).await?;
    }
    if arguments.wants(Part::Identity) {
        registrations(arguments, table, kind, folder, sizes).await?;
    }
    let of_sizes = [Part::Openings, Part::Log, Part::Pages, Part::Search, Part::Import, Part::Memory];
    if !of_sizes.into_iter().any(|part| arguments.wants(part)) {
        return Ok(());
    }
    let mut smallest = None;
    for size in sizes {
        let folder = folder.join(size.people.to_string());
        let Some(p50) = one_size(arguments, table, kind, &folder, *size).await? else { continue };
        let (people, first) = *smallest.get_or_insert((size.people, p50));
        if people != size.people {
            let note = format!("against {people} people; {}", size.spread_in_words());
            table.add_noted(&rows::OPENING_RATIO, At::store(kind).people(size.people), p50 / first, &note);
        }
    }
    Ok(())
}

/// Registers people in regions of each size, and compares with the first.
async fn registrations(
    arguments: &Arguments,
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    sizes: &[Size],
) -> anyhow::Result<()> {
    let mut smallest = None;
    for size in sizes {
        let folder = folder.join(format!("identity-{}", size.people));
        let rate = identity_rows::measure(table, kind, &folder, size.people, arguments).await?;
        std::fs::remove_dir_all(&folder)?;
        let (people, first) = *smallest.get_or_insert((size.people, rate));
        if people != size.people {
            let note = format!("against {people} people");
            table.add_noted(&rows::REGISTRATION_RATIO, At::store(kind).people(size.people), rate / first, &note);
        }
    }
    Ok(())
}

/// Fills a store of one size, measures on it and gives the p50 of opening its
/// records of 300 to 3,000 entries, in ms, where openings are measured.
async fn one_size(
    arguments: &Arguments,
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    size: Size,
) -> anyhow::Result<Option<f64>> {
    let (effort, runs) = (arguments.effort(), arguments.runs);
    let loaded = load::load(table, kind, folder, size).await?;
    let mut p50 = None;
    if arguments.wants(Part::Openings) {
        p50 = Some(openings::measure(table, &loaded, effort, runs).await?);
    }
    if arguments.wants(Part::Log) {
        log_rows::measure(table, &loaded, effort, runs).await?;
    }
    if arguments.wants(Part::Pages) {
        pages::measure(table, &loaded, effort, runs).await?;
    }
    if arguments.wants(Part::Search) {
        search_rows::measure(table, &loaded, effort, runs).await?;
    }
    if arguments.wants(Part::Import) {
        during_import::measure(table, &loaded, effort, runs).await?;
    }
    if arguments.wants(Part::Memory) {
        memory::measure(table, loaded, effort, runs).await?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(p50)
}
