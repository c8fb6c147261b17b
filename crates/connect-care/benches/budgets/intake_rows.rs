//! Taking in what a made-up region sends, over real connections, into a fresh store
//! for each run.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use intake::{Intake, MllpLimits, Payload};
use record::SourceId;
use simulator::{Body, Delivery, Region, RegionPlan};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::arguments::Effort;
use crate::hl7_sender;
use crate::house::{House, clock};
use crate::rows;
use crate::sizes;
use crate::store_kind::{StoreKind, record_sizes};
use crate::table::{At, Table};
use crate::times::{Times, now};

/// How many people the region has: enough for tens of thousands of messages.
const PEOPLE: u64 = 2_000;
const CONNECTIONS: usize = 16;
/// How many messages of one connection may wait for their acknowledgements.
const UNDER_WAY: usize = 6;
/// Messages that one connection sends one after the other.
const ONE_BY_ONE: u64 = 500;
/// Messages a second that are handed over on a beat, and for how many messages.
const SUSTAINED_PER_SECOND: u64 = 1_500;
const SUSTAINED: u64 = 15_000;

/// What a region sends, sorted by how it is delivered.
pub(crate) struct Sent {
    /// Messages of one patient after the other, each patient's in order.
    hl7: Vec<(SourceId, Vec<u8>)>,
    fhir: Vec<(SourceId, Vec<u8>)>,
    csv: Vec<(SourceId, Vec<u8>)>,
}

pub(crate) async fn measure(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    effort: Effort,
    runs: u32,
) -> anyhow::Result<()> {
    let people = u32::try_from(effort.of(PEOPLE).max(100))?;
    let region = Region::new(RegionPlan { people, seed: 3, now: clock().now() });
    let sent = Sent::of(region.deliveries());
    let bundles = folder.join("bundles");
    write_bundles(&bundles, &sent.fhir)?;
    for run in 0..runs {
        let folder = folder.join(run.to_string());
        one_run(table, kind, &folder, &region, &sent, &bundles, effort).await?;
        sustained(table, kind, &folder.join("sustained"), &region, &sent, effort).await?;
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

impl Sent {
    pub(crate) fn of(deliveries: impl Iterator<Item = Delivery>) -> Self {
        let mut sent = Self { hl7: Vec::new(), fhir: Vec::new(), csv: Vec::new() };
        for delivery in deliveries {
            match delivery.body {
                Body::Hl7(bytes) => sent.hl7.push((delivery.source, bytes)),
                Body::Fhir(bytes) => sent.fhir.push((delivery.source, bytes)),
                Body::Csv { bytes, .. } => sent.csv.push((delivery.source, bytes)),
            }
        }
        sent
    }
}

/// A file for each bundle, in a folder for each source.
fn write_bundles(folder: &Path, bundles: &[(SourceId, Vec<u8>)]) -> anyhow::Result<()> {
    for ((source, bytes), number) in bundles.iter().zip(0..) {
        let folder = folder.join(source.as_str());
        std::fs::create_dir_all(&folder)?;
        let mut file = std::fs::File::create(folder.join(format!("{number:06}.json")))?;
        file.write_all(bytes)?;
        // What a practice brings lies on the disk already: its writing is not measured.
        file.sync_all()?;
    }
    Ok(())
}

/// HL7, FHIR and CSV of everybody into one store, and what it takes on the disk.
async fn one_run(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    region: &Region,
    sent: &Sent,
    bundles: &Path,
    effort: Effort,
) -> anyhow::Result<()> {
    let house = House::open_region(kind, folder, region).await?;
    let (intake, mut lanes) = Intake::start(house.inbox.clone(), region.sources(), house.clock.clone());
    hl7(table, house.at(), &intake, sent, effort).await?;
    let start = now();
    let entries = import_folders(&intake, bundles).await?;
    let rate = entries as f64 / start.elapsed().as_secs_f64();
    table.add_noted(&rows::FHIR_IMPORT, house.at(), rate, &format!("{entries} entries in {} bundles", sent.fhir.len()));
    for (source, bytes) in &sent.csv {
        intake.deliver(source, Payload::Csv, false, bytes.clone()).await?;
    }
    intake.settle().await?;
    let (people, entries) = house.people.count().await?;
    drop(intake);
    while lanes.join_next().await.is_some() {}
    let at = house.at();
    drop(house);
    let sizes = sizes::as_figures(record_sizes(kind, folder)?);
    let note = format!("{entries} entries of {people} people, all three formats");
    table.add_noted(&rows::DISK_AN_ENTRY, at, sizes::total(&sizes) / entries as f64, &note);
    sizes::by_part(table, &rows::DISK_AN_ENTRY_PART, at, &sizes, entries as f64);
    Ok(())
}

/// Sixteen connections, each waiting for its acknowledgements a few at a time; one
/// of them goes first, one message at a time.
async fn hl7(table: &mut Table, at: At, intake: &Intake, sent: &Sent, effort: Effort) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let mut serving = JoinSet::new();
    let mut shares = shares(&sent.hl7);
    let mut addresses: BTreeMap<SourceId, SocketAddr> = BTreeMap::new();
    for (source, _) in &shares {
        if !addresses.contains_key(source) {
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let listener = intake::listen_mllp(any, source.clone(), MllpLimits::default()).await?;
            addresses.insert(source.clone(), listener.address);
            serving.spawn(listener.serve(intake.clone(), stop.clone()));
        }
    }
    let address = |source: &SourceId| addresses.get(source).copied().context("every source has its port");
    let (source, first) = shares.first_mut().context("hospitals send messages")?;
    let one_by_one: Vec<Vec<u8>> = first.drain(..first.len().min(usize::try_from(effort.of(ONE_BY_ONE))?)).collect();
    let alone = Times::new(hl7_sender::send(address(source)?, &one_by_one, 1).await?);
    table.add(&rows::ACK_ONE_P50, at, alone.p50_ms());
    table.add(&rows::ACK_ONE_P99, at, alone.p99_ms());
    intake.settle().await?;
    let start = now();
    let mut senders = JoinSet::new();
    for (source, messages) in shares {
        let address = address(&source)?;
        senders.spawn(async move { hl7_sender::send(address, &messages, UNDER_WAY).await });
    }
    let mut times = Vec::new();
    while let Some(sent) = senders.join_next().await {
        times.extend(sent??);
    }
    let acknowledged = start.elapsed();
    intake.settle().await?;
    let applied = start.elapsed();
    stop.cancel();
    while serving.join_next().await.is_some() {}
    let count = times.len() as f64;
    table.add_noted(&rows::ACKS, at, count / acknowledged.as_secs_f64(), &format!("{count} messages"));
    table.add(&rows::ACK_P99, at, Times::new(times).p99_ms());
    table.add(&rows::APPLIED, at, count / applied.as_secs_f64());
    Ok(())
}

/// What each connection sends: a source's patients are dealt out to as many
/// connections as its part of the messages deserves, a patient's messages together.
fn shares(messages: &[(SourceId, Vec<u8>)]) -> Vec<(SourceId, Vec<Vec<u8>>)> {
    let mut by_source: BTreeMap<&SourceId, Vec<&Vec<u8>>> = BTreeMap::new();
    for (source, message) in messages {
        by_source.entry(source).or_default().push(message);
    }
    let mut shares = Vec::new();
    for (source, own) in by_source {
        let connections = (CONNECTIONS * own.len()).div_ceil(messages.len().max(1)).max(1);
        let share = own.len().div_ceil(connections).max(1);
        let mut part: Vec<Vec<u8>> = Vec::new();
        for message in own {
            let is_another = part.last().is_none_or(|last| patient(last) != patient(message));
            if part.len() >= share && is_another {
                shares.push((source.clone(), std::mem::take(&mut part)));
            }
            part.push(message.clone());
        }
        shares.push((source.clone(), part));
    }
    shares
}

/// PID-3's first number, which is enough to tell patients of one source apart.
fn patient(message: &[u8]) -> &[u8] {
    let segment = message.split(|byte| *byte == b'\r').find(|segment| segment.starts_with(b"PID|"));
    segment.and_then(|segment| segment.split(|byte| *byte == b'|').nth(3)).unwrap_or_default()
}

/// Imports a folder of bundles for each source, as the command does; gives the number of new entries.
pub(crate) async fn import_folders(intake: &Intake, folder: &Path) -> anyhow::Result<u64> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    folders.sort();
    let mut entries = 0;
    for folder in folders {
        let source = SourceId::new(&folder.file_name().unwrap_or_default().to_string_lossy())?;
        entries += intake::import(intake, &source, false, &[folder], |_| ()).await?.entries;
    }
    Ok(entries)
}

/// Writes the FHIR bundles of some of a region's deliveries, for an import.
pub(crate) fn write_fhir(folder: &Path, deliveries: &[Delivery]) -> anyhow::Result<()> {
    write_bundles(folder, &Sent::of(deliveries.iter().cloned()).fhir)
}

/// Messages on a beat, whether or not earlier ones are visible: from when each was
/// due until its entries can be read.
async fn sustained(
    table: &mut Table,
    kind: StoreKind,
    folder: &Path,
    region: &Region,
    sent: &Sent,
    effort: Effort,
) -> anyhow::Result<()> {
    let house = House::open_region(kind, folder, region).await?;
    let (intake, mut lanes) = Intake::start(house.inbox.clone(), region.sources(), house.clock.clone());
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / SUSTAINED_PER_SECOND));
    let mut under_way = JoinSet::new();
    let count = usize::try_from(effort.of(SUSTAINED))?;
    for (source, message) in sent.hl7.iter().take(count) {
        let due = beat.tick().await;
        let (intake, source, message) = (intake.clone(), source.clone(), message.clone());
        under_way.spawn(async move {
            let delivered = intake.deliver(&source, Payload::Hl7v2, true, message).await?;
            delivered.applied.context("a message of a made-up hospital can be applied")?.await??;
            anyhow::Ok(due.elapsed())
        });
    }
    let mut times = Vec::new();
    while let Some(visible) = under_way.join_next().await {
        times.push(visible??);
    }
    let times = Times::new(times);
    let note = format!("{} messages, p50 {:.1} ms", times.count(), times.p50_ms());
    table.add_noted(&rows::VISIBLE_P99, house.at(), times.p99_ms(), &note);
    drop(intake);
    while lanes.join_next().await.is_some() {}
    Ok(())
}
