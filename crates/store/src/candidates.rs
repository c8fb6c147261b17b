//! Who may be meant: the people that the identity rules weigh, and what their charts told.

use std::collections::BTreeSet;

use record::{ChartId, Demographics, PersonId};

use crate::apply::Candidate;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::rows::ChartRow;
use crate::told;

/// The most people who are weighed for one NHS number.
pub(crate) const CANDIDATES_MAX: usize = 20;

impl Placing<'_> {
    /// The people whose charts carry the number that is told.
    pub(crate) fn candidates(&self, told: &Demographics) -> Result<Vec<Candidate>, StoreError> {
        let weighed = self.carrying(told)?.into_iter().map(|person| self.candidate(person, told));
        weighed.filter_map(Result::transpose).collect()
    }

    /// The same, unread.
    pub(crate) fn carrying(&self, told: &Demographics) -> Result<Vec<PersonId>, StoreError> {
        let number = told.nhs_number.map(|number| number.as_u64().cast_signed());
        number.map_or(Ok(Vec::new()), |number| self.rows.people_with_number(number, CANDIDATES_MAX))
    }

    /// Whether another chart of the person tells another number: they were linked before
    /// either told one.
    pub(crate) fn has_another_number(
        &self,
        person: PersonId,
        chart: ChartId,
        told: &Demographics,
    ) -> Result<bool, StoreError> {
        let Some(number) = told.nhs_number else { return Ok(false) };
        for row in self.rows.charts_of(person)?.into_iter().filter(|row| row.chart != chart) {
            if ChartTold::read(row)?.told.nhs_number.is_some_and(|other| other != number) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Nobody whose charts are all in question is weighed.
    fn candidate(&self, person: PersonId, told: &Demographics) -> Result<Option<Candidate>, StoreError> {
        let rows = self.rows.charts_of(person)?;
        let is_whose = |row: &ChartRow| !self.in_question.borrow().contains(&row.chart);
        let charts = rows.into_iter().filter(is_whose).map(|chart| Ok(ChartTold::read(chart)?.told));
        let charts: Vec<Demographics> = charts.collect::<Result<_, StoreError>>()?;
        if charts.is_empty() {
            return Ok(None);
        }
        let shares = self.somebody_else_shares(person, told)?;
        Ok(Some(Candidate { person, charts, shares_family_and_birth_at_address: shares }))
    }

    /// Family name, place and birth date. A key brings also who has a family name that sounds alike.
    fn somebody_else_shares(&self, person: PersonId, told: &Demographics) -> Result<bool, StoreError> {
        if told.birth_day().is_none() {
            return Ok(false);
        }
        let indexed = self.indexed(told);
        let keys: Vec<_> = indexed.places.iter().map(|key| *key..=*key).collect();
        let found = self.rows.found_under(&keys, CANDIDATES_MAX + 1)?;
        let others: BTreeSet<PersonId> = found.into_iter().flatten().map(|one| one.person).collect();
        for other in others.into_iter().filter(|other| *other != person) {
            for row in self.rows.charts_of(other)? {
                let other = ChartTold::read(row)?.told;
                // A chart that is placed anew stands at the place itself.
                let is_itself = !self.in_question.borrow().is_empty() && other == *told;
                let of_one_day = other.birth_day() == told.birth_day();
                if !is_itself && of_one_day && self.is_of_family_at(&other, &indexed.families_at) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn is_of_family_at(&self, other: &Demographics, families_at: &[String]) -> bool {
        (self.rules.found_by)(other).families_at.iter().any(|family| families_at.contains(family))
    }
}

/// A chart as a record shows it; one that was never described tells nothing.
pub(crate) struct ChartTold {
    pub(crate) chart: ChartId,
    pub(crate) source: i64,
    pub(crate) told: Demographics,
    pub(crate) local_numbers: Vec<record::LocalNumber>,
    pub(crate) told_at: Option<i64>,
}

impl ChartTold {
    pub(crate) fn read(row: ChartRow) -> Result<Self, StoreError> {
        let told = row.told.as_deref().map(told::from_text).transpose()?.unwrap_or_default();
        Ok(Self {
            chart: row.chart,
            source: row.source,
            told: told.who,
            local_numbers: told.numbers,
            told_at: row.told_at,
        })
    }
}
