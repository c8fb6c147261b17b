use access::{PairDecision, PersonFacts, Refusal, RequestId, decide_pair, decide_pair_act, decide_work_list};
use audit::Act;
use record::PersonId;
use store::{Foreseen, IdentityWork, LogRow, Moving, Named, Receipt, StoreError, StoredPair, WouldMove};

use crate::attempts::{Attempts, Failed};
use crate::disclosed::Disclosed;
use crate::door::{Caller, Closed, Disclosure};
use crate::identity_acts::LinkVerdict;

const PAGE: &str = "work list";
/// What is told of a doubt that is not there, or about two who are sealed from each other.
const NO_DOUBT: &str = "doubt about who is who";

/// A preview lists the entries that would move from the first one on.
const FROM_THE_FIRST: u64 = 0;

/// Why a doubt, or a record, is read.
#[derive(Clone, Copy)]
pub(crate) enum Why<'a> {
    /// To look at it.
    Seen,
    /// To look at it, for this reason.
    SeenFor(&'a str),
    /// To decide about it, for this reason.
    Decided(&'a str),
}

impl<'a> Why<'a> {
    fn of_a_look(self) -> Option<&'a str> {
        match self {
            Self::SeenFor(reason) => Some(reason.trim()),
            Self::Seen | Self::Decided(_) => None,
        }
    }
}

/// What a decision about one doubt would do.
#[derive(Debug)]
pub struct PairPreview {
    /// The people whom it is about.
    pub pair: StoredPair,
    /// What would move; `None` where nothing does.
    pub moving: Option<Moving>,
}

impl Disclosure {
    /// The doubts about who is who that wait, the highest risk first, and what was decided last: why, and
    /// nothing of what anybody told.
    ///
    /// # Errors
    /// When the role may not, or nothing can be shown safely.
    pub async fn identity_work(&self, caller: &Caller) -> Result<Disclosed<IdentityWork>, Closed> {
        let id = self.new_request();
        self.identity_work_once(caller, id).await.map_err(|failed| self.ended(id, failed))
    }

    async fn identity_work_once(&self, caller: &Caller, id: RequestId) -> Result<Disclosed<IdentityWork>, Failed> {
        let decision = match decide_work_list(&self.door.policy, &self.actor(caller), id, self.now()) {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse(caller, id, None, PAGE, refusal).await),
        };
        let mut event = self.event(caller, id, Act::WorkListSeen, None);
        event.page = Some(PAGE.to_owned());
        let receipt = self.log(id, event).await?;
        let work = self.door.clinical.identity_work(&decision, &receipt).await?;
        Ok(Disclosed::new(work, receipt))
    }

    /// The people of one doubt side by side: what each chart tells of them, by source and since when. Restricted
    /// people without whereabouts. Logged for each of them before it is read.
    ///
    /// # Errors
    /// When the role may not; where one of them has opted out or dissented; [`Closed::NotFound`], also for a sealed
    /// pair; or when nothing can be shown safely.
    pub async fn identity_pair(&self, caller: &Caller, item: u64) -> Result<Disclosed<StoredPair>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.pair_once(caller, item, id).await {
                Ok(pair) => return Ok(pair),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn pair_once(&self, caller: &Caller, item: u64, id: RequestId) -> Result<Disclosed<StoredPair>, Failed> {
        let (pair, _, receipt) = self.logged_pair(caller, item, Why::Seen, page_of(item), id).await?;
        // A record that nobody doubted is shown for a reason, or once something was decided about it.
        if Named::of(item).chart().is_some() && pair.decided.is_empty() && pair.people.len() < 2 {
            return Err(Failed::Store(StoreError::NotFound(NO_DOUBT)));
        }
        Ok(Disclosed::new(pair, receipt))
    }

    /// The people of one doubt, which charts would move where this were decided, from whom to whom, and which entries:
    /// section, date and source alone. It is found by doing it without writing. What is sensitive is counted and not
    /// listed. Logged as the pair is, once, and for whoever else has a chart that would move; of those who have opted out
    /// or dissented it is counted alone.
    ///
    /// # Errors
    /// As [`Disclosure::identity_pair`].
    pub async fn identity_preview(
        &self,
        caller: &Caller,
        item: u64,
        verdict: LinkVerdict,
    ) -> Result<Disclosed<PairPreview>, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.preview_once(caller, item, verdict, id).await {
                Ok(preview) => return Ok(preview),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn preview_once(
        &self,
        caller: &Caller,
        item: u64,
        verdict: LinkVerdict,
        id: RequestId,
    ) -> Result<Disclosed<PairPreview>, Failed> {
        let page = format!("{}, what would move", page_of(item));
        let foreseen = self.foreseen(caller, item, verdict, &page, id).await?;
        let beside = foreseen.as_ref().map(Foreseen::people).unwrap_or_default();
        let (mut pair, decision, receipt) = self.logged_with(caller, (item, &beside), Why::Seen, page, id).await?;
        let Some(foreseen) = foreseen.filter(|_| moves(&pair, verdict)) else {
            return Ok(Disclosed::new(PairPreview { pair, moving: None }, receipt));
        };
        let moving = self.door.clinical.identity_moves(&decision, &receipt, &foreseen, FROM_THE_FIRST).await?;
        pair.seen = pair.seen.foreseeing(&foreseen);
        Ok(Disclosed::new(PairPreview { pair, moving: Some(moving) }, receipt))
    }

    /// What this decision would move now; nothing where it is none that moves anything.
    pub(crate) async fn foreseen(
        &self,
        caller: &Caller,
        item: u64,
        verdict: LinkVerdict,
        page: &str,
        id: RequestId,
    ) -> Result<Option<Foreseen>, Failed> {
        // Whoever may not learns nothing of what would move.
        self.may_decide_links(caller, id, page).await?;
        match would_move(verdict) {
            Some(what) => Ok(Some(self.door.people.foresee(item, what, &self.door.rules).await?)),
            None => Ok(None),
        }
    }

    /// Whether the role decides about who is who; where not, that is logged.
    pub(crate) async fn may_decide_links(&self, caller: &Caller, id: RequestId, page: &str) -> Result<(), Failed> {
        if self.door.policy.may_decide_links(caller.staff.role) {
            return Ok(());
        }
        let refusal = Refusal::RoleMayNot(access::What::DecideLinks);
        Err(self.refuse(caller, id, None, page, refusal).await)
    }

    /// Decides, logs for each person concerned and for the doubt, and reads it.
    pub(crate) async fn logged_pair(
        &self,
        caller: &Caller,
        item: u64,
        why: Why<'_>,
        page: String,
        id: RequestId,
    ) -> Result<(StoredPair, PairDecision, Receipt), Failed> {
        self.logged_with(caller, (item, &[]), why, page, id).await
    }

    /// The same with others whose charts would move, as far as theirs may be shown.
    pub(crate) async fn logged_with(
        &self,
        caller: &Caller,
        (item, beside): (u64, &[PersonId]),
        why: Why<'_>,
        page: String,
        id: RequestId,
    ) -> Result<(StoredPair, PairDecision, Receipt), Failed> {
        // Whoever may not learns nothing of what is on the list.
        self.may_decide_links(caller, id, &page).await?;
        let people = self.door.people.in_doubt(item).await?;
        if people.is_empty() {
            return Err(self.not_found(caller, id, &page, NO_DOUBT).await);
        }
        let mut concerns: Vec<PersonFacts> = Vec::with_capacity(people.len());
        for person in &people {
            concerns.push(self.stand(caller, *person).await?.facts);
        }
        let (policy, actor, at) = (&self.door.policy, self.actor(caller), self.now());
        for person in beside.iter().filter(|person| !people.contains(person)) {
            let facts = self.stand(caller, *person).await?.facts;
            // Of somebody who does not share it is said that a chart moves, and no more.
            if decide_pair(policy, &actor, id, at, std::slice::from_ref(&facts)).is_ok() {
                concerns.push(facts);
            }
        }
        let decided = match why {
            Why::Decided(reason) => decide_pair_act(policy, &actor, id, at, &concerns, reason),
            // A reason for a look is one that a decision would take.
            Why::SeenFor(reason) => decide_pair_act(policy, &actor, id, at, &concerns, reason)
                .and_then(|_| decide_pair(policy, &actor, id, at, &concerns)),
            Why::Seen => decide_pair(policy, &actor, id, at, &concerns),
        };
        let decision = match decided {
            Ok(decision) => decision,
            Err(refusal) => return Err(self.refuse_pair(caller, id, &people, &page, refusal).await),
        };
        let receipt = self.log_pair(caller, &decision, why, page).await?;
        let pair = self.door.clinical.identity_pair(&decision, &receipt, item).await?;
        Ok((pair, decision, receipt))
    }

    /// A row for each person that rests on their facts, and one for the doubt, in one commit.
    async fn log_pair(
        &self,
        caller: &Caller,
        decision: &PairDecision,
        why: Why<'_>,
        page: String,
    ) -> Result<Receipt, StoreError> {
        let act = if decision.reason().is_some() { Act::IdentityDecided } else { Act::PairSeen };
        let row = |person, rests_on| {
            let mut event = self.event(caller, decision.request(), act, person);
            event.reason = decision.reason().or(why.of_a_look()).map(str::to_owned);
            event.page = Some(page.clone());
            LogRow { request: decision.request(), event, rests_on }
        };
        let concerns = decision.concerns().iter();
        let mut rows: Vec<LogRow> = concerns.map(|(person, facts)| row(Some(*person), Some(*facts))).collect();
        rows.push(row(None, None));
        self.door.desk.log_all(rows).await?.pop().ok_or(StoreError::ReceiptForAnother)
    }

    /// Everyone concerned finds the refusal in their log.
    async fn refuse_pair(
        &self,
        caller: &Caller,
        id: RequestId,
        people: &[PersonId],
        page: &str,
        refusal: Refusal,
    ) -> Failed {
        let mut refused = None;
        for person in people {
            match self.refuse(caller, id, Some(*person), page, refusal).await {
                failed @ Failed::Store(_) => return failed,
                closed @ Failed::Closed(_) => refused = Some(closed),
            }
        }
        refused.unwrap_or(Failed::Store(StoreError::NotFound(NO_DOUBT)))
    }
}

pub(crate) fn page_of(item: u64) -> String {
    match Named::of(item) {
        Named::Doubt(item) => format!("doubt {item}"),
        Named::Record(_) => "charts of a record".to_owned(),
        Named::ToldApart(_) => "records that were told apart".to_owned(),
    }
}

/// What there is to foresee of this decision: the others move nothing.
fn would_move(verdict: LinkVerdict) -> Option<WouldMove> {
    match verdict {
        LinkVerdict::SamePerson => Some(WouldMove::Link),
        LinkVerdict::Unlink(chart) => Some(WouldMove::Unlink(chart)),
        LinkVerdict::TakeBack(decision) => Some(WouldMove::TakeBack(decision)),
        LinkVerdict::NotTheSame | LinkVerdict::AskTheSource => None,
    }
}

/// Whether it moves anything of this pair: not where the chart is none of theirs, nor where one record is one person's.
pub(crate) fn moves(pair: &StoredPair, verdict: LinkVerdict) -> bool {
    let is_theirs = |chart| pair.people.iter().flat_map(|person| &person.charts).any(|known| known.chart == chart);
    match verdict {
        LinkVerdict::SamePerson => !pair.doubt.is_of_one_record,
        LinkVerdict::Unlink(chart) => is_theirs(chart),
        LinkVerdict::TakeBack(_) => true,
        LinkVerdict::NotTheSame | LinkVerdict::AskTheSource => false,
    }
}
