//! The built program: how soon the demo can be used, and what it weighs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

use crate::measure::{Table, now};

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let start = now();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_connect-care"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .context("the demo starts")?;
    let told = watch(&mut demo, table, start);
    demo.kill()?;
    demo.wait()?;
    told
}

fn watch(demo: &mut Child, table: &mut Table, start: std::time::Instant) -> anyhow::Result<()> {
    let out = demo.stdout.take().context("the demo's output")?;
    for line in BufReader::new(out).lines() {
        let line = line?;
        if line.starts_with("listening on ") {
            table.limit("`demo` to first page", start.elapsed().as_secs_f64(), "s", 5.0);
        }
        if line.starts_with("everybody has arrived") {
            table.note("`demo`, everybody delivered and applied", start.elapsed().as_secs_f64(), "s");
            let status = std::fs::read_to_string(format!("/proc/{}/status", demo.id()))?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
            let kib: f64 = resident.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
            table.note("memory of the demo after delivering 1,000 people", kib / 1_024.0, "MiB");
            return Ok(());
        }
    }
    anyhow::bail!("the demo stopped before everybody had arrived")
}
