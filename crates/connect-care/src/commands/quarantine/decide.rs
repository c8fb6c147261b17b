use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use disclosure::{Ask, HandAsked};

use super::list::plain;
use crate::commands::inbox::StoreArguments;
use crate::operator;

/// Takes one row of quarantine.
#[derive(Args)]
pub(crate) struct Take {
    /// Its id, as `quarantine list` gives it.
    id: u64,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Applies a message again.
#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    one: One,
}

/// Corrects a message.
#[derive(Args)]
pub(crate) struct Correct {
    #[command(flatten)]
    one: One,
    /// The file that holds the whole corrected message.
    #[arg(long)]
    file: PathBuf,
}

/// Dismisses one row of quarantine.
#[derive(Args)]
pub(crate) struct Dismiss {
    #[command(flatten)]
    one: One,
}

/// Which, why and for whom.
#[derive(Args)]
struct One {
    /// Its id, as `quarantine list` gives it.
    id: u64,
    /// Why: kept with the decision and in the access log.
    #[arg(long)]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

impl Take {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self { id, operator, store } = self;
        One { id, reason: String::new(), operator, store }.decide(Ask::Take).await
    }
}

impl Replay {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        self.one.decide(Ask::Replay).await
    }
}

impl Correct {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        self.one.decide(Ask::Correct(bytes)).await
    }
}

impl Dismiss {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        self.one.decide(Ask::Dismiss).await
    }
}

impl One {
    /// Writes the decision down, carries it out and says what came of it.
    async fn decide(self, ask: Ask) -> anyhow::Result<()> {
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        match rooms.disclosure.decide_quarantined(&caller, self.id, ask, &self.reason).await? {
            HandAsked::Noted(_) => {}
            HandAsked::NotWaiting => bail!("{} no longer waits", self.id),
            HandAsked::UnderWay => bail!("something else was decided about {} and is being carried out", self.id),
        }
        rooms.intake.carry_out().await?;
        let shown = rooms.disclosure.quarantined(&caller, self.id).await?;
        let done = shown.decided.last().and_then(|decision| decision.done.as_ref());
        match done.map(|(_, outcome)| outcome.as_str()) {
            Some("") => println!("taken"),
            Some(outcome) => println!("{}", plain(outcome)),
            None => println!("noted: it will be carried out"),
        }
        rooms.close().await;
        Ok(())
    }
}
