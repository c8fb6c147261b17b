use std::path::PathBuf;

use clap::Args;

use crate::commands::serve;
use crate::region_config::{organisations_and_sources, own_servers};
use crate::{config, world};

/// Says whether a configuration is sound.
#[derive(Args)]
pub(crate) struct CheckConfig {
    /// The configuration file.
    config: PathBuf,
}

impl CheckConfig {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let config = config::load(&self.config)?;
        let (organisations, sources) = organisations_and_sources(&config)?;
        own_servers(&config)?;
        serve::policy(&config)?;
        if let Some(service) = &config.demographics {
            service.service(world::clock(), world::chance())?;
        }
        config.retention.at(world::clock().now())?;
        for source in &config.sources {
            serve::entrance(source)?;
        }
        if config.listen.is_some() || config.sign_in.is_some() {
            serve::front(&config)?;
        }
        println!(
            "{} is sound: {} organisations, {} sources, {} operators",
            self.config.display(),
            organisations.len(),
            sources.len(),
            config.operators.len()
        );
        Ok(())
    }
}
