//! What changed about who is who, step by step, in PostgreSQL: read ahead for all whom a decision may concern, and written
//! with the links after which it came.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;
use record::{ChartId, PersonId};

use super::load::{CHARTS_OF_PEOPLE, all};
use super::working::{HeldWorkItem, State};
use crate::error::StoreError;
use crate::history::{CONCERNED_MAX, STEPS_MAX};
use crate::who_step::{FirstSight, StoredStep, WhoStep};

const STEPS: &str = "SELECT chart, after, id, step FROM record.who_step WHERE chart = ANY($1) ORDER BY chart, id";
const FIRST_SIGHTS: &str = "
    SELECT DISTINCT ON (chart) chart, id, person, evidence FROM record.link_event WHERE chart = ANY($1) ORDER BY chart, id";
const PEOPLE_EVER: &str = "SELECT DISTINCT person FROM record.link_event WHERE chart = ANY($1)";
const PEOPLE_OF_CHARTS: &str = "SELECT DISTINCT person FROM record.chart WHERE id = ANY($1)";
const DOUBTED: &str = "
    SELECT person, other_person FROM record.work_item
    WHERE other_person IS NOT NULL AND (person = ANY($1) OR other_person = ANY($1))";
const WAITING: &str = "
    SELECT q.message, q.unit FROM unnest($1::bigint[]) AS asked (message)
    JOIN record.quarantine q ON q.message = asked.message AND q.state = 0";
const LAST_LINK: &str = "SELECT coalesce(max(id), 0) FROM record.link_event";
const NOTE: &str = "
    INSERT INTO record.who_step (chart, after, step)
    SELECT n.chart, n.after, n.step FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY
      AS n (chart, after, step, place_in_order) ORDER BY n.place_in_order";
const SETTLE: &str = "
    UPDATE record.quarantine q SET state = 1 FROM unnest($1::bigint[], $2::bigint[]) AS done (message, unit)
    WHERE q.message = done.message AND q.unit = done.unit AND q.state = 0";

/// Everybody who may be concerned where something is decided about these people, as `history.rs` finds them; `None` where
/// they, or what is known of them, are too many.
pub(super) async fn concerned(
    transaction: &Transaction<'_>,
    people: &[i64],
    state: &mut State,
) -> Result<Option<Vec<i64>>, StoreError> {
    let (mut known, mut seen): (BTreeSet<i64>, BTreeSet<i64>) = (BTreeSet::new(), BTreeSet::new());
    let (mut people, mut named): (BTreeSet<i64>, BTreeSet<i64>) = (people.iter().copied().collect(), BTreeSet::new());
    let mut steps_read = 0;
    loop {
        people.retain(|person| !known.contains(person));
        named.retain(|chart| !seen.contains(chart));
        if people.is_empty() && named.is_empty() {
            return Ok(Some(known.into_iter().collect()));
        }
        known.append(&mut people.clone());
        let (these, charts): (Vec<i64>, Vec<i64>) = (people.into_iter().collect(), named.into_iter().collect());
        (people, named) = (BTreeSet::new(), BTreeSet::new());
        let found =
            all(transaction, &[(CHARTS_OF_PEOPLE, &[&these]), (DOUBTED, &[&these]), (PEOPLE_OF_CHARTS, &[&charts])])
                .await?;
        let [of_people, doubted, of_charts] = found.as_slice() else { return Err(StoreError::Closed) };
        for row in doubted {
            people.extend([row.try_get::<_, i64>(0)?, row.try_get(1)?]);
        }
        for row in of_charts {
            people.insert(row.try_get(0)?);
        }
        let mut fresh: BTreeSet<i64> = charts.into_iter().collect();
        for row in of_people {
            fresh.insert(row.try_get(0)?);
        }
        fresh.retain(|chart| !seen.contains(chart));
        seen.extend(&fresh);
        if seen.len() > CONCERNED_MAX {
            return Ok(None);
        }
        steps_read += read(transaction, fresh.into_iter().collect(), state, (&mut people, &mut named)).await?;
        if steps_read > STEPS_MAX {
            return Ok(None);
        }
    }
}

/// Reads what happened to these charts, and who and what it names. How many steps that were.
async fn read(
    transaction: &Transaction<'_>,
    charts: Vec<i64>,
    state: &mut State,
    (people, named): (&mut BTreeSet<i64>, &mut BTreeSet<i64>),
) -> Result<usize, StoreError> {
    let found = all(transaction, &[(STEPS, &[&charts]), (FIRST_SIGHTS, &[&charts]), (PEOPLE_EVER, &[&charts])]).await?;
    let [steps, sights, ever] = found.as_slice() else { return Err(StoreError::Closed) };
    for row in ever {
        people.insert(row.try_get(0)?);
    }
    for row in sights {
        let person = PersonId(row.try_get::<_, i64>(2)?.cast_unsigned());
        let sight = FirstSight { event: row.try_get(1)?, person, evidence: row.try_get(3)? };
        state.first_sights.insert(row.try_get(0)?, sight);
    }
    for chart in charts {
        state.steps.entry(chart).or_default();
    }
    let mut asked = Vec::new();
    for row in steps {
        let step = StoredStep { after: row.try_get(1)?, id: row.try_get(2)?, text: row.try_get(3)? };
        match step.read()? {
            WhoStep::Asked(one) => asked.push(one.message.cast_signed()),
            WhoStep::Made(person, _) => drop(people.insert(person.cast_signed())),
            WhoStep::Told(_) | WhoStep::Decided(_) | WhoStep::Undone(_) | WhoStep::Settled(..) => {}
        }
        named.extend(step.read()?.charts().into_iter().map(|chart| chart.0.cast_signed()));
        state.steps.entry(row.try_get(0)?).or_default().push(step);
    }
    if !asked.is_empty() {
        for row in all(transaction, &[(WAITING, &[&asked])]).await?.iter().flatten() {
            state.waiting_units.insert((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(steps.len())
}

/// Writes the steps down, each after the link that came before it.
pub(super) async fn save(transaction: &Transaction<'_>, state: &State) -> Result<(), StoreError> {
    let added = &state.added;
    if !added.steps.is_empty() {
        let found = all(transaction, &[(LAST_LINK, &[])]).await?;
        let last: i64 = found.iter().flatten().next().ok_or(StoreError::Closed)?.try_get(0)?;
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let charts: Vec<i64> = added.steps.iter().map(|(chart, ..)| *chart).collect();
        // Nobody else links meanwhile: the links of the group have the numbers up to the last.
        let after = added.steps.iter().map(|(_, links, _)| last - count(added.links.len()) + count(*links));
        let after: Vec<i64> = after.collect();
        let texts: Vec<&str> = added.steps.iter().map(|(.., text)| text.as_str()).collect();
        all(transaction, &[(NOTE, &[&charts, &after, &texts])]).await?;
    }
    if !added.settled.is_empty() {
        let (messages, units): (Vec<i64>, Vec<i64>) = added.settled.iter().copied().unzip();
        all(transaction, &[(SETTLE, &[&messages, &units])]).await?;
    }
    Ok(())
}

impl State {
    pub(super) fn note_step(&mut self, charts: &[ChartId], step: &str) {
        let links = self.added.links.len();
        for (place, chart) in charts.iter().enumerate() {
            if !charts.iter().take(place).any(|before| before == chart) {
                self.added.steps.push((chart.0.cast_signed(), links, step.to_owned()));
            }
        }
    }

    pub(super) fn doubted_with(&self, person: PersonId) -> Vec<PersonId> {
        let beyond = |held: &HeldWorkItem| {
            let (one, other) = (held.item.person, held.item.other?);
            if one == person { Some(other) } else { Some(one).filter(|_| other == person) }
        };
        self.work_items.values().filter_map(beyond).collect()
    }
}
