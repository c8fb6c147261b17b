//! Sessions and sign-ins in the desk file.

use record::PersonId;
use rusqlite::{Connection, OptionalExtension, params};

use super::File;
use super::desk::facts_moved;
use crate::desk::SessionKey;
use crate::error::StoreError;
use crate::sessions::{Begun, SessionRow, SignIn};

pub(crate) async fn begin(desk: &File, begun: Begun) -> Result<(), StoreError> {
    desk.write("begin session", move |connection| {
        connection.prepare_cached("DELETE FROM session WHERE created_at <= ?1")?.execute([begun.over_at])?;
        connection
            .prepare_cached("INSERT INTO session (id, staff, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)")?
            .execute(params![begun.key, begun.staff, begun.at])?;
        Ok(())
    })
    .await
}

/// A session that was seen and began after these times.
pub(crate) async fn read(
    desk: &File,
    key: SessionKey,
    seen_after: i64,
    created_after: i64,
) -> Result<Option<SessionRow>, StoreError> {
    desk.read(move |connection| {
        let row = connection
            .prepare_cached(
                "SELECT staff, created_at, seen_at, open_person, open_handle, found FROM session
                 WHERE id = ?1 AND seen_at > ?2 AND created_at > ?3",
            )?
            .query_row(params![key, seen_after, created_after], |row| {
                Ok(SessionRow {
                    staff: row.get(0)?,
                    created_at: row.get(1)?,
                    seen_at: row.get(2)?,
                    open_person: row.get(3)?,
                    open_handle: row.get(4)?,
                    found: row.get(5)?,
                })
            })
            .optional()?;
        Ok(row)
    })
    .await
}

pub(crate) async fn touch(desk: &File, key: SessionKey, at: i64) -> Result<(), StoreError> {
    desk.write("touch session", move |connection| {
        connection
            .prepare_cached("UPDATE session SET seen_at = max(seen_at, ?2) WHERE id = ?1")?
            .execute(params![key, at])?;
        Ok(())
    })
    .await
}

pub(crate) async fn end(desk: &File, key: SessionKey, at: i64) -> Result<(), StoreError> {
    desk.write("end session", move |connection| {
        connection.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([key])?;
        for person in people_in_emergency(connection, key, at)? {
            facts_moved(connection, person)?;
        }
        connection
            .prepare_cached("UPDATE emergency SET until = ?2 WHERE session = ?1 AND until > ?2")?
            .execute(params![key, at])?;
        Ok(())
    })
    .await
}

fn people_in_emergency(connection: &Connection, key: SessionKey, at: i64) -> Result<Vec<PersonId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT person FROM emergency WHERE session = ?1 AND until > ?2")?;
    let people = statement.query_map(params![key, at], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

pub(crate) async fn remember_found(desk: &File, key: SessionKey, found: String) -> Result<(), StoreError> {
    desk.write("remember found", move |connection| {
        connection.prepare_cached("UPDATE session SET found = ?2 WHERE id = ?1")?.execute(params![key, found])?;
        Ok(())
    })
    .await
}

pub(crate) async fn set_open(desk: &File, key: SessionKey, person: PersonId, handle: String) -> Result<(), StoreError> {
    desk.write("set open person", move |connection| {
        connection
            .prepare_cached("UPDATE session SET open_person = ?2, open_handle = ?3 WHERE id = ?1")?
            .execute(params![key, person.0.cast_signed(), handle])?;
        Ok(())
    })
    .await
}

pub(crate) async fn begin_sign_in(
    desk: &File,
    state: String,
    sign_in: SignIn,
    at: i64,
    over_before: i64,
) -> Result<(), StoreError> {
    desk.write("begin sign-in", move |connection| {
        connection.prepare_cached("DELETE FROM sign_in WHERE at < ?1")?.execute([over_before])?;
        connection
            .prepare_cached("INSERT INTO sign_in (state, nonce, verifier, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![state, sign_in.nonce, sign_in.verifier, at])?;
        Ok(())
    })
    .await
}

pub(crate) async fn take_sign_in(desk: &File, state: String, over_before: i64) -> Result<Option<SignIn>, StoreError> {
    desk.write("take sign-in", move |connection| {
        let row = connection
            .prepare_cached("DELETE FROM sign_in WHERE state = ?1 AND at >= ?2 RETURNING nonce, verifier")?
            .query_row(params![state, over_before], |row| Ok(SignIn { nonce: row.get(0)?, verifier: row.get(1)? }))
            .optional()?;
        Ok(row)
    })
    .await
}
