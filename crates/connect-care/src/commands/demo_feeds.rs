//! The made-up record systems of the demo, delivering over real connections.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use intake::MllpLimits;
use record::{SourceFormat, SourceId};
use sha2::{Digest, Sha256};
use simulator::deliver::{deliver_mllp, drop_csv, post_fhir};
use simulator::{Body, Delivery, Region};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::running::{self, Entrance, MllpPort, Rooms};

/// How many deliveries are handed over at a time, so that a crowd need not be in memory.
const BATCH: usize = 500;

/// Where each made-up source delivers, and with which token.
pub(crate) struct Feeds {
    mllp: BTreeMap<SourceId, SocketAddr>,
    machines: SocketAddr,
    tokens: BTreeMap<SourceId, String>,
    folders: BTreeMap<SourceId, PathBuf>,
}

impl Feeds {
    /// Opens an entrance for each source of the region.
    pub(crate) async fn open(
        rooms: &Rooms,
        region: &Region,
        data: &Path,
        stop: &CancellationToken,
    ) -> anyhow::Result<(Self, JoinSet<()>)> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut tokens = BTreeMap::new();
        let mut folders = BTreeMap::new();
        let mut entrances = Vec::new();
        for source in region.sources() {
            let id = source.id.clone();
            let entrance = match source.format {
                SourceFormat::Hl7v2 => Entrance::Mllp(MllpPort::open(any, MllpLimits::default())),
                SourceFormat::Fhir => {
                    let token = rooms.chance.hex32();
                    let digest = Sha256::digest(token.as_bytes()).into();
                    tokens.insert(id.clone(), token);
                    Entrance::Push(digest)
                }
                SourceFormat::Csv => {
                    let folder = data.join("drop").join(id.as_str());
                    folders.insert(id.clone(), folder.clone());
                    Entrance::Folder(folder)
                }
            };
            entrances.push((id, entrance));
        }
        let open = running::open_entrances(rooms, entrances, any, stop).await?;
        Ok((Self { mllp: open.mllp, machines: open.machines, tokens, folders }, open.tasks))
    }

    /// Lets the sources deliver, each over its own connection, and waits until
    /// everything is in the record.
    pub(crate) async fn deliver(
        &mut self,
        rooms: &Rooms,
        deliveries: impl Iterator<Item = Delivery>,
    ) -> anyhow::Result<()> {
        let mut batch = Vec::with_capacity(BATCH);
        for delivery in deliveries {
            batch.push(delivery);
            if batch.len() == BATCH {
                self.deliver_batch(rooms, std::mem::take(&mut batch)).await?;
            }
        }
        self.deliver_batch(rooms, batch).await?;
        rooms.intake.settle().await?;
        Ok(())
    }

    async fn deliver_batch(&self, rooms: &Rooms, batch: Vec<Delivery>) -> anyhow::Result<()> {
        let mut by_source: BTreeMap<SourceId, Vec<Body>> = BTreeMap::new();
        for delivery in batch {
            by_source.entry(delivery.source).or_default().push(delivery.body);
        }
        let mut senders = JoinSet::new();
        for (source, bodies) in by_source {
            let mllp = self.mllp.get(&source).copied();
            let push = self
                .tokens
                .get(&source)
                .map(|token| (format!("http://{}/sources/{source}/fhir", self.machines), token.clone()));
            let folder = self.folders.get(&source).cloned();
            senders.spawn(async move { send(mllp, push, folder, bodies).await.with_context(|| source.to_string()) });
        }
        while let Some(sent) = senders.join_next().await {
            sent??;
        }
        for folder in self.folders.values() {
            intake::folder_is_empty(folder, &rooms.intake).await?;
        }
        Ok(())
    }
}

async fn send(
    mllp: Option<SocketAddr>,
    push: Option<(String, String)>,
    folder: Option<PathBuf>,
    bodies: Vec<Body>,
) -> anyhow::Result<()> {
    let mut messages = Vec::new();
    for body in bodies {
        match body {
            Body::Hl7(message) => messages.push(message),
            Body::Fhir(bundle) => {
                let (url, token) = push.as_ref().context("a bundle from a source that does not push")?;
                let status = post_fhir(url, Some(token), bundle).await?;
                anyhow::ensure!(status == 200, "a bundle was answered with {status}");
            }
            Body::Csv { name, bytes } => {
                let folder = folder.as_ref().context("a file from a source without a folder")?;
                drop_csv(folder, &name, &bytes).await?;
            }
        }
    }
    if let (Some(to), false) = (mllp, messages.is_empty()) {
        let tally = deliver_mllp(to, &messages).await?;
        // Without the words of the acknowledgement: they quote the message.
        if !tally.refused.is_empty() {
            tracing::warn!(refused = tally.refused.len(), "messages were refused");
        }
    }
    Ok(())
}
