//! The figures, row by row, each from several runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::rows::{self, RowKind, Target};
use crate::store_kind::StoreKind;
use crate::times::median;

/// On what a figure was measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    store: Option<StoreKind>,
    people: Option<u64>,
}

impl At {
    /// The machine, without any store.
    pub(crate) const MACHINE: Self = Self { store: None, people: None };

    pub(crate) fn store(kind: StoreKind) -> Self {
        Self { store: Some(kind), people: None }
    }

    pub(crate) fn people(self, people: u64) -> Self {
        Self { people: Some(people), ..self }
    }
}

/// What came out.
pub(crate) struct Table {
    hardware: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    unit: &'static str,
    target: Target,
    peer: &'static str,
    at: At,
    values: Vec<f64>,
    note: String,
}

impl Table {
    pub(crate) fn new(hardware: String) -> Self {
        println!("{hardware}");
        Self { hardware, rows: Vec::new() }
    }

    /// The figure of one run.
    pub(crate) fn add(&mut self, kind: &RowKind, at: At, value: f64) {
        self.add_noted(kind, at, value, "");
    }

    /// The same with words beside it; the last run's stay.
    pub(crate) fn add_noted(&mut self, kind: &RowKind, at: At, value: f64, note: &str) {
        self.push(kind.name, kind, at, value, note);
    }

    /// A figure of a row that has a part for each of something, such as a table.
    pub(crate) fn add_part(&mut self, kind: &RowKind, part: &str, at: At, value: f64) {
        self.push(&format!("{}: {part}", kind.name), kind, at, value, "");
    }

    fn push(&mut self, name: &str, kind: &RowKind, at: At, value: f64, note: &str) {
        let store = at.store.map_or("", StoreKind::code);
        println!("  {name:<78} {store:>8} {value:>12.3} {} {note}", kind.unit);
        match self.rows.iter_mut().find(|row| row.name == name && row.at == at) {
            Some(row) => {
                row.values.push(value);
                row.note = note.to_owned();
            }
            None => self.rows.push(Row {
                name: name.to_owned(),
                unit: kind.unit,
                target: kind.target,
                peer: kind.peer,
                at,
                values: vec![value],
                note: note.to_owned(),
            }),
        }
    }

    /// The disk's own sync p99 over everything measured, in ms.
    fn sync_p99_ms(&self) -> f64 {
        let row = self.rows.iter().find(|row| row.name == rows::SYNC_P99.name);
        row.map_or(f64::NAN, |row| median(&row.values))
    }

    pub(crate) fn print(&self) {
        println!("\n{}; each figure is the median of its runs, with the lowest and the highest", self.hardware);
        println!("{}", heading());
        for row in &self.rows {
            println!("{}", line(row, self.sync_p99_ms()));
            let words: Vec<&str> = [row.note.as_str(), row.peer].into_iter().filter(|word| !word.is_empty()).collect();
            if !words.is_empty() {
                println!("    {}", words.join("; "));
            }
        }
        let missed = self.rows.iter().filter(|row| row.met(self.sync_p99_ms()) == Some(false)).count();
        println!("{missed} of {} targets not met", self.rows.iter().filter(|row| row.target != Target::None).count());
    }

    /// Writes the same as JSON.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let sync = self.sync_p99_ms();
        let rows: Vec<Value> = self.rows.iter().map(|row| row.to_json(sync)).collect();
        Ok(std::fs::write(path, serde_json::to_string_pretty(&Value::Array(rows))?)?)
    }
}

impl Row {
    fn min(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn max(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn bar(&self, sync_p99_ms: f64) -> Option<Bar> {
        self.target.bar(self.at.store, sync_p99_ms)
    }

    fn met(&self, sync_p99_ms: f64) -> Option<bool> {
        let value = median(&self.values);
        self.bar(sync_p99_ms).map(|bar| match bar {
            Bar::AtMost(most) => value <= most,
            Bar::AtLeast(least) => value >= least,
        })
    }

    fn to_json(&self, sync_p99_ms: f64) -> Value {
        let target = self.bar(sync_p99_ms).map(|bar| match bar {
            Bar::AtMost(value) | Bar::AtLeast(value) => value,
        });
        json!({
            "row": self.name, "store": self.at.store.map(StoreKind::code), "people": self.at.people,
            "value": median(&self.values), "min": self.min(), "max": self.max(), "runs": self.values.len(),
            "unit": self.unit, "target": target, "met": self.met(sync_p99_ms), "note": self.note, "peer": self.peer,
        })
    }
}

/// A target on one kind of store.
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

fn heading() -> String {
    format!(
        "{:<78} {:>8} {:>9} {:>11} {:>11} {:>11} {:<9} {:>13}",
        "row", "store", "people", "median", "min", "max", "unit", "target"
    )
}

fn line(row: &Row, sync_p99_ms: f64) -> String {
    let people = row.at.people.map_or_else(String::new, |people| people.to_string());
    let target = match row.bar(sync_p99_ms) {
        Some(Bar::AtMost(most)) => format!("≤ {}", figure(most)),
        Some(Bar::AtLeast(least)) => format!("≥ {}", figure(least)),
        None => String::new(),
    };
    let met = match row.met(sync_p99_ms) {
        Some(true) => "met",
        Some(false) => "NOT MET",
        None => "",
    };
    format!(
        "{:<78} {:>8} {people:>9} {:>11} {:>11} {:>11} {:<9} {target:>13} {met}",
        row.name,
        row.at.store.map_or("", StoreKind::code),
        figure(median(&row.values)),
        figure(row.min()),
        figure(row.max()),
        row.unit,
    )
    .trim_end()
    .to_owned()
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
