//! Where the bytes are.

use crate::rows::RowKind;
use crate::table::{At, Table};

/// Prints the share of each table and index, so many bytes for each of `count`,
/// the largest first. What is less than one byte each is left out.
pub(crate) fn by_part(table: &mut Table, kind: &RowKind, at: At, sizes: &[(String, f64)], count: f64) {
    let mut each: Vec<(&str, f64)> = sizes.iter().map(|(name, bytes)| (name.as_str(), bytes / count)).collect();
    each.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (name, bytes) in each.into_iter().filter(|(_, bytes)| *bytes >= 1.0) {
        table.add_part(kind, name, at, bytes);
    }
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
