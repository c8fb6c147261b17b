//! `quarantine`: what waits for a hand, and what is to become of it.

mod decide;
mod list;
mod show;

use clap::Subcommand;

/// Shows what is in quarantine, and decides about it.
#[derive(Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Lists units in quarantine, settled ones too: where and why, and nothing of what they say.
    ///
    /// One line each, with a tab between: id, source, message (for `inbox show`), unit of that message from 0, type,
    /// place, reason, since when, whether it concerns a known record (known or unknown; whose is not told), and
    /// whether it is waiting or settled.
    List(list::List),
    /// Shows one: how its message is built with the fault marked, and what was decided. Logged.
    ///
    /// With `--text` and `--reason` the message itself, as `inbox show` does. Never where somebody in it has chosen not
    /// to share or is restricted.
    Show(show::Show),
    /// Takes one: it has an owner, and its alarm is silent. Logged.
    Take(decide::Take),
    /// Reads and applies its message again as it is, after a rule or a configuration was put right. Logged.
    Replay(decide::Replay),
    /// Applies corrected text in the place of its message, which stays as it came. Logged.
    Correct(decide::Correct),
    /// Settles one that is never to be applied. Logged.
    Dismiss(decide::Dismiss),
}

impl QuarantineCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Take(take) => take.run().await,
            Self::Replay(replay) => replay.run().await,
            Self::Correct(correct) => correct.run().await,
            Self::Dismiss(dismiss) => dismiss.run().await,
        }
    }
}
