//! One file per command.

mod check_config;
mod decide_identity;
mod demo;
mod demo_feeds;
mod demographics;
mod export_person;
mod exposure;
mod feeds;
mod hold;
mod identity;
mod import;
mod inbox;
mod migrate;
mod quarantine;
mod rebuild;
mod remove;
mod retention;
mod serve;
mod show_record;
mod train_dictionaries;
mod work_list;
mod written;

use clap::Subcommand;

/// What the program can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Starts a made-up region with everything running, on this machine alone.
    Demo(demo::Demo),
    /// Serves the region that a configuration describes.
    Serve(serve::Serve),
    /// Says whether a configuration is sound.
    CheckConfig(check_config::CheckConfig),
    /// Takes in files of HL7 v2, FHIR or CSV from a source.
    Import(import::Import),
    /// Brings the store to the schema of this version of the program.
    Migrate(migrate::Migrate),
    /// Trains new dictionaries on the newest messages, so that the next ones take less room.
    TrainDictionaries(train_dictionaries::TrainDictionaries),
    /// Shows what is in the inbox.
    #[command(subcommand)]
    Inbox(inbox::InboxCommand),
    /// Shows how the messages of each source stand.
    #[command(subcommand)]
    Feeds(feeds::FeedsCommand),
    /// Shows what is in quarantine.
    #[command(subcommand)]
    Quarantine(quarantine::QuarantineCommand),
    /// Builds the record anew from the inbox and says whether it is the same.
    Rebuild(rebuild::Rebuild),
    /// Removes messages for good: their bytes, and everything that they said.
    Remove(remove::Remove),
    /// Sweeps what the rules of `[retention]` no longer keep.
    Retention(retention::RetentionSweep),
    /// Keeps messages from being removed, or lifts that.
    #[command(subcommand)]
    Hold(hold::HoldCommand),
    /// Who is one person: what is doubted, and the rules measured and trained.
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Asks the demographics service.
    #[command(subcommand)]
    Demographics(demographics::DemographicsCommand),
    /// Writes one person's record as a FHIR R4 Bundle.
    ExportPerson(export_person::ExportPerson),
}

impl Command {
    /// How much is logged where nothing else is said: a service tells each request.
    pub(crate) fn log_level_usual(&self) -> &'static str {
        if matches!(self, Self::Serve(_)) { "info" } else { "warn" }
    }

    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Demo(demo) => demo.run().await,
            Self::Serve(serve) => serve.run().await,
            Self::CheckConfig(check) => check.run(),
            Self::Import(import) => import.run().await,
            Self::Migrate(migrate) => migrate.run().await,
            Self::TrainDictionaries(train) => train.run().await,
            Self::Inbox(inbox) => inbox.run().await,
            Self::Feeds(feeds) => feeds.run().await,
            Self::Quarantine(quarantine) => quarantine.run().await,
            Self::Rebuild(rebuild) => rebuild.run().await,
            Self::Remove(remove) => remove.run().await,
            Self::Retention(sweep) => sweep.run().await,
            Self::Hold(hold) => hold.run().await,
            Self::Identity(identity) => identity.run().await,
            Self::Demographics(demographics) => demographics.run().await,
            Self::ExportPerson(export) => export.run().await,
        }
    }
}
