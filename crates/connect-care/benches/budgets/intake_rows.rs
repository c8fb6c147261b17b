//! Taking in what a made-up region sends, over real connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use intake::{Intake, MllpLimits, Payload};
use record::SourceFormat;
use simulator::deliver::deliver_mllp;
use simulator::{Body, Region, RegionPlan};
use tokio_util::sync::CancellationToken;

use crate::measure::{Table, now};
use crate::region::{chance, clock};

/// How many people the region has: enough for tens of thousands of messages.
const PEOPLE: u32 = 2_000;
const CONNECTIONS: usize = 16;

pub(crate) async fn measure(table: &mut Table, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let clock = clock();
    let region = Region::new(RegionPlan { people: PEOPLE, seed: 3, now: clock.now() });
    let store = store::open(folder, region.sources(), chance()).await?;
    let (intake, lanes) = Intake::start(store.inbox.clone(), region.sources(), clock);
    let hospital = region.sources().iter().find(|source| source.format == SourceFormat::Hl7v2).context("a hospital")?;
    let practice = region.sources().iter().find(|source| source.format == SourceFormat::Fhir).context("a practice")?;
    let mut messages = Vec::new();
    let mut bundles = Vec::new();
    for delivery in region.deliveries() {
        match delivery.body {
            Body::Hl7(message) => messages.push(message),
            Body::Fhir(bundle) => bundles.push(bundle),
            Body::Csv { .. } => {}
        }
    }
    hl7(table, &intake, hospital.id.clone(), messages).await?;
    fhir(table, &intake, practice.id.clone(), bundles).await?;
    let (people, entries) = store.people.count().await?;
    drop(intake);
    let mut lanes = lanes;
    while lanes.join_next().await.is_some() {}
    let size: u64 =
        std::fs::read_dir(folder)?.filter_map(|file| file.ok()?.metadata().ok()).map(|about| about.len()).sum();
    table.row("disk an entry: messages, indexes, people, all of it", people, size as f64 / entries as f64, "B", 700.0);
    Ok(())
}

/// Sixteen connections, each waiting for its acknowledgements a few at a time.
async fn hl7(
    table: &mut Table,
    intake: &Intake,
    source: record::SourceId,
    messages: Vec<Vec<u8>>,
) -> anyhow::Result<()> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = intake::listen_mllp(any, source, MllpLimits::default()).await?;
    let address = listener.address;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(listener.serve(intake.clone(), stop.clone()));
    let count = messages.len() as f64;
    let share = messages.len().div_ceil(CONNECTIONS);
    let start = now();
    let mut senders = Vec::new();
    for share in messages.chunks(share) {
        let share = share.to_vec();
        senders.push(tokio::spawn(async move { deliver_mllp(address, &share).await }));
    }
    for sender in senders {
        sender.await??;
    }
    let acknowledged = start.elapsed();
    intake.settle().await?;
    let applied = start.elapsed();
    stop.cancel();
    serving.await?;
    table.note("HL7 v2 messages sent", count, "messages");
    table.rate(
        "HL7 v2 durable acknowledgements, 16 connections",
        None,
        count / acknowledged.as_secs_f64(),
        "1/s",
        5_000.0,
    );
    table.rate("HL7 v2 applied and visible", None, count / applied.as_secs_f64(), "1/s", 2_000.0);
    Ok(())
}

/// As an import does it: several bundles become durable side by side.
async fn fhir(
    table: &mut Table,
    intake: &Intake,
    source: record::SourceId,
    bundles: Vec<Vec<u8>>,
) -> anyhow::Result<()> {
    let start = now();
    let share = bundles.len().div_ceil(CONNECTIONS);
    let mut senders = Vec::new();
    for share in bundles.chunks(share) {
        let (intake, source, share) = (intake.clone(), source.clone(), share.to_vec());
        senders.push(tokio::spawn(async move {
            let mut units = 0;
            for bundle in share {
                units += intake.deliver(&source, Payload::FhirJson, false, bundle).await?.units.len();
            }
            anyhow::Ok(units)
        }));
    }
    let mut units = 0;
    for sender in senders {
        units += sender.await??;
    }
    intake.settle().await?;
    let rate = units as f64 / start.elapsed().as_secs_f64();
    table.rate("FHIR import, durable and visible, 16 under way", None, rate, "entries/s", 10_000.0);
    Ok(())
}
