//! The words that stand in the cells of the policy.

use crate::policy::{Administer, Find, Review, Seen, YesNo};

/// A word that may stand in a cell.
pub(crate) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn read(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }

    fn write(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}

impl Word for Seen {
    const WORDS: &'static [(&'static str, Self)] =
        &[("no", Self::No), ("names", Self::NamesOnly), ("show", Self::Show)];
}
impl Word for Review {
    const WORDS: &'static [(&'static str, Self)] = &[("no", Self::No), ("own", Self::Own), ("all", Self::All)];
}
impl Word for Administer {
    const WORDS: &'static [(&'static str, Self)] = &[("no", Self::No), ("own", Self::Own), ("all", Self::All)];
}
impl Word for Find {
    const WORDS: &'static [(&'static str, Self)] = &[("no", Self::No), ("number", Self::Number), ("name", Self::Name)];
}
impl Word for YesNo {
    const WORDS: &'static [(&'static str, Self)] = &[("no", Self::No), ("yes", Self::Yes)];
}
