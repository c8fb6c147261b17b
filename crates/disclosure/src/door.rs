use std::sync::Arc;

use access::{Actor, FactsVersion, Policy, Purpose, Refusal, Request, RequestId};
use audit::{Act, Event, Outcome};
use jiff::Timestamp;
use record::{Chance, Clock, PersonId, Staff};
use sha2::{Digest, Sha256};
use store::{ClinicalReads, Desk, LogReads, LogRow, People, PersonStand, Receipt, SessionKey, StoreError};

use crate::region::Region;

/// How often an opening begins anew when facts move under it, before it gives up.
pub(crate) const ATTEMPTS_MAX: u32 = 5;

/// Everything that the door needs to open: the handles that nobody else is given.
pub struct Door {
    /// Reads of clinical content.
    pub clinical: ClinicalReads,
    /// Reads of the access log.
    pub log: LogReads,
    /// Facts, permissions and the access log's writing side.
    pub desk: Desk,
    /// Which people there are.
    pub people: People,
    /// Who may see what.
    pub policy: Policy,
    /// Who takes part.
    pub region: Region,
    /// The time.
    pub clock: Clock,
    /// Unguessable bytes.
    pub chance: Chance,
}

/// The one door.
#[derive(Clone)]
pub struct Disclosure {
    pub(crate) door: Arc<Door>,
    policy_digest: Arc<str>,
}

/// Who asks, and in which session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The staff member in the role in which they signed in.
    pub staff: Staff,
    /// Their session; an emergency is bound to it. Commands have none.
    pub session: Option<SessionKey>,
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The rules refuse. Logged.
    #[error("{refusal}")]
    Refused {
        /// Why, in words for staff.
        refusal: Refusal,
        /// What to quote when asking.
        reference: String,
    },
    /// There is no such person, letter or message.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The log or the store could not be written or read: nothing clinical is sent.
    #[error("Records cannot be shown safely at the moment.")]
    CannotShowSafely {
        /// What happened, for the service's own log.
        #[source]
        cause: StoreError,
        /// What to quote when asking.
        reference: String,
    },
}

impl Disclosure {
    /// Opens the door over these handles.
    #[must_use]
    pub fn new(door: Door) -> Self {
        use std::fmt::Write as _;
        let digest: [u8; 32] = Sha256::digest(door.policy.canonical_text().as_bytes()).into();
        let digest = digest.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { door: Arc::new(door), policy_digest: digest.into() }
    }

    /// The policy in force, for pages that say what a role does not see.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.door.policy
    }

    /// Who takes part.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.door.region
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.door.clock.now()
    }

    pub(crate) fn new_request(&self) -> RequestId {
        let bytes = self.door.chance.bytes32();
        RequestId::from_bytes(bytes.first_chunk::<16>().copied().unwrap_or_default())
    }

    pub(crate) fn actor(&self, caller: &Caller) -> Actor {
        Actor { staff: caller.staff.clone(), takes_part: self.door.region.takes_part(&caller.staff.organisation) }
    }

    pub(crate) fn request_about(&self, id: RequestId, person: PersonId) -> Request {
        Request { id, person, purpose: Purpose::DirectCare, at: self.now() }
    }

    pub(crate) async fn stand(&self, caller: &Caller, person: PersonId, id: RequestId) -> Result<PersonStand, Closed> {
        let stand = self.door.desk.stand(person, &caller.staff, caller.session, self.now()).await;
        stand.map_err(|error| self.closed(id, error))
    }

    /// An event with the fields that all rows share.
    pub(crate) fn event(&self, caller: &Caller, id: RequestId, act: Act, person: Option<PersonId>) -> Event {
        let staff = &caller.staff;
        Event {
            at: self.now(),
            request: id.hex(),
            act,
            staff_id: staff.id.to_string(),
            staff_name: staff.name.clone(),
            role: staff.role.code().to_owned(),
            organisation: staff.organisation.to_string(),
            organisation_name: staff.organisation_name.clone(),
            team: staff.team.clone(),
            person,
            basis: None,
            reason: None,
            page: None,
            sections: Vec::new(),
            not_for_role: Vec::new(),
            outcome: Outcome::Allowed,
            facts_version: None,
            policy_digest: Some(self.policy_digest.to_string()),
            content_digest: None,
            record_version: None,
            count: None,
        }
    }

    /// Makes a row durable. The error says whether the facts moved.
    pub(crate) async fn write_row(
        &self,
        id: RequestId,
        event: Event,
        rests_on: Option<FactsVersion>,
    ) -> Result<Receipt, StoreError> {
        self.door.desk.log(LogRow { request: id, event, rests_on }).await
    }

    /// The same where facts that moved are a failure like any other.
    pub(crate) async fn log(&self, id: RequestId, event: Event) -> Result<Receipt, Closed> {
        self.write_row(id, event, None).await.map_err(|error| self.closed(id, error))
    }

    /// Writes the refusal down, then says it.
    pub(crate) async fn refuse(
        &self,
        caller: &Caller,
        id: RequestId,
        person: Option<PersonId>,
        page: &str,
        refusal: Refusal,
    ) -> Closed {
        let mut event = self.event(caller, id, Act::Refused, person);
        event.page = Some(page.to_owned());
        event.outcome = Outcome::Refused(refusal.code().to_owned());
        match self.log(id, event).await {
            Ok(_) => Closed::Refused { refusal, reference: reference(id) },
            Err(closed) => closed,
        }
    }

    /// The store's error as the outside sees it.
    pub(crate) fn closed(&self, id: RequestId, error: StoreError) -> Closed {
        match error {
            StoreError::NotFound(what) => Closed::NotFound(what),
            cause => {
                tracing::error!(error = %cause, request = %id, "nothing was shown");
                Closed::CannotShowSafely { cause, reference: reference(id) }
            }
        }
    }
}

pub(crate) fn reference(id: RequestId) -> String {
    id.hex().chars().take(8).collect()
}
