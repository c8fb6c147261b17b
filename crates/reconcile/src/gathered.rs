use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use record::{Entry, RemovedItems, Section, Silence, Source};

/// How the access decision lets one section be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionSeen {
    /// Whole.
    Show,
    /// Names and dates alone: medicines without doses, appointments without the
    /// type of clinic.
    NamesOnly,
    /// Not at all.
    NotForRole,
}

/// What is known of one source, before it is said section by section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// The source as configured.
    pub source: Source,
    /// When its last message arrived, about anybody; `None` when none ever did.
    pub last_message_at: Option<Timestamp>,
    /// Whether it keeps to its usual rhythm, where that is known.
    pub silence: Silence,
    /// Whether it has a chart that is linked to this person.
    pub knows_person: bool,
    /// Messages from it about this person that wait for a hand.
    pub waiting_items: u32,
    /// Items of it that were taken out of this record for good.
    pub removed: Option<RemovedItems>,
    /// Whether its organisation takes part now.
    pub takes_part: bool,
}

/// Everything gathered for one opening of one person's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The person's entries of the permitted sections, in any order.
    pub entries: Vec<Entry>,
    /// Every source of the region, in configuration order.
    pub sources: Vec<SourceState>,
    /// How each section may be seen. A section that is absent is not for the role.
    pub seen: BTreeMap<Section, SectionSeen>,
    /// Whether sensitive entries may be seen.
    pub sees_sensitive: bool,
    /// The time of the opening.
    pub now: Timestamp,
    /// The London day of the opening.
    pub today: Date,
}

impl Gathered {
    pub(crate) fn seen(&self, section: Section) -> SectionSeen {
        self.seen.get(&section).copied().unwrap_or(SectionSeen::NotForRole)
    }
}
