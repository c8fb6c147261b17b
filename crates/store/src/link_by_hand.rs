//! Carrying out what somebody decided about whose records are one person's. Everything that is
//! decided is a move of charts, with what they hold, from one person to another; it may be taken back exactly.

use std::cell::RefCell;
use std::collections::BTreeSet;

use record::{ChartId, MessageId, PersonId};

use crate::apply::IdentityRules;
use crate::candidates::ChartTold;
use crate::charts::Placing;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::facts::{Seen, facts_of_row};
use crate::foreseen::{Foreseen, Moved};
use crate::identity_hands::LinkAct;
use crate::identity_pair::have_two_numbers;
use crate::kept_apart::KeptApart;
use crate::link_to_do::{HandLink, How, LinkDone, LinkToDo};
use crate::order::{ACT_LINKED, Noted};
use crate::rows::{ChartRow, Rows};
use crate::sent_away::SentAway;

/// The people concerned with their charts.
pub(crate) struct Sides {
    pub(crate) people: [Option<PersonId>; 2],
    charts: [Vec<ChartRow>; 2],
}

impl Sides {
    pub(crate) fn ids(&self, side: usize) -> BTreeSet<ChartId> {
        self.charts.get(side).map(|rows| rows.iter().map(|row| row.chart).collect()).unwrap_or_default()
    }
}

const SETTLED: &str = "Nothing was done: it was settled meanwhile.";
const CHANGED: &str = "Nothing was done: what is told of them has changed since. Look again.";
const MOVES_OTHERWISE: &str = "Nothing was done: other charts would move than were shown. Look again.";
/// Between the facts that were seen and what was shown to move.
pub(crate) const MOVES: char = '.';
pub(crate) const SEALED: &str = "Nothing was done: this cannot be decided here.";
const TWO_NUMBERS: &str = "Nothing was done: they tell two different NHS numbers.";
const SECOND: &str = "Nothing was done: a second reviewer is needed.";
const ALL_THERE_IS: &str = "Nothing was done: that is all that the record holds.";
pub(crate) const STAY_MERGED: &str =
    "The link was taken back. They stay one record: their source has since said that they are one patient's.";
const NOT_THEIRS: &str = "Nothing was done: the chart is another record's by now.";

/// Carries a decision out through these rows, within their transaction. Where other charts would move than were shown,
/// nothing is done.
pub(crate) fn carry_out(rows: &dyn Rows, rules: &IdentityRules, todo: &LinkToDo) -> Result<LinkDone, StoreError> {
    rows.begin_attempt()?;
    let mut done = decided(rows, rules, todo)?;
    let shown = todo.seen().and_then(|seen| parts(seen).1);
    if done.noted.is_some() && shown.is_some_and(|shown| shown != done.moved.digest()) {
        rows.undo_attempt()?;
        done = self::done(todo, MOVES_OTHERWISE.to_owned(), None);
    }
    rows.end_attempt()?;
    // What is only foreseen takes nothing back.
    if done.noted.is_some() && done.moved.is_careful && !todo.is_foreseen() {
        tracing::warn!(
            "a decision is taken back without placing anew: something played a part that is not known any more"
        );
    }
    Ok(done)
}

/// The facts that were seen, and which charts were shown to move, of what a form carried.
fn parts(seen: &str) -> (&str, Option<&str>) {
    seen.split_once(MOVES).map_or((seen, None), |(facts, moves)| (facts, Some(moves)))
}

fn decided(rows: &dyn Rows, rules: &IdentityRules, todo: &LinkToDo) -> Result<LinkDone, StoreError> {
    let sent = match &todo.how {
        How::Again { sent, .. } => SentAway::again(sent),
        How::Now { .. } => SentAway::default(),
    };
    let placing = Placing {
        rows,
        rules,
        given: None,
        source: 0,
        message: MessageId(0),
        stated_at: None,
        at: todo.at,
        is_by_hand: true,
        moved: Moved::default(),
        ready: &[],
        indexed: RefCell::default(),
        in_question: RefCell::default(),
        sent: &sent,
    };
    let sides = match placing.sides_of(todo)? {
        Ok(sides) => sides,
        Err(outcome) => return Ok(done(todo, outcome.to_owned(), None)),
    };
    let done = match todo.act {
        LinkAct::SamePerson => placing.same_person(todo, &sides)?,
        LinkAct::NotTheSame => placing.not_the_same(todo, &sides)?,
        LinkAct::Unlink => placing.unlink(todo, &sides)?,
        LinkAct::TakeBack => placing.take_back(todo, &sides)?,
        LinkAct::AskTheSource => done(todo, String::new(), None),
    };
    Ok(LinkDone { moved: placing.foreseen()?, ..done })
}

pub(crate) fn done(todo: &LinkToDo, outcome: String, noted: Option<String>) -> LinkDone {
    let noted = noted.map(|note| Noted { act: ACT_LINKED, at: todo.at, note: Some(note) });
    LinkDone { at: todo.at, outcome, noted, item: todo.item, moved: Foreseen::default() }
}

impl Placing<'_> {
    /// Whom the decision is about. Words where it no longer holds.
    fn sides_of(&self, todo: &LinkToDo) -> Result<Result<Sides, &'static str>, StoreError> {
        match &todo.how {
            How::Now { seen, doubt } => {
                let Some(doubt) = doubt else { return Ok(Err(SETTLED)) };
                let is_of_a_record = Named::of(todo.item.cast_unsigned()).chart().is_some();
                let is_undoing = matches!(todo.act, LinkAct::Unlink | LinkAct::TakeBack);
                if !doubt.is_open && !is_undoing && !is_of_a_record {
                    return Ok(Err(SETTLED));
                }
                let other = doubt.other.filter(|other| *other != doubt.person);
                let sides = self.read_sides([Some(doubt.person), other])?;
                let slices: Vec<&[ChartRow]> = sides
                    .people
                    .iter()
                    .zip(&sides.charts)
                    .filter(|(one, _)| one.is_some())
                    .map(|(_, it)| it.as_slice())
                    .collect();
                let facts = Seen::of(&slices)?.hex();
                let is_same = seen.as_deref().is_none_or(|seen| parts(seen).0 == facts);
                Ok(if is_same { Ok(sides) } else { Err(CHANGED) })
            }
            How::Again { sides, .. } => {
                let mut people = [None, None];
                for (person, charts) in people.iter_mut().zip(sides) {
                    *person = self.person_of_all(charts)?;
                    if person.is_none() && !charts.is_empty() {
                        return Ok(Err(CHANGED));
                    }
                }
                let found = self.read_sides(people)?;
                // What somebody decided holds for the charts that they saw.
                let seen_all =
                    (0..2).all(|side| sides.get(side).is_some_and(|charts| found.ids(side).is_subset(charts)));
                Ok(if seen_all && people.first() != people.get(1) { Ok(found) } else { Err(CHANGED) })
            }
        }
    }

    fn read_sides(&self, people: [Option<PersonId>; 2]) -> Result<Sides, StoreError> {
        let charts = |person: Option<PersonId>| person.map_or(Ok(Vec::new()), |person| self.rows.charts_of(person));
        let [one, other] = people;
        Ok(Sides { people, charts: [charts(one)?, charts(other)?] })
    }

    /// Whose all of these charts are, as far as there are any.
    fn person_of_all(&self, charts: &BTreeSet<ChartId>) -> Result<Option<PersonId>, StoreError> {
        let mut found = None;
        for chart in charts {
            let Some(row) = self.rows.chart_row(*chart)? else { continue };
            if found.is_some_and(|person| person != row.person) {
                return Ok(None);
            }
            found = Some(row.person);
        }
        Ok(found)
    }

    /// All charts of the one person go to the other, whom more is known of.
    fn same_person(&self, todo: &LinkToDo, sides: &Sides) -> Result<LinkDone, StoreError> {
        let ([Some(from), Some(to)], [moving, there]) = (sides.people, &sides.charts) else {
            self.rows.close_doubts(todo.item, None)?;
            for person in sides.people.into_iter().flatten() {
                self.rows.links_moved(person)?;
            }
            let outcome = "It was decided that the record holds one person.".to_owned();
            return Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], None, self.sent.note()))));
        };
        if let Some(refused) = self.cannot_be_one(moving, there, todo.is_seconded)? {
            return Ok(done(todo, refused.to_owned(), None));
        }
        let charts = sides.ids(0);
        let entries = self.entries_in(&charts)?;
        if !self.undo_taking_out(todo, moving, there)? {
            let ids = |rows: &[ChartRow]| rows.iter().map(|row| row.chart.0).collect::<Vec<u64>>();
            self.link_all(todo.step, (from, to), there)?;
            self.note_decided(todo, [ids(moving), ids(there)], Some(to), Vec::new())?;
        }
        self.rows.close_doubts(todo.item, Some((from, to)))?;
        self.rows.links_moved(to)?;
        let outcome =
            format!("Both are one person's record now: {} and {entries} moved.", counted(charts.len(), "chart"));
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], Some(to), self.sent.note()))))
    }

    /// All charts of the one person are the other's from now on, by this decision.
    pub(crate) fn link_all(
        &self,
        step: i64,
        (from, to): (PersonId, PersonId),
        there: &[ChartRow],
    ) -> Result<(), StoreError> {
        let moving = self.rows.charts_of(from)?;
        for row in &moving {
            for other in there {
                self.rows.bring_together(row.chart, other.chart)?;
            }
        }
        let charts = moving.into_iter().map(|row| row.chart).collect();
        let joins = self.rows.joins_of(from)?;
        self.move_in_order(&charts, &joins, (from, to), "somebody decided that they are one person's")?;
        charts.into_iter().try_for_each(|chart| self.rows.put_hand_link(HandLink { chart, step, from, person: to }))
    }

    /// Why the two are never one person's, or not yet.
    pub(crate) fn cannot_be_one(
        &self,
        moving: &[ChartRow],
        there: &[ChartRow],
        is_seconded: bool,
    ) -> Result<Option<&'static str>, StoreError> {
        let sealed = self.rows.sealed_from(&moving.iter().map(|row| row.chart).collect())?;
        if there.iter().any(|other| sealed.iter().any(|(_, from)| *from == other.chart)) {
            return Ok(Some(SEALED));
        }
        if have_two_numbers(&[moving, there])? {
            return Ok(Some(TWO_NUMBERS));
        }
        for row in moving {
            let told = ChartTold::read(row.clone())?.told;
            for other in there {
                let there = ChartTold::read(other.clone())?.told;
                if !is_seconded && (self.rules.cannot_merge)(&told, &there).is_some() {
                    return Ok(Some(SECOND));
                }
            }
        }
        Ok(None)
    }

    fn not_the_same(&self, todo: &LinkToDo, sides: &Sides) -> Result<LinkDone, StoreError> {
        let ([Some(one), Some(other)], [these, those]) = (sides.people, &sides.charts) else {
            return Ok(done(todo, SETTLED.to_owned(), None));
        };
        self.keep_apart(these, those)?;
        let ids = |rows: &[ChartRow]| rows.iter().map(|row| row.chart.0).collect::<Vec<u64>>();
        self.note_decided(todo, [ids(these), ids(those)], None, Vec::new())?;
        self.rows.close_doubts(todo.item, Some((one, other)))?;
        self.rows.links_moved(one)?;
        self.rows.links_moved(other)?;
        let outcome = "They are kept as two people's until either is told otherwise.".to_owned();
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], None, self.sent.note()))))
    }

    pub(crate) fn keep_apart(&self, these: &[ChartRow], those: &[ChartRow]) -> Result<(), StoreError> {
        for one in these {
            for other in those {
                let (facts, other_facts) = (facts_of_row(one)?, facts_of_row(other)?);
                let kept = KeptApart { chart: one.chart, other: other.chart, facts, other_facts };
                self.rows.keep_apart(kept)?;
                self.rows.keep_apart(kept.the_other_way())?;
            }
        }
        Ok(())
    }

    /// Takes a chart out of a person's record, with what its source has joined with it and what
    /// came with it by the same decision.
    fn unlink(&self, todo: &LinkToDo, sides: &Sides) -> Result<LinkDone, StoreError> {
        let Some(chart) = todo.chart else { return Ok(done(todo, SETTLED.to_owned(), None)) };
        let Some((person, rows)) = sides.people.iter().zip(&sides.charts).find_map(|(person, rows)| {
            person.filter(|_| rows.iter().any(|row| row.chart == chart)).map(|it| (it, rows))
        }) else {
            return Ok(done(todo, NOT_THEIRS.to_owned(), None));
        };
        let leaving = self.leaving(chart, person, rows)?;
        let undone = match leaving.link {
            Some(link) => Some(link.step),
            None => self.brought_all_else(person, rows, &leaving)?,
        };
        if let Some(step) = undone
            && let Some(done) = self.undo_link(todo, (chart, person), sides, step)?
        {
            return Ok(done);
        }
        if undone.is_some() {
            self.moved.carefully();
        }
        if leaving.link.is_none() && leaving.out.len() == rows.len() {
            return Ok(done(todo, ALL_THERE_IS.to_owned(), None));
        }
        // What a source had merged while the two were one is looked at first: it may not hold what leaves.
        let doubted = self.doubt_unlooked(person, &leaving.brought)?;
        let leaving = self.leaving(chart, person, rows)?;
        let all = leaving.all();
        let entries = self.entries_in(&all)?;
        let home = self.take_out(todo, chart, person, rows, &leaving)?;
        doubted.iter().try_for_each(|(join, reasons)| self.doubt_again(join, reasons))?;
        let outcome = match all.len() {
            0 => STAY_MERGED.to_owned(),
            count => taken_out(count, &entries),
        };
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], home, self.sent.note()))))
    }

    pub(crate) fn entries_in(&self, charts: &BTreeSet<ChartId>) -> Result<String, StoreError> {
        let counts = charts.iter().map(|chart| Ok(self.rows.entries_of(*chart)?.len()));
        let count = counts.sum::<Result<usize, StoreError>>()?;
        Ok(if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") })
    }
}

/// What came of taking charts out.
pub(crate) fn taken_out(count: usize, entries: &str) -> String {
    format!("{} and {entries} were taken out of the record.", counted(count, "chart"))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
