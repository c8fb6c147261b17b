//! Who is new and what charts tell, in memory.

use record::{ChartId, PersonId};

use super::working::{ChartVersion, PersonRow, State};
use crate::error::StoreError;
use crate::rows::ToldRow;
use crate::told;

impl State {
    /// Somebody who was not known, or who was left without a chart.
    pub(super) fn new_person(&mut self, wanted: Option<PersonId>) -> Result<PersonId, StoreError> {
        let wanted = wanted.map(|wanted| wanted.0.cast_signed());
        let wanted = wanted.filter(|id| self.charts_of_person.of(id).is_empty());
        if let Some(id) = wanted
            && self.persons.get(&id).is_some()
        {
            // Somebody who was left without a chart: it is them again.
            return Ok(PersonId(id.cast_unsigned()));
        }
        let id = wanted.or_else(|| self.spare_persons.pop()).ok_or(StoreError::NotFound("number for a new person"))?;
        self.persons.set(id, PersonRow::default());
        Ok(PersonId(id.cast_unsigned()))
    }

    /// What the chart tells from now on, and the keys by which that is found.
    pub(super) fn write_told(&mut self, chart: ChartId, person: PersonId, told: ToldRow<'_>) -> Result<(), StoreError> {
        let id = chart.0.cast_signed();
        let mut held = self.chart(id)?;
        let since = self.person(person.0.cast_signed())?.version + 1;
        let before = held.row.told.as_deref().map(told::from_text).transpose()?;
        // What the chart told at no version was never shown.
        if held.since < since {
            let version = ChartVersion { row: held.row.clone(), since: held.since, until: since };
            self.added.chart_versions.push(version);
        }
        // A message without a stated time tells in order of arrival; one that came
        // late makes nothing older than it is.
        held.row.told_at = held.row.told_at.max(told.told_at);
        held.row.told = Some(told.text.to_owned());
        held.since = since;
        self.charts.set(id, held);
        if let Some(number) = before.as_ref().and_then(|before| before.who.nhs_number) {
            self.charts_by_number.take_away(number.as_u64().cast_signed(), id);
        }
        self.write_keys(id, told.keys, before.is_some());
        Ok(())
    }
}
