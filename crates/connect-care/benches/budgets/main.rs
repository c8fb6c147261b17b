//! Measures the budgets of the design on this machine and prints them as a table:
//! `cargo xtask bench`. What falls short is printed as falling short.
//!
//! Every figure is taken with sign-in facts, decision and access log on, on files
//! that are synced. The disk's own sync time is printed first: tails are the disk's.

mod disk;
mod intake_rows;
mod measure;
mod openings;
mod pages;
mod program;
mod region;
mod search_rows;

use std::path::PathBuf;

use clap::Parser;

use crate::measure::Table;

/// Sizes; the defaults take a few minutes.
#[derive(Parser)]
struct Arguments {
    /// How many people the store holds, such as `10k` or `100k`; several give the
    /// ratio between the first and the last.
    #[arg(long, value_delimiter = ',', default_value = "10k")]
    people: Vec<String>,
    /// How many entries each of them has.
    #[arg(long, default_value_t = 20)]
    entries_per_person: u32,
    /// How many people have 300 entries, for the openings.
    #[arg(long, default_value_t = 200)]
    long_records: u32,
    /// How often each measurement of openings is repeated.
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Cargo hands this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("budgets");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Table::new();
    table.hardware();
    let sync = disk::sync_times(&folder)?;
    table.note("disk's own sync, p50", sync.p50_ms(), "ms");
    table.note("disk's own sync, p99", sync.p99_ms(), "ms");
    runtime.block_on(async {
        intake_rows::measure(&mut table, &folder.join("intake")).await?;
        let mut first_p50 = None;
        for size in &arguments.people {
            let people = region::size(size)?;
            let loaded =
                region::load(&folder.join(size), people, arguments.entries_per_person, arguments.long_records).await?;
            table.note_at("load straight into the store", people, loaded.entries_per_second, "entries/s");
            let p50 = openings::measure(&mut table, &loaded, &sync, arguments.runs).await?;
            pages::measure(&mut table, &loaded).await?;
            search_rows::measure(&mut table, &loaded).await?;
            let first = *first_p50.get_or_insert(p50);
            if arguments.people.len() > 1 && Some(size) == arguments.people.last() {
                table.row("p50 of an opening, largest ÷ smallest", people, p50 / first, "ratio", 1.5);
            }
        }
        anyhow::Ok(())
    })?;
    program::measure(&mut table)?;
    table.print();
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::fs::create_dir_all(&target)?;
    table.write(&target.join("bench.json"))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
