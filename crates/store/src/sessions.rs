//! Sessions of staff, and sign-ins under way. A session's id is kept hashed, so
//! that a copy of the file opens nothing.

use jiff::Timestamp;
use record::{OdsCode, PersonId, Role, Staff, StaffId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::desk::{Desk, SessionKey};
use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::{Place, postgres, sqlite};

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
        let begun = Begun {
            key: session_key(cookie),
            staff: staff_text(staff),
            at: at.as_second(),
            over_at: at.as_second() - SESSION_HOURS * 3600,
        };
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::begin(desk, begun).await,
            Place::Postgres(server) => postgres::sessions::begin(server, &begun).await,
        }
    }

    /// The session of this cookie, if it is in force, and moves its idle limit.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn session(&self, cookie: &str, at: Timestamp) -> Result<Option<Session>, StoreError> {
        let (key, now) = (session_key(cookie), at.as_second());
        let seen_after = now - SESSION_IDLE_MINUTES * 60;
        let created_after = now - SESSION_HOURS * 3600;
        let row = match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::read(desk, key, seen_after, created_after).await?,
            Place::Postgres(server) => postgres::sessions::read(server, key, seen_after, created_after).await?,
        };
        let Some(row) = row else { return Ok(None) };
        // Not each time: a write per click would cost each page a sync.
        if now - row.seen_at >= TOUCH_SECONDS {
            match &self.place {
                Place::Sqlite { desk, .. } => sqlite::sessions::touch(desk, key, now).await?,
                Place::Postgres(server) => postgres::sessions::touch(server, key, now).await?,
            }
        }
        row.into_session(key).map(Some)
    }

    /// Ends a session and every emergency opened in it.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn end_session(&self, key: SessionKey, at: Timestamp) -> Result<(), StoreError> {
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::end(desk, key, at.as_second()).await,
            Place::Postgres(server) => postgres::sessions::end(server, key, at.as_second()).await,
        }
    }

    /// Remembers the people that a search displayed, under the handles given to the page.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn remember_found(&self, key: SessionKey, found: &[(String, PersonId)]) -> Result<(), StoreError> {
        let list: Vec<Value> = found.iter().map(|(handle, person)| json!([handle, person.0])).collect();
        let found = Value::Array(list).to_string();
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::remember_found(desk, key, found).await,
            Place::Postgres(server) => postgres::sessions::remember_found(server, key, &found).await,
        }
    }

    /// Sets whose record is open in the session: one at a time.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn set_open(&self, key: SessionKey, person: PersonId, handle: &str) -> Result<(), StoreError> {
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::set_open(desk, key, person, handle.to_owned()).await,
            Place::Postgres(server) => postgres::sessions::set_open(server, key, person, handle).await,
        }
    }

    /// Remembers a sign-in under way.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub async fn begin_sign_in(&self, state: &str, sign_in: &SignIn, at: Timestamp) -> Result<(), StoreError> {
        let at = at.as_second();
        let over_before = at - SIGN_IN_MINUTES * 60;
        match &self.place {
            Place::Sqlite { desk, .. } => {
                sqlite::sessions::begin_sign_in(desk, state.to_owned(), sign_in.clone(), at, over_before).await
            }
            Place::Postgres(server) => postgres::sessions::begin_sign_in(server, state, sign_in, at, over_before).await,
        }
    }

    /// Takes a sign-in under way: each can come back once.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn take_sign_in(&self, state: &str, at: Timestamp) -> Result<Option<SignIn>, StoreError> {
        let over_before = at.as_second() - SIGN_IN_MINUTES * 60;
        match &self.place {
            Place::Sqlite { desk, .. } => sqlite::sessions::take_sign_in(desk, state.to_owned(), over_before).await,
            Place::Postgres(server) => postgres::sessions::take_sign_in(server, state, over_before).await,
        }
    }
}

/// A session that begins, as stored.
pub(crate) struct Begun {
    pub(crate) key: SessionKey,
    pub(crate) staff: String,
    pub(crate) at: i64,
    /// Sessions that began then or earlier are over, and forgotten.
    pub(crate) over_at: i64,
}

/// A session as stored.
pub(crate) struct SessionRow {
    pub(crate) staff: String,
    pub(crate) created_at: i64,
    pub(crate) seen_at: i64,
    pub(crate) open_person: Option<i64>,
    pub(crate) open_handle: Option<String>,
    pub(crate) found: Option<String>,
}

impl SessionRow {
    fn into_session(self, key: SessionKey) -> Result<Session, StoreError> {
        Ok(Session {
            key,
            staff: staff_from(&self.staff)?,
            created_at: timestamp(self.created_at),
            open: self.open_person.map(|person| PersonId(person.cast_unsigned())).zip(self.open_handle),
            found: self.found.as_deref().map(found_from).unwrap_or_default(),
        })
    }
}

fn session_key(cookie: &str) -> SessionKey {
    Sha256::digest(cookie.as_bytes()).into()
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
