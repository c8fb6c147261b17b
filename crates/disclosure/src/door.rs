use std::sync::Arc;

use access::{Actor, FactsVersion, PersonFacts, Policy, Purpose, Refusal, Request, RequestId};
use audit::{Act, Event, Outcome};
use jiff::Timestamp;
use record::{Chance, Clock, PersonId, Staff};
use sha2::{Digest, Sha256};
use store::{ClinicalReads, Desk, IdentityRules, LogReads, LogRow, People, Receipt, SessionKey, StoreError};

use crate::attempts::Failed;
use crate::region::Region;

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
    /// The rules by which charts are placed: what a decision about who is who would move is found by them.
    pub rules: Arc<IdentityRules>,
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

/// The code under which it is logged that what was asked for does not exist.
const NOT_FOUND: &str = "not-found";

/// What is known about a person before anything is decided.
pub(crate) struct Stand {
    /// What a decision needs.
    pub(crate) facts: PersonFacts,
    /// The version of the person's record now.
    pub(crate) record_version: u64,
    /// In whose log rows are written: nobody has none.
    pub(crate) logged_as: Option<PersonId>,
}

impl Stand {
    fn of_nobody(person: PersonId) -> Self {
        let facts = PersonFacts {
            person,
            version: FactsVersion(0),
            opted_out: false,
            restricted: true,
            dissent: false,
            permission: None,
            refused_at: None,
            emergency: None,
        };
        Self { facts, record_version: 0, logged_as: None }
    }
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
    /// There is no such letter, message or person; of persons this is told only
    /// to whoever was allowed to read on. Logged.
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

    /// The facts about a person. Nobody stands like somebody whose record is
    /// restricted, so that trying numbers does not tell which of them are people.
    pub(crate) async fn stand(&self, caller: &Caller, person: PersonId) -> Result<Stand, StoreError> {
        match self.door.desk.stand(person, &caller.staff, caller.session, self.now()).await {
            Ok(stand) => {
                Ok(Stand { facts: stand.facts, record_version: stand.record_version, logged_as: Some(person) })
            }
            Err(StoreError::NotFound(_)) => Ok(Stand::of_nobody(person)),
            Err(error) => Err(error),
        }
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

    /// Makes a row durable that rests on no facts about the person.
    pub(crate) async fn log(&self, id: RequestId, event: Event) -> Result<Receipt, StoreError> {
        self.door.desk.log(LogRow { request: id, event, rests_on: None }).await
    }

    /// Makes a row durable that rests on these facts; refused where they moved since.
    pub(crate) async fn log_on_facts(
        &self,
        id: RequestId,
        event: Event,
        facts: FactsVersion,
    ) -> Result<Receipt, StoreError> {
        self.door.desk.log(LogRow { request: id, event, rests_on: Some(facts) }).await
    }

    /// Writes the refusal down, then says it.
    pub(crate) async fn refuse(
        &self,
        caller: &Caller,
        id: RequestId,
        person: Option<PersonId>,
        page: &str,
        refusal: Refusal,
    ) -> Failed {
        match self.log_refused(caller, id, person, page, refusal.code()).await {
            Ok(()) => Failed::Closed(Closed::Refused { refusal, reference: reference(id) }),
            Err(error) => Failed::Store(error),
        }
    }

    /// Writes down that what was asked for does not exist, then says it.
    pub(crate) async fn not_found(&self, caller: &Caller, id: RequestId, page: &str, what: &'static str) -> Failed {
        match self.log_refused(caller, id, None, page, NOT_FOUND).await {
            Ok(()) => Failed::Closed(Closed::NotFound(what)),
            Err(error) => Failed::Store(error),
        }
    }

    async fn log_refused(
        &self,
        caller: &Caller,
        id: RequestId,
        person: Option<PersonId>,
        page: &str,
        code: &str,
    ) -> Result<(), StoreError> {
        let mut event = self.event(caller, id, Act::Refused, person);
        event.page = Some(page.to_owned());
        event.outcome = Outcome::Refused(code.to_owned());
        self.log(id, event).await?;
        metrics::counter!("connect_care_refusals_total", "reason" => code.to_owned()).increment(1);
        tracing::info!(access_request = %id, reason = code, "refused");
        Ok(())
    }

    /// The store's error as the outside sees it.
    pub(crate) fn closed(&self, id: RequestId, error: StoreError) -> Closed {
        match error {
            StoreError::NotFound(what) => Closed::NotFound(what),
            cause => {
                metrics::counter!("connect_care_not_shown_safely_total").increment(1);
                tracing::error!(error = %cause, access_request = %id, "nothing was shown");
                Closed::CannotShowSafely { cause, reference: reference(id) }
            }
        }
    }
}

pub(crate) fn reference(id: RequestId) -> String {
    id.hex().chars().take(8).collect()
}
