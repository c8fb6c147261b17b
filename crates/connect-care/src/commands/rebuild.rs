use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use intake::Rebuilt;
use store::{PostgresAt, Store};

use crate::commands::inbox::StoreArguments;
use crate::commands::serve;
use crate::config::{self, Config};
use crate::region_config::{organisations_and_sources, own_servers};
use crate::running::StoreAt;
use crate::world;

/// Builds the record anew from the inbox and says whether it is the same.
///
/// Each message is read as at its arrival and applied in the recorded order. The digest
/// of the record that was built is compared with that of the record as it stands; the
/// program ends with 0 when they are equal and with 1 when they are not. Nothing of the
/// record as it stands is changed, unless --swap is said.
#[derive(Args)]
pub(crate) struct Rebuild {
    /// Where the new record is built: a folder that does not exist or is empty, or, with
    /// PostgreSQL, the name of an empty database on the same server. `rebuilt` within
    /// the data folder where absent.
    #[arg(long)]
    into: Option<PathBuf>,
    /// Puts the new record in place of the old one when both are equal. The program must
    /// not run meanwhile.
    #[arg(long)]
    swap: bool,
    #[command(flatten)]
    store: StoreArguments,
}

impl Rebuild {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.store.config.as_deref(), self.store.data.as_deref())?;
        let into = BuildPlace::new(&config, &folder, self.into.as_deref())?;
        let rebuilt = built(&config, &folder, &into).await?;
        print!("{}", table(&rebuilt, if rebuilt.is_equal() { "equal" } else { "NOT EQUAL" }));
        if !rebuilt.is_equal() {
            bail!("the record that was built is not the record as it stands; it is left in {into}");
        }
        if self.swap {
            into.swap(&config, &folder, Before::Keep).await?;
            println!("the record that was built is in place now");
        }
        Ok(())
    }
}

/// Where a record is built.
pub(crate) enum BuildPlace {
    /// In this folder.
    Folder(PathBuf),
    /// In this database.
    Database(String, Box<PostgresAt>),
}

/// What becomes of the record that was in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// It stays beside the new one.
    Keep,
    /// It holds what was to be removed.
    Destroy,
}

/// What the record of before is called.
const BEFORE: &str = "record.before-rebuild.sqlite";

impl BuildPlace {
    pub(crate) fn new(config: &Config, folder: &Path, into: Option<&Path>) -> anyhow::Result<Self> {
        match (serve::store_at(config, folder)?, into) {
            (StoreAt::Folder(folder), into) => {
                Ok(Self::Folder(into.map_or_else(|| folder.join("rebuilt"), Path::to_owned)))
            }
            (StoreAt::Postgres(at), Some(into)) => {
                let name = into.to_string_lossy().into_owned();
                Ok(Self::Database(name.clone(), Box::new(at.in_database(&name))))
            }
            (StoreAt::Postgres(_), None) => bail!("say in which empty database the record is built: --into NAME"),
        }
    }

    async fn open(&self) -> anyhow::Result<Store> {
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                Ok(store::open(folder, &[], world::chance()).await?)
            }
            Self::Database(_, at) => {
                store::migrate_postgres(at).await?;
                Ok(store::open_postgres(at, &[], world::chance()).await?)
            }
        }
    }

    /// Puts the record that was built in place. Both stores must be closed.
    pub(crate) async fn swap(&self, config: &Config, folder: &Path, before: Before) -> anyhow::Result<()> {
        match (self, serve::store_at(config, folder)?) {
            (Self::Folder(built), _) => swap_files(built, folder, before),
            (Self::Database(_, built), StoreAt::Postgres(at)) => Ok(store::take_over_postgres(&at, built).await?),
            (Self::Database(..), StoreAt::Folder(_)) => bail!("the store is not in PostgreSQL"),
        }
    }
}

impl std::fmt::Display for BuildPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Database(name, _) => write!(f, "the database {name}"),
        }
    }
}

/// The store that the configuration names, for a command that applies nothing and looks for nobody.
pub(crate) async fn open(config: &Config, folder: &Path) -> anyhow::Result<Store> {
    let (_, sources) = organisations_and_sources(config)?;
    Ok(match serve::store_at(config, folder)? {
        StoreAt::Folder(folder) => store::open_to_rebuild(folder, &sources, world::chance()).await?,
        StoreAt::Postgres(at) => store::open_postgres_to_rebuild(&at, &sources, world::chance()).await?,
    })
}

/// Builds the record and compares; both stores are closed when this returns.
pub(crate) async fn built(config: &Config, folder: &Path, into: &BuildPlace) -> anyhow::Result<Rebuilt> {
    let (_, sources) = organisations_and_sources(config)?;
    let own_servers = own_servers(config)?;
    let from = open(config, folder).await?;
    let new = into.open().await?;
    let is_watched = std::io::stderr().is_terminal();
    let progress = |steps| {
        if is_watched {
            eprint!("\r{steps} steps taken again");
        }
    };
    let rebuilt = intake::rebuild(&from.inbox, &new.inbox, &sources, &own_servers, progress).await;
    rebuilt.with_context(|| format!("building the record anew in {into}"))
}

/// One file takes the place of the other, and a crash leaves either the one or the
/// other. A log that lies beside a file belongs to it alone, so it must not be there.
fn swap_files(built: &Path, folder: &Path, before: Before) -> anyhow::Result<()> {
    let (new, old) = (built.join(store::RECORD_FILE), folder.join(store::RECORD_FILE));
    for file in [&new, &old] {
        for beside in ["-wal", "-shm"] {
            let mut log = file.as_os_str().to_owned();
            log.push(beside);
            if Path::new(&log).exists() {
                bail!("{} is in use: stop the program first", file.display());
            }
        }
    }
    // One that an earlier rebuild left may hold what is to go.
    let kept = folder.join(BEFORE);
    let _ = std::fs::remove_file(&kept);
    if before == Before::Keep {
        std::fs::hard_link(&old, &kept).with_context(|| format!("cannot keep {}", kept.display()))?;
    }
    std::fs::rename(&new, &old).with_context(|| format!("cannot put {} in place", new.display()))?;
    std::fs::File::open(folder)?.sync_all()?;
    let _ = std::fs::remove_file(built.join(store::DESK_FILE));
    let _ = std::fs::remove_dir(built);
    Ok(())
}

/// The tables of both records with their rows, both digests, and how it ended.
pub(crate) fn table(rebuilt: &Rebuilt, verdict: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{:<16}{:>12}{:>12}\n", "table", "stands", "built");
    for (stands, built) in rebuilt.before.tables.iter().zip(&rebuilt.after.tables) {
        let differs = if stands == built { "" } else { "  differs" };
        let _ = writeln!(text, "{:<16}{:>12}{:>12}{differs}", stands.name, stands.rows, built.rows);
    }
    let _ = writeln!(text, "as it stands  {}\nas built      {}", rebuilt.before, rebuilt.after);
    let _ = writeln!(text, "{} steps of the order of application taken again: {verdict}", rebuilt.steps);
    text
}
