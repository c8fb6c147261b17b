use std::collections::BTreeMap;

use access::{Refusal, RequestId, decide_exposure};
use audit::{Act, Event};
use record::{OdsCode, PersonId};
use store::{LogRow, Mixed, MixedTime, Seen, StoreError};

use crate::attempts::Failed;
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::identity_work::page_of;

/// What is told of a doubt after which no record was parted, or about people who are sealed from each other.
const NOT_PARTED: &str = "record that held two people";

/// Who was shown something of a record while it held two people.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// When it did, and whose it was; oldest first.
    pub times: Vec<MixedTime>,
    /// The organisation whose staff were shown it most often first.
    pub organisations: Vec<ExposedAt>,
    /// How many members of staff, each counted once for each organisation.
    pub staff: usize,
    /// There are more than are told.
    pub more: bool,
}

/// An organisation's part of it.
#[derive(Clone, Debug)]
pub struct ExposedAt {
    /// Its ODS code.
    pub organisation: String,
    /// Its name, as it was then.
    pub name: String,
    /// What was shown to whom, oldest first: sections and page, and nothing that stood in them. Where a
    /// record was opened, its version: what it held then can be put together again.
    pub rows: Vec<Event>,
}

impl Exposure {
    fn of(seen: Seen) -> Self {
        let mut by_code: BTreeMap<String, ExposedAt> = BTreeMap::new();
        let mut staff: Vec<(String, String)> = Vec::new();
        for row in seen.rows {
            staff.push((row.organisation.clone(), row.staff_id.clone()));
            let (organisation, name) = (row.organisation.clone(), row.organisation_name.clone());
            let part = by_code.entry(organisation.clone());
            part.or_insert_with(|| ExposedAt { organisation, name, rows: Vec::new() }).rows.push(row);
        }
        staff.sort_unstable();
        staff.dedup();
        let mut organisations: Vec<ExposedAt> = by_code.into_values().collect();
        organisations.sort_by_key(|one| std::cmp::Reverse(one.rows.len()));
        Self { times: seen.times, organisations, staff: staff.len(), more: seen.more }
    }
}

impl Disclosure {
    /// Who was shown something of a record while it held two people, as far as they acted for this organisation
    /// where one is given. `item` is the doubt under which it was linked or parted. Logged for each person
    /// concerned before it is read.
    ///
    /// # Errors
    /// When the role may not; where the reason is missing or too long; [`Closed::NotFound`] where nothing was
    /// parted, also for people who are sealed from each other; or when nothing can be shown safely.
    pub async fn exposure(
        &self,
        caller: &Caller,
        item: u64,
        organisation: Option<&OdsCode>,
        reason: &str,
    ) -> Result<Disclosed<Exposure>, Closed> {
        let id = self.new_request();
        self.exposure_once(caller, item, organisation, reason, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn exposure_once(
        &self,
        caller: &Caller,
        item: u64,
        organisation: Option<&OdsCode>,
        reason: &str,
        id: RequestId,
    ) -> Result<Disclosed<Exposure>, Failed> {
        let page = format!("{}, who saw it", page_of(item));
        // Whoever may not learns nothing of what was decided.
        if !self.door.policy.may_decide_links(caller.staff.role) {
            let refusal = Refusal::RoleMayNot(access::What::DecideLinks);
            return Err(self.refuse(caller, id, None, &page, refusal).await);
        }
        let Some(mixed) = self.door.people.mixed(item).await? else {
            return Err(self.not_found(caller, id, &page, NOT_PARTED).await);
        };
        let (policy, actor) = (&self.door.policy, self.actor(caller));
        let decision = match decide_exposure(policy, &actor, id, self.now(), mixed.people(), reason) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse_exposure(caller, id, &mixed, &page, refusal).await),
        };
        let row = |person: Option<PersonId>| {
            let mut event = self.event(caller, id, Act::ExposureReported, person);
            event.reason = Some(decision.reason().to_owned());
            event.page = Some(page.clone());
            LogRow { request: id, event, rests_on: None }
        };
        let mut rows: Vec<LogRow> = decision.concerns().iter().map(|person| row(Some(*person))).collect();
        rows.push(row(None));
        let receipt = self.door.desk.log_all(rows).await?.pop().ok_or(StoreError::ReceiptForAnother)?;
        let seen = self.door.log.exposure(&decision, &receipt, &mixed, organisation).await?;
        Ok(Disclosed::new(Exposure::of(seen), receipt))
    }

    /// Everyone concerned finds the refusal in their log.
    async fn refuse_exposure(
        &self,
        caller: &Caller,
        id: RequestId,
        mixed: &Mixed,
        page: &str,
        refusal: Refusal,
    ) -> Failed {
        let mut refused = Failed::Store(StoreError::NotFound(NOT_PARTED));
        for person in mixed.people() {
            match self.refuse(caller, id, Some(*person), page, refusal).await {
                failed @ Failed::Store(_) => return failed,
                closed @ Failed::Closed(_) => refused = closed,
            }
        }
        refused
    }
}
