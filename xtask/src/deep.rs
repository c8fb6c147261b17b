//! `cargo xtask deep`: what takes too long for every change. docs/testing.md says what each part does.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use clap::Subcommand;

use crate::apt;
use crate::browser::{self, Browser};
use crate::cluster::{self, Started};
use crate::command::{cargo, counts_tests, output, succeeds};

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
            Self::Fuzz { seconds, target } => fuzz(root, seconds, target.as_deref()),
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

/// What cargo-fuzz tells the compiler, as far as the stable one knows it: where the program has been, and what it
/// compared.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks --cfg fuzzing";
/// The longest input, in bytes.
const INPUT_BYTES_MAX: u32 = 64 * 1024;

fn fuzz(root: &Path, seconds: u32, only: Option<&str>) -> anyhow::Result<bool> {
    let folder = root.join("fuzz");
    let host = host()?;
    // With a target named, what only runs while building is not instrumented.
    let mut build = cargo(&folder, &["build", "--release", "--locked", "--target", &host]);
    if !succeeds(build.env("RUSTFLAGS", INSTRUMENTED))? {
        return Ok(false);
    }
    let mut all_passed = true;
    for target in targets(&folder)? {
        if only.is_some_and(|only| only != target) {
            continue;
        }
        let found = folder.join("target/found").join(&target);
        fs::create_dir_all(&found).with_context(|| format!("{} cannot be made", found.display()))?;
        let mut fuzzer = Command::new(folder.join("target").join(&host).join("release").join(&target));
        fuzzer.arg(&found).arg(folder.join("corpus").join(&target));
        fuzzer.arg(format!("-artifact_prefix={}/crash-of-{target}-", folder.join("target").display()));
        fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={INPUT_BYTES_MAX}"));
        fuzzer.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]);
        all_passed &= succeeds(&mut fuzzer)?;
    }
    Ok(all_passed)
}

/// One for each file in `fuzz/targets`.
fn targets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let listing = fs::read_dir(folder.join("targets")).context("fuzz/targets cannot be read")?;
    let mut targets = Vec::new();
    for entry in listing {
        targets.push(entry?.path().file_stem().unwrap_or_default().to_string_lossy().into_owned());
    }
    targets.sort();
    Ok(targets)
}

fn host() -> anyhow::Result<String> {
    let told = output("rustc", &["-vV"]).context("rustc cannot be asked for its host")?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not tell its host")?.to_owned())
}
