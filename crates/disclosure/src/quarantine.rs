use access::{QuarantineTextDecision, Refusal, RequestId, What, decide_quarantine, decide_quarantine_text};
use audit::{Act, Event};
use formats::{Outline, Problem};
use record::{MessageId, OdsCode, PersonId, SourceFormat};
use store::{HandDecision, LogRow, QuarantineItem, Receipt, StoreError};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::message::MessageBytes;

pub(crate) const PAGE: &str = "quarantine";
/// What is told of a row that is not there, or of another organisation's.
pub(crate) const NO_ITEM: &str = "message in quarantine";

/// What waits in an organisation's quarantine, and what was settled last.
#[derive(Clone, Debug)]
pub struct Quarantine {
    /// What waits: what nobody has taken first, and the oldest of it first.
    pub waiting: Vec<QuarantineItem>,
    /// More waits than is listed.
    pub more: bool,
    /// Newest first.
    pub settled: Vec<QuarantineItem>,
}

/// One row of quarantine, and what was decided about its message.
#[derive(Clone, Debug)]
pub struct QuarantinedMessage {
    /// Where and why, and nothing of what it says.
    pub item: QuarantineItem,
    /// Oldest first.
    pub decided: Vec<HandDecision>,
}

/// A row that may be asked about: it is of an organisation that the caller looks after.
pub(crate) struct Located {
    pub(crate) format: SourceFormat,
    pub(crate) message: MessageId,
    pub(crate) organisation: OdsCode,
}

impl Disclosure {
    /// What waits in the quarantine of the caller's own organisation.
    ///
    /// # Errors
    /// When the role may not, or nothing can be shown safely.
    pub async fn quarantine(&self, caller: &Caller) -> Result<Disclosed<Quarantine>, Closed> {
        let id = self.new_request();
        self.quarantine_once(caller, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn quarantine_once(&self, caller: &Caller, id: RequestId) -> Result<Disclosed<Quarantine>, Failed> {
        let (policy, actor, own) = (&self.door.policy, self.actor(caller), &caller.staff.organisation);
        let decision = match decide_quarantine(policy, &actor, id, self.now(), own) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, None, PAGE, refusal).await),
        };
        let mut event = self.event(caller, id, Act::QuarantineListed, None);
        event.page = Some(PAGE.to_owned());
        let receipt = self.log(id, event).await?;
        let (waiting, more) = self.door.clinical.quarantine_waiting(&decision, &receipt).await?;
        let settled = self.door.clinical.quarantine_settled(&decision, &receipt).await?;
        Ok(Disclosed::new(Quarantine { waiting, more, settled }, receipt))
    }

    /// One row of quarantine and what was decided about it: where and why, and
    /// nothing of what the message says.
    ///
    /// # Errors
    /// When the role may not; [`Closed::NotFound`] also for another organisation's
    /// row; or when nothing can be shown safely.
    pub async fn quarantined(&self, caller: &Caller, item: u64) -> Result<Disclosed<QuarantinedMessage>, Closed> {
        let id = self.new_request();
        self.quarantined_once(caller, item, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn quarantined_once(
        &self,
        caller: &Caller,
        item: u64,
        id: RequestId,
    ) -> Result<Disclosed<QuarantinedMessage>, Failed> {
        let located = self.located(caller, id, item).await?;
        let decided = decide_quarantine(&self.door.policy, &self.actor(caller), id, self.now(), &located.organisation);
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, None, PAGE, refusal).await),
        };
        let mut event = self.event(caller, id, Act::QuarantineListed, None);
        event.page = Some(page_of(item));
        let receipt = self.log(id, event).await?;
        let (item, decided) = self.door.clinical.quarantine_item(&decision, &receipt, item).await?;
        Ok(Disclosed::new(QuarantinedMessage { item, decided }, receipt))
    }

    /// How a message in quarantine is built, with its fault marked, and nothing of
    /// what it says.
    ///
    /// # Errors
    /// As [`Disclosure::quarantined`]; and where somebody in it has a closed record.
    pub async fn quarantined_outline(
        &self,
        caller: &Caller,
        item: &QuarantineItem,
    ) -> Result<Disclosed<Outline>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.outline_once(caller, item, id).await {
                Ok(outline) => return Ok(outline),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn outline_once(
        &self,
        caller: &Caller,
        item: &QuarantineItem,
        id: RequestId,
    ) -> Result<Disclosed<Outline>, Failed> {
        let fault = Problem::new(item.place.clone(), item.reason.clone());
        let (located, decision) = self.decide_text(caller, item.id, id, None).await?;
        let receipt = self.log_quarantine_text(caller, &decision, Act::QuarantineShown, item.id).await?;
        let bytes = self.door.clinical.quarantine_text(&decision, &receipt, located.message).await?;
        Ok(Disclosed::new(outlined(located.format, &bytes, &fault), receipt))
    }

    /// The text of a message in quarantine, for a written reason: logged before it
    /// is read, for each person whom it concerns as well.
    ///
    /// # Errors
    /// As [`Disclosure::quarantined_outline`].
    pub async fn quarantined_text(
        &self,
        caller: &Caller,
        item: u64,
        reason: &str,
    ) -> Result<Disclosed<MessageBytes>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.quarantined_text_once(caller, item, reason, id).await {
                Ok(bytes) => return Ok(bytes),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn quarantined_text_once(
        &self,
        caller: &Caller,
        item: u64,
        reason: &str,
        id: RequestId,
    ) -> Result<Disclosed<MessageBytes>, Failed> {
        let (located, decision) = self.decide_text(caller, item, id, Some(reason)).await?;
        let receipt = self.log_quarantine_text(caller, &decision, Act::QuarantineOpened, item).await?;
        let bytes = self.door.clinical.quarantine_text(&decision, &receipt, located.message).await?;
        Ok(Disclosed::new(bytes, receipt))
    }

    /// Where a row is, for whoever looks after its organisation. For everybody else
    /// it does not exist, and that is logged.
    pub(crate) async fn located(&self, caller: &Caller, id: RequestId, item: u64) -> Result<Located, Failed> {
        let policy = &self.door.policy;
        if !policy.may_administer(caller.staff.role) {
            let refusal = Refusal::RoleMayNot(What::Administer);
            return Err(self.refuse(caller, id, None, &page_of(item), refusal).await);
        }
        let sees_all = policy.administer(caller.staff.role) == access::Administer::All;
        let found = self.door.people.in_quarantine(item).await?;
        let located = found.and_then(|(source, message)| {
            let known = self.door.region.source(&source)?;
            let (format, organisation) = (known.format, known.organisation.clone());
            (sees_all || organisation == caller.staff.organisation).then_some(Located { format, message, organisation })
        });
        match located {
            Some(located) => Ok(located),
            None => Err(self.not_found(caller, id, &page_of(item), NO_ITEM).await),
        }
    }

    /// Whether the message may be seen: how it is built, or its text for a reason.
    pub(crate) async fn decide_text(
        &self,
        caller: &Caller,
        item: u64,
        id: RequestId,
        reason: Option<&str>,
    ) -> Result<(Located, QuarantineTextDecision), Failed> {
        let located = self.located(caller, id, item).await?;
        let people = self.door.people.in_message(located.message).await?;
        let mut concerns = Vec::with_capacity(people.len());
        for person in &people {
            concerns.push(self.stand(caller, *person).await?.facts);
        }
        let (policy, actor) = (&self.door.policy, self.actor(caller));
        match decide_quarantine_text(policy, &actor, id, &located.organisation, &concerns, reason) {
            Ok(decision) => Ok((located, decision)),
            Err(refusal) => Err(self.refuse_quarantine(caller, id, &people, &page_of(item), refusal).await),
        }
    }

    /// As for any message: a row for each person in it that rests on their facts,
    /// and one for the message, in one commit.
    async fn log_quarantine_text(
        &self,
        caller: &Caller,
        decision: &QuarantineTextDecision,
        act: Act,
        item: u64,
    ) -> Result<Receipt, StoreError> {
        let event = |person| -> Event {
            let mut event = self.event(caller, decision.request(), act, person);
            event.reason = decision.reason().map(str::to_owned);
            event.page = Some(page_of(item));
            event
        };
        // How a message is built says nothing of anybody: their logs are not filled with it.
        let concerns = if decision.reason().is_some() { decision.concerns() } else { &[] };
        let row = |person, rests_on| LogRow { request: decision.request(), event: event(person), rests_on };
        let mut rows: Vec<LogRow> = concerns.iter().map(|(person, facts)| row(Some(*person), Some(*facts))).collect();
        rows.push(row(None, None));
        self.door.desk.log_all(rows).await?.pop().ok_or(StoreError::ReceiptForAnother)
    }

    /// Everyone in the message finds the refusal in their log.
    async fn refuse_quarantine(
        &self,
        caller: &Caller,
        id: RequestId,
        people: &[PersonId],
        page: &str,
        refusal: Refusal,
    ) -> Failed {
        let mut people = people.iter().copied().map(Some);
        let mut refused = self.refuse(caller, id, people.next().flatten(), page, refusal).await;
        for person in people {
            refused = match refused {
                Failed::Closed(_) => self.refuse(caller, id, person, page, refusal).await,
                Failed::Store(_) => return refused,
            };
        }
        refused
    }
}

pub(crate) fn page_of(item: u64) -> String {
    format!("quarantine {item}")
}

/// How the message is built; what its fault was is marked in it.
fn outlined(format: SourceFormat, bytes: &[u8], fault: &Problem) -> Outline {
    match format {
        SourceFormat::Hl7v2 => formats::hl7v2::outline(bytes, fault),
        SourceFormat::Fhir if bytes.trim_ascii_start().starts_with(b"<") => {
            formats::fhir::read_xml(bytes).map(|delivery| Outline::of_units(&delivery, "entry")).unwrap_or_default()
        }
        SourceFormat::Fhir => {
            formats::fhir::read_json(bytes).map(|delivery| Outline::of_units(&delivery, "entry")).unwrap_or_default()
        }
        SourceFormat::Csv => {
            formats::csv::read(bytes).map(|delivery| Outline::of_units(&delivery, "row")).unwrap_or_default()
        }
    }
}
