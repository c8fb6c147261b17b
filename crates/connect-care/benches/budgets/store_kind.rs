//! The stores that can be measured. Everything that differs between them stands here.

use std::path::Path;

use record::{Chance, Source};
use store::Store;

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum StoreKind {
    /// The embedded one: two files.
    Sqlite,
    /// A local cluster, over its socket.
    Postgres,
}

impl StoreKind {
    /// As `--store` and `bench.json` name it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Whether it can be measured here, or why not.
    pub(crate) fn is_ready(self) -> Result<(), &'static str> {
        match self {
            Self::Sqlite => Ok(()),
            Self::Postgres => Err(POSTGRES_MISSING),
        }
    }
}

// --- PostgreSQL is plugged in here, and nowhere else -------------------------
//
// `is_ready` above: start or find the cluster. `open_store`: a database for the
// folder's name, `store::open_postgres(&store::PostgresAt, sources, chance)`.
// `record_sizes` and `desk_sizes`: `pg_total_relation_size` by table.
// `serve_config`: the lines with which `connect-care serve` finds it.

const POSTGRES_MISSING: &str = "not built in yet";

/// Opens the store of this kind that belongs to the folder, empty where there was none.
pub(crate) async fn open_store(
    kind: StoreKind,
    folder: &Path,
    sources: &[Source],
    chance: Chance,
) -> anyhow::Result<Store> {
    std::fs::create_dir_all(folder)?;
    match kind {
        StoreKind::Sqlite => Ok(store::open(folder, sources, chance).await?),
        StoreKind::Postgres => anyhow::bail!(POSTGRES_MISSING),
    }
}

/// The bytes of each table and index of inbox, people and entries. What the file
/// has beyond them is `not in use`.
pub(crate) fn record_sizes(kind: StoreKind, folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    match kind {
        StoreKind::Sqlite => {
            let file = folder.join(store::RECORD_FILE);
            let mut sizes = store::sizes(&file)?;
            let used: u64 = sizes.iter().map(|(_, bytes)| bytes).sum();
            let unused = std::fs::metadata(&file)?.len().saturating_sub(used);
            sizes.push(("not in use".to_owned(), unused));
            Ok(sizes)
        }
        StoreKind::Postgres => anyhow::bail!(POSTGRES_MISSING),
    }
}

/// The bytes of each table and index of log, permissions and sessions.
pub(crate) fn desk_sizes(kind: StoreKind, folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    match kind {
        StoreKind::Sqlite => Ok(store::sizes(&folder.join(store::DESK_FILE))?),
        StoreKind::Postgres => anyhow::bail!(POSTGRES_MISSING),
    }
}

/// The lines of a configuration by which `connect-care serve` finds the store.
pub(crate) fn serve_config(kind: StoreKind, folder: &Path) -> anyhow::Result<String> {
    match kind {
        StoreKind::Sqlite => Ok(format!("data = {:?}\n", folder.display().to_string())),
        StoreKind::Postgres => anyhow::bail!(POSTGRES_MISSING),
    }
}
