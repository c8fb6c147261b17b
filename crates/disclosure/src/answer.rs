use access::{Emergency, EmergencyReason, EmergencyText, PermissionGiven, Refusal, What, decide_identity};
use audit::Act;
use jiff::SignedDuration;
use record::PersonId;
use store::Asked;

use crate::door::{Caller, Closed, Disclosure};

/// How long a yes lasts for the team that asked, in days: about six months.
const PERMISSION_DAYS: i64 = 181;

impl Disclosure {
    /// Records that somebody said yes. The log row is durable first.
    ///
    /// # Errors
    /// When the rules refuse, or it could not be made durable.
    pub async fn record_yes(&self, caller: &Caller, person: PersonId, given: PermissionGiven) -> Result<(), Closed> {
        self.record_answer(caller, person, Asked::Yes(given)).await
    }

    /// Records that the person said no. The record stays closed.
    ///
    /// # Errors
    /// When the rules refuse, or it could not be made durable.
    pub async fn record_no(&self, caller: &Caller, person: PersonId) -> Result<(), Closed> {
        self.record_answer(caller, person, Asked::No).await
    }

    async fn record_answer(&self, caller: &Caller, person: PersonId, asked: Asked) -> Result<(), Closed> {
        let id = self.new_request();
        self.must_be_able_to_ask(caller, person, id).await?;
        let (act, basis) = match &asked {
            Asked::Yes(PermissionGiven::Person) => (Act::PermissionRecorded, Some("permission")),
            Asked::Yes(PermissionGiven::Decider { .. }) => (Act::PermissionRecorded, Some("permission-by-decider")),
            Asked::No => (Act::PermissionRefused, None),
        };
        let mut event = self.event(caller, id, act, Some(person));
        event.basis = basis.map(str::to_owned);
        self.log(id, event).await?;
        let now = self.now();
        let until = now.checked_add(SignedDuration::from_hours(24 * PERMISSION_DAYS)).unwrap_or(now);
        let recorded = self.door.desk.record_answer(person, &caller.staff, asked, now, until).await;
        recorded.map_err(|error| self.closed(id, error))
    }

    /// Opens emergency access for one hour, to this person, in this session.
    ///
    /// # Errors
    /// When the role may not, the record is closed, or it could not be made durable.
    pub async fn open_emergency(
        &self,
        caller: &Caller,
        person: PersonId,
        reason: EmergencyReason,
        text: EmergencyText,
    ) -> Result<(), Closed> {
        let id = self.new_request();
        let may_use_emergency = self.must_be_able_to_ask(caller, person, id).await?;
        let session = match caller.session {
            Some(session) if may_use_emergency => session,
            _ => {
                let refusal = Refusal::RoleMayNot(What::OpenRecord);
                return Err(self.refuse(caller, id, Some(person), "emergency", refusal).await);
            }
        };
        let emergency = Emergency::starting(self.now(), reason, text);
        let mut event = self.event(caller, id, Act::EmergencyOpened, Some(person));
        event.basis = Some("emergency".to_owned());
        event.reason = Some(format!("{}: {}", reason.word(), emergency.text.as_str()));
        self.log(id, event).await?;
        let recorded = self.door.desk.record_emergency(person, &caller.staff, session, emergency).await;
        recorded.map_err(|error| self.closed(id, error))
    }

    /// Refuses unless the role may see who the person is and ask them; says
    /// whether it may use emergency access.
    async fn must_be_able_to_ask(
        &self,
        caller: &Caller,
        person: PersonId,
        id: access::RequestId,
    ) -> Result<bool, Closed> {
        let stand = self.stand(caller, person, id).await?;
        let request = self.request_about(id, person);
        match decide_identity(&self.door.policy, &self.actor(caller), &stand.facts, &request) {
            Ok(decision) if decision.may_ask_permission() => Ok(decision.may_use_emergency()),
            Ok(_) => {
                let refusal = Refusal::RoleMayNot(What::OpenRecord);
                Err(self.refuse(caller, id, Some(person), "permission", refusal).await)
            }
            Err(refusal) => Err(self.refuse(caller, id, Some(person), "permission", refusal).await),
        }
    }
}
