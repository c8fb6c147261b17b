//! Who may be meant: the people that the identity rules weigh, and what their charts told.

use record::{ChartId, Demographics, PersonId};
use rusqlite::{Connection, params};

use crate::apply::Candidate;
use crate::charts::Placing;
use crate::error::StoreError;
use crate::told;

/// The most people who are weighed for one NHS number.
const CANDIDATES_MAX: u32 = 20;

impl Placing<'_> {
    /// The people whose charts carry the number that is told.
    pub(crate) fn candidates(&self, told: &Demographics) -> Result<Vec<Candidate>, StoreError> {
        let Some(number) = told.nhs_number else { return Ok(Vec::new()) };
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person LIMIT ?2")?;
        let people = statement
            .query_map(params![number.as_u64().cast_signed(), CANDIDATES_MAX], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        people.into_iter().map(|person| self.candidate(PersonId(person.cast_unsigned()), told)).collect()
    }

    fn candidate(&self, person: PersonId, told: &Demographics) -> Result<Candidate, StoreError> {
        let charts = charts_of(self.connection, person)?.into_iter().map(|chart| chart.told).collect();
        let shares = self.somebody_else_shares(person, told)?;
        Ok(Candidate { person, charts, shares_family_and_birth_at_address: shares })
    }

    fn somebody_else_shares(&self, person: PersonId, told: &Demographics) -> Result<bool, StoreError> {
        for key in (self.rules.found_by)(told).places {
            let mut statement = self.connection.prepare_cached(
                "SELECT DISTINCT c.told FROM place_key p JOIN chart c ON c.id = p.chart
                 WHERE p.key = ?1 AND p.person <> ?2 AND c.told IS NOT NULL LIMIT ?3",
            )?;
            let mut rows = statement.query(params![key, person.0.cast_signed(), CANDIDATES_MAX])?;
            while let Some(row) = rows.next()? {
                let other = told::from_text(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?.who;
                if other.birth_day().is_some() && other.birth_day() == told.birth_day() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// A chart as a record shows it.
pub(crate) struct ChartTold {
    pub(crate) chart: ChartId,
    pub(crate) source: i64,
    pub(crate) told: Demographics,
    pub(crate) local_numbers: Vec<record::LocalNumber>,
    pub(crate) told_at: Option<i64>,
}

/// The charts linked to a person, oldest first; one that was never described tells nothing.
pub(crate) fn charts_of(connection: &Connection, person: PersonId) -> Result<Vec<ChartTold>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, source, told, told_at FROM chart WHERE person = ?1 ORDER BY id")?;
    let mut rows = statement.query([person.0.cast_signed()])?;
    let mut charts = Vec::new();
    while let Some(row) = rows.next()? {
        let text: Option<String> = row.get(2)?;
        let told = text.as_deref().map(told::from_text).transpose()?.unwrap_or_default();
        charts.push(ChartTold {
            chart: ChartId(row.get::<_, i64>(0)?.cast_unsigned()),
            source: row.get(1)?,
            told: told.who,
            local_numbers: told.numbers,
            told_at: row.get(3)?,
        });
    }
    Ok(charts)
}
