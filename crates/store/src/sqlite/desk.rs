//! Facts, permissions and choices in the desk file.

use access::Emergency;
use record::PersonId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::File;
use crate::desk::{AnswerGiven, Choice, SessionKey};
use crate::error::StoreError;
use crate::stand::{ANSWER_NO, EmergencyRow, PermissionRow, StandAsked, StandRow, answer_columns};

/// Everything in one statement, over both files: the desk's readers have the
/// record file attached. Each file is read at a moment of its own, so the two need
/// not fit together. They need not: a log row is refused when the desk's version
/// has moved since (`desk_log.rs`), and a record is not read when the links'
/// version has.
const STAND: &str = "
    WITH earlier (person) AS (
        SELECT l.person FROM record.chart c JOIN record.link_event l ON l.chart = c.id
        WHERE c.person = ?1 AND l.person <> ?1)
    SELECT p.version, p.link_version, p.restricted, coalesce(f.version, 0),
        coalesce(f.opted_out, 0)
            OR EXISTS (SELECT 1 FROM earlier JOIN person_facts o USING (person) WHERE o.opted_out),
        coalesce(f.dissent, 0)
            OR EXISTS (SELECT 1 FROM earlier JOIN person_facts o USING (person) WHERE o.dissent),
        y.answer, y.decider, y.relationship, y.at, y.until, y.staff_name,
        (SELECT max(at) FROM permission WHERE person = ?1 AND organisation = ?2 AND answer = ?6),
        e.reason, e.text, e.at, e.until
    FROM record.person p
    LEFT JOIN person_facts f ON f.person = p.id
    LEFT JOIN permission y ON y.id = (
        SELECT id FROM permission WHERE person = ?1 AND organisation = ?2 AND answer <> ?6
        ORDER BY at DESC, id DESC LIMIT 1)
    LEFT JOIN emergency e ON e.id = (
        SELECT id FROM emergency WHERE person = ?1 AND staff = ?3 AND session = ?4 AND until > ?5
        ORDER BY until DESC LIMIT 1)
    WHERE p.id = ?1";

/// The facts about a person; `None` when there is no such person.
pub(crate) async fn stand(desk: &File, asked: StandAsked) -> Result<Option<StandRow>, StoreError> {
    desk.read(move |connection| {
        let person = asked.person.0.cast_signed();
        let values = params![person, asked.organisation.as_str(), asked.staff, asked.session, asked.at, ANSWER_NO];
        Ok(connection.prepare_cached(STAND)?.query_row(values, stand_row).optional()?)
    })
    .await
}

fn stand_row(row: &Row<'_>) -> rusqlite::Result<StandRow> {
    Ok(StandRow {
        record_version: row.get(0)?,
        link_version: row.get(1)?,
        restricted: row.get(2)?,
        desk_version: row.get(3)?,
        opted_out: row.get(4)?,
        dissent: row.get(5)?,
        permission: row.get::<_, Option<i64>>(6)?.map(|answer| permission_row(row, answer)).transpose()?,
        refused_at: row.get(12)?,
        emergency: row.get::<_, Option<String>>(13)?.map(|reason| emergency_row(row, reason)).transpose()?,
    })
}

fn permission_row(row: &Row<'_>, answer: i64) -> rusqlite::Result<PermissionRow> {
    Ok(PermissionRow {
        answer,
        decider: row.get(7)?,
        relationship: row.get(8)?,
        at: row.get(9)?,
        until: row.get(10)?,
        staff_name: row.get(11)?,
    })
}

fn emergency_row(row: &Row<'_>, reason: String) -> rusqlite::Result<EmergencyRow> {
    Ok(EmergencyRow { reason, text: row.get(14)?, at: row.get(15)?, until: row.get(16)? })
}

pub(crate) async fn record_answer(desk: &File, given: AnswerGiven) -> Result<(), StoreError> {
    let (answer, decider, relationship) = answer_columns(given.asked);
    desk.write("record answer", move |connection| {
        connection
            .prepare_cached(
                "INSERT INTO permission
                   (person, organisation, answer, decider, relationship, staff, staff_name, at, until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                given.person.0.cast_signed(),
                given.staff.organisation.as_str(),
                answer,
                decider,
                relationship,
                given.staff.id.as_str(),
                given.staff.name,
                given.at,
                given.until
            ])?;
        facts_moved(connection, given.person)
    })
    .await
}

pub(crate) async fn record_emergency(
    desk: &File,
    person: PersonId,
    staff: String,
    session: SessionKey,
    emergency: Emergency,
) -> Result<(), StoreError> {
    desk.write("record emergency", move |connection| {
        connection
            .prepare_cached(
                "INSERT INTO emergency (person, staff, session, reason, text, at, until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                person.0.cast_signed(),
                staff,
                session,
                emergency.reason.code(),
                emergency.text.as_str(),
                emergency.at.as_second(),
                emergency.until.as_second()
            ])?;
        facts_moved(connection, person)
    })
    .await
}

pub(crate) async fn set_choice(
    record: &File,
    desk: &File,
    person: PersonId,
    choice: Choice,
    value: bool,
) -> Result<(), StoreError> {
    let mut people = record.read(move |connection| earlier_people(connection, person)).await?;
    people.push(person);
    desk.write("set choice", move |connection| {
        people.iter().try_for_each(|person| set_fact(connection, *person, choice, value))
    })
    .await
}

/// The people to whom this person's charts were linked before. What they chose
/// follows their charts: a link never opens what somebody closed.
fn earlier_people(connection: &Connection, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT l.person FROM chart c JOIN link_event l ON l.chart = c.id
         WHERE c.person = ?1 AND l.person <> ?1 ORDER BY l.person",
    )?;
    let people = statement.query_map([person.0.cast_signed()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

fn set_fact(connection: &Connection, person: PersonId, choice: Choice, value: bool) -> Result<(), StoreError> {
    facts_moved(connection, person)?;
    let sql = match choice {
        Choice::OptedOut => "UPDATE person_facts SET opted_out = ?2 WHERE person = ?1",
        Choice::Dissent => "UPDATE person_facts SET dissent = ?2 WHERE person = ?1",
    };
    connection.prepare_cached(sql)?.execute(params![person.0.cast_signed(), value])?;
    Ok(())
}

/// Moves the version of a person's facts, so that no decision that rests on the
/// earlier ones is logged any more.
pub(super) fn facts_moved(connection: &Connection, person: PersonId) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO person_facts (person, version, opted_out, dissent) VALUES (?1, 1, 0, 0)
             ON CONFLICT (person) DO UPDATE SET version = version + 1",
        )?
        .execute([person.0.cast_signed()])?;
    Ok(())
}
