//! A decision about whose records are one person's, as it is carried out and as the order of application keeps it.

use std::collections::BTreeSet;

use record::{ChartId, PersonId};

use crate::error::StoreError;
use crate::foreseen::Foreseen;
use crate::identity_hands::LinkAct;
use crate::order::Noted;
use crate::sent_away::SentNote;

/// A chart that was linked by hand: by which decision, and whose it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HandLink {
    pub(crate) chart: ChartId,
    pub(crate) step: i64,
    pub(crate) from: PersonId,
    pub(crate) person: PersonId,
}

/// A doubt as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DoubtStand {
    pub(crate) person: PersonId,
    pub(crate) other: Option<PersonId>,
    pub(crate) is_open: bool,
}

impl DoubtStand {
    /// Whom it is about. Once the two are one person's it is about that one.
    pub(crate) fn people(self) -> Vec<PersonId> {
        let other = self.other.filter(|other| *other != self.person);
        [Some(self.person), other].into_iter().flatten().collect()
    }
}

/// A decision that is to be carried out, for the first time or again.
#[derive(Clone, Debug)]
pub(crate) struct LinkToDo {
    pub(crate) step: i64,
    pub(crate) item: i64,
    pub(crate) act: LinkAct,
    /// The chart that is to be unlinked; or the number of the decision that is taken back.
    pub(crate) chart: Option<ChartId>,
    /// A second reviewer has said the same.
    pub(crate) is_seconded: bool,
    pub(crate) at: i64,
    pub(crate) how: How,
}

/// How it is carried out.
#[derive(Clone, Debug)]
pub(crate) enum How {
    /// For the first time, where the doubt still stands as it was seen.
    Now {
        /// What was seen of it; nothing where it is only foreseen.
        seen: Option<String>,
        /// How the doubt stands.
        doubt: Option<DoubtStand>,
    },
    /// Again, in a record that is built anew: for the charts that it was about then.
    Again {
        /// The charts of each side then.
        sides: [BTreeSet<ChartId>; 2],
        /// To whom a chart was unlinked.
        home: Option<PersonId>,
        /// For which charts new people were made.
        sent: SentNote,
    },
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct LinkDone {
    pub(crate) at: i64,
    pub(crate) outcome: String,
    /// What the order of application keeps of it; nothing where nothing was done.
    pub(crate) noted: Option<Noted>,
    pub(crate) item: i64,
    /// What it has moved.
    pub(crate) moved: Foreseen,
}

/// What a note holds.
type Note = (i64, i64, i64, Option<u64>, bool, Vec<u64>, Vec<u64>, Option<u64>, SentNote);

impl LinkToDo {
    /// Nobody has decided it yet.
    pub(crate) fn is_foreseen(&self) -> bool {
        matches!(self.how, How::Now { seen: None, .. })
    }

    /// What was seen by whoever decided it.
    pub(crate) fn seen(&self) -> Option<&str> {
        match &self.how {
            How::Now { seen, .. } => seen.as_deref(),
            How::Again { .. } => None,
        }
    }

    /// The decision that is taken back, where that is what is to be done.
    pub(crate) fn takes_back(&self) -> Option<i64> {
        self.chart.filter(|_| self.act == LinkAct::TakeBack).map(|decision| decision.0.cast_signed())
    }

    /// Whether it moved charts or told some apart, as it is kept of what was carried out.
    pub(crate) fn can_be_taken_back(&self) -> bool {
        let How::Again { sides, .. } = &self.how else { return false };
        match self.act {
            LinkAct::SamePerson | LinkAct::NotTheSame => sides.iter().all(|charts| !charts.is_empty()),
            LinkAct::Unlink => true,
            LinkAct::AskTheSource | LinkAct::TakeBack => false,
        }
    }

    /// What a rebuild needs to do the same again: the charts of both sides, and to whom they went.
    pub(crate) fn note(&self, sides: [BTreeSet<ChartId>; 2], home: Option<PersonId>, sent: SentNote) -> String {
        let [these, those] = sides.map(|charts| charts.into_iter().map(|chart| chart.0).collect::<Vec<u64>>());
        let (chart, home) = (self.chart.map(|chart| chart.0), home.map(|home| home.0));
        let note: Note = (self.step, self.item, self.act.number(), chart, self.is_seconded, these, those, home, sent);
        // Numbers always have a JSON spelling.
        serde_json::to_string(&note).unwrap_or_default()
    }

    /// Reads what the order of application keeps of a decision that was carried out.
    pub(crate) fn of_note(at: i64, note: Option<&str>) -> Result<Self, StoreError> {
        let damaged = |_| StoreError::Damaged("what was decided about who is who".to_owned());
        let note: Note = serde_json::from_str(note.unwrap_or_default()).map_err(damaged)?;
        let (step, item, act, chart, is_seconded, these, those, home, sent) = note;
        let charts = |ids: Vec<u64>| ids.into_iter().map(ChartId).collect();
        Ok(Self {
            step,
            item,
            act: LinkAct::from_number(act)?,
            chart: chart.map(ChartId),
            is_seconded,
            at,
            how: How::Again { sides: [charts(these), charts(those)], home: home.map(PersonId), sent },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_is_not_there_is_damage_and_one_that_is_reads_back() {
        assert!(matches!(LinkToDo::of_note(7, None), Err(StoreError::Damaged(_))));
        let todo = LinkToDo::of_note(7, Some("[3,4,3,9,false,[9,10],[],12,[[11,13]]]")).unwrap();
        assert_eq!((todo.step, todo.item, todo.act, todo.chart, todo.at), (3, 4, LinkAct::Unlink, Some(ChartId(9)), 7));
        let How::Again { sides, home, sent } = todo.how else { panic!("it is done again") };
        assert_eq!((sides[0].len(), sides[1].len(), home), (2, 0, Some(PersonId(12))));
        assert_eq!(sent, [(11, 13)]);
    }
}
