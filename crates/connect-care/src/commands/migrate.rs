use std::path::PathBuf;

use clap::Args;

use crate::commands::serve::store_at;
use crate::config;
use crate::running::StoreAt;
use crate::world;

/// Brings the store to the schema of this version of the program.
///
/// With PostgreSQL this is a step of its own, so that the login that serves needs no
/// right to change the schema; the embedded store is brought up to date when it is opened.
#[derive(Args)]
pub(crate) struct Migrate {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The address of the database for whoever may change its schema, where that is
    /// another login than the one that serves.
    #[arg(long)]
    postgres: Option<String>,
}

impl Migrate {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let mut config = config::load(&self.config)?;
        if let (Some(store), Some(address)) = (&mut config.store, self.postgres) {
            (store.postgres, store.password_file) = (address, None);
        }
        match &config.store {
            Some(_) => {
                if let StoreAt::Postgres(at) = store_at(&config, &PathBuf::new())? {
                    store::migrate_postgres(&at).await?;
                }
            }
            None => {
                let (_, folder) = config::for_command(Some(&self.config), None)?;
                store::open(&folder, &[], world::chance()).await?;
            }
        }
        println!("the store has the schema of this version");
        Ok(())
    }
}
