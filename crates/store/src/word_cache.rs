//! Repeating texts, held in memory: a record's entries name them by number.
//!
//! Texts are only ever added, with rising numbers, by one writer at a time. Each read
//! of a record brings whatever has been added since, so a number is always known.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// The texts that this program has seen.
#[derive(Debug, Default)]
pub(crate) struct WordCache {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    texts: HashMap<i64, Arc<str>>,
    /// Every number up to this one is known.
    newest: i64,
}

impl WordCache {
    /// The number after which texts may be new.
    pub(crate) fn newest(&self) -> i64 {
        self.known.read().map_or(0, |known| known.newest)
    }

    /// Learns a text that a read brought.
    pub(crate) fn learn(&self, number: i64, text: &str) {
        let Ok(mut known) = self.known.write() else { return };
        known.newest = known.newest.max(number);
        known.texts.entry(number).or_insert_with(|| text.into());
    }

    /// The text with this number.
    pub(crate) fn text(&self, number: i64) -> Option<Arc<str>> {
        self.known.read().ok()?.texts.get(&number).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_known_and_not_asked_for_again() {
        let words = WordCache::default();
        assert_eq!((words.newest(), words.text(1)), (0, None));
        words.learn(2, "Dr Invented");
        words.learn(1, "http://loinc.org");
        assert_eq!(words.newest(), 2);
        assert_eq!(words.text(1).as_deref(), Some("http://loinc.org"));
    }
}
