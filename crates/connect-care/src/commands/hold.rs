use anyhow::{Context, anyhow};
use audit::{Act, Outcome};
use clap::{Args, Subcommand};
use record::{PersonId, SourceId};
use store::Held;

use crate::commands::inbox::StoreArguments;
use crate::commands::rebuild::open;
use crate::config;
use crate::operations_log::log;
use crate::{operator, world};

/// Keeps messages from being removed, or lifts that.
#[derive(Subcommand)]
pub(crate) enum HoldCommand {
    /// Adds a hold; nothing of what it keeps can be removed until it is lifted.
    Add(Add),
    /// Lifts a hold.
    Lift(Lift),
    /// Lists holds, those that were lifted among them.
    List(List),
}

/// Adds a hold.
#[derive(Args)]
pub(crate) struct Add {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    word: Word,
}

/// What is kept.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct On {
    /// Every message that speaks of this person, by id.
    #[arg(long)]
    person: Option<u64>,
    /// Every message of this source.
    #[arg(long)]
    source: Option<String>,
}

/// Lifts a hold.
#[derive(Args)]
pub(crate) struct Lift {
    /// The hold's number, as `hold list` gives it.
    id: u64,
    #[command(flatten)]
    word: Word,
}

/// Lists holds.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArguments,
}

/// By whose word, and why.
#[derive(Args)]
struct Word {
    /// Why. It must name nobody.
    #[arg(long)]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

impl HoldCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Lift(lift) => lift.run().await,
            Self::List(list) => list.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<()> {
        let held = match (self.on.person, &self.on.source) {
            (Some(person), None) => Held::Person(PersonId(person)),
            (None, Some(source)) => Held::Source(SourceId::new(source).context("--source")?),
            _ => return Err(anyhow!("say --person or --source")),
        };
        let (config, folder) = self.word.config()?;
        let store = open(&config, &folder).await?;
        let caller = operator::caller(&config, self.word.operator.as_deref())?;
        let (by, at) = (caller.staff.id.to_string(), world::clock().now());
        let why = format!("hold added: {}", self.word.reason);
        log(&store.desk, &caller, Act::HoldChanged, &why, Outcome::Allowed).await?;
        let id = store.inbox.add_hold(&held, &by, &self.word.reason, at).await?;
        println!("hold {id} is in force");
        Ok(())
    }
}

impl Lift {
    async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = self.word.config()?;
        let store = open(&config, &folder).await?;
        let caller = operator::caller(&config, self.word.operator.as_deref())?;
        let why = format!("hold {} lifted: {}", self.id, self.word.reason);
        log(&store.desk, &caller, Act::HoldChanged, &why, Outcome::Allowed).await?;
        let by = caller.staff.id.to_string();
        store.inbox.lift_hold(self.id, &by, &self.word.reason, world::clock().now()).await?;
        println!("hold {} is lifted", self.id);
        Ok(())
    }
}

impl Word {
    fn config(&self) -> anyhow::Result<(config::Config, std::path::PathBuf)> {
        config::for_command(self.store.config.as_deref(), self.store.data.as_deref())
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.store.config.as_deref(), self.store.data.as_deref())?;
        let store = open(&config, &folder).await?;
        for hold in store.inbox.holds().await? {
            let held = match hold.held {
                Held::Source(source) => format!("source {source}"),
                Held::Person(person) => format!("person {}", person.0),
            };
            let lifted = hold.lifted_at.map_or_else(|| "in force".to_owned(), |at| format!("lifted {at}"));
            println!("{}\t{held}\t{}\t{}\t{}\t{lifted}", hold.id, hold.at, hold.operator, hold.reason);
        }
        Ok(())
    }
}
