//! Building a record anew in the embedded database.

use record::{ChartId, MessageId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::by_hand;
use super::message_rows::quarantine;
use super::order;
use super::rows::SqliteRows;
use crate::apply::ToApply;
use crate::error::StoreError;
use crate::inbox::{STATE_RECEIVED, STATE_SET_ASIDE};
use crate::order::ACT_RAISED;
use crate::reached::{PEOPLE_MAX, Reached};
use crate::rebuild::{Again, STEPS_MAX, StepRow};

pub(crate) fn highest_chart(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(max(id), 0) FROM chart", [], |row| row.get(0))?)
}

/// Which version of the rules made what people are looked up by; zero where the file does not say.
pub(crate) fn look_up_rules(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'look_up_rules')";
    if !connection.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        return Ok(0);
    }
    Ok(connection.query_row("SELECT coalesce(max(version), 0) FROM look_up_rules", [], |row| row.get(0))?)
}

pub(crate) fn steps(connection: &Connection, after: i64) -> Result<Vec<StepRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.number, a.act, a.message, a.at, a.note, coalesce(m.source, 0),
           coalesce(o.received_at, m.received_at, 0),
           coalesce(m.size, 0), coalesce(m.digest, x''), coalesce(m.state, 0),
           t.message IS NOT NULL
         FROM application a LEFT JOIN message m ON m.id = a.message
         LEFT JOIN message o ON o.id = m.corrects LEFT JOIN tombstone t ON t.message = a.message
         WHERE a.number > ?1 ORDER BY a.number LIMIT ?2",
    )?;
    let rows = statement.query_map([after, STEPS_MAX], |row| {
        Ok(StepRow {
            number: row.get(0)?,
            act: row.get(1)?,
            message: row.get(2)?,
            at: row.get(3)?,
            note: row.get(4)?,
            source: row.get(5)?,
            received_at: row.get(6)?,
            size: row.get(7)?,
            digest: row.get(8)?,
            state: row.get(9)?,
            is_removed: row.get(10)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn bodies(connection: &Connection, messages: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body FROM message WHERE id = ?1")?;
    let body = |message: &i64| Ok((*message, statement.query_row([message], |row| row.get(0))?));
    messages.iter().map(body).collect()
}

/// The charts of a source that have these keys, and for whom each was first seen.
pub(crate) fn charts(
    connection: &Connection,
    source: i64,
    keys: &[String],
) -> Result<Vec<(String, ChartId, PersonId)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id, (SELECT l.person FROM link_event l WHERE l.chart = c.id ORDER BY l.id LIMIT 1)
         FROM chart c WHERE c.source = ?1 AND c.key = ?2",
    )?;
    let mut charts = Vec::with_capacity(keys.len());
    for key in keys {
        let found: Option<(i64, i64)> =
            statement.query_row(params![source, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        charts
            .extend(found.map(|(chart, person)| {
                (key.clone(), ChartId(chart.cast_unsigned()), PersonId(person.cast_unsigned()))
            }));
    }
    Ok(charts)
}

pub(crate) fn again(connection: &Connection, steps: &[Again]) -> Result<(), StoreError> {
    for step in steps {
        match step {
            Again::Apply(work) => drop(work.run(&SqliteRows::new(connection))?),
            Again::SetAside(row) => {
                quarantine(connection, row)?;
                set_state(connection, row.message.0.cast_signed(), STATE_SET_ASIDE)?;
            }
            Again::TakeUp(message) => {
                set_state(connection, *message, STATE_RECEIVED)?;
                connection.prepare_cached("UPDATE quarantine SET state = 1 WHERE message = ?1")?.execute([message])?;
            }
            Again::Sweep(sweep) => drop(super::retention::again(connection, sweep)?),
            Again::Wait(row) => quarantine(connection, row)?,
            Again::Forget(step, work) => forget(connection, *step, work)?,
            Again::PassOver(step, message) => pass_over(connection, *step, *message)?,
            Again::Dismiss(message, item) => by_hand::settle_dismissed(connection, *item, *message)?,
            Again::Correct(made) => {
                let state = if made.row.is_some() { STATE_SET_ASIDE } else { STATE_RECEIVED };
                set_state(connection, made.message.0.cast_signed(), state)?;
                by_hand::made(connection, made)?;
            }
            Again::StillWrong(message, place, reason) => by_hand::still_wrong(connection, *message, place, reason)?,
            Again::Link(todo, rules) => super::linking::again(connection, todo, rules)?,
            Again::Nothing => {}
        }
    }
    Ok(())
}

fn set_state(connection: &Connection, message: i64, state: i64) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE message SET state = ?2 WHERE id = ?1")?.execute([message, state])?;
    Ok(())
}

/// Applies a message, looks how far it takes whom, undoes it and keeps that alone.
fn forget(connection: &Connection, step: i64, work: &ToApply) -> Result<(), StoreError> {
    let message = work.application.message.0.cast_signed();
    connection.execute_batch("SAVEPOINT forgotten")?;
    set_state(connection, message, STATE_RECEIVED)?;
    let applied = work.run(&SqliteRows::new(connection));
    let reached = applied.and_then(|_| reached(connection, message));
    connection.execute_batch("ROLLBACK TO forgotten; RELEASE forgotten")?;
    keep_reached(connection, step, message, &reached?)?;
    pass_over(connection, step, message)
}

fn keep_reached(connection: &Connection, step: i64, message: i64, reached: &[Reached]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO tombstone_person (message, step, person, version, link_version, next_place)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for one in reached {
        statement.execute(params![message, step, one.person, one.version, one.link_version, one.next_place])?;
    }
    Ok(())
}

/// Of whom the message speaks, and how far their records have come.
fn reached(connection: &Connection, message: i64) -> Result<Vec<Reached>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT p.id, p.version, p.link_version, p.next_place FROM person p WHERE p.id IN (
           SELECT c.person FROM message_chart m JOIN chart c ON c.id = m.chart WHERE m.message = ?1
           UNION SELECT v.person FROM message_chart m JOIN chart_version v ON v.chart = m.chart WHERE m.message = ?1
           UNION SELECT w.person FROM work_item w WHERE w.message = ?1
           UNION SELECT w.other_person FROM work_item w WHERE w.message = ?1)",
    )?;
    Ok(statement.query_map([message], one_reached)?.collect::<Result<_, _>>()?)
}

fn one_reached(row: &Row<'_>) -> rusqlite::Result<Reached> {
    Ok(Reached { person: row.get(0)?, version: row.get(1)?, link_version: row.get(2)?, next_place: row.get(3)? })
}

fn pass_over(connection: &Connection, step: i64, message: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE person AS p SET version = max(p.version, t.version), link_version = max(p.link_version, t.link_version),
               next_place = max(p.next_place, t.next_place)
             FROM tombstone_person t WHERE t.message = ?1 AND t.step = ?2 AND p.id = t.person",
        )?
        .execute([message, step])?;
    Ok(())
}

/// The time of the newest removal that is planned and not yet done.
pub(crate) fn removed_at(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT max(t.at) FROM tombstone t JOIN message m ON m.id = t.message WHERE m.state <> 4";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// The next people by their numbers, and how far their records have come.
pub(crate) fn people_after(connection: &Connection, after: i64) -> Result<Vec<Reached>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, version, link_version, next_place FROM person WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    Ok(statement.query_map([after, PEOPLE_MAX], one_reached)?.collect::<Result<_, _>>()?)
}

/// Takes a step into the order that raises people's records to where they had come.
pub(crate) fn raise(connection: &Connection, at: i64, behind: &[Reached]) -> Result<(), StoreError> {
    order::note(connection, ACT_RAISED, MessageId(0), at, None)?;
    let step = connection.last_insert_rowid();
    keep_reached(connection, step, 0, behind)?;
    pass_over(connection, step, 0)
}
