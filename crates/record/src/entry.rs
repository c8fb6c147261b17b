use std::sync::Arc;

use crate::content::Content;
use crate::ids::{ChartId, EntryId, MessageId, SourceId};
use crate::line::words;
use crate::section::Section;
use crate::when::When;

words! {
    /// Whether an entry still holds. Written at intake as a narrow column, so
    /// that the read path never parses.
    pub enum Standing {
        /// Holds now, or lies ahead.
        Current = "current" / "Current",
        /// Over: stopped, resolved, discharged.
        Past = "past" / "Past",
        /// The source says that it never was so. Kept, counted, not shown as a fact.
        EnteredInError = "entered-in-error" / "Removed by source",
    }
}
words! {
    /// Who may see it beyond the section's rule.
    pub enum Sensitivity {
        /// Nothing beyond the section's rule.
        Ordinary = "ordinary" / "Ordinary",
        /// Only roles that the policy names for sensitive entries.
        Sensitive = "sensitive" / "Sensitive",
    }
}

/// A code and the system it comes from, as told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The code system: a URI, or the short name that HL7 v2 carried. Shared, not
    /// copied: a record's entries have few of them.
    pub system: Arc<str>,
    /// The code.
    pub code: String,
}

/// One item of a record as a format reader makes it, before it has a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The source's own name for it: the same key from the same chart is a
    /// later version of the same entry. At most [`NewEntry::KEY_LENGTH_MAX`] bytes.
    pub key: String,
    /// What it says.
    pub content: Content,
    /// Whether it holds.
    pub standing: Standing,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// The clinical time: taken, started, attended, written.
    pub when: Option<When>,
    /// When it was recorded at the source.
    pub recorded: Option<When>,
    /// Who recorded it.
    pub author: Option<String>,
    /// For which organisation, where the message says so.
    pub organisation: Option<String>,
    /// Its code, where it has one.
    pub code: Option<Code>,
    /// The key of what it belongs to: the attendance, the report, the order.
    pub part_of: Option<String>,
}

impl NewEntry {
    /// The longest key that is kept as it is.
    pub const KEY_LENGTH_MAX: usize = 512;
}

/// Where an entry came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The record system.
    pub source: SourceId,
    /// The source's patient.
    pub chart: ChartId,
    /// The inbox message.
    pub message: MessageId,
    /// Which unit of the message, from zero.
    pub unit: u32,
    /// When it was recorded at the source, where told.
    pub recorded: Option<When>,
    /// Who recorded it, where told. Shared, not copied, like the organisation.
    pub author: Option<Arc<str>>,
    /// The organisation that the message names, where it does.
    pub organisation: Option<Arc<str>>,
}

/// One item in a person's record, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// What it says.
    pub content: Content,
    /// Whether it holds.
    pub standing: Standing,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// The clinical time.
    pub when: Option<When>,
    /// Its code, where it has one.
    pub code: Option<Code>,
    /// Where it came from.
    pub provenance: Provenance,
}

impl Entry {
    /// The section it belongs to.
    #[must_use]
    pub fn section(&self) -> Section {
        self.content.section()
    }
}
