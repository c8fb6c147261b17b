//! Taking a chart out of a record in which a rule has put it; and the careful way of taking a link by hand back, where what
//! would be without it cannot be told.

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::came_since::{CameSince, Two};
use crate::charts::Placing;
use crate::error::StoreError;
use crate::homes::Leaving;
use crate::joins::{Join, together, were_parted};
use crate::link_to_do::{HandLink, How, LinkToDo};
use crate::rows::ChartRow;

impl Placing<'_> {
    /// Takes out of the record what leaves it, and places anew what had come meanwhile. To whom it went.
    pub(crate) fn take_out(
        &self,
        todo: &LinkToDo,
        chart: ChartId,
        person: PersonId,
        rows: &[ChartRow],
        leaving: &Leaving,
    ) -> Result<Option<PersonId>, StoreError> {
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
    pub(crate) fn doubt_again(&self, join: &Join, reasons: &str) -> Result<(), StoreError> {
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
                if were_parted(self.rows, row.chart, other.chart)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
