use access::RequestId;
use record::{ChartId, Demographics};
use store::{Foreseen, IdentityAsked, LinkAsk, StoredPair};

use crate::attempts::{Attempts, Failed};
use crate::door::{Caller, Closed, Disclosure};
use crate::identity_work::{Why, moves, page_of};

/// What an identity analyst decides about one doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkVerdict {
    /// Both records are one person's; where there is one record, it holds one person.
    SamePerson,
    /// They are two people's.
    NotTheSame,
    /// Their source is asked; the doubt stays on the list.
    AskTheSource,
    /// This chart, with whatever came with it, is somebody else's.
    Unlink(ChartId),
    /// The decision of this number is as if it had never been made.
    TakeBack(u64),
}

impl Disclosure {
    /// Writes down what was decided about a doubt: in the access log first, for each person concerned, then for
    /// the intake to carry out. Where it is noted it is durable and will be done. `seen` is the token of the pair as
    /// it was shown, by [`Disclosure::identity_preview`] where charts would move: where that is no longer what is told, or
    /// other charts would move, nothing is noted.
    ///
    /// # Errors
    /// As [`Disclosure::identity_pair`]; where the reason is missing or too long.
    pub async fn decide_identity(
        &self,
        caller: &Caller,
        item: u64,
        seen: &str,
        verdict: LinkVerdict,
        reason: &str,
    ) -> Result<IdentityAsked, Closed> {
        let mut attempts = Attempts::default();
        loop {
            let id = self.new_request();
            match self.decide_identity_once(caller, item, seen, verdict, reason, id).await {
                Ok(asked) => return Ok(asked),
                Err(failed) => self.begin_anew(&mut attempts, id, failed)?,
            }
        }
    }

    async fn decide_identity_once(
        &self,
        caller: &Caller,
        item: u64,
        seen: &str,
        verdict: LinkVerdict,
        reason: &str,
        id: RequestId,
    ) -> Result<IdentityAsked, Failed> {
        let page = format!("{}, {}", page_of(item), word(verdict));
        let foreseen = self.foreseen(caller, item, verdict, &page, id).await?;
        let beside = foreseen.as_ref().map(Foreseen::people).unwrap_or_default();
        let why = Why::Decided(reason);
        let (pair, decision, receipt) = self.logged_with(caller, (item, &beside), why, page, id).await?;
        // It holds for what was seen and for what was shown to move. The intake looks at both again when it does it.
        let foreseen = foreseen.filter(|_| moves(&pair, verdict));
        let now = foreseen.map_or_else(|| pair.seen.clone(), |foreseen| pair.seen.clone().foreseeing(&foreseen));
        if now.token() != seen {
            return Ok(IdentityAsked::ChangedMeanwhile);
        }
        let ask = match verdict {
            LinkVerdict::SamePerson => LinkAsk::SamePerson { needs_second: needs_second(&pair) },
            LinkVerdict::NotTheSame => LinkAsk::NotTheSame,
            LinkVerdict::AskTheSource => LinkAsk::AskTheSource,
            LinkVerdict::Unlink(chart) => LinkAsk::Unlink { chart },
            LinkVerdict::TakeBack(decision) => LinkAsk::TakeBack { decision },
        };
        Ok(self.door.desk.ask_of_identity(&decision, &receipt, &now, ask).await?)
    }
}

/// Whether any two charts of the two sides differ in names and birth date both: one reviewer is not enough.
#[must_use]
pub fn needs_second(pair: &StoredPair) -> bool {
    let told = |side: usize| -> Vec<&Demographics> {
        pair.people.get(side).map(|person| person.charts.iter().map(|chart| &chart.told).collect()).unwrap_or_default()
    };
    let (one, other) = (told(0), told(1));
    one.iter().any(|one| other.iter().any(|other| identity::merge_contradiction(one, other).is_some()))
}

fn word(verdict: LinkVerdict) -> &'static str {
    match verdict {
        LinkVerdict::SamePerson => "same person",
        LinkVerdict::NotTheSame => "not the same",
        LinkVerdict::AskTheSource => "ask the source",
        LinkVerdict::Unlink(_) => "unlink",
        LinkVerdict::TakeBack(_) => "take back",
    }
}
