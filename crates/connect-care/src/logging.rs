//! Structured logs on standard error: one JSON object per line. What may stand in
//! them is listed in docs/logging.md, and none of it is about anybody.

use std::panic::PanicHookInfo;

use anyhow::{anyhow, bail};
use tracing_subscriber::EnvFilter;

/// Sets how much is logged: one of [`LEVELS`].
const VARIABLE: &str = "CONNECT_CARE_LOG";
/// From the least to the most.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// Our own crates. What others log may hold anything that passes through them, so
/// it is left out; only of the HTTP server it is told that it cannot take connections.
const OWN: [&str; 8] = ["connect_care", "store", "intake", "disclosure", "viewer", "exchange", "identity", "simulator"];

/// Starts logging at the level that the environment names, or at this one.
pub(crate) fn start(level_usual: &str) -> anyhow::Result<()> {
    let level = match std::env::var(VARIABLE) {
        Ok(level) => level,
        Err(std::env::VarError::NotPresent) => level_usual.to_owned(),
        Err(std::env::VarError::NotUnicode(_)) => bail!("{VARIABLE} is no text"),
    };
    let filter = EnvFilter::try_new(directives(&level)?)?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    std::panic::set_hook(Box::new(panicked));
    Ok(())
}

fn directives(level: &str) -> anyhow::Result<String> {
    if !LEVELS.contains(&level) {
        return Err(anyhow!("{VARIABLE} is one of {}", LEVELS.join(", ")));
    }
    let own: Vec<String> = OWN.iter().map(|own| format!("{own}={level}")).collect();
    Ok(format!("off,axum::serve=error,{}", own.join(",")))
}

/// Where something panicked, without its words: they may quote what was being read.
fn panicked(about: &PanicHookInfo<'_>) {
    let (file, line) = about.location().map_or(("unknown", 0), |place| (place.file(), place.line()));
    tracing::error!(file, line, "a defect: something panicked");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_word_and_for_our_own_crates_alone() {
        let filter = directives("debug").unwrap();
        assert!(filter.starts_with("off,axum::serve=error,connect_care=debug,store=debug"), "{filter}");
        assert!(directives("trace,ureq=trace").is_err() && directives("").is_err());
    }
}
