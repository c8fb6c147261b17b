use std::collections::BTreeMap;

use serde::Serialize;
use store::Applied;

/// What an import did. Received = applied + duplicates + kept + quarantined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Units met: HL7 messages, bundle entries, CSV rows.
    pub received: u64,
    /// Applied to a record.
    pub applied: u64,
    /// Came before, byte for byte, as part of the same message.
    pub duplicates: u64,
    /// Of types that are not shown: kept, counted, said.
    pub kept: u64,
    /// Waiting for a hand.
    pub quarantined: u64,
    /// New people.
    pub persons: u64,
    /// New entries.
    pub entries: u64,
    /// The same by type.
    pub by_type: BTreeMap<String, TypeCounts>,
    /// Where a file says of itself something else than it holds, file by file.
    pub differences: Vec<String>,
}

/// Counts of one type of unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypeCounts {
    /// Met.
    pub received: u64,
    /// Applied.
    pub applied: u64,
    /// Came before.
    pub duplicates: u64,
    /// Kept and said.
    pub kept: u64,
    /// Waiting for a hand.
    pub quarantined: u64,
}

impl Report {
    pub(crate) fn add_applied(&mut self, applied: &Applied) {
        for (kind, counts) in &applied.by_kind {
            self.add(kind, |type_counts| {
                type_counts.applied += counts.applied;
                type_counts.kept += counts.kept;
                type_counts.quarantined += counts.quarantined;
                counts.applied + counts.kept + counts.quarantined
            });
        }
        self.applied += applied.by_kind.values().map(|counts| counts.applied).sum::<u64>();
        self.kept += applied.by_kind.values().map(|counts| counts.kept).sum::<u64>();
        self.quarantined += applied.by_kind.values().map(|counts| counts.quarantined).sum::<u64>();
        self.persons += applied.persons;
        self.entries += applied.entries;
    }

    pub(crate) fn add_duplicates<'a>(&mut self, kinds: impl Iterator<Item = &'a str>) {
        for kind in kinds {
            self.add(kind, |counts| {
                counts.duplicates += 1;
                1
            });
            self.duplicates += 1;
        }
    }

    pub(crate) fn add_quarantined<'a>(&mut self, kinds: impl Iterator<Item = &'a str>) {
        for kind in kinds {
            self.add(kind, |counts| {
                counts.quarantined += 1;
                1
            });
            self.quarantined += 1;
        }
    }

    fn add(&mut self, kind: &str, count: impl FnOnce(&mut TypeCounts) -> u64) {
        let counts = self.by_type.entry(kind.to_owned()).or_default();
        let units = count(counts);
        counts.received += units;
        self.received += units;
    }
}
