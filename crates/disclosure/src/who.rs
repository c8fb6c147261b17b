use access::{Permission, PersonFacts, RequestId, decide_identity};
use audit::Act;
use jiff::Timestamp;
use record::PersonId;

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::person_view::PersonView;

/// Who a person is, for the page that asks for permission: nothing clinical.
#[derive(Clone, Debug)]
pub struct Who {
    /// Who they are.
    pub view: PersonView,
    /// A permission in force for the caller's organisation; none where the person
    /// has said no since.
    pub permission: Option<Permission>,
    /// The page may go on to ask.
    pub may_ask: bool,
    /// Emergency access may be offered.
    pub may_use_emergency: bool,
}

impl Disclosure {
    /// Who a person is, before permission is asked.
    ///
    /// # Errors
    /// When the rules refuse, or nothing can be shown safely.
    pub async fn who(&self, caller: &Caller, person: PersonId) -> Result<Disclosed<Who>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.who_once(caller, person, id).await {
                Ok(who) => return Ok(who),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn who_once(&self, caller: &Caller, person: PersonId, id: RequestId) -> Result<Disclosed<Who>, Failed> {
        let stand = self.stand(caller, person).await?;
        let request = self.request_about(id, person);
        let decision = match decide_identity(&self.door.policy, &self.actor(caller), &stand.facts, &request) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, stand.logged_as, "permission", refusal).await),
        };
        let event = self.event(caller, id, Act::IdentityShown, Some(person));
        let receipt = self.log_on_facts(id, event, decision.facts_version()).await?;
        let (charts, doubts) = self.door.clinical.identity(&decision, &receipt).await?;
        let who = Who {
            view: PersonView::of(charts, doubts, &self.door.region).seen_as(decision.seen()),
            permission: in_force(stand.facts, caller, request.at),
            may_ask: decision.may_ask_permission(),
            may_use_emergency: decision.may_use_emergency(),
        };
        Ok(Disclosed::new(who, receipt))
    }
}

/// The permission on which a record would open, as `access` weighs it.
fn in_force(facts: PersonFacts, caller: &Caller, at: Timestamp) -> Option<Permission> {
    let refused_at = facts.refused_at;
    facts.permission.filter(|permission| {
        permission.covers(&caller.staff.organisation, at) && refused_at.is_none_or(|refused| refused < permission.at)
    })
}
