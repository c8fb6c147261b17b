//! Charts, the persons they are linked to, and the keys by which people are found.

use record::{ChartId, Demographics, EntryId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::apply::{Candidate, ChartChange, IdentityRules, Placement};
use crate::error::StoreError;
use crate::told;

/// The most people who are weighed for one NHS number.
const CANDIDATES_MAX: u32 = 20;
/// What stands for a birth date that was not told, in keys.
const NOT_BORN: i64 = -2_147_483_648;

/// What became of the chart that a change speaks of.
#[derive(Clone, Debug)]
pub(crate) enum ChartOutcome {
    /// It belongs to this person.
    Placed {
        /// The chart.
        chart: ChartId,
        /// Its person.
        person: PersonId,
    },
    /// The message contradicts who the chart's patient is: nothing of it is applied.
    Contradicts {
        /// Whose record waits.
        person: PersonId,
        /// Why.
        reasons: String,
    },
}

pub(crate) struct Placed {
    pub(crate) outcome: ChartOutcome,
    pub(crate) new_person: bool,
}

/// Placing one chart within the transaction that applies a message.
pub(crate) struct Placing<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) rules: &'a IdentityRules,
    pub(crate) source: i64,
    pub(crate) message: MessageId,
    pub(crate) stated_at: Option<i64>,
    pub(crate) at: i64,
}

struct KnownChart {
    chart: ChartId,
    person: PersonId,
    told: Option<Demographics>,
    told_at: Option<i64>,
}

impl Placing<'_> {
    pub(crate) fn place(&self, change: &ChartChange) -> Result<Placed, StoreError> {
        match (self.known(&change.key)?, &change.told) {
            (Some(known), None) => Ok(already(known.chart, known.person)),
            (Some(known), Some(told)) => self.update(known, told, change),
            (None, told) => self.first_sight(told.as_ref(), change),
        }
    }

    fn known(&self, key: &str) -> Result<Option<KnownChart>, StoreError> {
        let row: Option<(i64, i64, Option<String>, Option<i64>)> = self
            .connection
            .prepare_cached("SELECT id, person, told, told_at FROM chart WHERE source = ?1 AND key = ?2")?
            .query_row(params![self.source, key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((chart, person, told, told_at)) = row else { return Ok(None) };
        let told = told.as_deref().map(told::from_text).transpose()?.map(|(told, _)| told);
        Ok(Some(KnownChart {
            chart: ChartId(chart.cast_unsigned()),
            person: PersonId(person.cast_unsigned()),
            told,
            told_at,
        }))
    }

    fn first_sight(&self, told: Option<&Demographics>, change: &ChartChange) -> Result<Placed, StoreError> {
        let candidates = told.map_or(Ok(Vec::new()), |told| self.candidates(told, change))?;
        let placement = told.map_or(Placement::NewPerson, |told| (self.rules.place)(told, &candidates));
        let (person, new_person) = match &placement {
            Placement::Link(person, _) => (*person, false),
            Placement::NewPerson | Placement::NewPersonAndWorkList { .. } => (self.new_person()?, true),
        };
        self.connection
            .prepare_cached("INSERT INTO chart (source, key, person) VALUES (?1, ?2, ?3)")?
            .execute(params![self.source, change.key, person.0.cast_signed()])?;
        let chart = ChartId(self.connection.last_insert_rowid().cast_unsigned());
        self.settle(chart, person, &placement)?;
        if let Some(told) = told {
            self.write_told(chart, person, told, change)?;
        }
        Ok(Placed { outcome: ChartOutcome::Placed { chart, person }, new_person })
    }

    /// A message about a known chart. Where it contradicts what the chart told,
    /// nothing is applied and somebody must look; the chart is never re-linked.
    fn update(&self, known: KnownChart, told: &Demographics, change: &ChartChange) -> Result<Placed, StoreError> {
        let candidates = self.candidates(told, change)?;
        let Some(before) = &known.told else {
            return self.described_late(&known, told, change, &candidates);
        };
        if let Some(reasons) = (self.rules.contradiction)(before, told, &candidates) {
            let others = candidates.iter().map(|candidate| candidate.person).filter(|other| *other != known.person);
            let mut others = others.map(Some).collect::<Vec<_>>();
            if others.is_empty() {
                others.push(None);
            }
            for other in others {
                self.work_item("demographics", known.person, other, known.chart, &reasons)?;
            }
            let outcome = ChartOutcome::Contradicts { person: known.person, reasons };
            return Ok(Placed { outcome, new_person: false });
        }
        let is_older = known.told_at.zip(self.stated_at).is_some_and(|(told_at, stated)| stated < told_at);
        if !is_older && before != told {
            self.write_told(known.chart, known.person, told, change)?;
        }
        Ok(already(known.chart, known.person))
    }

    /// Entries came before the patient was described: now that it is, the chart
    /// may turn out to belong to somebody known.
    fn described_late(
        &self,
        known: &KnownChart,
        told: &Demographics,
        change: &ChartChange,
        candidates: &[Candidate],
    ) -> Result<Placed, StoreError> {
        let placement = (self.rules.place)(told, candidates);
        let person = match &placement {
            Placement::Link(person, _) => *person,
            Placement::NewPerson | Placement::NewPersonAndWorkList { .. } => known.person,
        };
        if person != known.person {
            move_entries(self.connection, known.chart, person)?;
        }
        self.settle(known.chart, person, &placement)?;
        self.write_told(known.chart, person, told, change)?;
        Ok(already(known.chart, person))
    }

    fn settle(&self, chart: ChartId, person: PersonId, placement: &Placement) -> Result<(), StoreError> {
        let evidence = match placement {
            Placement::Link(_, evidence) => evidence.as_str(),
            Placement::NewPerson => "first seen",
            Placement::NewPersonAndWorkList { conflicts, reasons } => {
                for other in conflicts {
                    self.work_item("same number", person, Some(*other), chart, reasons)?;
                }
                "first seen; waits on the work list"
            }
        };
        self.connection
            .prepare_cached("INSERT INTO link_event (at, chart, person, evidence) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.at, chart.0.cast_signed(), person.0.cast_signed(), evidence])?;
        self.connection
            .prepare_cached("UPDATE chart SET person = ?2 WHERE id = ?1")?
            .execute(params![chart.0.cast_signed(), person.0.cast_signed()])?;
        self.links_moved(person)
    }

    fn new_person(&self) -> Result<PersonId, StoreError> {
        self.connection
            .prepare_cached("INSERT INTO person (version, link_version, next_place, restricted) VALUES (0, 0, 0, 0)")?
            .execute([])?;
        Ok(PersonId(self.connection.last_insert_rowid().cast_unsigned()))
    }

    fn links_moved(&self, person: PersonId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE person SET link_version = link_version + 1 WHERE id = ?1")?
            .execute([person.0.cast_signed()])?;
        Ok(())
    }

    fn write_told(
        &self,
        chart: ChartId,
        person: PersonId,
        told: &Demographics,
        change: &ChartChange,
    ) -> Result<(), StoreError> {
        let text = told::to_text(told, &change.local_numbers);
        let (chart_id, person_id) = (chart.0.cast_signed(), person.0.cast_signed());
        self.connection.prepare_cached("UPDATE chart SET told = ?2, told_at = ?3 WHERE id = ?1")?.execute(params![
            chart_id,
            text,
            self.stated_at
        ])?;
        if let Some(number) = told.nhs_number {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO number_key (nhs_number, person, chart) VALUES (?1, ?2, ?3)")?
                .execute(params![number.as_u64().cast_signed(), person_id, chart_id])?;
        }
        for key in &change.name_keys {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO name_key (key, born, person, chart) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![key, born_day(told), person_id, chart_id])?;
        }
        for key in &change.place_keys {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO place_key (key, person, chart) VALUES (?1, ?2, ?3)")?
                .execute(params![key, person_id, chart_id])?;
        }
        self.update_restriction(person)
    }

    /// A person is restricted when any of their charts says so.
    fn update_restriction(&self, person: PersonId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE person SET
                   restricted = (SELECT coalesce(max(told ->> 'restricted'), 0) FROM chart WHERE person = ?1),
                   version = version + 1, link_version = link_version + 1
                 WHERE id = ?1",
            )?
            .execute([person.0.cast_signed()])?;
        Ok(())
    }

    fn candidates(&self, told: &Demographics, change: &ChartChange) -> Result<Vec<Candidate>, StoreError> {
        let Some(number) = told.nhs_number else { return Ok(Vec::new()) };
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person LIMIT ?2")?;
        let people = statement
            .query_map(params![number.as_u64().cast_signed(), CANDIDATES_MAX], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        people.into_iter().map(|person| self.candidate(PersonId(person.cast_unsigned()), told, change)).collect()
    }

    fn candidate(&self, person: PersonId, told: &Demographics, change: &ChartChange) -> Result<Candidate, StoreError> {
        let charts = charts_of(self.connection, person)?.into_iter().map(|chart| chart.told).collect();
        let shares = self.somebody_else_shares(person, told, change)?;
        Ok(Candidate { person, charts, shares_family_and_birth_at_address: shares })
    }

    fn somebody_else_shares(
        &self,
        person: PersonId,
        told: &Demographics,
        change: &ChartChange,
    ) -> Result<bool, StoreError> {
        for key in &change.place_keys {
            let mut statement = self.connection.prepare_cached(
                "SELECT DISTINCT c.told FROM place_key p JOIN chart c ON c.id = p.chart
                 WHERE p.key = ?1 AND p.person <> ?2 AND c.told IS NOT NULL LIMIT ?3",
            )?;
            let mut rows = statement.query(params![key, person.0.cast_signed(), CANDIDATES_MAX])?;
            while let Some(row) = rows.next()? {
                let (other, _) = told::from_text(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
                if other.birth_day().is_some() && other.birth_day() == told.birth_day() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn work_item(
        &self,
        kind: &str,
        person: PersonId,
        other: Option<PersonId>,
        chart: ChartId,
        reasons: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO work_item (at, kind, person, other_person, chart, source, message, reasons, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
            )?
            .execute(params![
                self.at,
                kind,
                person.0.cast_signed(),
                other.map(|other| other.0.cast_signed()),
                chart.0.cast_signed(),
                self.source,
                self.message.0.cast_signed(),
                reasons
            ])?;
        self.links_moved(person)?;
        other.map_or(Ok(()), |other| self.links_moved(other))
    }
}

fn already(chart: ChartId, person: PersonId) -> Placed {
    Placed { outcome: ChartOutcome::Placed { chart, person }, new_person: false }
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
        let (told, local_numbers) = text.as_deref().map(told::from_text).transpose()?.unwrap_or_default();
        charts.push(ChartTold {
            chart: ChartId(row.get::<_, i64>(0)?.cast_unsigned()),
            source: row.get(1)?,
            told,
            local_numbers,
            told_at: row.get(3)?,
        });
    }
    Ok(charts)
}

pub(crate) fn born_day(told: &Demographics) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    told.birth_day().and_then(|day| epoch.until(day).ok()).map_or(NOT_BORN, |span| i64::from(span.get_days()))
}

/// Moves a chart's entries to a person's range, oldest place first.
fn move_entries(connection: &Connection, chart: ChartId, person: PersonId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM entry WHERE chart = ?1 ORDER BY id")?;
    let ids =
        statement.query_map([chart.0.cast_signed()], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    for old in ids {
        let next: i64 = connection
            .prepare_cached("UPDATE person SET next_place = next_place + 1 WHERE id = ?1 RETURNING next_place - 1")?
            .query_row([person.0.cast_signed()], |row| row.get(0))?;
        let new = EntryId::new(person, next.cast_unsigned()).ok_or(StoreError::RecordFull)?.0.cast_signed();
        for sql in [
            "UPDATE entry SET id = ?2 WHERE id = ?1",
            "UPDATE entry_version SET id = ?2 WHERE id = ?1",
            "UPDATE letter_text SET entry = ?2 WHERE entry = ?1",
        ] {
            connection.prepare_cached(sql)?.execute(params![old, new])?;
        }
    }
    Ok(())
}
