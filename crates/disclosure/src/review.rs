use access::{RequestId, decide_review};
use audit::{Act, Event};
use jiff::Timestamp;
use record::PersonId;
use store::StoreError;

use crate::attempts::Failed;
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};

const PAGE: &str = "who has looked";

/// Who has looked, as far as the officer may see.
#[derive(Clone, Debug)]
pub struct WhoLooked {
    /// Newest first; none where they cannot be read because the chain is broken.
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
        self.who_looked_once(caller, about, since, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn who_looked_once(
        &self,
        caller: &Caller,
        about: Option<PersonId>,
        since: Option<Timestamp>,
        id: RequestId,
    ) -> Result<Disclosed<WhoLooked>, Failed> {
        let logged_as = match about {
            Some(person) => self.stand(caller, person).await?.logged_as,
            None => None,
        };
        let decided = decide_review(&self.door.policy, &self.actor(caller), id, self.now(), about);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, logged_as, PAGE, refusal).await),
        };
        if logged_as != about {
            return Err(self.not_found(caller, id, PAGE, "person").await);
        }
        let receipt = self.log(id, self.event(caller, id, Act::LogReviewed, about)).await?;
        let chain_is_whole = match about {
            Some(person) => Some(is_whole(self.door.log.verify(person).await)?),
            None => None,
        };
        let (rows, more) = match self.door.log.rows(&decision, &receipt, since).await {
            // A row that cannot be read any more is said, never passed over in silence.
            Err(StoreError::Damaged(_)) if chain_is_whole == Some(false) => (Vec::new(), false),
            rows => rows?,
        };
        Ok(Disclosed::new(WhoLooked { rows, more, chain_is_whole }, receipt))
    }
}

/// A chain that was altered is an answer; a file that cannot be read is none.
fn is_whole(verified: Result<u64, StoreError>) -> Result<bool, StoreError> {
    match verified {
        Ok(_) => Ok(true),
        Err(StoreError::Damaged(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
