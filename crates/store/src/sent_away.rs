//! Charts for which a new person was made when the record that they were in was parted, and who that was: the order
//! of application keeps it, and a rebuild gives the same numbers again.

use std::cell::RefCell;

use record::{ChartId, PersonId};

/// The charts and their new people, as a note keeps them: the numbers of both.
pub(crate) type SentNote = Vec<(u64, u64)>;

/// Who went where, before and in this step.
#[derive(Debug, Default)]
pub(crate) struct SentAway {
    before: Vec<(ChartId, PersonId)>,
    now: RefCell<Vec<(ChartId, PersonId)>>,
}

impl SentAway {
    /// What a step sent away when it was first taken.
    pub(crate) fn again(note: &SentNote) -> Self {
        let before = note.iter().map(|(chart, person)| (ChartId(*chart), PersonId(*person))).collect();
        Self { before, now: RefCell::default() }
    }

    /// The person who was made for this chart before, the first time that it is asked for in this step, then the second.
    pub(crate) fn wanted(&self, chart: ChartId) -> Option<PersonId> {
        let of_chart = |one: &&(ChartId, PersonId)| one.0 == chart;
        let count = self.now.borrow().iter().filter(of_chart).count();
        self.before.iter().filter(of_chart).nth(count).map(|(_, person)| *person)
    }

    /// This person was made for the chart.
    pub(crate) fn add(&self, chart: ChartId, person: PersonId) {
        self.now.borrow_mut().push((chart, person));
    }

    /// Who was made in this step.
    pub(crate) fn now(&self) -> Vec<(ChartId, PersonId)> {
        self.now.borrow().clone()
    }

    /// What the order of application keeps.
    pub(crate) fn note(&self) -> SentNote {
        self.now.borrow().iter().map(|(chart, person)| (chart.0, person.0)).collect()
    }

    /// Everybody who was made before.
    pub(crate) fn people(note: &SentNote) -> impl Iterator<Item = i64> {
        note.iter().map(|(_, person)| person.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_is_taken_again_gives_each_chart_the_people_that_it_had_in_their_order() {
        let first = SentAway::default();
        for (chart, person) in [(7, 20), (8, 21), (7, 22)] {
            assert_eq!(first.wanted(ChartId(chart)), None);
            first.add(ChartId(chart), PersonId(person));
        }
        let again = SentAway::again(&first.note());
        for (chart, person) in [(7, 20), (7, 22), (8, 21)] {
            assert_eq!(again.wanted(ChartId(chart)), Some(PersonId(person)));
            again.add(ChartId(chart), PersonId(person));
        }
        assert_eq!(again.wanted(ChartId(7)), None);
    }
}
