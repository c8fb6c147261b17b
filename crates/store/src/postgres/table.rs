//! Rows held in memory while messages are applied: what was read ahead, what has
//! changed, and the way back.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;
use std::ops::RangeInclusive;

/// Rows by key.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// The keys that the database has a row for.
    stored: HashSet<K>,
    changed: BTreeSet<K>,
    /// What a key held before, and whether it had been changed already; newest last.
    undo: Vec<(K, Option<V>, bool)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), stored: HashSet::new(), changed: BTreeSet::new(), undo: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord, V: Clone> Table<K, V> {
    /// A row as the database has it.
    pub(super) fn load(&mut self, key: K, row: V) {
        self.stored.insert(key.clone());
        self.rows.insert(key, row);
    }

    /// Whether the database has a row with this key, which has to go before another takes its place.
    pub(super) fn is_stored(&self, key: &K) -> bool {
        self.stored.contains(key)
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(super) fn set(&mut self, key: K, row: V) {
        self.change(key, Some(row));
    }

    pub(super) fn remove(&mut self, key: K) {
        self.change(key, None);
    }

    fn change(&mut self, key: K, row: Option<V>) {
        let before = match row {
            Some(row) => self.rows.insert(key.clone(), row),
            None => self.rows.remove(&key),
        };
        let was_changed = !self.changed.insert(key.clone());
        self.undo.push((key, before, was_changed));
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    /// Those whose keys are in this range, in the order of their keys.
    pub(super) fn between(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = (&K, &V)> {
        self.rows.range(keys)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.values()
    }

    /// What has changed, in the order of its keys; `None` for a row that is gone.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.changed.iter().map(|key| (key, self.rows.get(key)))
    }

    /// This moment, for [`Table::undo_to`].
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Back to a moment.
    pub(super) fn undo_to(&mut self, mark: usize) {
        while self.undo.len() > mark {
            let Some((key, before, was_changed)) = self.undo.pop() else { return };
            if !was_changed {
                self.changed.remove(&key);
            }
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

/// Several values under one key, such as the charts of a person.
pub(super) type Index<K> = Table<K, Vec<i64>>;

impl<K: Clone + Eq + Hash + Ord> Index<K> {
    pub(super) fn of(&self, key: &K) -> &[i64] {
        self.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn load_one(&mut self, key: K, value: i64) {
        let values = self.rows.entry(key).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }

    pub(super) fn add(&mut self, key: K, value: i64) {
        let mut values = self.of(&key).to_vec();
        if !values.contains(&value) {
            values.push(value);
            self.set(key, values);
        }
    }

    pub(super) fn take_away(&mut self, key: K, value: i64) {
        let values: Vec<i64> = self.of(&key).iter().copied().filter(|one| *one != value).collect();
        self.set(key, values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_loaded_is_no_change() {
        let mut table = Table::default();
        table.load(1, "one");
        assert_eq!(table.changed().count(), 0);
        table.set(2, "two");
        assert!(table.is_stored(&1) && !table.is_stored(&2));
        assert_eq!(table.changed().collect::<Vec<_>>(), [(&2, Some(&"two"))]);
    }

    proptest! {
        #[test]
        fn undoing_restores_rows_and_changes(
            before in prop::collection::vec((0u8..8, prop::option::of(0u8..4)), 0..20),
            after in prop::collection::vec((0u8..8, prop::option::of(0u8..4)), 0..20),
        ) {
            let mut table = Table::default();
            table.load(0, 9);
            let run = |table: &mut Table<u8, u8>, steps: &[(u8, Option<u8>)]| {
                for (key, row) in steps {
                    match row {
                        Some(row) => table.set(*key, *row),
                        None => table.remove(*key),
                    }
                }
            };
            let seen = |table: &Table<u8, u8>| {
                let rows: Vec<_> = (0..8).map(|key| table.get(&key).copied()).collect();
                (rows, table.changed().map(|(key, row)| (*key, row.copied())).collect::<Vec<_>>())
            };
            run(&mut table, &before);
            let (mark, then) = (table.mark(), seen(&table));
            run(&mut table, &after);
            table.undo_to(mark);
            prop_assert_eq!(seen(&table), then);
        }
    }
}
