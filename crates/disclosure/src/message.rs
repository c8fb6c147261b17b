use access::{MessageDecision, Refusal, RequestId, decide_message};
use audit::{Act, Event};
use record::{MessageId, PersonId};
use store::{LogRow, Receipt, StoreError};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};

/// A message as its source sent it.
pub type MessageBytes = Vec<u8>;

impl Disclosure {
    /// One message of the inbox, byte for byte, for an operator with a reason.
    ///
    /// # Errors
    /// When the role may not, a person in it has opted out or is restricted, or
    /// nothing can be shown safely.
    pub async fn message(
        &self,
        caller: &Caller,
        message: MessageId,
        reason: &str,
    ) -> Result<Disclosed<MessageBytes>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.message_once(caller, message, reason, id).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn message_once(
        &self,
        caller: &Caller,
        message: MessageId,
        reason: &str,
        id: RequestId,
    ) -> Result<Disclosed<MessageBytes>, Failed> {
        let people = self.door.people.in_message(message).await?;
        let mut concerns = Vec::with_capacity(people.len());
        for person in &people {
            concerns.push(self.stand(caller, *person).await?.facts);
        }
        let decided = decide_message(&self.door.policy, &self.actor(caller), id, self.now(), &concerns, reason);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse_message(caller, id, &people, refusal).await),
        };
        let receipt = self.log_message(caller, &decision, message).await?;
        let bytes = self.door.clinical.message(&decision, &receipt, message).await?;
        Ok(Disclosed::new(bytes, receipt))
    }

    /// Each person in it has a row of their own that rests on their facts; the
    /// receipt is the message's. One commit: where the facts of one of them have
    /// moved, nobody's log says that it was shown.
    async fn log_message(
        &self,
        caller: &Caller,
        decision: &MessageDecision,
        message: MessageId,
    ) -> Result<Receipt, StoreError> {
        let row = |person, rests_on| LogRow {
            request: decision.request(),
            event: self.message_event(caller, decision, message, person),
            rests_on,
        };
        let mut rows: Vec<LogRow> =
            decision.concerns().iter().map(|(person, facts)| row(Some(*person), Some(*facts))).collect();
        rows.push(row(None, None));
        let mut receipts = self.door.desk.log_all(rows).await?;
        receipts.pop().ok_or(StoreError::ReceiptForAnother)
    }

    fn message_event(
        &self,
        caller: &Caller,
        decision: &MessageDecision,
        message: MessageId,
        person: Option<PersonId>,
    ) -> Event {
        let mut event = self.event(caller, decision.request(), Act::MessageShown, person);
        event.reason = Some(decision.reason().to_owned());
        event.page = Some(format!("message {}", message.0));
        event
    }

    /// Everyone in the message finds the refusal in their log.
    async fn refuse_message(&self, caller: &Caller, id: RequestId, people: &[PersonId], refusal: Refusal) -> Failed {
        const PAGE: &str = "inbox show";
        let mut people = people.iter().copied().map(Some);
        let mut refused = self.refuse(caller, id, people.next().flatten(), PAGE, refusal).await;
        for person in people {
            refused = match refused {
                Failed::Closed(_) => self.refuse(caller, id, person, PAGE, refusal).await,
                Failed::Store(_) => return refused,
            };
        }
        refused
    }
}
