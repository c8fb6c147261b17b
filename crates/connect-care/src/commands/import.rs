use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use intake::Report;
use record::SourceId;

use crate::commands::serve;
use crate::config;

/// Takes in files of HL7 v2, FHIR or CSV from a source.
#[derive(Args)]
pub(crate) struct Import {
    /// The configuration file that names the source.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where the embedded store lies.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The source that the files come from.
    #[arg(long)]
    source: String,
    /// How the closing report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Files and folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table to read.
    Text,
    /// One JSON object.
    Json,
}

impl Import {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, folder) = config::for_command(self.config.as_deref(), self.data.as_deref())?;
        let source = SourceId::new(&self.source).context("--source")?;
        let settings = config.sources.iter().find(|one| one.id == self.source);
        let settings = settings.ok_or_else(|| anyhow!("there is no source {} in the configuration", self.source))?;
        let rooms = serve::open_rooms(&config, &folder).await?;
        rooms.intake.resume().await?;
        let bar = progress_bar();
        let report = intake::import(&rooms.intake, &source, settings.control_ids_unique, &self.paths, |progress| {
            bar.set_length(progress.bytes_total);
            bar.set_position(progress.bytes_done);
        })
        .await?;
        bar.finish_and_clear();
        rooms.close().await;
        match self.format {
            Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
            Format::Text => print!("{}", table(&report)),
        }
        Ok(())
    }
}

/// Shown on a terminal alone; a log file does not want it.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(0);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn table(report: &Report) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "{:<32}{:>10}{:>10}{:>12}{:>8}{:>13}\n",
        "type", "received", "applied", "duplicates", "kept", "quarantined"
    );
    for (kind, counts) in &report.by_type {
        let _ = writeln!(
            text,
            "{kind:<32}{:>10}{:>10}{:>12}{:>8}{:>13}",
            counts.received, counts.applied, counts.duplicates, counts.kept, counts.quarantined
        );
    }
    let _ = writeln!(
        text,
        "{:<32}{:>10}{:>10}{:>12}{:>8}{:>13}\n{} new people, {} new entries",
        "all",
        report.received,
        report.applied,
        report.duplicates,
        report.kept,
        report.quarantined,
        report.persons,
        report.entries
    );
    for difference in &report.differences {
        let _ = writeln!(text, "difference: {difference}");
    }
    text
}
