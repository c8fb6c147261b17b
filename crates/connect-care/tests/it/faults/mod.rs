//! Faults: the built program over real connections, with senders that keep a ledger of what they were told.
//!
//! A case is a list of operations made from a seed: what senders do, and what befalls the machine. In the end
//! everything that was acknowledged must be there exactly once and in order, and nothing else. A list that shows a
//! fault is made smaller before it is printed. A few cases run with the tests; `cargo xtask deep faults --rounds N
//! --seed S` runs as many as one likes, and docs/testing.md says more.

mod case;
mod disk_image;
mod failing_sync;
mod full_disk;
mod judge;
mod kill_9;
mod machine;
mod messages;
mod operations;
mod power;
mod sender;

use std::process::Command;
use std::time::{Duration, Instant};

use case::{Verdict, run};
use machine::Machine;
use operations::{Operation, shrink};

/// What `cargo xtask deep faults` asks for; little where it says nothing.
struct Wish {
    rounds: usize,
    seed: u64,
}

impl Wish {
    /// `few`: how many rounds where nobody asks for more.
    fn told(few: usize) -> Self {
        let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let rounds = told("CONNECT_CARE_FAULT_ROUNDS").map_or(few, |rounds| usize::try_from(rounds).unwrap());
        Self { rounds, seed: told("CONNECT_CARE_FAULT_SEED").unwrap_or(1) }
    }

    /// One for each round.
    fn seeds(&self) -> impl Iterator<Item = u64> {
        self.seed..self.seed + u64::try_from(self.rounds).unwrap()
    }
}

/// What all cases of a kind came to.
#[derive(Default)]
struct Sum {
    cases: usize,
    verdict: Verdict,
}

impl Sum {
    /// Runs a case; where something is wrong, looks for the shortest list of operations with which it is.
    fn add(&mut self, seed: u64, operations: Vec<Operation>, machine: impl Fn() -> Option<Machine>) -> bool {
        let Some(own) = machine() else { return false };
        let Verdict { faults, acknowledged, kills, recoveries, left_out } = run(&own, seed, &operations);
        drop(own);
        if !faults.is_empty() {
            println!("seed {seed}: {faults:#?}\nlooking for less that shows it");
            let fails = |rest: &[Operation]| machine().is_some_and(|own| !run(&own, seed, rest).faults.is_empty());
            let smallest = shrink(operations, fails);
            panic!("seed {seed} with {smallest:#?}: {faults:#?}");
        }
        self.cases += 1;
        self.verdict.acknowledged += acknowledged;
        self.verdict.kills += kills;
        self.verdict.left_out += left_out;
        self.verdict.recoveries.extend(recoveries);
        true
    }

    fn tell(&self, what: &str, rounds: usize, took: Duration) {
        let Verdict { acknowledged, left_out, recoveries, .. } = &self.verdict;
        println!(
            "{what}: {rounds} rounds in {} cases, {acknowledged} messages acknowledged; 0 lost, 0 applied twice, 0 out of \
             order per patient; {:.0} s",
            self.cases,
            took.as_secs_f64()
        );
        if *left_out > 0 {
            println!("skipped: {left_out} jumps of the clock, there is no libfaketime (Debian: faketime)");
        }
        if let Some(longest) = recoveries.iter().max() {
            println!("{what}: writing went on at most {:.2} s after there was room", longest.as_secs_f64());
        }
    }
}

/// Whether `strace` may trace here; where not, it is said.
fn can_trace() -> bool {
    let there = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    let can = there.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: no strace");
    }
    can
}

#[expect(clippy::disallowed_methods, reason = "seconds on the real clock, for people to read")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_ledger_that_claims_what_was_never_acknowledged_is_seen() {
    let operations = [Operation::Burst { messages: 4, window: 4, kill_after: Some(5) }, Operation::Forge { source: 1 }];
    let verdict = run(&Machine::new(), 1, &operations);
    assert!(
        matches!(&verdict.faults[..], [only, _] if only.contains("patient 0 of hospital-1: acknowledged and lost")),
        "{:#?}",
        verdict.faults
    );
}
