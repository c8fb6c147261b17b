use access::{
    Emergency, EmergencyReason, EmergencyText, IdentityDecision, PermissionGiven, Refusal, RequestId, What,
    decide_identity,
};
use audit::Act;
use jiff::SignedDuration;
use record::PersonId;
use store::Asked;

use crate::attempts::{Attempts, Failed};
use crate::door::{Caller, Closed, Disclosure};

/// How long a yes lasts for the team that asked, in days: about six months.
const PERMISSION_DAYS: i64 = 181;

/// The longest name, and the longest relationship, of somebody who can decide for
/// a person, in characters. What is longer is cut.
pub const DECIDER_CHARACTERS_MAX: usize = 100;

impl Disclosure {
    /// Records that somebody said yes. The log row is durable first.
    ///
    /// # Errors
    /// When the rules refuse, somebody who decides is not named, or it could not
    /// be made durable.
    pub async fn record_yes(&self, caller: &Caller, person: PersonId, given: PermissionGiven) -> Result<(), Closed> {
        self.record_answer(caller, person, Asked::Yes(bounded(given))).await
    }

    /// Records that the person said no. The record stays closed.
    ///
    /// # Errors
    /// When the rules refuse, or it could not be made durable.
    pub async fn record_no(&self, caller: &Caller, person: PersonId) -> Result<(), Closed> {
        self.record_answer(caller, person, Asked::No).await
    }

    async fn record_answer(&self, caller: &Caller, person: PersonId, asked: Asked) -> Result<(), Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.record_answer_once(caller, person, &asked, id).await {
                Ok(()) => return Ok(()),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn record_answer_once(
        &self,
        caller: &Caller,
        person: PersonId,
        asked: &Asked,
        id: RequestId,
    ) -> Result<(), Failed> {
        let decision = self.must_be_able_to_ask(caller, person, id).await?;
        let (act, basis) = match asked {
            Asked::Yes(PermissionGiven::Person) => (Act::PermissionRecorded, Some("permission")),
            Asked::Yes(PermissionGiven::Decider { name, .. }) if name.is_empty() => {
                return Err(self.refuse(caller, id, Some(person), PAGE, Refusal::ReasonNeeded).await);
            }
            Asked::Yes(PermissionGiven::Decider { .. }) => (Act::PermissionRecorded, Some("permission-by-decider")),
            Asked::No => (Act::PermissionRefused, None),
        };
        let mut event = self.event(caller, id, act, Some(person));
        event.basis = basis.map(str::to_owned);
        self.log_on_facts(id, event, decision.facts_version()).await?;
        let now = self.now();
        let until = now.checked_add(SignedDuration::from_hours(24 * PERMISSION_DAYS)).unwrap_or(now);
        Ok(self.door.desk.record_answer(person, &caller.staff, asked.clone(), now, until).await?)
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
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.open_emergency_once(caller, person, reason, &text, id).await {
                Ok(()) => return Ok(()),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn open_emergency_once(
        &self,
        caller: &Caller,
        person: PersonId,
        reason: EmergencyReason,
        text: &EmergencyText,
        id: RequestId,
    ) -> Result<(), Failed> {
        let decision = self.must_be_able_to_ask(caller, person, id).await?;
        let session = match caller.session {
            Some(session) if decision.may_use_emergency() => session,
            _ => {
                let refusal = Refusal::RoleMayNot(What::OpenRecord);
                return Err(self.refuse(caller, id, Some(person), "emergency", refusal).await);
            }
        };
        let emergency = Emergency::starting(self.now(), reason, text.clone());
        let mut event = self.event(caller, id, Act::EmergencyOpened, Some(person));
        event.basis = Some("emergency".to_owned());
        event.reason = Some(format!("{}: {}", reason.word(), emergency.text.as_str()));
        self.log_on_facts(id, event, decision.facts_version()).await?;
        Ok(self.door.desk.record_emergency(person, &caller.staff, session, emergency).await?)
    }

    /// Refuses unless the role may see who the person is and ask them.
    async fn must_be_able_to_ask(
        &self,
        caller: &Caller,
        person: PersonId,
        id: RequestId,
    ) -> Result<IdentityDecision, Failed> {
        let stand = self.stand(caller, person).await?;
        let request = self.request_about(id, person);
        let refusal = match decide_identity(&self.door.policy, &self.actor(caller), &stand.facts, &request) {
            Ok(decision) if decision.may_ask_permission() => return Ok(decision),
            Ok(_) => Refusal::RoleMayNot(What::OpenRecord),
            Err(refusal) => refusal,
        };
        Err(self.refuse(caller, id, stand.logged_as, PAGE, refusal).await)
    }
}

const PAGE: &str = "permission";

/// What was typed about somebody who decides, fit to be kept.
fn bounded(given: PermissionGiven) -> PermissionGiven {
    match given {
        PermissionGiven::Person => PermissionGiven::Person,
        PermissionGiven::Decider { name, relationship } => {
            PermissionGiven::Decider { name: one_line(&name), relationship: one_line(&relationship) }
        }
    }
}

/// Control characters, line breaks and runs of spaces become one space.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(DECIDER_CHARACTERS_MAX).collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_decides_is_kept_in_one_line_of_a_hundred_characters() {
        assert_eq!(one_line(" Ngozi\r\n\tOkafor\u{0}  "), "Ngozi Okafor");
        assert_eq!(one_line(&"é".repeat(DECIDER_CHARACTERS_MAX)).chars().count(), DECIDER_CHARACTERS_MAX);
        assert_eq!(one_line(&"é".repeat(DECIDER_CHARACTERS_MAX + 1)).chars().count(), DECIDER_CHARACTERS_MAX);
        assert_eq!(one_line("\u{7}\n"), "");
    }

    proptest! {
        #[test]
        fn no_typed_text_gets_past_its_limits(text in ".{0,240}") {
            let line = one_line(&text);
            prop_assert!(line.chars().count() <= DECIDER_CHARACTERS_MAX);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert_eq!(one_line(&line), line);
        }
    }
}
