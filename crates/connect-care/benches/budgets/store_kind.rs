//! The stores that can be measured. Everything that differs between them stands here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
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
            Self::Postgres if std::env::var_os(ADDRESS).is_some() => Ok(()),
            Self::Postgres => Err(POSTGRES_MISSING),
        }
    }
}

/// Where the cluster is, in libpq's notation; `cargo xtask bench` starts one and says so.
const ADDRESS: &str = "CONNECT_CARE_TEST_POSTGRES";
/// The folder of PostgreSQL's own programs.
const PROGRAMS: &str = "CONNECT_CARE_POSTGRES_PROGRAMS";
const POSTGRES_MISSING: &str = "no cluster was named; `cargo xtask bench --store postgres` starts one";

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
        StoreKind::Postgres => {
            let at = store::PostgresAt::parse(&database_of(folder)?, None)?;
            store::migrate_postgres(&at).await?;
            Ok(store::open_postgres(&at, sources, chance).await?)
        }
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
        StoreKind::Postgres => sizes_of(folder, "record"),
    }
}

/// The bytes of each table and index of log, permissions and sessions.
pub(crate) fn desk_sizes(kind: StoreKind, folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    match kind {
        StoreKind::Sqlite => Ok(store::sizes(&folder.join(store::DESK_FILE))?),
        StoreKind::Postgres => sizes_of(folder, "desk"),
    }
}

/// The lines of a configuration by which `connect-care serve` finds the store.
pub(crate) fn serve_config(kind: StoreKind, folder: &Path) -> anyhow::Result<String> {
    match kind {
        StoreKind::Sqlite => Ok(format!("data = {:?}\n", folder.display().to_string())),
        StoreKind::Postgres => {
            let data = folder.display().to_string();
            Ok(format!("data = {data:?}\nstore = {{ postgres = {:?} }}\n", database_of(folder)?))
        }
    }
}

/// The address of the database that stands for a folder; made where there is none.
fn database_of(folder: &Path) -> anyhow::Result<String> {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let path: String = folder.display().to_string().chars().map(letters).collect();
    // The end of the path tells folders apart; a name has 63 letters at the most.
    let name = format!("budgets{}", path.get(path.len().saturating_sub(50)..).unwrap_or(&path));
    if psql("postgres", &format!("SELECT datname FROM pg_database WHERE datname = '{name}'"))?.is_empty() {
        psql("postgres", &format!("CREATE DATABASE {name}"))?;
    }
    let address = std::env::var(ADDRESS).context(POSTGRES_MISSING)?;
    Ok(format!("{address} dbname={name}"))
}

fn sizes_of(folder: &Path, schema: &str) -> anyhow::Result<Vec<(String, u64)>> {
    let address = database_of(folder)?;
    let name = address.rsplit('=').next().unwrap_or_default();
    let sql = format!(
        "SELECT c.relname, pg_table_size(c.oid) FROM pg_class c
         WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'i')"
    );
    let line = |line: &str| {
        let (table, bytes) = line.split_once('|').context("a name and a size")?;
        Ok((table.to_owned(), bytes.parse()?))
    };
    psql(name, &sql)?.lines().map(line).collect()
}

/// Runs one statement with PostgreSQL's own program.
fn psql(database: &str, sql: &str) -> anyhow::Result<String> {
    let address = std::env::var(ADDRESS).context(POSTGRES_MISSING)?;
    let program = std::env::var_os(PROGRAMS).map(PathBuf::from).unwrap_or_default().join("psql");
    let said = Command::new(program).args(["-XqAtd", &format!("{address} dbname={database}"), "-c", sql]).output()?;
    anyhow::ensure!(said.status.success(), "psql: {}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}
