use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use exchange::NumberTrace;
use record::NhsNumber;

use crate::{config, world};

/// The longest NHS number that is read from standard input, in bytes, spaces included.
const NUMBER_BYTES_MAX: u64 = 64;

/// Asks the demographics service.
#[derive(Subcommand)]
pub(crate) enum DemographicsCommand {
    /// Says whether the service of a configuration answers, by one NHS number.
    Check(Check),
}

impl DemographicsCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Check(check) => check.run().await,
        }
    }
}

/// Says whether the service of a configuration answers, by one NHS number on standard
/// input, such as one that is kept for tests.
///
/// It says what becomes of the number and nothing about whoever has it: an operator
/// who sets the service up cares for nobody.
#[derive(Args)]
pub(crate) struct Check {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
}

impl Check {
    async fn run(self) -> anyhow::Result<()> {
        let config = config::load(&self.config)?;
        let service = config.demographics.as_ref().ok_or_else(|| anyhow!("the configuration has no [demographics]"))?;
        let service = service.service(world::clock(), world::chance())?;
        let mut text = String::new();
        std::io::stdin().lock().take(NUMBER_BYTES_MAX).read_to_string(&mut text)?;
        let number = NhsNumber::parse(text.trim()).context("the NHS number on standard input")?;
        let traced = service.by_number(number).await?;
        println!("the demographics service answers: {}", words(&traced.told));
        Ok(())
    }
}

/// What becomes of a number, without a word about anybody.
fn words(told: &NumberTrace) -> &'static str {
    match told {
        NumberTrace::Known(_) => "the number is in use",
        NumberTrace::Superseded(_) => "the number has been superseded by another",
        NumberTrace::Invalidated => "the number's record is invalid and is not given out",
        NumberTrace::NotKnown => "nobody has the number",
    }
}
