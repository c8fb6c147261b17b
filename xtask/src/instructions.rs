//! How many instructions one opening of a stored record of 300 entries takes, counted by callgrind: the same on a busy
//! machine as on an idle one, so that noise hides no regression.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::{Value, json};

use crate::command::{cargo, output, succeeds};

/// The most that one opening may take on the embedded store: the lowest that was counted when this line was last changed,
/// and a tenth. A change that needs more says why where it changes this line; one that needs much less lowers it.
const INSTRUCTIONS_MOST: u64 = 4_310_000;
/// Openings of the shorter run, which is start-up and warm-up, and of the longer one.
const OPENINGS: (u64, u64) = (50, 250);
/// On so many fresh stores is it counted; from one to the next it differs by up to a twentieth.
const STORES: usize = 3;
/// The row's name in the table and in `bench.json`.
const ROW: &str = "instructions of opening a record of 300 entries, all threads (callgrind)";

/// Counts, prints, adds the row to `target/bench.json` and tells whether the count is within its ceiling. Without
/// valgrind nothing is counted, which is said and is no failure.
///
/// # Errors
/// When the bench cannot be built or run, or what callgrind wrote cannot be read.
pub(crate) fn count(root: &Path) -> anyhow::Result<bool> {
    if output("valgrind", &["--version"]).is_none() {
        println!("{ROW}: skipped, for valgrind is not installed (Debian: apt-get install valgrind)");
        return Ok(true);
    }
    let bench = build(root)?;
    let target = root.join("target");
    let mut counts = [0; STORES];
    for count in &mut counts {
        *count = on_fresh_store(&bench, &target)?;
    }
    counts.sort_unstable();
    let [lowest, median, highest] = counts;
    let is_met = median <= INSTRUCTIONS_MOST;
    let verdict = if is_met { "met" } else { "NOT MET" };
    println!("{ROW}: {median} ({lowest} to {highest}), at most {INSTRUCTIONS_MOST}: {verdict}");
    println!("    by function: callgrind_annotate target/callgrind.out");
    add_row(
        &target.join("bench.json"),
        json!({
            "row": ROW, "store": "sqlite", "people": 1, "value": median, "min": lowest, "max": highest, "runs": STORES,
            "unit": "instructions", "target": INSTRUCTIONS_MOST, "met": is_met, "note": "", "peer": "",
        }),
    )?;
    Ok(is_met)
}

/// Makes a store with one record and counts the instructions of one opening of it.
fn on_fresh_store(bench: &Path, target: &Path) -> anyhow::Result<u64> {
    let store = target.join("one-record");
    let _ = fs::remove_dir_all(&store);
    fs::create_dir_all(&store)?;
    anyhow::ensure!(succeeds(&mut open(Command::new(bench), &store, 1))?, "the store cannot be made");
    let (few, many) = OPENINGS;
    let start = under_callgrind(bench, &store, few, &target.join("callgrind.start.out"))?;
    let all = under_callgrind(bench, &store, many, &target.join("callgrind.out"))?;
    fs::remove_dir_all(&store)?;
    Ok(all.saturating_sub(start) / (many - few))
}

/// Builds the bench as `cargo bench` does and gives the path of its program.
fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let build = ["bench", "--package", "connect-care", "--bench", "budgets", "--no-run", "--message-format=json"];
    let built = cargo(root, &build).stderr(Stdio::inherit()).output().context("cargo cannot be started")?;
    anyhow::ensure!(built.status.success(), "the bench does not build");
    program(&String::from_utf8_lossy(&built.stdout)).context("cargo names no program of the bench")
}

/// The bench's program among cargo's messages.
fn program(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut bench = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "budgets"));
    bench.find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
}

/// The bench, told to open the one record of this store so many times.
fn open(mut command: Command, store: &Path, openings: u64) -> Command {
    command.arg("--one-record").arg(store).args(["--openings", &openings.to_string()]);
    command
}

fn under_callgrind(bench: &Path, store: &Path, openings: u64, out: &Path) -> anyhow::Result<u64> {
    let mut command = Command::new("valgrind");
    // Threads take turns in order, so that who waits for whom moves the count as little as may be.
    command
        .args(["--tool=callgrind", "--quiet", "--fair-sched=yes"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(bench);
    anyhow::ensure!(succeeds(&mut open(command, store, openings))?, "the bench fails under valgrind");
    total(&fs::read_to_string(out)?).context("callgrind wrote no total")
}

/// The instructions of a whole run, from callgrind's own file.
fn total(written: &str) -> Option<u64> {
    let lines = written.lines().rev();
    lines.filter_map(|line| line.strip_prefix("totals:")).find_map(|total| total.trim().parse().ok())
}

/// Puts the row in the place of an earlier one.
fn add_row(path: &Path, row: Value) -> anyhow::Result<()> {
    let written = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Vec<Value>>(&text).ok());
    let mut rows = written.unwrap_or_default();
    rows.retain(|row| row.get("row").is_none_or(|name| name != ROW));
    rows.push(row);
    Ok(fs::write(path, serde_json::to_string_pretty(&rows)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_callgrinds_file() {
        assert_eq!(total("events: Ir\nfn=(1) main\n3 400\n\ntotals: 1234567\n"), Some(1_234_567));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn the_benchs_program_is_found_among_cargos_messages() {
        let messages = "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"viewer\"},\"executable\":null}\n\
                        {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"budgets\"},\"executable\":\"/t/budgets-1\"}\n\
                        {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(program(messages), Some(PathBuf::from("/t/budgets-1")));
    }
}
