use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use audit::{Act, Outcome};
use clap::{Args, ValueEnum};
use record::{MessageId, SourceId};
use store::{Inbox, Removal, RemovalReason, Store, StoreError};

use crate::commands::inbox::StoreArguments;
use crate::commands::rebuild::{Before, BuildPlace, built, open, table};
use crate::config::{self, Config};
use crate::operations_log::{log, log_for_people};
use crate::{operator, world};

/// Removes messages for good: their bytes, and everything that they said.
///
/// A tombstone stays that says when, why and by whose word. The record is built anew
/// without them and takes the place of the one that was. The program must not run
/// meanwhile. Begun again after a failure it goes on; what is removed stays so.
#[derive(Args)]
pub(crate) struct Remove {
    /// Why.
    #[arg(long, value_enum)]
    reason: Reason,
    /// In words, for whoever asks later. It must name nobody.
    #[arg(long)]
    note: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    what: What,
    /// Removes messages that speak of other patients too, with all that they say of them.
    #[arg(long)]
    with_others: bool,
    /// With PostgreSQL: the empty database on the same server in which the record is
    /// built anew.
    #[arg(long)]
    into: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArguments,
}

/// What is to go.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct What {
    /// These messages, by id.
    #[arg(long)]
    message: Vec<u64>,
    /// Every message that speaks of one patient of a source: SOURCE:KEY.
    #[arg(long)]
    person_chart: Option<String>,
    /// Every message of a source.
    #[arg(long)]
    source: Option<String>,
}

/// Why something is removed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reason {
    /// It is about somebody else than it says.
    WrongPerson,
    /// A court ordered it.
    CourtOrder,
    /// The organisation no longer takes part.
    OrganisationLeaves,
}

impl Reason {
    fn of_store(self) -> RemovalReason {
        match self {
            Self::WrongPerson => RemovalReason::WrongPerson,
            Self::CourtOrder => RemovalReason::CourtOrder,
            Self::OrganisationLeaves => RemovalReason::OrganisationLeaves,
        }
    }
}

impl Remove {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.store.config.as_deref(), self.store.data.as_deref())?;
        let removing = folder.join("removing");
        let into = BuildPlace::new(&config, &folder, Some(self.into.as_deref().unwrap_or(&removing)))?;
        if self.into.is_none() && removing.exists() {
            std::fs::remove_dir_all(&removing).context("what an unfinished removal left cannot be taken away")?;
        }
        let store = open(&config, &folder).await?;
        let is_planned = self.plan(&config, &store).await?;
        drop(store);
        if !is_planned {
            println!("nothing to remove: it is gone already");
            return Ok(());
        }
        let rebuilt = built(&config, &folder, &into).await?;
        print!("{}", table(&rebuilt, "without what was removed"));
        into.swap(&config, &folder, Before::Destroy).await?;
        println!("removed; the record is now {}", rebuilt.after);
        Ok(())
    }

    /// Writes the tombstones and the access log; whether there is anything to remove.
    async fn plan(&self, config: &Config, store: &Store) -> anyhow::Result<bool> {
        let caller = operator::caller(config, self.operator.as_deref())?;
        let messages = self.messages(&store.inbox).await?;
        let removal = Removal {
            messages,
            reason: self.reason.of_store(),
            note: self.note.clone(),
            operator: caller.staff.id.to_string(),
            at: world::clock().now(),
        };
        let why = format!("{}: {}", removal.reason.code(), self.note);
        let planned = match store.inbox.plan_removal(removal).await {
            Ok(planned) => planned,
            Err(StoreError::Held(hold)) => {
                let refused = Outcome::Refused("legal-hold".to_owned());
                log(&store.desk, &caller, Act::MessageRemoved, &why, refused).await?;
                let held = store.inbox.holds().await?.into_iter().find(|one| one.id == hold);
                let reason = held.map_or_else(String::new, |held| format!(" ({})", held.reason));
                bail!("hold {hold}{reason} keeps this from being removed: nothing was changed");
            }
            Err(error) => return Err(error.into()),
        };
        if planned.messages == 0 {
            return Ok(false);
        }
        log_for_people(&store.desk, &caller, Act::MessageRemoved, &why, &planned).await?;
        println!(
            "{} messages, {} entries that show what they said, {} people",
            planned.messages,
            planned.entries,
            planned.people.len()
        );
        Ok(true)
    }

    async fn messages(&self, inbox: &Inbox) -> anyhow::Result<Vec<MessageId>> {
        if let Some(source) = &self.what.source {
            return Ok(inbox.messages_of_source(&SourceId::new(source).context("--source")?).await?);
        }
        let Some(chart) = &self.what.person_chart else {
            return Ok(self.what.message.iter().copied().map(MessageId).collect());
        };
        let (source, key) = chart.split_once(':').ok_or_else(|| anyhow!("--person-chart is SOURCE:KEY"))?;
        let found = inbox.messages_of_chart(&SourceId::new(source).context("--person-chart")?, key).await?;
        if found.is_empty() {
            bail!("no message speaks of this patient");
        }
        let shared: Vec<String> =
            found.iter().filter(|(_, others)| *others).map(|(message, _)| message.0.to_string()).collect();
        if !shared.is_empty() && !self.with_others {
            bail!(
                "these messages speak of other patients too: {}. Nothing was changed. With --with-others they go as \
                 a whole; ask their source to send again what concerns the others",
                shared.join(", ")
            );
        }
        Ok(found.into_iter().map(|(message, _)| message).collect())
    }
}
