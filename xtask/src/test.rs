//! `cargo xtask test`: everything that must pass, step by step, with the seconds of each.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use crate::apt;
use crate::browser::{self, Browser};
use crate::cluster::{self, Cluster, Started};
use crate::command::{cargo, counts_tests, output, succeeds};
use crate::count::Count;
use crate::tidy;

/// What became of a step.
enum Outcome {
    /// It passed or failed.
    Done(bool),
    /// A run of tests: whether cargo was content, and the tests.
    Tested(bool, Count),
    /// It was left out, and why.
    Left(String),
}

/// A step that is over.
struct Step {
    name: &'static str,
    time: Duration,
    outcome: Outcome,
}

impl Step {
    /// Runs a step. An error of the step's own is a failure of the step: the ones after it run all the same.
    #[expect(clippy::disallowed_methods, reason = "seconds of a step on the real clock, for people to read")]
    fn run(name: &'static str, step: impl FnOnce() -> anyhow::Result<Outcome>) -> Self {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome::Done(false)
        });
        let step = Self { name, time: start.elapsed(), outcome };
        println!("== {}", step.line());
        step
    }

    fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Done(false) | Outcome::Tested(false, _))
    }

    fn line(&self) -> String {
        let Self { name, time, outcome } = self;
        let word = match outcome {
            Outcome::Left(why) => format!("left out: {why}"),
            Outcome::Tested(_, count) if self.failed() => format!("FAILED ({count})"),
            Outcome::Tested(_, count) => format!("ok ({count})"),
            Outcome::Done(_) if self.failed() => "FAILED".to_owned(),
            Outcome::Done(_) => "ok".to_owned(),
        };
        format!("{name:<16}{:>7.1} s  {word}", time.as_secs_f64())
    }
}

/// Runs all steps and tells whether all passed. `fast` leaves the browser out.
///
/// # Errors
/// None of its own: a step that cannot run has failed.
pub(crate) fn run(root: &Path, fast: bool) -> anyhow::Result<bool> {
    let plain = |arguments: &[&str]| succeeds(&mut cargo(root, arguments)).map(Outcome::Done);
    let mut cluster = Err("it was not started".to_owned());
    let steps = [
        Step::run("format", || plain(&["fmt", "--all", "--check"])),
        Step::run("clippy", || {
            plain(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
        }),
        Step::run("tidy", || tidy::run(root).map(Outcome::Done)),
        Step::run("cargo-deny", || deny(root)),
        Step::run("cluster", || start_cluster(root, &mut cluster)),
        Step::run("tests", || tests(root, cluster.as_ref().ok())),
        Step::run("postgresql", || store_on_postgres(root, cluster)),
        Step::run("journeys", || if fast { Ok(Outcome::Left("--fast".to_owned())) } else { journeys(root) }),
    ];
    Ok(summarise(&steps))
}

fn deny(root: &Path) -> anyhow::Result<Outcome> {
    if output("cargo", &["deny", "--version"]).is_none() {
        let remedy = "cargo-deny is not installed (cargo install --locked cargo-deny); tidy has checked the licences";
        return Ok(Outcome::Left(remedy.to_owned()));
    }
    succeeds(&mut cargo(root, &["deny", "check"])).map(Outcome::Done)
}

/// PostgreSQL for the tests that want it, or why there is none.
fn start_cluster(root: &Path, place: &mut Result<Cluster, String>) -> anyhow::Result<Outcome> {
    match cluster::start(root)? {
        Started::Running(cluster) => {
            println!("{}", cluster.address());
            *place = Ok(cluster);
            Ok(Outcome::Done(true))
        }
        Started::Missing(why) => {
            *place = Err(why.clone());
            Ok(Outcome::Left(why))
        }
    }
}

fn tests(root: &Path, cluster: Option<&Cluster>) -> anyhow::Result<Outcome> {
    // Tests of durability look at system calls and set the clock; without these they say what they skipped.
    for program in ["strace", "faketime"] {
        if output(program, &["--version"]).is_none() && apt::may_install() {
            apt::install(&[program])?;
        }
    }
    let mut command = cargo(root, &["test", "--workspace", "--no-fail-fast", "--quiet", "--"]);
    command.args(["--skip", "journeys::", "--show-output"]);
    if let Some(cluster) = cluster {
        cluster.tell(&mut command);
    }
    counts_tests(&mut command).map(|(succeeded, count)| Outcome::Tested(succeeded, count))
}

/// The store's stories once more, on PostgreSQL. The cluster ends with them.
fn store_on_postgres(root: &Path, cluster: Result<Cluster, String>) -> anyhow::Result<Outcome> {
    let cluster = match cluster {
        Ok(cluster) => cluster,
        Err(why) => return Ok(Outcome::Left(why)),
    };
    let program = integration_program(root, "store")?;
    let mut command = Command::new(program);
    command.current_dir(root.join("crates/store")).args(["--quiet", "--show-output"]);
    command.env(cluster::STORE, "postgres");
    cluster.tell(&mut command);
    counts_tests(&mut command).map(|(succeeded, count)| Outcome::Tested(succeeded, count))
}

/// Where cargo put the integration tests of one of our crates.
fn integration_program(root: &Path, package: &str) -> anyhow::Result<String> {
    let build = ["test", "--workspace", "--no-run", "--quiet", "--message-format", "json"];
    let built = cargo(root, &build).output().context("cargo cannot be started")?;
    let manifest = root.join("crates").join(package).join("Cargo.toml");
    let of_package = |line: &str| {
        let said: Value = serde_json::from_str(line).ok()?;
        let word = |place| said.pointer(place).and_then(Value::as_str);
        let is_it = word("/manifest_path") == manifest.to_str() && word("/target/kind/0") == Some("test");
        word("/executable").filter(|_| is_it).map(str::to_owned)
    };
    let said = String::from_utf8_lossy(&built.stdout);
    said.lines().find_map(of_package).with_context(|| format!("the integration tests of {package} are not built"))
}

/// `--workspace` here too: with another choice of packages cargo would choose other features, and build again.
fn journeys(root: &Path) -> anyhow::Result<Outcome> {
    let program = match browser::ensure()? {
        Browser::Found(program) => program,
        Browser::Missing(remedy) => return Ok(Outcome::Left(format!("there is no browser; {remedy}"))),
    };
    let run = ["test", "--workspace", "--test", "it", "--no-fail-fast", "--", "journeys::", "--show-output"];
    let mut command = cargo(root, &run);
    browser::tell(&mut command, &program);
    counts_tests(&mut command).map(|(succeeded, count)| Outcome::Tested(succeeded, count))
}

/// Prints each step once more and, last of all, the line with which test runners end.
fn summarise(steps: &[Step]) -> bool {
    println!("\n== summary");
    for step in steps {
        println!("{}", step.line());
    }
    let (count, succeeded) = total(steps);
    for skipped in &count.skipped {
        println!("{skipped}");
    }
    let seconds: f64 = steps.iter().map(|step| step.time.as_secs_f64()).sum();
    let word = if succeeded { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {count}; finished in {seconds:.2}s");
    succeeded
}

/// All tests together. A check that failed, or a test run that never came to its tests, counts as one failure.
fn total(steps: &[Step]) -> (Count, bool) {
    let mut total = Count::default();
    for step in steps {
        let mut count = match &step.outcome {
            Outcome::Tested(_, count) => count.clone(),
            Outcome::Done(_) | Outcome::Left(_) => Count::default(),
        };
        if step.failed() && count.failed == 0 {
            count.failed = 1;
        }
        total.add(count);
    }
    // The journeys are filtered out of one run and are all of another: the number would say nothing.
    total.filtered_out = 0;
    total.skipped.sort();
    total.skipped.dedup();
    (total, !steps.iter().any(Step::failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(outcome: Outcome) -> Step {
        Step { name: "step", time: Duration::from_millis(1500), outcome }
    }

    fn count(passed: u64, failed: u64) -> Count {
        Count { passed, failed, ..Count::default() }
    }

    #[test]
    fn a_failed_check_is_seen_in_the_closing_line() {
        let (sum, succeeded) = total(&[step(Outcome::Done(false)), step(Outcome::Tested(true, count(5, 0)))]);
        assert_eq!((sum.passed, sum.failed, succeeded), (5, 1, false));
    }

    #[test]
    fn failing_tests_are_counted_once() {
        let (sum, succeeded) = total(&[step(Outcome::Tested(false, count(5, 2)))]);
        assert_eq!((sum.passed, sum.failed, succeeded), (5, 2, false));
    }

    #[test]
    fn tests_that_do_not_compile_fail() {
        let (sum, succeeded) = total(&[step(Outcome::Tested(false, count(0, 0)))]);
        assert_eq!((sum.failed, succeeded), (1, false));
    }

    #[test]
    fn a_step_that_is_left_out_says_why_and_fails_nothing() {
        let left = step(Outcome::Left("there is no browser".to_owned()));
        assert_eq!(left.line(), "step                1.5 s  left out: there is no browser");
        assert!(total(&[left]).1);
    }

    #[test]
    fn a_step_that_cannot_run_has_failed() {
        assert!(Step::run("broken", || anyhow::bail!("no such program")).failed());
    }
}
