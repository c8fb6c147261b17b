//! Where the bytes are.

use crate::rows::RowKind;
use crate::table::{At, Table};

/// What has less than this share of all is told together.
const TOLD_FROM: f64 = 0.01;

/// Prints the share of each table and index, in bytes for each of `count`, the largest first.
pub(crate) fn by_part(table: &mut Table, kind: &RowKind, at: At, sizes: &[(String, f64)], count: f64) {
    let all = total(sizes);
    let mut told: Vec<&(String, f64)> = sizes.iter().filter(|(_, bytes)| *bytes >= all * TOLD_FROM).collect();
    told.sort_by(|one, other| other.1.total_cmp(&one.1));
    let rest = all - told.iter().map(|(_, bytes)| bytes).sum::<f64>();
    for (name, bytes) in told {
        table.add_part(kind, name, at, bytes / count);
    }
    table.add_part(kind, "everything else", at, rest / count);
}

/// The bytes as they are divided.
pub(crate) fn as_figures(sizes: Vec<(String, u64)>) -> Vec<(String, f64)> {
    sizes.into_iter().map(|(name, bytes)| (name, bytes as f64)).collect()
}

/// What each has grown by.
pub(crate) fn growth(before: &[(String, u64)], after: &[(String, u64)]) -> Vec<(String, f64)> {
    let earlier = |name: &str| before.iter().find(|(known, _)| known == name).map_or(0, |(_, bytes)| *bytes);
    after.iter().map(|(name, bytes)| (name.clone(), *bytes as f64 - earlier(name) as f64)).collect()
}

pub(crate) fn total(sizes: &[(String, f64)]) -> f64 {
    sizes.iter().map(|(_, bytes)| bytes).sum()
}
