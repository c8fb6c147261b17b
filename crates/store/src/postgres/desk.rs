//! Facts, permissions and choices in schema `desk`.

use access::Emergency;
use record::PersonId;
use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use super::statements::Step;
use crate::desk::{AnswerGiven, Choice, SessionKey};
use crate::error::StoreError;
use crate::stand::{ANSWER_NO, EmergencyRow, PermissionRow, StandAsked, StandRow, answer_columns};

/// Everything in one statement, and so at one moment.
const STAND: &str = "
    SELECT p.version, p.link_version, p.restricted, coalesce(f.version, 0),
        coalesce(f.opted_out, false) OR coalesce(earlier.opted_out, false),
        coalesce(f.dissent, false) OR coalesce(earlier.dissent, false),
        y.answer, y.decider, y.relationship, y.at, y.until, y.staff_name,
        (SELECT max(n.at) FROM desk.permission n
         WHERE n.person = $1 AND n.organisation = $2 AND n.answer = $6),
        e.reason, e.text, e.at, e.until
    FROM record.person p
    LEFT JOIN desk.person_facts f ON f.person = p.id
    CROSS JOIN LATERAL (
        SELECT bool_or(o.opted_out) AS opted_out, bool_or(o.dissent) AS dissent
        FROM record.chart c
        JOIN record.link_event l ON l.chart = c.id
        JOIN desk.person_facts o ON o.person = l.person
        WHERE c.person = $1 AND l.person <> $1) AS earlier
    LEFT JOIN LATERAL (
        SELECT answer, decider, relationship, at, until, staff_name FROM desk.permission
        WHERE person = $1 AND organisation = $2 AND answer <> $6
        ORDER BY at DESC, id DESC LIMIT 1) AS y ON true
    LEFT JOIN LATERAL (
        SELECT reason, text, at, until FROM desk.emergency
        WHERE person = $1 AND staff = $3 AND session = $4 AND until > $5
        ORDER BY until DESC LIMIT 1) AS e ON true
    WHERE p.id = $1";

const ANSWER: &str = "
    INSERT INTO desk.permission (person, organisation, answer, decider, relationship, staff, staff_name, at, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const EMERGENCY: &str = "
    INSERT INTO desk.emergency (person, staff, session, reason, text, at, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Moves the version of a person's facts, so that no decision that rests on the
/// earlier ones is logged any more.
const FACTS_MOVED: &str = "
    INSERT INTO desk.person_facts AS f (person, version, opted_out, dissent) VALUES ($1, 1, false, false)
    ON CONFLICT (person) DO UPDATE SET version = f.version + 1";

/// A choice is the person's and that of everybody to whom their charts were linked
/// before. In the order of persons, so that two of them never wait for each other.
const OPTED_OUT: &str = "
    INSERT INTO desk.person_facts AS f (person, version, opted_out, dissent)
    SELECT person, 1, $2, false FROM (
        SELECT $1 AS person
        UNION
        SELECT l.person FROM record.chart c JOIN record.link_event l ON l.chart = c.id WHERE c.person = $1
        ORDER BY person) AS people
    ON CONFLICT (person) DO UPDATE SET version = f.version + 1, opted_out = $2";
const DISSENT: &str = "
    INSERT INTO desk.person_facts AS f (person, version, opted_out, dissent)
    SELECT person, 1, false, $2 FROM (
        SELECT $1 AS person
        UNION
        SELECT l.person FROM record.chart c JOIN record.link_event l ON l.chart = c.id WHERE c.person = $1
        ORDER BY person) AS people
    ON CONFLICT (person) DO UPDATE SET version = f.version + 1, dissent = $2";

/// The facts about a person; `None` when there is no such person.
pub(crate) async fn stand(server: &Server, asked: &StandAsked) -> Result<Option<StandRow>, StoreError> {
    let person = asked.person.0.cast_signed();
    let session = asked.session.as_ref().map(<[u8; 32]>::as_slice);
    let organisation = asked.organisation.as_str();
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&person, &organisation, &asked.staff, &session, &asked.at, &ANSWER_NO];
    let rows = server.rows(Role::Desk, STAND, values).await?;
    rows.first().map(stand_row).transpose()
}

fn stand_row(row: &Row) -> Result<StandRow, StoreError> {
    Ok(StandRow {
        record_version: row.try_get(0)?,
        link_version: row.try_get(1)?,
        restricted: row.try_get(2)?,
        desk_version: row.try_get(3)?,
        opted_out: row.try_get(4)?,
        dissent: row.try_get(5)?,
        permission: row.try_get::<_, Option<i64>>(6)?.map(|answer| permission_row(row, answer)).transpose()?,
        refused_at: row.try_get(12)?,
        emergency: row.try_get::<_, Option<String>>(13)?.map(|reason| emergency_row(row, reason)).transpose()?,
    })
}

fn permission_row(row: &Row, answer: i64) -> Result<PermissionRow, StoreError> {
    Ok(PermissionRow {
        answer,
        decider: row.try_get(7)?,
        relationship: row.try_get(8)?,
        at: row.try_get(9)?,
        until: row.try_get(10)?,
        staff_name: row.try_get(11)?,
    })
}

fn emergency_row(row: &Row, reason: String) -> Result<EmergencyRow, StoreError> {
    Ok(EmergencyRow { reason, text: row.try_get(14)?, at: row.try_get(15)?, until: row.try_get(16)? })
}

pub(crate) async fn record_answer(server: &Server, given: AnswerGiven) -> Result<(), StoreError> {
    let person = given.person.0.cast_signed();
    let (answer, decider, relationship) = answer_columns(given.asked);
    let (organisation, staff) = (given.staff.organisation.as_str(), given.staff.id.as_str());
    let name = &given.staff.name;
    server
        .move_facts(&[
            Step {
                sql: ANSWER,
                values: &[
                    &person,
                    &organisation,
                    &answer,
                    &decider,
                    &relationship,
                    &staff,
                    name,
                    &given.at,
                    &given.until,
                ],
            },
            Step { sql: FACTS_MOVED, values: &[&person] },
        ])
        .await
}

pub(crate) async fn record_emergency(
    server: &Server,
    person: PersonId,
    staff: &str,
    session: SessionKey,
    emergency: &Emergency,
) -> Result<(), StoreError> {
    let (person, session) = (person.0.cast_signed(), session.as_slice());
    let (reason, text) = (emergency.reason.code(), emergency.text.as_str());
    let (at, until) = (emergency.at.as_second(), emergency.until.as_second());
    server
        .move_facts(&[
            Step { sql: EMERGENCY, values: &[&person, &staff, &session, &reason, &text, &at, &until] },
            Step { sql: FACTS_MOVED, values: &[&person] },
        ])
        .await
}

pub(crate) async fn set_choice(
    server: &Server,
    person: PersonId,
    choice: Choice,
    value: bool,
) -> Result<(), StoreError> {
    let person = person.0.cast_signed();
    let sql = match choice {
        Choice::OptedOut => OPTED_OUT,
        Choice::Dissent => DISSENT,
    };
    server.move_facts(&[Step { sql, values: &[&person, &value] }]).await
}
