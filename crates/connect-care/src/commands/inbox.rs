use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use record::MessageId;

use crate::commands::serve;
use crate::config;
use crate::operator;
use crate::running;

/// Shows what is in the inbox.
#[derive(Subcommand)]
pub(crate) enum InboxCommand {
    /// Lists messages: id, source, size and digest, and nothing of what they say.
    List(List),
    /// Shows one message. Logged, for the operator who asks.
    Show(Show),
}

/// Lists messages.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArguments,
}

/// Shows one message.
#[derive(Args)]
pub(crate) struct Show {
    /// The message's id, as `inbox list` gives it.
    id: u64,
    /// The bytes as they came, with nothing added.
    #[arg(long)]
    raw: bool,
    /// Why it has to be seen.
    #[arg(long, default_value = "checked on the command line")]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Which store is meant.
#[derive(Args)]
pub(crate) struct StoreArguments {
    /// The configuration file; the one that the folder was last opened with where absent.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// Where the embedded store lies.
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
}

impl StoreArguments {
    pub(crate) async fn open(&self) -> anyhow::Result<(config::Config, running::Rooms)> {
        let (config, folder) = config::for_command(self.config.as_deref(), self.data.as_deref())?;
        let rooms = serve::open_rooms(&config, &folder).await?;
        Ok((config, rooms))
    }
}

impl InboxCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let (_, rooms) = self.store.open().await?;
        let mut after = None;
        loop {
            let page = rooms.inbox.list(after).await?;
            for message in &page {
                println!(
                    "{}\t{}\t{}\t{}\t{}",
                    message.id.0,
                    message.source,
                    message.received_at,
                    message.size_bytes,
                    hex(&message.digest)
                );
            }
            let Some(last) = page.last() else { break };
            after = Some(last.id);
        }
        rooms.close().await;
        Ok(())
    }
}

impl Show {
    async fn run(self) -> anyhow::Result<()> {
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let bytes = rooms.disclosure.message(&caller, MessageId(self.id), &self.reason).await?;
        let mut out = std::io::stdout().lock();
        if self.raw {
            out.write_all(&bytes)?;
        } else {
            // Segments end with a carriage return, which a terminal would overwrite.
            writeln!(out, "{}", String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n"))?;
        }
        out.flush()?;
        rooms.close().await;
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
