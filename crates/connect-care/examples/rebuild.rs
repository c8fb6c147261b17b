//! How long building the record anew takes on this machine, on the embedded store:
//! `cargo run --release -p connect-care --example rebuild -- 1000000 [FOLDER]`.
//!
//! Fills an inbox with so many messages of the made-up region, in the order in which its
//! sources send them, then builds the record anew from it, as `connect-care rebuild` does.
//! Prints messages a second, memory and whether both records are equal. Without a folder
//! it works in a temporary one.

#![expect(clippy::disallowed_methods, reason = "a stopwatch reads the clock")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _};
use intake::{Intake, Payload};
use jiff::Timestamp;
use record::{Chance, Clock, Source};
use simulator::{Body, Delivery, Region, RegionPlan};
use store::{Inbox, RECORD_FILE};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Messages where nobody says how many.
const MESSAGES_USUAL: usize = 20_000;
/// How many are under way at a time, as from so many connections.
const UNDER_WAY: usize = 64;
/// The region's now.
const NOW: &str = "2026-11-22T13:32:00Z";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().map_or(Ok(MESSAGES_USUAL), |text| text.parse()).context("how many messages")?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), Into::into);
    let (stands, builds) = (folder.join("stands"), folder.join("built"));
    std::fs::create_dir_all(&stands)?;
    std::fs::create_dir_all(&builds)?;
    let people = u32::try_from(wanted).context("fewer messages")?.max(100);
    let region = Region::new(RegionPlan { people, seed: 1, now: NOW.parse()? });

    let filled = fill(&region, &stands, wanted).await?;
    println!("filled: {filled}; {}", size(&stands)?);
    let from = store::open(&stands, region.sources(), chance()).await?;
    let into = store::open(&builds, &[], chance()).await?;
    println!("people and entries: {:?}", from.people.count().await?);
    let built = build(&from.inbox, &into.inbox, region.sources()).await?;
    println!("built anew: {built}; {}", size(&builds)?);
    Ok(())
}

/// Receives and applies so many messages, all that the region has at the most.
async fn fill(region: &Region, folder: &Path, wanted: usize) -> anyhow::Result<Measured> {
    let store = store::open(folder, region.sources(), chance()).await?;
    let now: Timestamp = region.plan().now;
    let (intake, mut lanes) = Intake::start(store.inbox.clone(), region.sources(), Clock::fixed(now));
    let begun = Begun::now()?;
    let messages = futures_util::stream::iter(region.deliveries().take(wanted))
        .map(|delivery| deliver(&intake, delivery))
        .buffered(UNDER_WAY)
        .try_fold(0, async |count, ()| Ok(count + 1))
        .await?;
    intake.settle().await?;
    let measured = begun.ended(messages)?;
    drop(intake);
    while lanes.join_next().await.is_some() {}
    Ok(measured)
}

async fn deliver(intake: &Intake, delivery: Delivery) -> anyhow::Result<()> {
    let (payload, bytes) = match delivery.body {
        Body::Hl7(bytes) => (Payload::Hl7v2, bytes),
        Body::Fhir(bytes) => (Payload::FhirJson, bytes),
        Body::Csv { bytes, .. } => (Payload::Csv, bytes),
    };
    intake.deliver(&delivery.source, payload, false, bytes).await?;
    Ok(())
}

async fn build(from: &Inbox, into: &Inbox, sources: &[Source]) -> anyhow::Result<Measured> {
    let begun = Begun::now()?;
    let rebuilt = intake::rebuild(from, into, sources, &BTreeMap::new(), |_| ()).await?;
    anyhow::ensure!(rebuilt.is_equal(), "it differs in {:?}", rebuilt.before.differs_in(&rebuilt.after));
    begun.ended(usize::try_from(rebuilt.steps)?)
}

struct Begun(Instant);

impl Begun {
    /// Begins to measure, the highest memory too.
    fn now() -> anyhow::Result<Self> {
        std::fs::write("/proc/self/clear_refs", "5").context("the kernel measures memory anew")?;
        Ok(Self(Instant::now()))
    }

    fn ended(self, messages: usize) -> anyhow::Result<Measured> {
        let took = self.0.elapsed();
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells the memory")?;
        let memory_kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(Measured { messages, took, memory_kib })
    }
}

struct Measured {
    messages: usize,
    took: Duration,
    memory_kib: u64,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "a rate to be read")]
        let rate = self.messages as f64 / self.took.as_secs_f64();
        let (seconds, mib) = (self.took.as_secs_f64(), self.memory_kib / 1024);
        write!(f, "{} messages in {seconds:.1} s, {rate:.0}/s, {mib} MiB at the most", self.messages)
    }
}

fn size(folder: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::metadata(folder.join(RECORD_FILE))?.len();
    Ok(format!("{} has {} MiB", RECORD_FILE, bytes >> 20))
}

/// Bytes that nothing here keeps secret.
fn chance() -> Chance {
    Chance::new(|bytes| bytes.fill(7))
}
