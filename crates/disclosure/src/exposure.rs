use std::collections::BTreeMap;

use access::{Refusal, RequestId, decide_exposure};
use audit::{Act, Event};
use jiff::Timestamp;
use record::{OdsCode, PersonId, Section, SourceId};
use store::{LogRow, Mixed, MixedTime, Seen, Stood, StoodEntry, StoreError};

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
    /// There are more looks than are told.
    pub more: bool,
    /// There are more entries than are told.
    pub more_entries: bool,
    /// Messages of each source that were removed from these records since: their entries can no longer be named.
    pub removed: Vec<(SourceId, u64)>,
}

/// An organisation's part of it.
#[derive(Clone, Debug)]
pub struct ExposedAt {
    /// Its ODS code.
    pub organisation: String,
    /// Its name, as it was then.
    pub name: String,
    /// What was shown to whom, oldest first.
    pub looks: Vec<Look>,
    /// The entries that stood in what its staff were shown, those that are sensitive left out.
    pub entries: Vec<EntryShown>,
}

/// One time that somebody was shown something of it.
#[derive(Clone, Debug)]
pub struct Look {
    /// Its row of the access log: sections and page, and nothing that stood in them.
    pub row: Event,
    /// How many entries stood in what was shown: at most these, and never fewer than there were. What belongs by now
    /// to another record than the one that was opened comes first.
    pub stood: Vec<StoodCount>,
    /// What stood there before was swept since: some that are counted may have come later.
    pub may_have_come_later: bool,
}

/// How many entries of a section stood in what was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodCount {
    /// Whose they are by now.
    pub record: PersonId,
    /// Their section; none for those that are sensitive.
    pub section: Option<Section>,
    /// How many.
    pub count: u64,
}

/// An entry that stood in what an organisation's staff were shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryShown {
    /// Which, and nothing of what it says.
    pub entry: StoodEntry,
    /// In whose record it stood then.
    pub in_record: Option<PersonId>,
    /// When it stood there first.
    pub first: Timestamp,
    /// When it stood there last.
    pub last: Timestamp,
    /// In how many looks.
    pub looks: u64,
}

impl Exposure {
    fn of(seen: Seen, stood: &Stood) -> Self {
        let mut by_code: BTreeMap<String, ExposedAt> = BTreeMap::new();
        let mut staff: Vec<(String, String)> = Vec::new();
        for row in seen.rows {
            staff.push((row.organisation.clone(), row.staff_id.clone()));
            let part = by_code.entry(row.organisation.clone()).or_insert_with(|| ExposedAt {
                organisation: row.organisation.clone(),
                name: row.organisation_name.clone(),
                looks: Vec::new(),
                entries: Vec::new(),
            });
            part.looks.push(Look::of(row, stood));
        }
        staff.sort_unstable();
        staff.dedup();
        let mut organisations: Vec<ExposedAt> = by_code.into_values().collect();
        organisations.sort_by_key(|one| std::cmp::Reverse(one.looks.len()));
        for part in &mut organisations {
            part.entries = entries_shown(&part.looks, stood);
        }
        Self {
            times: seen.times,
            organisations,
            staff: staff.len(),
            more: seen.more,
            more_entries: stood.more,
            removed: stood.removed.clone(),
        }
    }
}

impl Look {
    fn of(row: Event, stood: &Stood) -> Self {
        let mut counts: BTreeMap<(bool, PersonId, bool, Option<Section>), u64> = BTreeMap::new();
        for entry in stood.shown_in(&row) {
            let section = Some(entry.section).filter(|_| !entry.is_sensitive);
            let is_its_own = row.person == Some(entry.record);
            *counts.entry((is_its_own, entry.record, entry.is_sensitive, section)).or_default() += 1;
        }
        let count = |((_, record, _, section), count)| StoodCount { record, section, count };
        let may_have_come_later = stood.may_have_come_later(&row);
        Self { stood: counts.into_iter().map(count).collect(), row, may_have_come_later }
    }
}

/// Each entry once, with when it was shown first and last.
fn entries_shown(looks: &[Look], stood: &Stood) -> Vec<EntryShown> {
    let mut shown: BTreeMap<u64, EntryShown> = BTreeMap::new();
    for look in looks {
        let (at, in_record) = (look.row.at, look.row.person);
        for entry in stood.shown_in(&look.row).filter(|entry| !entry.is_sensitive) {
            let known = shown.entry(entry.id).or_insert_with(|| EntryShown {
                entry: entry.clone(),
                in_record,
                first: at,
                last: at,
                looks: 0,
            });
            known.looks += 1;
            known.last = known.last.max(at);
        }
    }
    shown.into_values().collect()
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
        let stood = self.door.clinical.stood(&decision, &receipt, &mixed).await?;
        Ok(Disclosed::new(Exposure::of(seen, &stood), receipt))
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
