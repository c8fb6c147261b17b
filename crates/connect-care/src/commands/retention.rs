use std::path::Path;

use audit::{Act, Outcome};
use clap::Args;
use store::Retention;

use crate::commands::inbox::StoreArguments;
use crate::commands::rebuild::open;
use crate::config::{self, Config};
use crate::operations_log::log;
use crate::{operator, world};

/// Sweeps what the rules of `[retention]` no longer keep.
///
/// What a hold keeps stays. Messages that were applied stay too, for the record rests on
/// them, and so does the access log.
#[derive(Args)]
pub(crate) struct RetentionSweep {
    #[command(flatten)]
    how: How,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Whether it is meant.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct How {
    /// Says what would be swept and sweeps nothing.
    #[arg(long)]
    dry_run: bool,
    /// Sweeps.
    #[arg(long)]
    apply: bool,
}

impl RetentionSweep {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.store.config.as_deref(), self.store.data.as_deref())?;
        let now = world::clock().now();
        let rules = config.retention.at(now)?;
        let store = open(&config, &folder).await?;
        let is_meant = self.how.apply && !self.how.dry_run;
        if is_meant {
            let caller = operator::caller(&config, self.operator.as_deref())?;
            log(&store.desk, &caller, Act::RetentionApplied, &words(&rules), Outcome::Allowed).await?;
        }
        let swept = store.inbox.sweep(&rules, now, !is_meant).await?;
        if is_meant && let Some(folder) = embedded(&config, &folder) {
            drop(store);
            // What is no longer kept must not stand in pages that are free.
            store::compact(folder)?;
        }
        let verb = if is_meant { "swept" } else { "would be swept" };
        println!("{verb}: {} earlier versions of entries", swept.versions);
        println!("{verb}: {} settled items of quarantine", swept.settled);
        println!("{verb}: the bytes of {} messages that were set aside and never applied", swept.messages);
        Ok(())
    }
}

/// Where the embedded store lies, where it is that one.
fn embedded<'a>(config: &Config, folder: &'a Path) -> Option<&'a Path> {
    config.store.is_none().then_some(folder)
}

/// The rules as the access log keeps them.
fn words(rules: &Retention) -> String {
    let kinds = [
        ("versions superseded", rules.superseded_before),
        ("quarantine settled", rules.settled_before),
        ("messages set aside", rules.set_aside_before),
    ];
    let said = kinds.iter().filter_map(|(what, before)| Some(format!("{what} before {}", (*before)?)));
    said.collect::<Vec<_>>().join("; ")
}
