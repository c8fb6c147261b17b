use access::{RequestId, decide_export};
use audit::Act;
use record::{Entry, PersonId, RemovedItems};
use store::StoredSource;

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::person_view::PersonView;

/// Everything stored about one person, for a lawful copy.
#[derive(Debug)]
pub struct PersonCopy {
    /// Who they are.
    pub who: PersonView,
    /// Every entry.
    pub entries: Vec<Entry>,
    /// The bytes that each entry came from, in the same order.
    pub source_texts: Vec<Option<Vec<u8>>>,
    /// What the copy lacks of sources that know the person.
    pub lacks: Vec<Lack>,
}

/// What a copy lacks of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The source's name.
    pub source: String,
    /// Its messages about the person that wait and are not added yet.
    pub waiting_items: u32,
    /// Items of it that were taken out of the record for good.
    pub removed: Option<RemovedItems>,
}

impl Lack {
    fn of(stored: StoredSource) -> Option<Self> {
        let is_lacking = stored.waiting_items > 0 || stored.removed.is_some();
        is_lacking.then_some(Self {
            source: stored.source.name,
            waiting_items: stored.waiting_items,
            removed: stored.removed,
        })
    }
}

impl Disclosure {
    /// Makes a lawful copy of a person's record, for an operator with a reason.
    /// A restricted address stays out of it: copies get into other hands.
    ///
    /// # Errors
    /// When the role may not, no reason is given, or nothing can be shown safely.
    pub async fn copy(&self, caller: &Caller, person: PersonId, reason: &str) -> Result<Disclosed<PersonCopy>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.copy_once(caller, person, reason, id).await {
                Ok(copy) => return Ok(copy),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn copy_once(
        &self,
        caller: &Caller,
        person: PersonId,
        reason: &str,
        id: RequestId,
    ) -> Result<Disclosed<PersonCopy>, Failed> {
        let stand = self.stand(caller, person).await?;
        let decided = decide_export(&self.door.policy, &self.actor(caller), id, self.now(), person, reason);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, stand.logged_as, "export", refusal).await),
        };
        if stand.logged_as.is_none() {
            return Err(self.not_found(caller, id, "export", "person").await);
        }
        let mut event = self.event(caller, id, Act::PersonExported, Some(person));
        event.reason = Some(decision.reason().to_owned());
        event.record_version = Some(stand.record_version);
        let receipt = self.log(id, event).await?;
        let (stored, source_texts) = self.door.clinical.export(&decision, &receipt).await?;
        let who = PersonView::of(stored.charts, stored.doubts, &self.door.region);
        let lacks = stored.sources.into_iter().filter_map(Lack::of).collect();
        Ok(Disclosed::new(PersonCopy { who, entries: stored.entries, source_texts, lacks }, receipt))
    }
}
