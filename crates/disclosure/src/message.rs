use access::decide_message;
use audit::Act;
use record::MessageId;

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
        let id = self.new_request();
        let people = self.door.people.in_message(message).await.map_err(|error| self.closed(id, error))?;
        let mut concerns = Vec::new();
        for person in &people {
            concerns.push(self.stand(caller, *person, id).await?.facts);
        }
        let decided = decide_message(&self.door.policy, &self.actor(caller), id, self.now(), &concerns, reason);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, people.first().copied(), "inbox show", refusal).await),
        };
        // Each person in it has a row of their own; the receipt is the message's.
        for person in &people {
            let mut event = self.event(caller, id, Act::MessageShown, Some(*person));
            event.reason = Some(decision.reason().to_owned());
            self.log(id, event).await?;
        }
        let mut event = self.event(caller, id, Act::MessageShown, None);
        event.reason = Some(decision.reason().to_owned());
        event.page = Some(format!("message {}", message.0));
        let receipt = self.log(id, event).await?;
        let bytes = self.door.clinical.message(&decision, &receipt, message).await;
        Ok(Disclosed::new(bytes.map_err(|error| self.closed(id, error))?, receipt))
    }
}
