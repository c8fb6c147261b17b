//! One file per command.

mod check_config;
mod demo;
mod demo_feeds;
mod export_person;
mod identity;
mod import;
mod inbox;
mod quarantine;
mod serve;

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
    /// Shows what is in the inbox.
    #[command(subcommand)]
    Inbox(inbox::InboxCommand),
    /// Shows what is in quarantine.
    #[command(subcommand)]
    Quarantine(quarantine::QuarantineCommand),
    /// Measures and trains the rules that say who is one person.
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Writes one person's record as a FHIR R4 Bundle.
    ExportPerson(export_person::ExportPerson),
}

impl Command {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Demo(demo) => demo.run().await,
            Self::Serve(serve) => serve.run().await,
            Self::CheckConfig(check) => check.run(),
            Self::Import(import) => import.run().await,
            Self::Inbox(inbox) => inbox.run().await,
            Self::Quarantine(quarantine) => quarantine.run().await,
            Self::Identity(identity) => identity.run(),
            Self::ExportPerson(export) => export.run().await,
        }
    }
}
