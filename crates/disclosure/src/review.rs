use access::decide_review;
use audit::{Act, Event};
use jiff::Timestamp;
use record::PersonId;

use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};

/// Who has looked, as far as the officer may see.
#[derive(Clone, Debug)]
pub struct WhoLooked {
    /// Newest first.
    pub rows: Vec<Event>,
    /// There are more than are shown.
    pub more: bool,
    /// The person's chain was checked and is whole; `None` where none was asked for.
    pub chain_is_whole: Option<bool>,
}

impl Disclosure {
    /// Who has looked: at one person's record, or at anyone's since a time.
    ///
    /// # Errors
    /// When the role may not review, or nothing can be shown safely.
    pub async fn who_looked(
        &self,
        caller: &Caller,
        about: Option<PersonId>,
        since: Option<Timestamp>,
    ) -> Result<Disclosed<WhoLooked>, Closed> {
        let id = self.new_request();
        let decided = decide_review(&self.door.policy, &self.actor(caller), id, self.now(), about);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, about, "who has looked", refusal).await),
        };
        let receipt = self.log(id, self.event(caller, id, Act::LogReviewed, about)).await?;
        let rows = self.door.log.rows(&decision, &receipt, since).await;
        let (rows, more) = rows.map_err(|error| self.closed(id, error))?;
        let chain_is_whole = match about {
            Some(person) => Some(self.door.log.verify(person).await.is_ok()),
            None => None,
        };
        Ok(Disclosed::new(WhoLooked { rows, more, chain_is_whole }, receipt))
    }
}
