use std::path::PathBuf;

use clap::Args;

use crate::commands::serve;
use crate::{config, world};

/// Trains new dictionaries on the newest messages, so that the next ones take less room.
///
/// What is stored stays as it is and readable. Once a year, or after a source has
/// changed what it sends, is often enough.
#[derive(Args)]
pub(crate) struct TrainDictionaries {
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where the embedded store lies.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl TrainDictionaries {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.config.as_deref(), self.data.as_deref())?;
        let rooms = serve::open_rooms(&config, &folder).await?;
        let trained = rooms.inbox.train_dictionaries(world::clock().now()).await?;
        for one in &trained {
            println!("{:<16} number {:>4}, {} B, from {} messages", one.shape, one.number, one.size_bytes, one.samples);
        }
        if trained.is_empty() {
            println!("nothing to train on: {} messages of one kind are the least", store::SAMPLES_MIN);
        }
        rooms.close().await;
        Ok(())
    }
}
