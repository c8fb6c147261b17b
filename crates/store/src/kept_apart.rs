//! Charts that somebody told apart: neither a number nor the score brings them together, nor is anybody
//! asked about them again, until either tells something else. Then somebody is asked.

use record::{ChartId, Demographics, PersonId};

use crate::alike::LooksLike;
use crate::apply::{Candidate, Placement};
use crate::charts::{KnownChart, Placing};
use crate::error::StoreError;
use crate::facts::{facts_of, facts_of_row};

/// Two charts that somebody told apart, and what each told then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptApart {
    pub(crate) chart: ChartId,
    pub(crate) other: ChartId,
    pub(crate) facts: i64,
    pub(crate) other_facts: i64,
}

impl KeptApart {
    pub(crate) fn the_other_way(self) -> Self {
        Self { chart: self.other, other: self.chart, facts: self.other_facts, other_facts: self.facts }
    }
}

/// Whether somebody told a chart and a person apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// Nobody did.
    No,
    /// Somebody did, and both tell what they told then.
    Decided,
    /// Somebody did, and either tells something else now.
    ToldOtherwise,
}

impl Placing<'_> {
    /// Whether somebody told the chart, which tells this now, and the person apart.
    pub(crate) fn apart(&self, chart: ChartId, told: &Demographics, person: PersonId) -> Result<Apart, StoreError> {
        let kept = self.rows.kept_apart(chart)?;
        if kept.is_empty() {
            return Ok(Apart::No);
        }
        let facts = facts_of(Some(told));
        let mut apart = Apart::No;
        for row in self.rows.charts_of(person)? {
            let Some(known) = kept.iter().find(|known| known.other == row.chart) else { continue };
            if known.facts != facts || known.other_facts != facts_of_row(&row)? {
                return Ok(Apart::ToldOtherwise);
            }
            apart = Apart::Decided;
        }
        Ok(apart)
    }

    /// Whether somebody told any of these charts and the person apart, whatever is told since.
    pub(crate) fn was_told_apart(&self, charts: &[ChartId], person: PersonId) -> Result<bool, StoreError> {
        for chart in charts {
            let kept = self.rows.kept_apart(*chart)?;
            if !kept.is_empty()
                && self.rows.charts_of(person)?.iter().any(|row| kept.iter().any(|one| one.other == row.chart))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where the rules of the number place a chart, with what somebody has decided about it.
    pub(crate) fn placed_by_number(
        &self,
        told: &Demographics,
        candidates: &[Candidate],
        known: Option<&KnownChart>,
    ) -> Result<Placement, StoreError> {
        let placement = (self.rules.place)(told, candidates);
        let Some(known) = known else { return Ok(placement) };
        match placement {
            Placement::Link(person, reasons) if person != known.person => {
                Ok(match self.apart(known.chart, told, person)? {
                    Apart::No => Placement::Link(person, reasons),
                    Apart::Decided => Placement::NewPersonAndWorkList { conflicts: Vec::new(), reasons },
                    Apart::ToldOtherwise => Placement::NewPersonAndWorkList { conflicts: vec![person], reasons },
                })
            }
            Placement::NewPersonAndWorkList { conflicts, reasons } => {
                let mut left = Vec::with_capacity(conflicts.len());
                for person in conflicts {
                    if self.apart(known.chart, told, person)? != Apart::Decided {
                        left.push(person);
                    }
                }
                Ok(Placement::NewPersonAndWorkList { conflicts: left, reasons })
            }
            placement => Ok(placement),
        }
    }

    /// Somebody who was told apart from the chart is never linked with it by the score: somebody is asked again.
    pub(crate) fn never_by_itself(&self, placement: Placement, told_otherwise: &[PersonId]) -> Placement {
        match placement {
            Placement::Link(person, reasons) if told_otherwise.contains(&person) => {
                Placement::NewPersonAndAsk(vec![LooksLike { person, odds_centibits: 0, reasons }])
            }
            placement => placement,
        }
    }
}
