use record::{Content, Demographics, NewEntry};

use crate::diary::Diary;
use crate::dice::Dice;
use crate::household::{NumberRoll, Resident, household};
use crate::life;

/// People with their entries ready made, by the thousand, for measuring.
///
/// Each person has exactly the number of entries asked for: those of a made-up
/// life, and as many further measurements as are wanting. NHS numbers end after
/// some 900,000 people, for 999 has no more; later people have none.
pub struct Bulk {
    seed: u64,
    diary: Diary,
    left: u64,
    entries_per_person: usize,
    stream: u64,
    numbers: NumberRoll,
    waiting: Vec<Resident>,
    dice: Dice,
}

impl Bulk {
    pub(crate) fn new(seed: u64, diary: Diary, people: u64, entries_per_person: u32) -> Self {
        Self {
            seed,
            diary,
            left: people,
            entries_per_person: usize::try_from(entries_per_person).unwrap_or(usize::MAX),
            stream: 0,
            numbers: NumberRoll::new(),
            waiting: Vec::new(),
            dice: Dice::new(seed, 0),
        }
    }
}

impl Iterator for Bulk {
    type Item = (Demographics, Vec<NewEntry>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        while self.waiting.is_empty() {
            self.dice = Dice::new(self.seed, self.stream);
            let place = self.stream * 8;
            self.waiting = household(&mut self.dice, self.diary, place, &mut self.numbers);
            self.stream += 1;
        }
        let resident = self.waiting.pop()?;
        if self.entries_per_person == 0 {
            return Some((resident.who, Vec::new()));
        }
        let charts = life::charts(&resident, &mut self.dice, self.diary);
        let lived = charts.into_iter().flat_map(|chart| chart.entries);
        let mut entries: Vec<NewEntry> = lived.take(self.entries_per_person).collect();
        fill(&mut entries, self.entries_per_person, self.diary);
        for (entry, place) in entries.iter_mut().zip(1..) {
            entry.key = format!("{}-{place}", entry.content.kind());
        }
        Some((resident.who, entries))
    }
}

/// Measures again, ever longer ago, until there are enough.
fn fill(entries: &mut Vec<NewEntry>, wanted: usize, diary: Diary) {
    let measured = entries.iter().filter(|entry| matches!(entry.content, Content::TestResult(_)));
    let mut pattern: Vec<NewEntry> = measured.cloned().collect();
    if pattern.is_empty() {
        pattern = entries.clone();
    }
    for (entry, place) in pattern.iter().cycle().zip(1_i64..).take(wanted.saturating_sub(entries.len())) {
        let at = diary.at(place * 3 + 30, 9, 0);
        entries.push(NewEntry { when: Some(at), recorded: Some(at), part_of: None, ..entry.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(people: u64, entries: u32) -> Vec<(Demographics, Vec<NewEntry>)> {
        Bulk::new(3, Diary::new("2026-11-22T13:41:30Z".parse().unwrap()), people, entries).collect()
    }

    #[test]
    fn there_are_as_many_people_and_entries_as_were_asked_for() {
        let people = bulk(50, 300);
        assert_eq!(people.len(), 50);
        assert!(people.iter().all(|(_, entries)| entries.len() == 300));
        assert!(bulk(2, 0).iter().all(|(_, entries)| entries.is_empty()));
    }

    #[test]
    fn keys_of_one_person_stand_once() {
        for (_, entries) in bulk(20, 200) {
            let keys: std::collections::BTreeSet<_> = entries.iter().map(|entry| &entry.key).collect();
            assert_eq!(keys.len(), entries.len());
        }
    }

    #[test]
    fn who_the_people_are_does_not_depend_on_how_much_is_told_of_them() {
        let who = |entries| bulk(50, entries).into_iter().map(|(who, _)| who).collect::<Vec<_>>();
        assert_eq!(who(0), who(3));
    }

    #[test]
    fn the_same_people_come_again() {
        assert_eq!(bulk(10, 40), bulk(10, 40));
    }
}
