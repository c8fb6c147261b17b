//! What an identity analyst decides about whose records are one person's, written
//! durably for the intake to carry out.

use access::PairDecision;
use audit::Act;
use record::{ChartId, PersonId};

use crate::desk::Desk;
use crate::error::StoreError;
use crate::identity_pair::PairSeen;
use crate::receipt::Receipt;
use crate::{Place, postgres, sqlite};

/// It is to be carried out.
pub(crate) const ACT_OPEN: i64 = 0;
/// It waits for a second reviewer.
pub(crate) const ACT_FIRST: i64 = 1;
/// It was carried out, or came to nothing.
pub(crate) const ACT_OVER: i64 = 2;

/// What may be decided about one doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAct {
    /// Both records are one person's.
    SamePerson,
    /// They are two people's.
    NotTheSame,
    /// Their source is asked; the doubt stays on the list.
    AskTheSource,
    /// A chart is taken out of a record that holds two people.
    Unlink,
    /// A decision is taken back: what is left is what would be, had it never been made.
    TakeBack,
}

impl LinkAct {
    const ALL: [Self; 5] = [Self::SamePerson, Self::NotTheSame, Self::AskTheSource, Self::Unlink, Self::TakeBack];

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::SamePerson => 0,
            Self::NotTheSame => 1,
            Self::AskTheSource => 2,
            Self::Unlink => 3,
            Self::TakeBack => 4,
        }
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|act| act.number() == number);
        found.ok_or_else(|| StoreError::Damaged("a decision about who is who".to_owned()))
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAsk {
    /// Both records are one person's. `needs_second` where names and birth date both
    /// differ: it is carried out once somebody else has said the same.
    SamePerson {
        /// One reviewer is not enough.
        needs_second: bool,
    },
    /// They are two people's.
    NotTheSame,
    /// Their source is asked.
    AskTheSource,
    /// This chart, with whatever came with it, is somebody else's.
    Unlink {
        /// Which.
        chart: ChartId,
    },
    /// A decision about the same doubt, or the same record, is as if it had never been made.
    TakeBack {
        /// Its number.
        decision: u64,
    },
}

impl LinkAsk {
    /// What it comes to.
    #[must_use]
    pub fn act(self) -> LinkAct {
        match self {
            Self::SamePerson { .. } => LinkAct::SamePerson,
            Self::NotTheSame => LinkAct::NotTheSame,
            Self::AskTheSource => LinkAct::AskTheSource,
            Self::Unlink { .. } => LinkAct::Unlink,
            Self::TakeBack { .. } => LinkAct::TakeBack,
        }
    }
}

/// What became of the asking. Where it is noted, it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityAsked {
    /// It will be carried out, also after a crash; its number.
    Noted(u64),
    /// It is noted under this number, and carried out once another member of staff says the same.
    NeedsSecondReviewer(u64),
    /// It no longer waits: somebody has settled it.
    NotWaiting,
    /// Something else was decided about the same doubt and is being carried out.
    UnderWay,
    /// What the charts tell is not what was seen when it was decided.
    ChangedMeanwhile,
    /// Two different NHS numbers are never one person's.
    TwoNumbers,
    /// It cannot be decided here. Nothing says why.
    CannotBe,
}

/// A row of `identity_act` ready to be written.
#[derive(Clone)]
pub(crate) struct LinkRow {
    pub(crate) item: i64,
    pub(crate) person: i64,
    pub(crate) other: Option<i64>,
    pub(crate) act: i64,
    /// The chart that is to be unlinked, or the decision that is taken back.
    pub(crate) chart: Option<i64>,
    pub(crate) staff: String,
    pub(crate) staff_name: String,
    pub(crate) organisation: String,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) seen: String,
    pub(crate) needs_second: bool,
    /// What became of a first reviewer's decision that this one takes the place of, and of one that it confirms.
    pub(crate) instead: String,
    pub(crate) confirmed: String,
}

impl LinkRow {
    /// Asking the source is done with its writing.
    pub(crate) fn is_mark(&self) -> bool {
        self.act == LinkAct::AskTheSource.number()
    }
}

/// How a doubt stands after something was asked about it.
pub(crate) struct AskedStand {
    pub(crate) is_open: bool,
    pub(crate) is_under_way: bool,
    /// The act of a first reviewer that waits.
    pub(crate) first: Option<i64>,
}

/// What came of it, from what was written and how the doubt stands.
pub(crate) fn asked(written: Option<(i64, i64)>, stand: Option<AskedStand>) -> Result<IdentityAsked, StoreError> {
    match (written, stand) {
        (Some((id, ACT_FIRST)), _) => Ok(IdentityAsked::NeedsSecondReviewer(id.cast_unsigned())),
        (Some((id, _)), _) => Ok(IdentityAsked::Noted(id.cast_unsigned())),
        (None, None) => Err(StoreError::NotFound("doubt about who is who")),
        (None, Some(AskedStand { is_under_way: true, .. })) => Ok(IdentityAsked::UnderWay),
        (None, Some(AskedStand { is_open: true, first: Some(first), .. })) => {
            Ok(IdentityAsked::NeedsSecondReviewer(first.cast_unsigned()))
        }
        (None, Some(_)) => Ok(IdentityAsked::NotWaiting),
    }
}

impl Desk {
    /// Writes down what was decided about one doubt and lets the intake know. When it is
    /// noted, it is durable. `seen` is what was shown of the doubt in the same request.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`]; [`StoreError::NotFound`]; or when it could not be made durable.
    pub async fn ask_of_identity(
        &self,
        decision: &PairDecision,
        receipt: &Receipt,
        seen: &PairSeen,
        ask: LinkAsk,
    ) -> Result<IdentityAsked, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::IdentityDecided)?;
        if let Some(refused) = seen.refuses(ask) {
            return Ok(refused);
        }
        let staff = decision.staff();
        let number = |person: PersonId| person.0.cast_signed();
        let row = LinkRow {
            item: seen.item.cast_signed(),
            person: number(seen.person),
            other: seen.other.map(number),
            act: ask.act().number(),
            chart: match ask {
                LinkAsk::Unlink { chart } => Some(chart.0.cast_signed()),
                LinkAsk::TakeBack { decision } => Some(decision.cast_signed()),
                _ => None,
            },
            staff: staff.id.to_string(),
            staff_name: staff.name.clone(),
            organisation: staff.organisation.to_string(),
            reason: decision.reason().unwrap_or_default().to_owned(),
            at: decision.at().as_second(),
            seen: seen.seen.clone(),
            needs_second: matches!(ask, LinkAsk::SamePerson { needs_second: true }),
            instead: format!("Something else was decided by {}.", staff.name),
            confirmed: format!("Confirmed by {}.", staff.name),
        };
        let asked = match &self.place {
            Place::Sqlite { record, .. } => {
                let ask = move |connection: &_| sqlite::identity_hands::ask(connection, &row);
                record.write("decide who is who", ask).await?
            }
            Place::Postgres(server) => postgres::identity_hands::ask(server, &row).await?,
        };
        if let (IdentityAsked::Noted(_), false) = (asked, ask.act() == LinkAct::AskTheSource) {
            self.asked.notify_one();
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_read_back_and_what_is_none_is_damage() {
        for act in LinkAct::ALL {
            assert_eq!(LinkAct::from_number(act.number()).unwrap(), act);
        }
        assert!(matches!(LinkAct::from_number(5), Err(StoreError::Damaged(_))));
    }
}
