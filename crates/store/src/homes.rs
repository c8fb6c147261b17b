//! Whose charts were that somebody has linked by hand, where their source has joined some of them since.

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::candidates::ChartTold;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::joins::{JOIN_DOUBTED, JOIN_HOLDS, Join, home, root, together};
use crate::link_to_do::HandLink;
use crate::rows::ChartRow;

/// What leaves a record where a chart is taken out of it.
#[derive(Default)]
pub(crate) struct Leaving {
    /// The decision that is undone by it.
    pub(crate) link: Option<HandLink>,
    /// Which charts that decision had brought.
    pub(crate) brought: BTreeSet<ChartId>,
    /// The charts that go back to whose they were before it.
    pub(crate) back: BTreeSet<ChartId>,
    /// Those that are somebody else's than what stays, whatever was decided before.
    pub(crate) out: BTreeSet<ChartId>,
}

impl Leaving {
    pub(crate) fn all(&self) -> BTreeSet<ChartId> {
        self.back.union(&self.out).copied().collect()
    }
}

/// Which charts go back where a chart of these is taken out that one decision had brought with others, and which go beside them.
fn back_and_out(
    chart: ChartId,
    charts: &BTreeSet<ChartId>,
    brought: &BTreeSet<ChartId>,
    joins: &[Join],
) -> (BTreeSet<ChartId>, BTreeSet<ChartId>) {
    let goes = |one: &&ChartId| root(&together(**one, joins), joins).is_some_and(|root| brought.contains(&root));
    let back: BTreeSet<ChartId> = charts.iter().filter(goes).copied().collect();
    let asked = together(chart, joins);
    let is_all = charts.iter().all(|one| asked.contains(one) || back.contains(one));
    let out = if back.contains(&chart) || is_all { BTreeSet::new() } else { asked };
    (back, out)
}

impl Placing<'_> {
    /// What goes with a chart that is taken out. What came by the same decision goes back, with what its source has merged
    /// into that. What the source has merged into a chart that was here before is that patient's by the source's word, and
    /// stays; unless it is the very chart that is to be taken out: then all of that patient's go, as one.
    pub(crate) fn leaving(&self, chart: ChartId, person: PersonId, rows: &[ChartRow]) -> Result<Leaving, StoreError> {
        let joins = self.rows.joins_of(person)?;
        let asked = together(chart, &joins);
        let first = root(&asked, &joins).unwrap_or(chart);
        let link = match self.rows.hand_link_to(first, person)? {
            None => self.rows.hand_link_to(chart, person)?,
            found => found,
        };
        let Some(link) = link else { return Ok(Leaving { out: asked, ..Leaving::default() }) };
        let brought = self.brought_by(link.step, person, rows)?;
        let charts: BTreeSet<ChartId> = rows.iter().map(|row| row.chart).collect();
        let (back, out) = back_and_out(chart, &charts, &brought, &joins);
        Ok(Leaving { link: Some(link), brought, back, out })
    }

    /// Which of these came to the person by this decision, the last that brought them there.
    fn brought_by(&self, step: i64, person: PersonId, rows: &[ChartRow]) -> Result<BTreeSet<ChartId>, StoreError> {
        let mut brought = BTreeSet::new();
        for row in rows {
            if self.rows.hand_link_to(row.chart, person)?.is_some_and(|one| one.step == step) {
                brought.insert(row.chart);
            }
        }
        Ok(brought)
    }

    /// By which decisions, one after the other, a chart came to this person.
    pub(crate) fn hands_to(&self, chart: ChartId, person: PersonId) -> Result<BTreeSet<i64>, StoreError> {
        let (mut steps, mut at) = (BTreeSet::new(), person);
        while let Some(link) = self.rows.hand_link_to(chart, at)? {
            if !steps.insert(link.step) {
                break;
            }
            at = link.from;
        }
        Ok(steps)
    }

    /// A source that joined two charts while somebody had linked them by hand was believed unlooked. Once that decision is
    /// undone, a join of two who cannot be one waits as if it had come now. Gives those joins, and why.
    pub(crate) fn doubt_unlooked(
        &self,
        person: PersonId,
        brought: &BTreeSet<ChartId>,
    ) -> Result<Vec<(Join, String)>, StoreError> {
        let mut doubted = Vec::new();
        for join in self.rows.joins_of(person)? {
            let is_between = brought.contains(&join.prior) != brought.contains(&join.survivor);
            let rows = (self.rows.chart_row(join.prior)?, self.rows.chart_row(join.survivor)?);
            let (true, JOIN_HOLDS, (Some(prior), Some(survivor))) = (is_between, join.state, rows) else { continue };
            let (prior, survivor) = (ChartTold::read(prior)?.told, ChartTold::read(survivor)?.told);
            if let Some(reasons) = (self.rules.cannot_merge)(&prior, &survivor) {
                self.rows.put_join(&Join { state: JOIN_DOUBTED, ..join.clone() })?;
                doubted.push((join, reasons));
            }
        }
        Ok(doubted)
    }

    /// A source joined charts while both were one person's by hand, and the join does not know that they had come from
    /// two. Once that is undone it does: whoever the decision had brought comes from `to`, everybody else from the person
    /// whose all of them were, and each goes back there when their source parts them.
    pub(crate) fn tell_homes(
        &self,
        brought: &BTreeSet<ChartId>,
        (person, to): (PersonId, PersonId),
    ) -> Result<(), StoreError> {
        let joins = self.rows.joins_of(person)?;
        for chart in brought.iter().filter(|chart| home(**chart, person, &joins) == person) {
            for join in joins.iter().filter(|join| join.prior == *chart) {
                self.rows.put_join(&Join { from: to, ..join.clone() })?;
            }
        }
        Ok(())
    }
}
