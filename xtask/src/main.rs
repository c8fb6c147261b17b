//! Checks, test, bench: what a developer and the build machine run, as `cargo xtask <command>`.
//!
//! Invariants: nothing here is part of the program; nothing here reads the network except through `cargo` and `apt`;
//! every command prints what it runs, and a failure says what to do.

mod apt;
mod bench;
mod browser;
mod cluster;
mod command;
mod count;
mod deep;
mod fuzz;
mod house;
mod instructions;
mod run;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Connect Care's development commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must pass: format, clippy, tidy, cargo-deny if present, all tests, the browser journeys.
    Test {
        /// Leaves the browser journeys out.
        #[arg(long)]
        fast: bool,
    },
    /// The rules of the house that no compiler checks: imports, sizes, words, links, licences.
    Tidy,
    /// Measures the budgets of the design on this machine, in a release build.
    Bench {
        /// `--instructions` counts the instructions of an opening and nothing else. Everything else is passed on to
        /// the bench: `--store sqlite,postgres`, `--people 10k,100k,1m`, `--entries-per-person 20`, `--long-records
        /// 1000`, `--runs 3`, `--data FOLDER`, `--short`; docs/performance.md says more.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The long tests: those marked `#[ignore]` too, and property tests with many more cases; or one part alone.
    Deep {
        #[command(subcommand)]
        part: Option<deep::Deep>,
        /// Cases of each property test.
        #[arg(long, default_value_t = 10_000)]
        cases: u32,
    },
    /// Starts a throw-away PostgreSQL cluster and prints its address, until Ctrl-C.
    Postgres,
    /// Photographs the main pages into `target/gallery`.
    Gallery,
}

fn main() -> ExitCode {
    let outcome = root().and_then(|root| match Arguments::parse().command {
        Task::Test { fast } => test::run(&root, fast),
        Task::Tidy => tidy::run(&root),
        Task::Bench { arguments } => bench::run(&root, &arguments),
        Task::Deep { part: Some(part), .. } => part.run(&root),
        Task::Deep { part: None, cases } => deep::everything(&root, cases),
        Task::Postgres => run::postgres(&root),
        Task::Gallery => run::gallery(&root),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder: cargo tells where this package lies, and it lies one below.
fn root() -> anyhow::Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
    let root = PathBuf::from(package).parent().context("the package lies in the workspace")?.to_owned();
    Ok(root)
}
