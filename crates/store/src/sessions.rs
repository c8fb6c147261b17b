//! Sessions of staff, and sign-ins under way. A session's id is kept hashed, so
//! that a copy of the file opens nothing.

use jiff::Timestamp;
use record::{OdsCode, PersonId, Role, Staff, StaffId};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::desk::{Desk, SessionKey, facts_moved};
use crate::error::StoreError;
use crate::inbox::timestamp;

/// Staff are signed out after this long without a click: wards share computers.
pub const SESSION_IDLE_MINUTES: i64 = 15;
/// How far the idle limit may lag behind the last click: a session ends up to
/// this much too early, never too late.
const TOUCH_SECONDS: i64 = 30;
/// And after this long in any case.
pub const SESSION_HOURS: i64 = 10;
/// A sign-in that takes longer than this begins anew.
pub const SIGN_IN_MINUTES: i64 = 10;

/// A session in force.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its stored key.
    pub key: SessionKey,
    /// Who.
    pub staff: Staff,
    /// When it began.
    pub created_at: Timestamp,
    /// The person whose record is open, with the handle that its pages carry.
    pub open: Option<(PersonId, String)>,
    /// Handles that the last search gave to the people it displayed.
    pub found: Vec<(String, PersonId)>,
}

/// What must come back from the sign-in provider.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The `nonce` that the ID token must carry.
    pub nonce: String,
    /// The PKCE verifier of the challenge sent (RFC 7636).
    pub verifier: String,
}

impl Desk {
    /// Begins a session; the caller keeps `cookie`, the store only its hash.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn begin_session(&self, cookie: &str, staff: &Staff, at: Timestamp) -> Result<(), StoreError> {
        let (key, staff) = (session_key(cookie), staff_text(staff));
        self.file
            .write("begin session", move |connection| {
                connection
                    .prepare_cached("DELETE FROM session WHERE created_at <= ?1")?
                    .execute([at.as_second() - SESSION_HOURS * 3600])?;
                connection
                    .prepare_cached("INSERT INTO session (id, staff, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)")?
                    .execute(params![key, staff, at.as_second()])?;
                Ok(())
            })
            .await
    }

    /// The session of this cookie, if it is in force, and moves its idle limit.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn session(&self, cookie: &str, at: Timestamp) -> Result<Option<Session>, StoreError> {
        let key = session_key(cookie);
        let found = self.file.read(move |connection| read_session(connection, key, at)).await?;
        let Some((session, seen_at)) = found else { return Ok(None) };
        // Not each time: a write per click would cost each page a sync.
        if at.as_second() - seen_at >= TOUCH_SECONDS {
            self.file
                .write("touch session", move |connection| {
                    connection
                        .prepare_cached("UPDATE session SET seen_at = max(seen_at, ?2) WHERE id = ?1")?
                        .execute(params![key, at.as_second()])?;
                    Ok(())
                })
                .await?;
        }
        Ok(Some(session))
    }

    /// Ends a session and every emergency opened in it.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn end_session(&self, key: SessionKey, at: Timestamp) -> Result<(), StoreError> {
        self.file
            .write("end session", move |connection| {
                connection.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([key])?;
                for person in people_in_emergency(connection, key, at)? {
                    facts_moved(connection, person)?;
                }
                connection
                    .prepare_cached("UPDATE emergency SET until = ?2 WHERE session = ?1 AND until > ?2")?
                    .execute(params![key, at.as_second()])?;
                Ok(())
            })
            .await
    }

    /// Remembers the people that a search displayed, under the handles given to the page.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn remember_found(&self, key: SessionKey, found: &[(String, PersonId)]) -> Result<(), StoreError> {
        let list: Vec<Value> = found.iter().map(|(handle, person)| json!([handle, person.0])).collect();
        let text = Value::Array(list).to_string();
        self.update_session("remember found", "UPDATE session SET found = ?2 WHERE id = ?1", key, text).await
    }

    /// Sets whose record is open in the session: one at a time.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_open(&self, key: SessionKey, person: PersonId, handle: &str) -> Result<(), StoreError> {
        let handle = handle.to_owned();
        self.file
            .write("set open person", move |connection| {
                connection
                    .prepare_cached("UPDATE session SET open_person = ?2, open_handle = ?3 WHERE id = ?1")?
                    .execute(params![key, person.0.cast_signed(), handle])?;
                Ok(())
            })
            .await
    }

    async fn update_session(
        &self,
        name: &'static str,
        sql: &'static str,
        key: SessionKey,
        text: String,
    ) -> Result<(), StoreError> {
        self.file
            .write(name, move |connection| {
                connection.prepare_cached(sql)?.execute(params![key, text])?;
                Ok(())
            })
            .await
    }

    /// Remembers a sign-in under way.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn begin_sign_in(&self, state: &str, sign_in: &SignIn, at: Timestamp) -> Result<(), StoreError> {
        let (state, sign_in) = (state.to_owned(), sign_in.clone());
        self.file
            .write("begin sign-in", move |connection| {
                connection
                    .prepare_cached("DELETE FROM sign_in WHERE at < ?1")?
                    .execute([at.as_second() - SIGN_IN_MINUTES * 60])?;
                connection
                    .prepare_cached("INSERT INTO sign_in (state, nonce, verifier, at) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![state, sign_in.nonce, sign_in.verifier, at.as_second()])?;
                Ok(())
            })
            .await
    }

    /// Takes a sign-in under way: each can come back once.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn take_sign_in(&self, state: &str, at: Timestamp) -> Result<Option<SignIn>, StoreError> {
        let state = state.to_owned();
        self.file
            .write("take sign-in", move |connection| {
                let row = connection
                    .prepare_cached("DELETE FROM sign_in WHERE state = ?1 AND at >= ?2 RETURNING nonce, verifier")?
                    .query_row(params![state, at.as_second() - SIGN_IN_MINUTES * 60], |row| {
                        Ok(SignIn { nonce: row.get(0)?, verifier: row.get(1)? })
                    })
                    .optional()?;
                Ok(row)
            })
            .await
    }
}

fn people_in_emergency(connection: &Connection, key: SessionKey, at: Timestamp) -> Result<Vec<PersonId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT person FROM emergency WHERE session = ?1 AND until > ?2")?;
    let people = statement.query_map(params![key, at.as_second()], |row| row.get::<_, i64>(0))?;
    Ok(people.map(|person| person.map(|person| PersonId(person.cast_unsigned()))).collect::<Result<_, _>>()?)
}

fn session_key(cookie: &str) -> SessionKey {
    Sha256::digest(cookie.as_bytes()).into()
}

/// Staff member, begun, seen; the open person and their handle; what was found.
type SessionRow = (String, i64, i64, Option<i64>, Option<String>, Option<String>);

fn read_session(connection: &Connection, key: SessionKey, at: Timestamp) -> Result<Option<(Session, i64)>, StoreError> {
    let now = at.as_second();
    let row: Option<SessionRow> = connection
        .prepare_cached(
            "SELECT staff, created_at, seen_at, open_person, open_handle, found FROM session
             WHERE id = ?1 AND seen_at > ?2 AND created_at > ?3",
        )?
        .query_row(params![key, now - SESSION_IDLE_MINUTES * 60, now - SESSION_HOURS * 3600], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((staff, created_at, seen_at, person, handle, found)) = row else { return Ok(None) };
    let session = Session {
        key,
        staff: staff_from(&staff)?,
        created_at: timestamp(created_at),
        open: person.map(|person| PersonId(person.cast_unsigned())).zip(handle),
        found: found.as_deref().map(found_from).unwrap_or_default(),
    };
    Ok(Some((session, seen_at)))
}

fn found_from(text: &str) -> Vec<(String, PersonId)> {
    let list: Vec<(String, u64)> = serde_json::from_str(text).unwrap_or_default();
    list.into_iter().map(|(handle, person)| (handle, PersonId(person))).collect()
}

fn staff_text(staff: &Staff) -> String {
    json!([
        staff.id.as_str(),
        staff.name,
        staff.role.code(),
        staff.organisation.as_str(),
        staff.organisation_name,
        staff.team
    ])
    .to_string()
}

fn staff_from(text: &str) -> Result<Staff, StoreError> {
    let damaged = || StoreError::Damaged("a session's staff member".to_owned());
    type Fields = (String, String, String, String, String, Option<String>);
    let (id, name, role, organisation, organisation_name, team): Fields =
        serde_json::from_str(text).map_err(|_| damaged())?;
    Ok(Staff {
        id: StaffId::new(&id).map_err(|_| damaged())?,
        name,
        role: Role::from_code(&role).ok_or_else(damaged)?,
        organisation: OdsCode::new(&organisation).map_err(|_| damaged())?,
        organisation_name,
        team,
    })
}
