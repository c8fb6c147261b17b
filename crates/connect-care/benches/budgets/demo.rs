//! How soon the demo of the built program can be used.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context;

use crate::memory::memory;
use crate::rows;
use crate::store_kind::StoreKind;
use crate::table::{At, Table};
use crate::times::now;

pub(crate) fn measure(table: &mut Table, runs: u32) -> anyhow::Result<()> {
    for _ in 0..runs {
        let start = now();
        let mut demo = Command::new(env!("CARGO_BIN_EXE_connect-care"))
            .args(["demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the demo starts")?;
        let told = watch(&mut demo, table, start);
        demo.kill()?;
        demo.wait()?;
        told?;
    }
    Ok(())
}

fn watch(demo: &mut Child, table: &mut Table, start: Instant) -> anyhow::Result<()> {
    let out = demo.stdout.take().context("the demo's output")?;
    let at = At::store(StoreKind::Sqlite);
    for line in BufReader::new(out).lines() {
        let line = line?;
        if let Some(address) = line.strip_prefix("listening on ") {
            ureq::get(address).call()?.body_mut().read_to_vec()?;
            table.add(&rows::DEMO, at, start.elapsed().as_secs_f64());
        }
        if line.starts_with("everybody has arrived") {
            let note = format!("{:.0} MB resident then", memory(demo, "VmRSS:")?);
            table.add_noted(&rows::DEMO_ALL, at, start.elapsed().as_secs_f64(), &note);
            return Ok(());
        }
    }
    anyhow::bail!("the demo stopped before everybody had arrived")
}
