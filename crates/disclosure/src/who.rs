use access::{Permission, decide_identity};
use audit::Act;
use record::PersonId;

use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::person_view::PersonView;

/// Who a person is, for the page that asks for permission: nothing clinical.
#[derive(Clone, Debug)]
pub struct Who {
    /// Who they are.
    pub view: PersonView,
    /// A permission in force for the caller's organisation.
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
        let id = self.new_request();
        let stand = self.stand(caller, person, id).await?;
        let request = self.request_about(id, person);
        let decision = match decide_identity(&self.door.policy, &self.actor(caller), &stand.facts, &request) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, Some(person), "permission", refusal).await),
        };
        let receipt = self.log(id, self.event(caller, id, Act::IdentityShown, Some(person))).await?;
        let (charts, doubts) =
            self.door.clinical.identity(&decision, &receipt).await.map_err(|error| self.closed(id, error))?;
        let in_force = |permission: &Permission| permission.covers(&caller.staff.organisation, request.at);
        let who = Who {
            view: PersonView::of(charts, doubts, &self.door.region),
            permission: stand.facts.permission.filter(in_force),
            may_ask: decision.may_ask_permission(),
            may_use_emergency: decision.may_use_emergency(),
        };
        Ok(Disclosed::new(who, receipt))
    }
}
