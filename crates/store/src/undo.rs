//! Taking back what somebody decided: a link by hand once its chart is taken out, and the taking out of a chart once it is
//! linked again. Each comes to what would be had it never been decided (`placed_anew.rs`).

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::charts::Placing;
use crate::error::StoreError;
use crate::history::Happened;
use crate::homes::Leaving;
use crate::identity_hands::LinkAct;
use crate::link_by_hand::{STAY_MERGED, Sides, done, taken_out};
use crate::link_to_do::{LinkDone, LinkToDo};
use crate::placed_anew::Anew;
use crate::rows::ChartRow;
use crate::who_step::{DecidedStep, WhoStep};

const STAY_BY_RULE: &str =
    "The link was taken back. They stay one record: what is told of them says so without it. Look again.";

impl Placing<'_> {
    /// Takes a link by hand back. Nothing where what would be without it cannot be told.
    pub(crate) fn undo_link(
        &self,
        todo: &LinkToDo,
        (chart, person): (ChartId, PersonId),
        sides: &Sides,
        step: i64,
    ) -> Result<Option<LinkDone>, StoreError> {
        let Some(history) = self.history_of(&[person])? else { return Ok(None) };
        let Some(anew) = self.without(history, step)?.anew() else { return Ok(None) };
        let Some(decided) = anew.history.decided(step).cloned() else { return Ok(None) };
        let linked = anew.with.links.values().filter(|link| link.step == step).map(|link| link.chart).collect();
        let leaves = self.leaves(&anew, person, &linked);
        let entries = self.entries_in(&leaves)?;
        let moved = self.come_out(&anew, &linked)?;
        self.note_undone(&decided)?;
        let [these, those] = self.sides_then(&decided)?;
        self.tell_apart(&these, &those)?;
        self.note_told_apart(todo, decided.sides.clone())?;
        self.rows.close_doubts(todo.item, None)?;
        let mut whose = Vec::new();
        for one in std::iter::once(&chart).chain(&leaves) {
            whose.extend(self.rows.chart_row(*one)?.map(|row| row.person).filter(|now| *now != person));
        }
        let home = whose.first().copied();
        if let Some(home) = home {
            self.rows.name_both(todo.item, person, home)?;
        }
        let joined = self.rows.joins_of(person)?;
        let by_source = joined.iter().any(|join| linked.contains(&join.prior) != linked.contains(&join.survivor));
        let outcome = match leaves.len() {
            0 if by_source => STAY_MERGED.to_owned(),
            0 if moved.is_empty() => STAY_BY_RULE.to_owned(),
            count => taken_out(count, &entries),
        };
        Ok(Some(done(todo, outcome, Some(todo.note([sides.ids(0), sides.ids(1)], home, self.sent.note())))))
    }

    /// The decision that brought to the person all that would stay there: to take out what was there before is to undo it.
    pub(crate) fn brought_all_else(
        &self,
        person: PersonId,
        rows: &[ChartRow],
        leaving: &Leaving,
    ) -> Result<Option<i64>, StoreError> {
        let mut steps = BTreeSet::new();
        for row in rows.iter().filter(|row| !leaving.out.contains(&row.chart)) {
            steps.insert(self.rows.hand_link_to(row.chart, person)?.map(|link| link.step));
        }
        Ok(if steps.len() == 1 { steps.first().copied().flatten() } else { None })
    }

    /// What leaves the person of those whom the decision had linked: or, where these keep the person, what leaves them.
    fn leaves(&self, anew: &Anew, person: PersonId, linked: &BTreeSet<ChartId>) -> BTreeSet<ChartId> {
        let all = anew.history.charts.values().filter(|known| known.row.person == person).map(|known| known.row.chart);
        let leaving: BTreeSet<ChartId> = all.filter(|chart| anew.without.person(*chart) != Some(person)).collect();
        let theirs: BTreeSet<ChartId> = leaving.intersection(linked).copied().collect();
        if theirs.is_empty() { leaving } else { theirs }
    }

    /// Links a chart again that somebody had taken out of this record, by taking that back. Whether it was that.
    pub(crate) fn undo_taking_out(
        &self,
        todo: &LinkToDo,
        these: &[ChartRow],
        those: &[ChartRow],
    ) -> Result<bool, StoreError> {
        let (Some(one), Some(other)) = (these.first(), those.first()) else { return Ok(false) };
        if self.rows.kept_apart(one.chart)?.is_empty() && self.rows.kept_apart(other.chart)?.is_empty() {
            return Ok(false);
        }
        let Some(history) = self.history_of(&[one.person, other.person])? else {
            self.moved.carefully();
            return Ok(false);
        };
        let has = |rows: &[ChartRow], charts: &[u64]| rows.iter().any(|row| charts.contains(&row.chart.0));
        let is_it = |decided: &&DecidedStep| {
            let [out, stayed] = &decided.sides;
            decided.act == LinkAct::Unlink.number()
                && !history.undone.contains(&decided.step)
                && (has(these, out) && has(those, stayed) || has(those, out) && has(these, stayed))
        };
        let all = history.happened.iter().rev().filter_map(|one| match one {
            Happened::Decided(decided) => Some(decided),
            _ => None,
        });
        let Some(decided) = all.into_iter().find(is_it).cloned() else { return Ok(false) };
        let Some(anew) = self.without(history, decided.step)?.anew() else {
            self.moved.carefully();
            return Ok(false);
        };
        let Some(to) = anew.without.person(one.chart) else { return Ok(false) };
        if these.iter().chain(those).any(|row| anew.without.person(row.chart) != Some(to)) {
            return Ok(false);
        }
        self.come_out(&anew, &BTreeSet::new())?;
        self.note_undone(&decided)?;
        self.rows.close_doubts(todo.item, Some((one.person, other.person)))?;
        Ok(true)
    }

    pub(crate) fn note_undone(&self, decided: &DecidedStep) -> Result<(), StoreError> {
        let charts: Vec<ChartId> = decided.charts().collect();
        self.rows.note_step(&charts, &WhoStep::Undone(decided.step).text())
    }

    /// Writes down that charts were taken out, and which decision that took back, if any.
    pub(crate) fn note_taken_out(
        &self,
        todo: &LinkToDo,
        leaving: &Leaving,
        (rows, staying): (&[ChartRow], &[ChartRow]),
        home: Option<PersonId>,
    ) -> Result<(), StoreError> {
        let out = leaving.all();
        let (out, stayed): (Vec<u64>, Vec<u64>) =
            rows.iter().map(|row| row.chart.0).partition(|chart| out.contains(&ChartId(*chart)));
        if let Some(link) = leaving.link {
            let charts: Vec<ChartId> = rows.iter().map(|row| row.chart).collect();
            self.rows.note_step(&charts, &WhoStep::Undone(link.step).text())?;
            // What its source had merged with the others meanwhile was never told apart from them.
            let apart = staying.iter().map(|row| row.chart).filter(|chart| !leaving.brought.contains(chart));
            return self.note_told_apart(todo, [out, apart.map(|chart| chart.0).collect()]);
        }
        let apart = staying.iter().map(|row| row.chart.0).collect();
        self.note_decided(todo, [out, stayed], home, apart)
    }
}
