//! `cargo xtask bench`: the table of the budgets, and the instructions of the hot path.

use std::path::Path;

use crate::cluster::{self, Started};
use crate::command::{cargo, succeeds};
use crate::instructions;

/// Measures the budgets with the program's own bench, in a release build, then counts the instructions of an opening.
/// With `--instructions` among the arguments it only counts; with `identity` as the first it only measures registering
/// and finding people, among 10 thousand and a million unless `--people` says otherwise; with a folder of somebody's own (`--data`) it only measures.
///
/// # Errors
/// When cargo or valgrind cannot be started, or what they print cannot be read.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<bool> {
    let asks_for =
        |wanted: &str| arguments.iter().any(|told| told == wanted || told.starts_with(&format!("{wanted}=")));
    if asks_for("--instructions") {
        return instructions::count(root);
    }
    let of_identity = arguments.first().is_some_and(|first| first == "identity");
    let run = ["bench", "--package", "connect-care", "--bench", "budgets", "--"];
    let mut bench = cargo(root, &run);
    if of_identity {
        bench.args(["--parts", "identity"]).args(arguments.get(1..).unwrap_or_default());
        if !asks_for("--people") {
            bench.args(["--people", "10k,1m"]);
        }
    } else {
        bench.args(arguments);
    }
    // Lives until everything is measured.
    let cluster = if arguments.iter().any(|told| told.contains("postgres")) {
        match cluster::start_measured(root)? {
            Started::Running(cluster) => {
                cluster.tell(&mut bench);
                Some(cluster)
            }
            Started::Missing(why) => anyhow::bail!("PostgreSQL cannot be measured: {why}"),
        }
    } else {
        None
    };
    let measured = succeeds(&mut bench)?;
    drop(cluster);
    if of_identity || asks_for("--data") || asks_for("--help") {
        return Ok(measured);
    }
    Ok(instructions::count(root)? && measured)
}
