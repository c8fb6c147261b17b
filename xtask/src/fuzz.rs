//! `cargo xtask deep fuzz`: libFuzzer over each wire format, with the stable compiler. docs/testing.md says how.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::command::{cargo, output, succeeds};

/// What cargo-fuzz tells the compiler, as far as the stable one knows it: where the program has been, and what it
/// compared.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks --cfg fuzzing";
/// The longest input, in bytes.
const INPUT_BYTES_MAX: u32 = 64 * 1024;

/// Builds the targets in a folder of their own, runs them one after another, and tells of each what it did.
///
/// # Errors
/// When something cannot be started, or there is no such target.
pub(crate) fn run(root: &Path, seconds: u32, only: Option<&str>) -> anyhow::Result<bool> {
    let folder = root.join("fuzz");
    let host = host()?;
    // With a target named, what only runs while building is not instrumented.
    let mut build = cargo(&folder, &["build", "--release", "--locked", "--target", &host]);
    build.env("RUSTFLAGS", INSTRUMENTED).env("CARGO_TARGET_DIR", folder.join("target"));
    if !succeeds(&mut build)? {
        return Ok(false);
    }
    let wanted: Vec<String> = targets(&folder)?.into_iter().filter(|one| only.is_none_or(|only| only == one)).collect();
    anyhow::ensure!(!wanted.is_empty(), "there is no target of this name in fuzz/targets");
    let mut all_passed = true;
    for target in wanted {
        all_passed &= one(&folder, &host, &target, seconds)?;
    }
    Ok(all_passed)
}

fn one(folder: &Path, host: &str, target: &str, seconds: u32) -> anyhow::Result<bool> {
    let built = folder.join("target");
    let (found, log) = (built.join("found").join(target), built.join(format!("{target}.log")));
    fs::create_dir_all(&found).with_context(|| format!("{} cannot be made", found.display()))?;
    let mut fuzzer = Command::new(built.join(host).join("release").join(target));
    fuzzer.arg(&found).arg(folder.join("corpus").join(target));
    fuzzer.arg(format!("-artifact_prefix={}/crash-of-{target}-", built.display()));
    fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={INPUT_BYTES_MAX}"));
    fuzzer.args(["-timeout=150", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    fuzzer.stderr(File::create(&log).with_context(|| format!("{} cannot be made", log.display()))?);
    let passed = succeeds(&mut fuzzer)?;
    let told = fs::read(&log).with_context(|| format!("{} cannot be read", log.display()))?;
    let told = String::from_utf8_lossy(&told);
    match Done::read(&told) {
        Some(done) => println!("{target}: {done}"),
        None => println!("{target}: did not begin; see {}", log.display()),
    }
    if !passed {
        println!("{target}: a fault; what it panicked with is in {}", log.display());
    }
    Ok(passed)
}

/// What libFuzzer did, in its own words.
#[derive(Debug, PartialEq)]
struct Done {
    executions: u64,
    edges: u64,
    features: u64,
    corpus: String,
}

impl Done {
    /// From its log: the last line that tells of coverage, and the count at its end.
    fn read(log: &str) -> Option<Self> {
        let line = log.lines().rfind(|line| line.starts_with('#') && line.contains(" cov: "))?;
        let value = |name: &str| line.split_once(name)?.1.split_whitespace().next();
        let counted = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let ran = line.get(1..)?.split_whitespace().next()?;
        Some(Self {
            executions: counted.unwrap_or(ran).trim().parse().ok()?,
            edges: value(" cov: ")?.parse().ok()?,
            features: value(" ft: ")?.parse().ok()?,
            corpus: value(" corp: ")?.to_owned(),
        })
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { executions, edges, features, corpus } = self;
        write!(f, "{executions} executions, {edges} edges, {features} features, corpus {corpus}")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fuzzer_did_is_read_from_its_log() {
        let log = "INFO: Seed: 1\n#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 26Mb\n\
                   #6584\tDONE   cov: 859 ft: 2388 corp: 250/92Kb lim: 671 exec/s: 313 rss: 28Mb\n\
                   stat::number_of_executed_units: 6585\n";
        let done = Done::read(log).unwrap();
        assert_eq!(done.to_string(), "6585 executions, 859 edges, 2388 features, corpus 250/92Kb");
        assert_eq!(Done::read("INFO: Seed: 1\n"), None);
    }
}
