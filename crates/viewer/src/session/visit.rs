use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use disclosure::Caller;
use record::PersonId;
use sha2::{Digest, Sha256};
use store::Session;

use crate::pages::parts::ServerForm;

/// One request of somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) session: Session,
    secret: String,
}

/// Who a handle stands for in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    /// The person whose record is open.
    Open(PersonId),
    /// Somebody whom the last search found.
    Found(PersonId),
}

impl Handle {
    pub(crate) fn person(self) -> PersonId {
        match self {
            Self::Open(person) | Self::Found(person) => person,
        }
    }
}

/// The form that stands on every page: signing out, and finding a person.
const FRAME: &str = "frame";

impl Visit {
    pub(crate) fn new(session: Session, secret: String) -> Self {
        Self { session, secret }
    }

    /// As the door knows them.
    pub(crate) fn caller(&self) -> Caller {
        Caller { staff: self.session.staff.clone(), session: Some(self.session.key) }
    }

    /// Whom a handle stands for; `None` for one of another session, or a former one.
    pub(crate) fn handle(&self, handle: &str) -> Option<Handle> {
        match &self.session.open {
            Some((person, open)) if open == handle => Some(Handle::Open(*person)),
            _ => {
                let found = self.session.found.iter().find(|(given, _)| given == handle);
                found.map(|(_, person)| Handle::Found(*person))
            }
        }
    }

    /// The handle of the record that is open.
    pub(crate) fn open_handle(&self) -> Option<&str> {
        self.session.open.as_ref().map(|(_, handle)| handle.as_str())
    }

    /// The token of a form about one person on one page.
    pub(crate) fn form(&self, page: &str, handle: &str) -> ServerForm {
        ServerForm { token: self.token(page, handle) }
    }

    pub(crate) fn frame_form(&self) -> ServerForm {
        self.form(FRAME, "")
    }

    /// Whether a form was made for this session, page and person.
    pub(crate) fn made(&self, token: &str, page: &str, handle: &str) -> bool {
        // Hashes are compared, so that the time taken says nothing of the token.
        Sha256::digest(token.as_bytes()) == Sha256::digest(self.token(page, handle).as_bytes())
    }

    pub(crate) fn made_in_frame(&self, token: &str) -> bool {
        self.made(token, FRAME, "")
    }

    fn token(&self, page: &str, handle: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.secret.as_str(), page, handle] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The guard of the route has put it there; a route without a guard has none.
impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::UNAUTHORIZED)
    }
}
