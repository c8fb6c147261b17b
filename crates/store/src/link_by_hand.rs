//! Carrying out what somebody decided about whose records are one person's. Everything that is
//! decided is a move of charts, with what they hold, from one person to another; it may be taken back exactly.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use record::{ChartId, MessageId, PersonId};

use crate::apply::IdentityRules;
use crate::came_since::{CameSince, Two};
use crate::candidates::ChartTold;
use crate::charts::Placing;
use crate::doubt_number::Named;
use crate::error::StoreError;
use crate::facts::{Seen, facts_of_row};
use crate::homes::Leaving;
use crate::identity_hands::LinkAct;
use crate::identity_pair::have_two_numbers;
use crate::joins::{Join, together};
use crate::kept_apart::KeptApart;
use crate::link_to_do::{HandLink, How, LinkDone, LinkToDo};
use crate::order::{ACT_LINKED, Noted};
use crate::rows::{ChartRow, Rows};
use crate::sent_away::SentAway;

/// The people concerned with their charts.
pub(crate) struct Sides {
    people: [Option<PersonId>; 2],
    charts: [Vec<ChartRow>; 2],
}

impl Sides {
    pub(crate) fn ids(&self, side: usize) -> BTreeSet<ChartId> {
        self.charts.get(side).map(|rows| rows.iter().map(|row| row.chart).collect()).unwrap_or_default()
    }
}

const SETTLED: &str = "Nothing was done: it was settled meanwhile.";
const CHANGED: &str = "Nothing was done: what is told of them has changed since. Look again.";
const SEALED: &str = "Nothing was done: this cannot be decided here.";
const TWO_NUMBERS: &str = "Nothing was done: they tell two different NHS numbers.";
const SECOND: &str = "Nothing was done: a second reviewer is needed.";
const ALL_THERE_IS: &str = "Nothing was done: that is all that the record holds.";
pub(crate) const STAY_MERGED: &str =
    "The link was taken back. They stay one record: their source has since said that they are one patient's.";
const NOT_THEIRS: &str = "Nothing was done: the chart is another record's by now.";

/// Carries a decision out through these rows, within their transaction.
pub(crate) fn carry_out(rows: &dyn Rows, rules: &IdentityRules, todo: &LinkToDo) -> Result<LinkDone, StoreError> {
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
        has_moved: Cell::new(false),
        ready: &[],
        indexed: RefCell::default(),
        in_question: RefCell::default(),
        sent: &sent,
    };
    let sides = match placing.sides_of(todo)? {
        Ok(sides) => sides,
        Err(outcome) => return Ok(done(todo, outcome.to_owned(), None)),
    };
    match todo.act {
        LinkAct::SamePerson => placing.same_person(todo, &sides),
        LinkAct::NotTheSame => placing.not_the_same(todo, &sides),
        LinkAct::Unlink => placing.unlink(todo, &sides),
        LinkAct::AskTheSource => Ok(done(todo, String::new(), None)),
    }
}

pub(crate) fn done(todo: &LinkToDo, outcome: String, noted: Option<String>) -> LinkDone {
    let noted = noted.map(|note| Noted { act: ACT_LINKED, at: todo.at, note: Some(note) });
    LinkDone { at: todo.at, outcome, noted, item: todo.item }
}

impl Placing<'_> {
    /// Whom the decision is about. Words where it no longer holds.
    fn sides_of(&self, todo: &LinkToDo) -> Result<Result<Sides, &'static str>, StoreError> {
        match &todo.how {
            How::Now { seen, doubt } => {
                let Some(doubt) = doubt else { return Ok(Err(SETTLED)) };
                let is_of_a_record = Named::of(todo.item.cast_unsigned()).chart().is_some();
                if !doubt.is_open && todo.act != LinkAct::Unlink && !is_of_a_record {
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
                let is_same = Seen::of(&slices)?.hex() == *seen;
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
    fn cannot_be_one(
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
        if leaving.link.is_none() && leaving.out.len() == rows.len() {
            return Ok(done(todo, ALL_THERE_IS.to_owned(), None));
        }
        let all = leaving.all();
        let entries = self.entries_in(&all)?;
        let home = self.take_out(todo, chart, person, rows, &leaving)?;
        let outcome = match all.len() {
            0 => STAY_MERGED.to_owned(),
            count => taken_out(count, &entries),
        };
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], home, self.sent.note()))))
    }

    /// Takes out of the record what leaves it, and places anew what had come meanwhile. To whom it went.
    pub(crate) fn take_out(
        &self,
        todo: &LinkToDo,
        chart: ChartId,
        person: PersonId,
        rows: &[ChartRow],
        leaving: &Leaving,
    ) -> Result<Option<PersonId>, StoreError> {
        let doubted = self.doubt_unlooked(person, &leaving.brought)?;
        let leaving = &self.leaving(chart, person, rows)?;
        let of = |charts: &BTreeSet<ChartId>| -> Vec<ChartRow> {
            rows.iter().filter(|row| charts.contains(&row.chart)).cloned().collect()
        };
        let since = self.came_before_it_was_undone(person, rows, leaving)?;
        let all = leaving.all();
        let (back, out) = self.homes_of(todo, chart, person, (&of(&leaving.back), &of(&leaving.out)), leaving.link)?;
        self.uncover_between(person, &all)?;
        if let Some(link) = leaving.link {
            self.tell_homes(&leaving.brought, (person, back.unwrap_or(link.from)))?;
            leaving.brought.iter().try_for_each(|chart| self.rows.take_hand_link(*chart, link.step))?;
        }
        for (charts, home) in [(&leaving.back, back), (&leaving.out, out)] {
            let Some(home) = home else { continue };
            let joins = self.rows.joins_of(person)?;
            self.move_in_order(charts, &joins, (person, home), "somebody decided that it is another person's")?;
        }
        let came: BTreeSet<ChartId> = since.charts();
        let is_apart = |row: &&ChartRow| !all.contains(&row.chart) && !came.contains(&row.chart);
        let staying: Vec<ChartRow> = rows.iter().filter(is_apart).cloned().collect();
        self.keep_apart_what_left(leaving, &of(&all), &staying)?;
        let homes: Vec<PersonId> = [Some(person), back, out].into_iter().flatten().collect();
        self.rows.close_doubts(todo.item, None)?;
        if let [_, home, ..] = homes.as_slice() {
            self.rows.name_both(todo.item, person, *home)?;
        }
        self.note_taken_out(todo, leaving, (rows, &staying), back.or(out))?;
        self.place_anew_each(person, since, &homes)?;
        doubted.iter().try_for_each(|(join, reasons)| self.doubt_again(join, reasons))?;
        homes.iter().try_for_each(|home| self.rows.links_moved(*home))?;
        Ok(back.or(out))
    }

    /// What a rule brought while the two that are parted now were one.
    fn came_before_it_was_undone(
        &self,
        person: PersonId,
        rows: &[ChartRow],
        leaving: &Leaving,
    ) -> Result<CameSince, StoreError> {
        let one = if leaving.link.is_some() { &leaving.brought } else { &leaving.out };
        let mut first: Option<(Option<i64>, ChartId)> = None;
        for row in rows.iter().filter(|row| !one.contains(&row.chart)) {
            let came = (self.rows.came(row.chart, person)?, row.chart);
            first = Some(first.map_or(came, |first| first.min(came)));
        }
        let joins = self.rows.joins_of(person)?;
        let Some((_, first)) = first else { return Ok(CameSince::default()) };
        let mut settled = leaving.all();
        settled.extend(together(first, &joins));
        self.came_since(person, &Two { each: [one, &BTreeSet::from([first])], settled: &settled, joins: &joins })
    }

    /// To whom the charts go that go back, and those that are taken out beside them.
    fn homes_of(
        &self,
        todo: &LinkToDo,
        chart: ChartId,
        person: PersonId,
        (back, out): (&[ChartRow], &[ChartRow]),
        link: Option<HandLink>,
    ) -> Result<(Option<PersonId>, Option<PersonId>), StoreError> {
        let home = match (back, out) {
            ([], []) => return Ok((None, None)),
            ([], out) => return Ok((None, Some(self.home_of(todo, chart, person, out, None)?))),
            (back, _) => self.home_of(todo, chart, person, back, link)?,
        };
        let own = out.first().map(|row| self.own_person(row.chart)).transpose()?;
        Ok((Some(home), own))
    }

    /// What somebody took out is kept apart from what stays. What its source had merged meanwhile was never told apart.
    fn keep_apart_what_left(
        &self,
        leaving: &Leaving,
        left: &[ChartRow],
        staying: &[ChartRow],
    ) -> Result<(), StoreError> {
        let (out, back): (Vec<ChartRow>, Vec<ChartRow>) =
            left.iter().cloned().partition(|row| leaving.out.contains(&row.chart));
        let others: Vec<ChartRow> =
            staying.iter().filter(|row| !leaving.brought.contains(&row.chart)).cloned().collect();
        self.keep_apart(&back, &others)?;
        self.keep_apart(&out, staying)
    }

    /// The message that had joined two who cannot be one waits from now on.
    fn doubt_again(&self, join: &Join, reasons: &str) -> Result<(), StoreError> {
        let whose = |chart| Ok::<_, StoreError>(self.rows.chart_row(chart)?.map_or(join.person, |row| row.person));
        self.doubt_join(join, [whose(join.prior)?, whose(join.survivor)?], reasons)
    }

    /// Whose the charts are from now on: whose they were before a decision that is undone, or of somebody
    /// of whom nothing else is left, where nothing speaks against that; else of a new person.
    fn home_of(
        &self,
        todo: &LinkToDo,
        chart: ChartId,
        person: PersonId,
        going: &[ChartRow],
        link: Option<HandLink>,
    ) -> Result<PersonId, StoreError> {
        let before = match (&todo.how, link) {
            (How::Again { home, .. }, _) => home.filter(|home| self.sent.wanted(chart) != Some(*home)),
            (How::Now { .. }, Some(link)) => Some(link.from),
            (How::Now { .. }, None) => {
                let mut empty = None;
                for before in self.rows.people_before(chart)? {
                    if before != person && self.rows.charts_of(before)?.is_empty() {
                        empty = Some(before);
                        break;
                    }
                }
                empty
            }
        };
        let Some(before) = before.filter(|before| *before != person) else { return self.own_person(chart) };
        if self.rows.charts_of(before)?.is_empty() {
            return self.rows.new_person(Some(before));
        }
        if self.fits(going, before)? { Ok(before) } else { self.own_person(chart) }
    }

    /// Whether nothing that is known speaks against bringing these charts to the person.
    fn fits(&self, going: &[ChartRow], person: PersonId) -> Result<bool, StoreError> {
        let there = self.rows.charts_of(person)?;
        let charts: Vec<ChartId> = going.iter().map(|row| row.chart).collect();
        if self.was_told_apart(&charts, person)? || self.cannot_be_one(going, &there, false)?.is_some() {
            return Ok(false);
        }
        for row in going {
            for other in &there {
                if self.rows.was_parted(row.chart, other.chart)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
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
