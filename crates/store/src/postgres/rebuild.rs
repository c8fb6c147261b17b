//! Building a record anew in PostgreSQL.

use deadpool_postgres::Transaction;
use record::{ChartId, PersonId};
use tokio_postgres::Row;

use super::by_hand::{made, settle_dismissed, still_wrong};
use super::connect::Role;
use super::load::load;
use super::save::{insert_quarantine, save};
use super::server::Server;
use super::working::{MessageState, PersonRow};
use crate::apply::ToApply;
use crate::error::StoreError;
use crate::inbox::{STATE_RECEIVED, STATE_SET_ASIDE};
use crate::order::ACT_RAISED;
use crate::reached::{PEOPLE_MAX, Reached};
use crate::rebuild::{Again, STEPS_MAX, StepRow};

/// How many messages share one transaction.
const GROUP_MAX: usize = 256;
const STEPS: &str = "
    SELECT a.number, a.act, a.message, a.at, a.note, coalesce(m.source, 0),
      coalesce(o.received_at, m.received_at, 0),
      coalesce(m.size, 0), coalesce(m.digest, ''), coalesce(m.state, 0),
      t.message IS NOT NULL
    FROM record.application a LEFT JOIN record.message m ON m.id = a.message
    LEFT JOIN record.message o ON o.id = m.corrects
    LEFT JOIN record.tombstone t ON t.message = a.message
    WHERE a.number > $1 ORDER BY a.number LIMIT $2";
const CHARTS: &str = "
    SELECT c.key, c.id, (SELECT l.person FROM record.link_event l WHERE l.chart = c.id ORDER BY l.id LIMIT 1)
    FROM record.chart c WHERE c.source = $1 AND c.key = ANY($2)";
const STATE: &str = "UPDATE record.message SET state = $2 WHERE id = $1";
const SETTLE: &str = "UPDATE record.quarantine SET state = 1 WHERE message = $1";
const KEEP_REACHED: &str = "
    INSERT INTO record.tombstone_person AS t (message, step, person, version, link_version, next_place)
    SELECT $1, $2, reached.* FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS reached
    ON CONFLICT (message, step, person) DO NOTHING";
const PASS_OVER: &str = "
    UPDATE record.person AS p SET version = greatest(p.version, t.version),
      link_version = greatest(p.link_version, t.link_version), next_place = greatest(p.next_place, t.next_place)
    FROM record.tombstone_person t WHERE t.message = $1 AND t.step = $2 AND p.id = t.person";
const REMOVED_AT: &str = "
    SELECT max(t.at) FROM record.tombstone t JOIN record.message m ON m.id = t.message WHERE m.state <> 4";
const PEOPLE_AFTER: &str = "
    SELECT id, version, link_version, next_place FROM record.person WHERE id > $1 ORDER BY id LIMIT $2";
const RAISED: &str = "INSERT INTO record.application (act, message, at) VALUES ($1, 0, $2) RETURNING number";

impl Server {
    pub(crate) async fn highest_chart(&self) -> Result<i64, StoreError> {
        let rows = self.rows(Role::Intake, "SELECT coalesce(max(id), 0) FROM record.chart", &[]).await?;
        Ok(rows.first().ok_or(StoreError::NotFound("chart"))?.try_get(0)?)
    }

    pub(crate) async fn steps(&self, after: i64) -> Result<Vec<StepRow>, StoreError> {
        let step = |row: &Row| {
            Ok(StepRow {
                number: row.try_get(0)?,
                act: row.try_get(1)?,
                message: row.try_get(2)?,
                at: row.try_get(3)?,
                note: row.try_get(4)?,
                source: row.try_get(5)?,
                received_at: row.try_get(6)?,
                size: row.try_get(7)?,
                digest: row.try_get(8)?,
                state: row.try_get(9)?,
                is_removed: row.try_get(10)?,
            })
        };
        self.rows(Role::Intake, STEPS, &[&after, &STEPS_MAX]).await?.iter().map(step).collect()
    }

    pub(crate) async fn bodies(&self, messages: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let rows =
            self.rows(Role::Intake, "SELECT id, body FROM record.message WHERE id = ANY($1)", &[&messages]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The charts of a source that have these keys, and for whom each was first seen.
    pub(crate) async fn given_charts(
        &self,
        source: i64,
        keys: &[String],
    ) -> Result<Vec<(String, ChartId, PersonId)>, StoreError> {
        let chart = |row: &Row| {
            let number = |index| row.try_get::<_, i64>(index).map(i64::cast_unsigned);
            Ok((row.try_get(0)?, ChartId(number(1)?), PersonId(number(2)?)))
        };
        self.rows(Role::Intake, CHARTS, &[&source, &keys]).await?.iter().map(chart).collect()
    }

    /// The time of the newest removal that is planned and not yet done.
    pub(crate) async fn removed_at(&self) -> Result<Option<i64>, StoreError> {
        let rows = self.rows(Role::Intake, REMOVED_AT, &[]).await?;
        Ok(rows.first().ok_or(StoreError::NotFound("tombstone"))?.try_get(0)?)
    }

    /// The next people by their numbers, and how far their records have come.
    pub(crate) async fn people_after(&self, after: i64) -> Result<Vec<Reached>, StoreError> {
        let reached = |row: &Row| {
            Ok(Reached {
                person: row.try_get(0)?,
                version: row.try_get(1)?,
                link_version: row.try_get(2)?,
                next_place: row.try_get(3)?,
            })
        };
        self.rows(Role::Intake, PEOPLE_AFTER, &[&after, &PEOPLE_MAX]).await?.iter().map(reached).collect()
    }

    /// Takes a step into the order that raises people's records to where they had come.
    pub(crate) async fn raise(&self, at: i64, behind: &[Reached]) -> Result<(), StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        let step: i64 = transaction.query_one(RAISED, &[&ACT_RAISED, &at]).await?.try_get(0)?;
        keep_reached(&transaction, step, 0, behind).await?;
        transaction.execute(PASS_OVER, &[&0_i64, &step]).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes steps again, in their order.
    pub(crate) async fn again(&self, steps: Vec<Again>) -> Result<(), StoreError> {
        let mut group = Vec::new();
        for step in steps {
            if let Again::Apply(work) = step {
                group.push(work);
                continue;
            }
            self.apply_in_order(&std::mem::take(&mut group)).await?;
            self.one_again(step).await?;
        }
        self.apply_in_order(&group).await
    }

    async fn one_again(&self, step: Again) -> Result<(), StoreError> {
        if let Again::Sweep(sweep) = &step {
            return self.sweep_again(sweep).await;
        }
        if let Again::Link(todo, rules) = &step {
            return self.link_again(todo, rules).await;
        }
        let mut client = self.pools.get(Role::Intake).await?;
        let reached = match &step {
            Again::Forget(_, work) => self.reached(work).await?,
            _ => Vec::new(),
        };
        let transaction = client.transaction().await?;
        match step {
            Again::SetAside(row) => {
                let message = row.message.0.cast_signed();
                insert_quarantine(&transaction, &[row]).await?;
                transaction.execute(STATE, &[&message, &STATE_SET_ASIDE]).await?;
            }
            Again::Wait(row) => insert_quarantine(&transaction, &[row]).await?,
            Again::TakeUp(message) => {
                transaction.execute(STATE, &[&message, &STATE_RECEIVED]).await?;
                transaction.execute(SETTLE, &[&message]).await?;
            }
            Again::Forget(step, work) => {
                let message = work.application.message.0.cast_signed();
                keep_reached(&transaction, step, message, &reached).await?;
                transaction.execute(PASS_OVER, &[&message, &step]).await?;
            }
            Again::PassOver(step, message) => {
                transaction.execute(PASS_OVER, &[&message, &step]).await?;
            }
            Again::Dismiss(message, item) => settle_dismissed(&transaction, item, message).await?,
            Again::Correct(new) => {
                let state = if new.row.is_some() { STATE_SET_ASIDE } else { STATE_RECEIVED };
                transaction.execute(STATE, &[&new.message.0.cast_signed(), &state]).await?;
                made(&transaction, &new).await?;
            }
            Again::StillWrong(message, place, reason) => still_wrong(&transaction, message, &place, &reason).await?,
            Again::Apply(_) | Again::Sweep(_) | Again::Link(..) | Again::Nothing => {}
        }
        Ok(transaction.commit().await?)
    }

    /// Applies messages one after the other, many in one transaction. Where one needs
    /// all entries of a chart in memory, those before it are written first.
    async fn apply_in_order(&self, group: &[ToApply]) -> Result<(), StoreError> {
        let mut rest: Vec<&ToApply> = group.iter().collect();
        let mut whole = Vec::new();
        while !rest.is_empty() {
            let count = rest.len().min(GROUP_MAX);
            let (done, needs) = self.apply_some(rest.get(..count).unwrap_or_default(), &whole).await?;
            if done > 0 {
                whole.clear();
            }
            if let Some(chart) = needs {
                if whole.contains(&chart) {
                    return Err(StoreError::NotFound("chart that stays as it is"));
                }
                whole.push(chart);
            }
            rest.drain(..done);
        }
        Ok(())
    }

    /// How many were applied, and which chart the next one needs whole.
    async fn apply_some(&self, group: &[&ToApply], whole: &[i64]) -> Result<(usize, Option<i64>), StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction = client.transaction().await?;
        let rows = load(&transaction, group, whole).await?;
        let (mut done, mut needs) = (0, None);
        for work in group {
            let before = rows.state.borrow().mark();
            let result = work.run(&rows);
            let mut state = rows.state.borrow_mut();
            state.end_attempt();
            needs = state.missing_entries_of.take();
            if needs.is_some() {
                state.undo_to(before);
                break;
            }
            drop(state);
            result?;
            done += 1;
        }
        save(&transaction, rows).await?;
        transaction.commit().await?;
        Ok((done, needs))
    }

    /// How far a message takes whom: it is applied in memory and never written.
    async fn reached(&self, work: &ToApply) -> Result<Vec<Reached>, StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let mut whole = Vec::new();
        loop {
            let transaction = client.transaction().await?;
            let rows = load(&transaction, &[work], &whole).await?;
            let received = MessageState { state: STATE_RECEIVED, stated_at: None };
            rows.state.borrow_mut().messages.set(work.application.message.0.cast_signed(), received);
            let result = work.run(&rows);
            transaction.rollback().await?;
            let state = rows.state.into_inner();
            match state.missing_entries_of {
                Some(chart) if !whole.contains(&chart) => whole.push(chart),
                _ => {
                    result?;
                    let changed = state.persons.changed().filter_map(|(id, row)| Some((*id, row?)));
                    let reached = |(person, row): (i64, &PersonRow)| Reached {
                        person,
                        version: row.version,
                        link_version: row.link_version,
                        next_place: row.next_place,
                    };
                    return Ok(changed.map(reached).collect());
                }
            }
        }
    }
}

async fn keep_reached(
    transaction: &Transaction<'_>,
    step: i64,
    message: i64,
    reached: &[Reached],
) -> Result<(), StoreError> {
    let column = |value: fn(&Reached) -> i64| reached.iter().map(value).collect::<Vec<_>>();
    let people = column(|one| one.person);
    let (versions, link_versions) = (column(|one| one.version), column(|one| one.link_version));
    let next_places = column(|one| one.next_place);
    transaction.execute(KEEP_REACHED, &[&message, &step, &people, &versions, &link_versions, &next_places]).await?;
    Ok(())
}
