use access::{QuarantineDecision, RequestId, decide_quarantine, decide_quarantine_act};
use audit::Act;
use store::{Ask, HandAct, HandAsked};

use crate::attempts::Failed;
use crate::door::{Caller, Closed, Disclosure};
use crate::quarantine::{Located, page_of};

impl Disclosure {
    /// Writes down what was decided about a row of quarantine: in the access log
    /// first, then for the intake to carry out. Where it is noted it is durable and
    /// will be done. A correction is open only where the message's text is.
    ///
    /// # Errors
    /// As [`Disclosure::quarantined`]; where the reason is missing or too long
    /// (taking needs none); where somebody in a message that is to be corrected has
    /// a closed record.
    pub async fn decide_quarantined(
        &self,
        caller: &Caller,
        item: u64,
        ask: Ask,
        reason: &str,
    ) -> Result<HandAsked, Closed> {
        let id = self.new_request();
        self.decide_once(caller, item, ask, reason, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn decide_once(
        &self,
        caller: &Caller,
        item: u64,
        ask: Ask,
        reason: &str,
        id: RequestId,
    ) -> Result<HandAsked, Failed> {
        let located = match ask.act() {
            // The text that is corrected was seen before: nobody corrects what is closed.
            HandAct::Correct => self.decide_text(caller, item, id, Some(reason)).await?.0,
            HandAct::Take | HandAct::Replay | HandAct::Dismiss => self.located(caller, id, item).await?,
        };
        let decision = self.may_decide(caller, &located, item, ask.act(), reason, id).await?;
        let mut event = self.event(caller, id, Act::QuarantineDecided, None);
        event.page = Some(format!("{}, {}", page_of(item), word(ask.act())));
        event.reason = decision.reason().map(str::to_owned);
        let receipt = self.log(id, event).await?;
        Ok(self.door.desk.ask_of_quarantine(&decision, &receipt, (item, located.message), ask).await?)
    }

    async fn may_decide(
        &self,
        caller: &Caller,
        located: &Located,
        item: u64,
        act: HandAct,
        reason: &str,
        id: RequestId,
    ) -> Result<QuarantineDecision, Failed> {
        let (policy, actor) = (&self.door.policy, self.actor(caller));
        let (at, of) = (self.now(), &located.organisation);
        let decided = match act {
            HandAct::Take => decide_quarantine(policy, &actor, id, at, of),
            _ => decide_quarantine_act(policy, &actor, id, at, of, reason),
        };
        match decided {
            Ok(decision) => Ok(decision),
            Err(refusal) => Err(self.refuse(caller, id, None, &page_of(item), refusal).await),
        }
    }
}

fn word(act: HandAct) -> &'static str {
    match act {
        HandAct::Take => "take",
        HandAct::Replay => "replay",
        HandAct::Correct => "correct",
        HandAct::Dismiss => "dismiss",
    }
}
