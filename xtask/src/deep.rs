//! `cargo xtask deep`: what takes too long for every change. docs/testing.md says what each part does.

use std::path::Path;

use clap::Subcommand;

use crate::apt;
use crate::browser::{self, Browser};
use crate::cluster::{self, Started};
use crate::command::{cargo, counts_tests, output};
use crate::fuzz;

/// The parts that run alone.
#[derive(Subcommand)]
pub(crate) enum Deep {
    /// Kills, full disks, failing syncs and power losses under the built program, with its senders' ledgers as judge.
    Faults {
        /// Rounds of each kind of fault.
        #[arg(long, default_value_t = 200)]
        rounds: u32,
        /// The first seed; a fault that was found is told with its own.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// One kind alone: `kill_9`, `full_disk`, `failing_sync` or `power`.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Fuzzes each wire format with libFuzzer and the stable compiler.
    Fuzz {
        /// Seconds for each target.
        #[arg(long, default_value_t = 600)]
        seconds: u32,
        /// One target alone.
        #[arg(long)]
        target: Option<String>,
    },
}

impl Deep {
    /// Runs this part and tells whether it passed.
    ///
    /// # Errors
    /// When something cannot be started.
    pub(crate) fn run(self, root: &Path) -> anyhow::Result<bool> {
        match self {
            Self::Faults { rounds, seed, only } => faults(root, rounds, seed, &only),
            Self::Fuzz { seconds, target } => fuzz::run(root, seconds, target.as_deref()),
        }
    }
}

/// Runs all tests, the ignored ones too, with many cases for each property.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn everything(root: &Path, cases: u32) -> anyhow::Result<bool> {
    let run = ["test", "--workspace", "--no-fail-fast", "--", "--include-ignored", "--show-output"];
    let mut command = cargo(root, &run);
    command.env("PROPTEST_CASES", cases.to_string());
    if let Browser::Found(program) = browser::ensure()? {
        browser::tell(&mut command, &program);
    }
    let (succeeded, count) = counts_tests(&mut command)?;
    println!("deep: {count}; {cases} cases of each property");
    Ok(succeeded)
}

fn faults(root: &Path, rounds: u32, seed: u64, only: &str) -> anyhow::Result<bool> {
    for program in ["strace", "faketime"] {
        if output(program, &["--version"]).is_none() && apt::may_install() {
            apt::install(&[program])?;
        }
    }
    // Lives until everything is run.
    let cluster = match cluster::start(root)? {
        Started::Running(cluster) => Some(cluster),
        Started::Missing(why) => {
            println!("skipped: no PostgreSQL: {why}");
            None
        }
    };
    let wanted = format!("faults::{only}");
    let run = ["test", "--workspace", "--test", "it", "--", &wanted, "--nocapture", "--test-threads", "1"];
    let mut command = cargo(root, &run);
    command.env("CONNECT_CARE_FAULT_ROUNDS", rounds.to_string()).env("CONNECT_CARE_FAULT_SEED", seed.to_string());
    if let Some(cluster) = &cluster {
        cluster.tell(&mut command);
    }
    let (succeeded, count) = counts_tests(&mut command)?;
    println!("deep faults: {count}; {rounds} rounds of each kind from seed {seed}");
    Ok(succeeded)
}
