//! Times, percentiles and the table.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The time now, for durations: a bench is where time is measured.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures time")]
    Instant::now()
}

/// Durations of one kind of work.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    fn percentile_ms(&self, percent: usize) -> f64 {
        let at = (self.0.len().saturating_sub(1)) * percent / 100;
        self.0.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.percentile_ms(50)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.percentile_ms(99)
    }
}

/// What came out, row by row.
pub(crate) struct Table {
    rows: Vec<Row>,
    hardware: String,
}

struct Row {
    name: String,
    people: Option<u64>,
    value: f64,
    unit: &'static str,
    target: Option<Target>,
}

enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    fn met(&self) -> Option<bool> {
        match self.target {
            None => None,
            Some(Target::AtMost(most)) => Some(self.value <= most),
            Some(Target::AtLeast(least)) => Some(self.value >= least),
        }
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new(), hardware: String::new() }
    }

    /// Says on what this was measured.
    pub(crate) fn hardware(&mut self) {
        let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = about.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": not told");
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        self.hardware = format!("{} cores,{}", cores, model.trim_start_matches(['\t', ' ', ':']).trim_end());
        self.hardware = self.hardware.replace(',', ", ");
        println!("{}", self.hardware);
    }

    /// A row that ought to be at most its target.
    pub(crate) fn row(&mut self, name: &str, people: u64, value: f64, unit: &'static str, most: f64) {
        self.push(name, Some(people), value, unit, Some(Target::AtMost(most)));
    }

    /// A row that ought to be at least its target.
    pub(crate) fn rate(&mut self, name: &str, people: Option<u64>, value: f64, unit: &'static str, least: f64) {
        self.push(name, people, value, unit, Some(Target::AtLeast(least)));
    }

    /// A row without a number of people that ought to be at most its target.
    pub(crate) fn limit(&mut self, name: &str, value: f64, unit: &'static str, most: f64) {
        self.push(name, None, value, unit, Some(Target::AtMost(most)));
    }

    /// A figure beside the others, without a target.
    pub(crate) fn note(&mut self, name: &str, value: f64, unit: &'static str) {
        self.push(name, None, value, unit, None);
    }

    pub(crate) fn note_at(&mut self, name: &str, people: u64, value: f64, unit: &'static str) {
        self.push(name, Some(people), value, unit, None);
    }

    fn push(&mut self, name: &str, people: Option<u64>, value: f64, unit: &'static str, target: Option<Target>) {
        let row = Row { name: name.to_owned(), people, value, unit, target };
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        println!("\n{}, embedded store (SQLite)", self.hardware);
        for row in &self.rows {
            println!("{}", line(row));
        }
    }

    /// Writes the same as JSON.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let target = row.target.as_ref().map(|target| match target {
                    Target::AtMost(value) | Target::AtLeast(value) => *value,
                });
                json!({
                    "row": row.name, "store": "sqlite", "people": row.people, "value": row.value,
                    "unit": row.unit, "target": target, "met": row.met(),
                })
            })
            .collect();
        Ok(std::fs::write(path, serde_json::to_string_pretty(&Value::Array(rows))?)?)
    }
}

fn line(row: &Row) -> String {
    let people = row.people.map_or_else(String::new, |people| format!("{people} people"));
    let verdict = match (&row.target, row.met()) {
        (Some(Target::AtMost(most)), Some(met)) => format!("at most {most}: {}", word(met)),
        (Some(Target::AtLeast(least)), Some(met)) => format!("at least {least}: {}", word(met)),
        _ => String::new(),
    };
    format!("{:<58}{people:>16}{:>12.2} {:<12}{verdict}", row.name, row.value, row.unit)
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}
