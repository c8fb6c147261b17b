//! Carrying out what somebody decided about whose records are one person's. Everything that is
//! decided is a move of charts, with what they hold, from one person to another; it may be taken back exactly.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use record::{ChartId, Demographics, MessageId, PersonId};

use crate::apply::{Candidate, IdentityRules, Placement};
use crate::candidates::ChartTold;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::facts::{Seen, facts_of_row};
use crate::identity_hands::LinkAct;
use crate::identity_pair::have_two_numbers;
use crate::joins::together;
use crate::kept_apart::KeptApart;
use crate::link_to_do::{HandLink, How, LinkDone, LinkToDo};
use crate::order::{ACT_LINKED, Noted};
use crate::rows::{ChartRow, Rows, WorkItem};

/// The people concerned with their charts.
struct Sides {
    people: [Option<PersonId>; 2],
    charts: [Vec<ChartRow>; 2],
}

impl Sides {
    fn ids(&self, side: usize) -> BTreeSet<ChartId> {
        self.charts.get(side).map(|rows| rows.iter().map(|row| row.chart).collect()).unwrap_or_default()
    }
}

const SETTLED: &str = "Nothing was done: it was settled meanwhile.";
const CHANGED: &str = "Nothing was done: what is told of them has changed since. Look again.";
const SEALED: &str = "Nothing was done: this cannot be decided here.";
const TWO_NUMBERS: &str = "Nothing was done: they tell two different NHS numbers.";
const SECOND: &str = "Nothing was done: a second reviewer is needed.";
const ALL_THERE_IS: &str = "Nothing was done: that is all that the record holds.";
const NOT_THEIRS: &str = "Nothing was done: the chart is another record's by now.";

/// Carries a decision out through these rows, within their transaction.
pub(crate) fn carry_out(rows: &dyn Rows, rules: &IdentityRules, todo: &LinkToDo) -> Result<LinkDone, StoreError> {
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

fn done(todo: &LinkToDo, outcome: String, noted: Option<String>) -> LinkDone {
    let noted = noted.map(|note| Noted { act: ACT_LINKED, at: todo.at, note: Some(note) });
    LinkDone { at: todo.at, outcome, noted, item: todo.item }
}

impl Placing<'_> {
    /// Whom the decision is about. Words where it no longer holds.
    fn sides_of(&self, todo: &LinkToDo) -> Result<Result<Sides, &'static str>, StoreError> {
        match &todo.how {
            How::Now { seen, doubt } => {
                let Some(doubt) = doubt else { return Ok(Err(SETTLED)) };
                if !doubt.is_open && todo.act != LinkAct::Unlink {
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
            return Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], None))));
        };
        if let Some(refused) = self.cannot_be_one(moving, there, todo.is_seconded)? {
            return Ok(done(todo, refused.to_owned(), None));
        }
        let charts = sides.ids(0);
        let entries = self.entries_in(&charts)?;
        for row in moving {
            for other in there {
                self.rows.bring_together(row.chart, other.chart)?;
            }
        }
        let joins = self.rows.joins_of(from)?;
        self.move_together(&charts, &joins, (from, to), "somebody decided that they are one person's")?;
        for chart in &charts {
            self.rows.put_hand_link(HandLink { chart: *chart, step: todo.step, from, person: to })?;
        }
        self.rows.close_doubts(todo.item, Some((from, to)))?;
        self.rows.links_moved(to)?;
        let outcome =
            format!("Both are one person's record now: {} and {entries} moved.", counted(charts.len(), "chart"));
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], Some(to)))))
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
        self.rows.close_doubts(todo.item, Some((one, other)))?;
        self.rows.links_moved(one)?;
        self.rows.links_moved(other)?;
        let outcome = "They are kept as two people's until either is told otherwise.".to_owned();
        Ok(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], None))))
    }

    fn keep_apart(&self, these: &[ChartRow], those: &[ChartRow]) -> Result<(), StoreError> {
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
        let joins = self.rows.joins_of(person)?;
        let (mut leaving, link) = self.leaving(chart, person, rows)?;
        let unclear = match link {
            Some(_) => self.what_came_since(person, rows, &mut leaving)?,
            None => Vec::new(),
        };
        let (going, staying): (Vec<ChartRow>, Vec<ChartRow>) =
            rows.iter().cloned().partition(|row| leaving.contains(&row.chart));
        if staying.is_empty() {
            return Ok(done(todo, ALL_THERE_IS.to_owned(), None));
        }
        let home = self.home_of(todo, chart, person, &going, link)?;
        let entries = self.entries_in(&leaving)?;
        let before = todo.note([sides.ids(0), sides.ids(1)], Some(home));
        self.uncover_between(person, &leaving)?;
        self.move_together(&leaving, &joins, (person, home), "somebody decided that it is another person's")?;
        if let Some(link) = link {
            leaving.iter().try_for_each(|chart| self.rows.take_hand_link(*chart, link.step))?;
        }
        self.keep_apart(&going, &staying)?;
        self.rows.close_doubts(todo.item, None)?;
        self.rows.name_both(todo.item, person, home)?;
        for row in &unclear {
            self.ask_whose(row, person, home)?;
        }
        self.rows.links_moved(person)?;
        self.rows.links_moved(home)?;
        let outcome = format!("{} and {entries} were taken out of the record.", counted(leaving.len(), "chart"));
        Ok(done(todo, outcome, Some(before)))
    }

    /// Which charts go with one that is taken out, and the decision that is undone by it.
    pub(crate) fn leaving(
        &self,
        chart: ChartId,
        person: PersonId,
        rows: &[ChartRow],
    ) -> Result<(BTreeSet<ChartId>, Option<HandLink>), StoreError> {
        let joins = self.rows.joins_of(person)?;
        let mut leaving = together(chart, &joins);
        let link = self.rows.hand_link_to(chart, person)?;
        if let Some(link) = link {
            for row in rows {
                if self.rows.hand_link_to(row.chart, person)?.is_some_and(|one| one.step == link.step) {
                    leaving.extend(together(row.chart, &joins));
                }
            }
        }
        Ok((leaving, link))
    }

    /// What came to the record while two people's were one: where its number says that it is theirs who leave, it
    /// leaves too. Gives those of which that is not clear.
    fn what_came_since(
        &self,
        person: PersonId,
        rows: &[ChartRow],
        leaving: &mut BTreeSet<ChartId>,
    ) -> Result<Vec<ChartRow>, StoreError> {
        let (going, staying): (Vec<&ChartRow>, Vec<&ChartRow>) =
            rows.iter().partition(|row| leaving.contains(&row.chart));
        let Some(first) = going.first() else { return Ok(Vec::new()) };
        let mut since = Vec::new();
        let mut before = Vec::new();
        for row in staying {
            let is_since = self.rows.hand_link_to(row.chart, person)?.is_none()
                && self.rows.came_after(row.chart, first.chart, person)?;
            if is_since { since.push(row) } else { before.push(row) }
        }
        let joins = self.rows.joins_of(person)?;
        let mut unclear = Vec::new();
        for row in since {
            let told = ChartTold::read(row.clone())?.told;
            match (self.would_be(&told, &before)?, self.would_be(&told, &going)?) {
                (true, _) => {}
                (false, true) => leaving.extend(together(row.chart, &joins)),
                (false, false) => unclear.push(row.clone()),
            }
        }
        unclear.retain(|row| !leaving.contains(&row.chart));
        Ok(unclear)
    }

    /// Whether its number alone would bring whoever is told to the one who has these charts.
    fn would_be(&self, told: &Demographics, rows: &[&ChartRow]) -> Result<bool, StoreError> {
        let told_there = rows.iter().map(|row| Ok(ChartTold::read((*row).clone())?.told));
        let charts: Vec<Demographics> = told_there.collect::<Result<_, StoreError>>()?;
        let has_number = charts.iter().any(|chart| chart.nhs_number.is_some() && chart.nhs_number == told.nhs_number);
        let there = Candidate { person: PersonId(0), charts, shares_family_and_birth_at_address: false };
        Ok(has_number && matches!((self.rules.place)(told, &[there]), Placement::Link(..)))
    }

    /// Somebody is asked whose a chart is that came while two people's records were one.
    fn ask_whose(&self, row: &ChartRow, person: PersonId, home: PersonId) -> Result<(), StoreError> {
        let item = WorkItem {
            at: self.at,
            kind: "merge".into(),
            person,
            other: Some(home),
            chart: row.chart,
            source: row.source,
            message: self.message,
            reasons: "it came while two people's records were one".to_owned(),
            odds: None,
        };
        self.rows.work_item(item).map(drop)
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
            (How::Again { home, .. }, _) => *home,
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
        let Some(before) = before.filter(|before| *before != person) else { return self.rows.new_person(None) };
        if self.rows.charts_of(before)?.is_empty() {
            return self.rows.new_person(Some(before));
        }
        if self.fits(going, before)? { Ok(before) } else { self.rows.new_person(None) }
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

    fn entries_in(&self, charts: &BTreeSet<ChartId>) -> Result<String, StoreError> {
        let counts = charts.iter().map(|chart| Ok(self.rows.entries_of(*chart)?.len()));
        let count = counts.sum::<Result<usize, StoreError>>()?;
        Ok(if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") })
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
