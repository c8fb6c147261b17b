//! Taking back any decision about who is who, whatever its sources have moved since: what is left is what would be had it
//! never been made (`placed_anew.rs`), and its doubt waits again.

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::charts::Placing;
use crate::error::StoreError;
use crate::identity_hands::LinkAct;
use crate::link_by_hand::{SEALED, Sides, done};
use crate::link_to_do::{LinkDone, LinkToDo};
use crate::placed_anew::{Anew, Without};
use crate::who_step::DecidedStep;

const BEFORE: &str = "Nothing was done: it had been taken back before.";
const MOVED_NOTHING: &str = "Nothing was done: that decision had moved nobody and told nobody apart.";
const RESTED_ON: &str = "Nothing was done: a later decision rests on it. Take that one back first.";
const NOT_KNOWN: &str = "Nothing was done: it is not known any more what would be without it.";

impl Placing<'_> {
    /// Takes a decision back.
    pub(crate) fn take_back(&self, todo: &LinkToDo, sides: &Sides) -> Result<LinkDone, StoreError> {
        let nothing = |words: &str| Ok(done(todo, words.to_owned(), None));
        let people: Vec<PersonId> = sides.people.into_iter().flatten().collect();
        let Some(history) = self.history_of(&people)? else { return nothing(NOT_KNOWN) };
        let Some(decided) = todo.takes_back().and_then(|step| history.decided(step)).cloned() else {
            return nothing(MOVED_NOTHING);
        };
        if history.undone.contains(&decided.step) {
            return nothing(BEFORE);
        }
        let anew = match self.without(history, decided.step)? {
            Without::Comes(anew) => anew,
            Without::RestedOn => return nothing(RESTED_ON),
            Without::NotKnown => return nothing(NOT_KNOWN),
        };
        if self.brings_together_sealed(&anew)? {
            return nothing(SEALED);
        }
        let linked = anew.with.links.values().filter(|link| link.step == decided.step).map(|link| link.chart);
        let moved = self.come_out(&anew, &linked.collect())?;
        let entries = self.entries_in(&moved)?;
        self.note_undone(&decided)?;
        self.rows.close_doubts(todo.item, None)?;
        self.ask_again(todo.item, &decided)?;
        let outcome = taken_back(&decided, moved.len(), &entries);
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], None, self.sent.note()))))
    }

    /// Whether two who are sealed from each other would be one person's who are not now.
    fn brings_together_sealed(&self, anew: &Anew) -> Result<bool, StoreError> {
        let charts: BTreeSet<ChartId> = anew.history.charts.keys().copied().collect();
        let now = |chart: ChartId| anew.history.charts.get(&chart).map(|known| known.row.person);
        let is_one = |(one, other): &(ChartId, ChartId)| {
            let together = anew.without.person(*one);
            together.is_some() && together == anew.without.person(*other) && now(*one) != now(*other)
        };
        Ok(self.rows.sealed_from(&charts)?.iter().any(is_one))
    }

    /// Puts the doubt that the decision had closed on the list again, where it is one still.
    fn ask_again(&self, item: i64, decided: &DecidedStep) -> Result<(), StoreError> {
        let [these, those] = self.sides_then(decided)?;
        for row in these.iter().chain(&those) {
            self.rows.links_moved(row.person)?;
        }
        let (Some(one), Some(other)) = (these.first(), those.first()) else { return Ok(()) };
        let is_one = one.person == other.person;
        let was_taken_out = decided.act == LinkAct::Unlink.number();
        if is_one != was_taken_out || self.was_told_apart(&[one.chart], other.person)? {
            return Ok(());
        }
        self.rows.open_doubt(item, (one.person, other.person))
    }
}

fn taken_back(decided: &DecidedStep, moved: usize, entries: &str) -> String {
    let what = match LinkAct::from_number(decided.act) {
        Ok(LinkAct::SamePerson) => "The link was taken back",
        Ok(LinkAct::NotTheSame) => "It was taken back that they are two people's",
        _ => "It was taken back that the chart is another person's",
    };
    match moved {
        0 => format!("{what}. What is told of them puts every chart where it is."),
        1 => format!("{what}: 1 chart and {entries} moved."),
        count => format!("{what}: {count} charts and {entries} moved."),
    }
}
