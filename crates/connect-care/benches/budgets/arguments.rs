//! What to measure, on what, how often.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use crate::load::Size;
use crate::store_kind::StoreKind;

/// Sizes; the defaults take about ten minutes.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
pub(crate) struct Arguments {
    /// On which kinds of store.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) store: Vec<StoreKind>,
    /// How many people the store holds, such as `10k,100k,1m`; several give the
    /// ratio between the first and each other.
    #[arg(long, value_delimiter = ',', default_value = "10k")]
    people: Vec<String>,
    /// How many entries each of them has.
    #[arg(long, default_value_t = 20)]
    entries_per_person: u32,
    /// How many further people have records of 300 to 3,000 entries, for the ratio
    /// between sizes.
    #[arg(long, default_value_t = 1_000)]
    long_records: u32,
    /// How often everything is measured; median, lowest and highest are printed.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: u32,
    /// Which parts, such as `intake,openings`; everything where none is named.
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,
    /// A folder of FHIR bundles: import, disk and openings are measured on it, and
    /// nothing else.
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Where SQLite's regions of people who only tell who they are, are kept: filled by the
    /// first run that needs one, and copied by the others. Of no use once the schema is another.
    #[arg(long)]
    pub(crate) filled: Option<PathBuf>,
    /// A twentieth of each measurement: to try the bench out. The figures mean little.
    #[arg(long)]
    short: bool,
    /// Counted by callgrind, see `one_record`: opens one record of the store in this
    /// folder, which is made first where there is none.
    #[arg(long, hide = true)]
    pub(crate) one_record: Option<PathBuf>,
    /// How often.
    #[arg(long, hide = true, default_value_t = 0)]
    pub(crate) openings: u64,
    /// Cargo hands this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Rows that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// What sources deliver, and the disk that it takes.
    Intake,
    /// Opening records.
    Openings,
    /// Rows of the access log.
    Log,
    /// Record pages.
    Pages,
    /// Finding a person.
    Search,
    /// Openings while files are imported.
    Import,
    /// The server's memory.
    Memory,
    /// Registering people: who is who.
    Identity,
    /// The demo.
    Demo,
}

/// How much of each measurement is done.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    divisor: u64,
}

impl Effort {
    /// So many of something that a full measurement does `full` times.
    pub(crate) fn of(self, full: u64) -> u64 {
        (full / self.divisor).max(1)
    }
}

impl Arguments {
    /// Whether this part was asked for.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    pub(crate) fn effort(&self) -> Effort {
        Effort { divisor: if self.short { 20 } else { 1 } }
    }

    pub(crate) fn sizes(&self) -> anyhow::Result<Vec<Size>> {
        let size = |text: &String| {
            Ok(Size {
                people: count(text)?,
                entries_per_person: self.entries_per_person,
                long_records: self.long_records,
            })
        };
        self.people.iter().map(size).collect()
    }
}

/// `10k` is ten thousand, `1m` a million.
fn count(text: &str) -> anyhow::Result<u64> {
    let text = text.to_lowercase();
    let (digits, unit) = match (text.strip_suffix('k'), text.strip_suffix('m')) {
        (Some(digits), _) => (digits, 1_000),
        (_, Some(digits)) => (digits, 1_000_000),
        _ => (text.as_str(), 1),
    };
    Ok(digits.parse::<u64>().with_context(|| format!("{text} is no number of people"))? * unit)
}
