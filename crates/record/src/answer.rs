use jiff::Timestamp;

use crate::ids::SourceId;
use crate::section::Section;

/// What one source said to one section. A blank never means unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds this many entries of the section for this person.
    Answered(u32),
    /// It answers, and holds nothing of the section for this person.
    NothingHeld,
    /// It never delivered anything yet.
    Waiting,
    /// Asked live and not answered in time; the request goes on.
    Late,
    /// Asked live and failed, or cannot be reached since this time.
    Failed(Timestamp),
    /// Its last message is older than it should be: what it told may be out of date.
    StaleSince(Timestamp, u32),
    /// It does not send this section at all.
    DoesNotSend,
    /// Its organisation has stopped sharing.
    SharingStopped,
}

impl Answer {
    /// Whether what the source holds is known now.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Answered(_) | Self::NothingHeld)
    }

    /// Whether the source ought to have told and its word cannot be relied on.
    #[must_use]
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Waiting | Self::Late | Self::Failed(_) | Self::StaleSince(..) | Self::SharingStopped)
    }
}

/// One source's line in a section's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceAnswer {
    /// Which source.
    pub source: SourceId,
    /// What it said.
    pub answer: Answer,
    /// When we last had word from it.
    pub as_at: Option<Timestamp>,
    /// Messages from it about this person that wait for a hand: they are not in
    /// the record yet.
    pub waiting_items: u32,
}

/// How complete one section is: every source accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Which section.
    pub section: Section,
    /// Every source, in configuration order.
    pub answers: Vec<SourceAnswer>,
    /// Something is not shown because of confidentiality or the person's choice.
    /// Says neither what, nor whose, nor how many: that would tell.
    pub withheld: bool,
    /// The role does not see this section: constant for the role, data or none.
    pub not_for_role: bool,
}

impl Ledger {
    /// Sources that ought to have told and whose word cannot be relied on.
    pub fn missing(&self) -> impl Iterator<Item = &SourceAnswer> {
        self.answers.iter().filter(|answer| answer.answer.is_missing())
    }

    /// Whether every source that sends this section is known and nothing waits.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.withheld
            && !self.not_for_role
            && self.answers.iter().all(|a| !a.answer.is_missing() && a.waiting_items == 0)
    }
}
