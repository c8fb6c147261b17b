use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use record::{Content, NewEntry, Sensitivity, Standing, When};

use super::datatypes;
use super::message::Segment;
use crate::Problem;

/// What the whole message says about each of its entries.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// When it was recorded at the source: `EVN-2`, else `MSH-7`.
    pub(super) recorded: Option<When>,
    /// When it happened: `EVN-6`, else `recorded`.
    pub(super) happened: Option<When>,
    /// `MSH-4`.
    pub(super) organisation: Option<String>,
    /// The trigger event: `A01`.
    pub(super) event: String,
    /// When it is read, where the reader knows: a restriction that has ended before is none.
    pub(super) read_at: Option<Timestamp>,
}

/// The entries of one chart while a message is read, and what was not understood.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) about: About,
    /// All entries are for the roles that see sensitive ones (`ARV`).
    pub(super) sensitive: bool,
    entries: Vec<NewEntry>,
    notes: Vec<Problem>,
    told: BTreeMap<String, Told>,
    keys: BTreeSet<String>,
}

/// The entries that came with one key.
#[derive(Debug, Default)]
struct Told {
    places: Vec<usize>,
    /// The last number that was put behind the key.
    number: usize,
}

/// How many entries of one key a further one is compared with.
const COMPARED_MAX: usize = 16;

fn says_the_same(one: &NewEntry, other: &NewEntry) -> bool {
    one.content == other.content
        && one.standing == other.standing
        && one.when == other.when
        && one.code == other.code
        && one.author == other.author
        && one.part_of == other.part_of
}

impl Draft {
    pub(super) fn new(about: &About) -> Self {
        Self { about: about.clone(), ..Self::default() }
    }

    /// An entry with everything that is the same for all of a message.
    pub(super) fn entry(&self, key: String, content: Content) -> NewEntry {
        NewEntry {
            key: bounded(key),
            content,
            standing: Standing::Current,
            sensitivity: if self.sensitive { Sensitivity::Sensitive } else { Sensitivity::Ordinary },
            when: None,
            recorded: self.about.recorded,
            author: None,
            organisation: self.about.organisation.clone(),
            code: None,
            part_of: None,
        }
    }

    /// Adds an entry. One that was told twice in the same words counts once; a
    /// different one under the same key gets a number behind it, so that neither
    /// replaces the other.
    pub(super) fn push(&mut self, mut entry: NewEntry) {
        let told = self.told.entry(entry.key.clone()).or_default();
        let earlier = told.places.iter().take(COMPARED_MAX).filter_map(|place| self.entries.get(*place));
        if earlier.into_iter().any(|earlier| says_the_same(earlier, &entry)) {
            return;
        }
        told.places.push(self.entries.len());
        let key = entry.key.clone();
        while !self.keys.insert(entry.key.clone()) {
            told.number = told.number.max(1) + 1;
            entry.key = bounded(format!("{key}#{}", told.number));
        }
        self.entries.push(entry);
    }

    /// Says once that something was not understood.
    pub(super) fn note(&mut self, place: impl Into<String>, what: &str) {
        let problem = Problem::new(place, what);
        if !self.notes.contains(&problem) && self.notes.len() < NOTES_MAX {
            self.notes.push(problem);
        }
    }

    /// A date or time, or a note that it cannot be one.
    pub(super) fn when(&mut self, segment: Segment<'_>, number: usize) -> Option<When> {
        datatypes::when(segment.field(number)).unwrap_or_else(|_| {
            self.note(format!("{}-{number}", segment.name()), "not a date that exists");
            None
        })
    }

    pub(super) fn finish(self) -> (Vec<NewEntry>, Vec<Problem>) {
        (self.entries, self.notes)
    }
}

/// The most names, numbers, telephones and visits of a patient that are taken.
pub(super) const REPETITIONS_MAX: usize = 100;

/// Texts as one, with something between; `None` where there are none.
pub(super) fn joined(texts: impl IntoIterator<Item = String>, between: &str) -> Option<String> {
    texts.into_iter().reduce(|mut all, text| {
        all.push_str(between);
        all.push_str(&text);
        all
    })
}

/// The most notes that one chart of a message may gather.
pub(super) const NOTES_MAX: usize = 100;

/// A key within its limit: a longer one is cut, and told from others that begin
/// alike by the FNV-1a hash of the whole, which is the same on every machine.
pub(super) fn bounded(key: String) -> String {
    if key.len() <= NewEntry::KEY_LENGTH_MAX {
        return key;
    }
    let hash = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut cut = key;
    cut.truncate(cut.floor_char_boundary(NewEntry::KEY_LENGTH_MAX - 17));
    format!("{cut}#{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{PersonInvolved, Section};

    fn person(name: &str) -> Content {
        Content::PersonInvolved(PersonInvolved {
            name: name.to_owned(),
            role: None,
            organisation: None,
            telephone: None,
            from: None,
            until: None,
        })
    }

    #[test]
    fn the_same_told_twice_counts_once_and_different_ones_both_stay() {
        let mut draft = Draft::default();
        for name in ["Ada", "Ada", "Ben", "Ben", "Ada"] {
            let entry = draft.entry("k".into(), person(name));
            draft.push(entry);
        }
        let (entries, _) = draft.finish();
        assert_eq!(entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["k", "k#2"]);
        assert_eq!(entries[0].content.section(), Section::People);
    }

    #[test]
    fn a_key_that_looks_numbered_stays_its_own() {
        let mut draft = Draft::default();
        for (key, name) in [("k#2", "Ada"), ("k", "Ben"), ("k", "Cleo"), ("k#2", "Dan")] {
            let entry = draft.entry(key.into(), person(name));
            draft.push(entry);
        }
        let (entries, _) = draft.finish();
        assert_eq!(entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["k#2", "k", "k#3", "k#2#2"]);
    }

    #[test]
    fn a_key_is_kept_up_to_its_limit_and_cut_apart_beyond() {
        let longest = "x".repeat(NewEntry::KEY_LENGTH_MAX);
        assert_eq!(bounded(longest.clone()), longest);
        let (a, b) = (bounded(format!("{longest}a")), bounded(format!("{longest}é")));
        assert!(a.len() <= NewEntry::KEY_LENGTH_MAX && b.len() <= NewEntry::KEY_LENGTH_MAX);
        assert_ne!(a, b);
    }
}
