//! Sessions and sign-ins in schema `desk`.

use record::PersonId;
use tokio_postgres::Row;

use super::connect::Role;
use super::server::Server;
use super::statements::Step;
use crate::desk::SessionKey;
use crate::error::StoreError;
use crate::sessions::{Begun, SessionRow, SignIn};

const FORGET_OLD: &str = "DELETE FROM desk.session WHERE created_at <= $1";
const BEGIN: &str = "INSERT INTO desk.session (id, staff, created_at, seen_at) VALUES ($1, $2, $3, $3)";
const READ: &str = "
    SELECT staff, created_at, seen_at, open_person, open_handle, found FROM desk.session
    WHERE id = $1 AND seen_at > $2 AND created_at > $3";
const TOUCH: &str = "UPDATE desk.session SET seen_at = greatest(seen_at, $2) WHERE id = $1";
const END: &str = "DELETE FROM desk.session WHERE id = $1";
/// In the order of persons, so that two of them never wait for each other.
const END_EMERGENCIES: &str = "
    INSERT INTO desk.person_facts AS f (person, version, opted_out, dissent)
    SELECT DISTINCT person, 1, false, false FROM desk.emergency WHERE session = $1 AND until > $2 ORDER BY person
    ON CONFLICT (person) DO UPDATE SET version = f.version + 1";
const CUT_EMERGENCIES: &str = "UPDATE desk.emergency SET until = $2 WHERE session = $1 AND until > $2";
const FOUND: &str = "UPDATE desk.session SET found = $2 WHERE id = $1";
const OPEN: &str = "UPDATE desk.session SET open_person = $2, open_handle = $3 WHERE id = $1";
const FORGET_SIGN_INS: &str = "DELETE FROM desk.sign_in WHERE at < $1";
const BEGIN_SIGN_IN: &str = "INSERT INTO desk.sign_in (state, nonce, verifier, at) VALUES ($1, $2, $3, $4)";
const TAKE_SIGN_IN: &str = "DELETE FROM desk.sign_in WHERE state = $1 AND at >= $2 RETURNING nonce, verifier";

pub(crate) async fn begin(server: &Server, begun: &Begun) -> Result<(), StoreError> {
    let key = begun.key.as_slice();
    let steps = [
        Step { sql: FORGET_OLD, values: &[&begun.over_at] },
        Step { sql: BEGIN, values: &[&key, &begun.staff, &begun.at] },
    ];
    server.desk_write(&steps).await.map(drop)
}

/// A session that was seen and began after these times.
pub(crate) async fn read(
    server: &Server,
    key: SessionKey,
    seen_after: i64,
    created_after: i64,
) -> Result<Option<SessionRow>, StoreError> {
    let key = key.as_slice();
    let rows = server.rows(Role::Desk, READ, &[&key, &seen_after, &created_after]).await?;
    rows.first().map(session_row).transpose()
}

fn session_row(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        staff: row.try_get(0)?,
        created_at: row.try_get(1)?,
        seen_at: row.try_get(2)?,
        open_person: row.try_get(3)?,
        open_handle: row.try_get(4)?,
        found: row.try_get(5)?,
    })
}

pub(crate) async fn touch(server: &Server, key: SessionKey, at: i64) -> Result<(), StoreError> {
    let key = key.as_slice();
    server.desk_write(&[Step { sql: TOUCH, values: &[&key, &at] }]).await.map(drop)
}

pub(crate) async fn end(server: &Server, key: SessionKey, at: i64) -> Result<(), StoreError> {
    let key = key.as_slice();
    server
        .move_facts(&[
            Step { sql: END, values: &[&key] },
            Step { sql: END_EMERGENCIES, values: &[&key, &at] },
            Step { sql: CUT_EMERGENCIES, values: &[&key, &at] },
        ])
        .await
}

pub(crate) async fn remember_found(server: &Server, key: SessionKey, found: &str) -> Result<(), StoreError> {
    let key = key.as_slice();
    server.desk_write(&[Step { sql: FOUND, values: &[&key, &found] }]).await.map(drop)
}

pub(crate) async fn set_open(
    server: &Server,
    key: SessionKey,
    person: PersonId,
    handle: &str,
) -> Result<(), StoreError> {
    let (key, person) = (key.as_slice(), person.0.cast_signed());
    server.desk_write(&[Step { sql: OPEN, values: &[&key, &person, &handle] }]).await.map(drop)
}

pub(crate) async fn begin_sign_in(
    server: &Server,
    state: &str,
    sign_in: &SignIn,
    at: i64,
    over_before: i64,
) -> Result<(), StoreError> {
    let steps = [
        Step { sql: FORGET_SIGN_INS, values: &[&over_before] },
        Step { sql: BEGIN_SIGN_IN, values: &[&state, &sign_in.nonce, &sign_in.verifier, &at] },
    ];
    server.desk_write(&steps).await.map(drop)
}

pub(crate) async fn take_sign_in(server: &Server, state: &str, over_before: i64) -> Result<Option<SignIn>, StoreError> {
    let taken = server.desk_write(&[Step { sql: TAKE_SIGN_IN, values: &[&state, &over_before] }]).await?;
    let row = taken.first().and_then(|rows| rows.first());
    row.map(|row| Ok(SignIn { nonce: row.try_get(0)?, verifier: row.try_get(1)? })).transpose()
}
