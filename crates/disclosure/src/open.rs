use std::collections::BTreeMap;

use access::{Basis, Decision, RequestId, Seen, decide};
use audit::Act;
use jiff::Timestamp;
use reconcile::{Gathered, SectionSeen, SharedRecord, SourceState, reconcile};
use record::{PersonId, Section, london};
use store::{Receipt, StoreError, StoredChart, StoredRecord};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure, Stand};
use crate::person_view::PersonView;

/// One person's record, as one staff member sees it now.
#[derive(Debug)]
pub struct OpenRecord {
    /// Who they are.
    pub who: PersonView,
    /// Everything else, section by section with its ledger.
    pub record: SharedRecord,
    /// On what ground it is open.
    pub basis: Basis,
    /// Sections that the role does not see: the same for every person.
    pub not_for_role: Vec<Section>,
    /// When it was opened.
    pub at: Timestamp,
}

impl Disclosure {
    /// Opens a person's record for one page.
    ///
    /// Facts, decision, log row, entries: in this order. The row rests on the
    /// facts of the decision and names the version of the record; when either has
    /// moved, the opening begins anew, so that the row of what is shown is true. A
    /// row whose entries moved before they were read stays in the log: it says
    /// more than was seen, never less.
    ///
    /// Somebody who does not exist is refused like somebody who is restricted.
    ///
    /// # Errors
    /// When the rules refuse, or nothing can be shown safely.
    pub async fn open(
        &self,
        caller: &Caller,
        person: PersonId,
        page: &'static str,
    ) -> Result<Disclosed<OpenRecord>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.open_once(caller, person, page, id).await {
                Ok((opened, _)) => return Ok(opened),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    pub(crate) async fn open_once(
        &self,
        caller: &Caller,
        person: PersonId,
        page: &'static str,
        id: RequestId,
    ) -> Result<(Disclosed<OpenRecord>, Decision), Failed> {
        let stand = self.stand(caller, person).await?;
        let request = self.request_about(id, person);
        let decision = match decide(&self.door.policy, &self.actor(caller), &stand.facts, &request) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, stand.logged_as, page, refusal).await),
        };
        let receipt = self.log_opening(caller, &decision, &stand, page).await?;
        let stored = self.door.clinical.record(&decision, &receipt).await?;
        Ok((Disclosed::new(self.gather(&decision, stored), receipt), decision))
    }

    async fn log_opening(
        &self,
        caller: &Caller,
        decision: &Decision,
        stand: &Stand,
        page: &str,
    ) -> Result<Receipt, StoreError> {
        let codes = |sections: Vec<Section>| sections.into_iter().map(|section| section.code().to_owned()).collect();
        let mut event = self.event(caller, decision.request(), Act::RecordOpened, Some(decision.person()));
        event.basis = Some(decision.basis().code().to_owned());
        event.page = Some(page.to_owned());
        event.sections = codes(decision.sections_shown());
        event.not_for_role = codes(decision.sections_not_for_role());
        event.facts_version = Some(decision.facts_version().0);
        event.record_version = Some(stand.record_version);
        let receipt = self.log_on_facts(decision.request(), event, decision.facts_version()).await?;
        metrics::counter!("connect_care_openings_total", "basis" => decision.basis().code()).increment(1);
        tracing::debug!(access_request = %decision.request(), "a record is opened");
        Ok(receipt)
    }

    fn gather(&self, decision: &Decision, stored: StoredRecord) -> OpenRecord {
        let now = decision.at();
        let region = &self.door.region;
        let practices = practices_told(&stored.charts);
        let expected = stored.sources.into_iter().filter(|one| region.expects(one, &practices));
        let sources = expected.map(|one| SourceState {
            takes_part: region.takes_part(&one.source.organisation),
            source: one.source,
            last_message_at: one.last_message_at,
            silence: one.silence,
            knows_person: one.knows_person,
            waiting_items: one.waiting_items,
            removed: one.removed,
        });
        let record = reconcile(Gathered {
            entries: stored.entries,
            sources: sources.collect(),
            seen: seen(decision),
            sees_sensitive: decision.sees_sensitive(),
            now,
            today: now.to_zoned(london()).date(),
        });
        OpenRecord {
            who: PersonView::of(stored.charts, stored.doubts, region).seen_as(decision.seen(Section::Identity)),
            record,
            basis: decision.basis().clone(),
            not_for_role: decision.sections_not_for_role(),
            at: now,
        }
    }
}

/// The general practices that any source names as the person's.
fn practices_told(charts: &[StoredChart]) -> Vec<String> {
    charts.iter().filter_map(|chart| chart.told.practice.clone()).collect()
}

fn seen(decision: &Decision) -> BTreeMap<Section, SectionSeen> {
    let mapped = |section: &Section| match decision.seen(*section) {
        Seen::Show => SectionSeen::Show,
        Seen::NamesOnly => SectionSeen::NamesOnly,
        Seen::No => SectionSeen::NotForRole,
    };
    Section::ALL.iter().map(|section| (*section, mapped(section))).collect()
}
