//! The rooms, wired together.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Policy;
use anyhow::Context;
use disclosure::{Disclosure, Door, Region};
use formats::fhir::ServerBase;
use intake::{DialAddress, FeedWatch, FhirPush, Intake, MllpDialler, MllpLimits, MllpTls, Peers};
use record::{Chance, Clock, Organisation, Source, SourceId};
use store::Desk;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::operations::Listening;

/// The longest FHIR body or HL7 message where configuration says nothing, in bytes.
pub(crate) const MESSAGE_BYTES_MAX: usize = formats::MESSAGE_BYTES_MAX;

/// The store opened and the rooms above it.
pub(crate) struct Rooms {
    pub(crate) intake: Intake,
    pub(crate) lanes: JoinSet<()>,
    pub(crate) disclosure: Disclosure,
    pub(crate) desk: Desk,
    pub(crate) inbox: store::Inbox,
    pub(crate) feeds: store::Feeds,
    pub(crate) people: store::People,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
}

/// Where the store is.
pub(crate) enum StoreAt<'a> {
    /// Embedded, in this folder.
    Folder(&'a Path),
    /// In PostgreSQL.
    Postgres(Box<store::PostgresAt>),
}

/// Opens the store and the rooms above it. `own_servers` holds the
/// address of a source's own FHIR server, where it is known.
pub(crate) async fn open_rooms(
    at: StoreAt<'_>,
    organisations: Vec<Organisation>,
    sources: Vec<Source>,
    own_servers: BTreeMap<SourceId, ServerBase>,
    policy: Policy,
    clock: Clock,
    chance: Chance,
) -> anyhow::Result<Rooms> {
    let store = match at {
        StoreAt::Folder(folder) => store::open(folder, &sources, chance.clone()).await?,
        StoreAt::Postgres(at) => store::open_postgres(&at, &sources, chance.clone()).await?,
    };
    let inbox = store.inbox.clone();
    let (intake, lanes) = Intake::start_with_servers(inbox, &sources, own_servers, clock.clone());
    let disclosure = Disclosure::new(Door {
        clinical: store.clinical,
        log: store.log,
        desk: store.desk.clone(),
        people: store.people.clone(),
        policy,
        region: Region::new(organisations, sources),
        rules: Arc::new(intake::IDENTITY_RULES),
        clock: clock.clone(),
        chance: chance.clone(),
    });
    Ok(Rooms {
        intake,
        lanes,
        disclosure,
        desk: store.desk,
        inbox: store.inbox,
        feeds: store.feeds,
        people: store.people,
        clock,
        chance,
    })
}

impl Rooms {
    /// Lets everything that was accepted be applied, then closes.
    pub(crate) async fn close(self) {
        drop(self.intake);
        let mut lanes = self.lanes;
        while lanes.join_next().await.is_some() {}
    }
}

/// Takes up the watch over feeds, before anything may come in.
pub(crate) async fn watch_feeds(rooms: &Rooms) -> anyhow::Result<FeedWatch> {
    Ok(FeedWatch::begin(&rooms.intake, rooms.feeds.clone()).await?)
}

/// How one source delivers.
pub(crate) enum Entrance {
    /// HL7 v2 over MLLP on this address.
    Mllp(MllpPort),
    /// HL7 v2 over MLLP from a sender that listens there itself.
    Dial(DialAddress, MllpLimits, Option<MllpTls>),
    /// FHIR by HTTP; the SHA-256 of its token.
    Push([u8; 32]),
    /// CSV files in this folder.
    Folder(PathBuf),
    /// By import alone.
    ImportOnly,
}

/// A source's own MLLP port.
pub(crate) struct MllpPort {
    /// Where it is opened.
    pub(crate) address: SocketAddr,
    /// Its limits.
    pub(crate) limits: MllpLimits,
    /// From where it may be reached, where that is not from everywhere.
    pub(crate) peers: Option<Peers>,
    /// Certificates on both sides, where they are asked for.
    pub(crate) tls: Option<MllpTls>,
}

impl MllpPort {
    /// A port without TLS that may be reached from everywhere.
    pub(crate) fn open(address: SocketAddr, limits: MllpLimits) -> Self {
        Self { address, limits, peers: None, tls: None }
    }
}

/// Listeners that are open, and the tasks that serve them.
pub(crate) struct Entrances {
    /// Where each source's MLLP port is.
    pub(crate) mllp: BTreeMap<SourceId, SocketAddr>,
    /// Where machines push FHIR.
    pub(crate) machines: SocketAddr,
    /// The tasks.
    pub(crate) tasks: JoinSet<()>,
}

/// Opens every source's entrance. Nothing is served before all of them are open.
pub(crate) async fn open_entrances(
    rooms: &Rooms,
    entrances: Vec<(SourceId, Entrance)>,
    machines: SocketAddr,
    stop: &CancellationToken,
) -> anyhow::Result<Entrances> {
    let mut tasks = JoinSet::new();
    let mut mllp = BTreeMap::new();
    let mut token_digests = BTreeMap::new();
    let mut listeners = Vec::new();
    for (source, entrance) in entrances {
        match entrance {
            Entrance::Mllp(port) => {
                let listener = intake::listen_mllp(port.address, source.clone(), port.limits).await?;
                let listener = listener.only_from(port.peers).over_tls(port.tls);
                tracing::info!(listener = "mllp", %source, address = %listener.address, "listening");
                mllp.insert(source, listener.address);
                listeners.push(listener);
            }
            Entrance::Dial(to, limits, tls) => {
                let dialler = MllpDialler::new(to, source, limits).over_tls(tls);
                tasks.spawn(dialler.serve(rooms.intake.clone(), stop.clone()));
            }
            Entrance::Push(digest) => {
                token_digests.insert(source, digest);
            }
            Entrance::Folder(folder) => {
                std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
                let (intake, stop) = (rooms.intake.clone(), stop.clone());
                tasks.spawn(async move {
                    if let Err(error) = intake::watch_folder(folder, source.clone(), intake, stop).await {
                        tracing::error!(%source, reason = error.kind(), "a folder is no longer watched");
                    }
                });
            }
            Entrance::ImportOnly => {}
        }
    }
    tasks.spawn(intake::carry_out_decisions(rooms.intake.clone(), stop.clone()));
    for listener in listeners {
        tasks.spawn(listener.serve(rooms.intake.clone(), stop.clone()));
    }
    let push = FhirPush { intake: rooms.intake.clone(), token_digests, body_bytes_max: MESSAGE_BYTES_MAX };
    let listener = TcpListener::bind(machines).await.with_context(|| format!("cannot listen on {machines}"))?;
    let machines = listener.local_addr()?;
    let listening = Listening { name: "machines", chance: rooms.chance.clone() };
    serve_http(&mut tasks, listener, listening, intake::fhir_router(push), stop);
    Ok(Entrances { mllp, machines, tasks })
}

/// Serves an HTTP router until told to stop; requests under way are finished.
pub(crate) fn serve_http(
    tasks: &mut JoinSet<()>,
    listener: TcpListener,
    listening: Listening,
    router: axum::Router,
    stop: &CancellationToken,
) {
    let (stop, name) = (stop.clone(), listening.name);
    let router = listening.around(router);
    if let Ok(address) = listener.local_addr() {
        tracing::info!(listener = name, %address, "listening");
    }
    tasks.spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
        if let Err(error) = serving.await {
            tracing::error!(listener = name, %error, "a listener stopped");
        }
    });
}
