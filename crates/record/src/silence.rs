use jiff::{SignedDuration, Timestamp};

use crate::organisation::Source;
use crate::section::Section;

/// What is known of whether a source keeps to its usual rhythm. Where nothing is
/// known yet, the limit that is configured for the source holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// Until when the source as a whole may be silent before that is unusual for
    /// it; `None` until its rhythm is known.
    pub due_at: Option<Timestamp>,
    /// Sections that a type of its messages brings which has stopped, and since
    /// when nothing of that type has come.
    pub sections: Vec<(Section, Timestamp)>,
}

impl Silence {
    /// Whether a source whose last message is this old has been silent for longer
    /// than it should: than is usual for it, or than is configured while that is
    /// not known.
    #[must_use]
    pub fn is_stale(&self, source: &Source, last_message_at: Timestamp, now: Timestamp) -> bool {
        let limit = SignedDuration::from_mins(i64::from(source.stale_after_minutes));
        match self.due_at {
            Some(due) => now > due,
            None => now.duration_since(last_message_at) > limit,
        }
    }

    /// Since when a type of message that brings this section has been silent; the
    /// earliest, where there are several.
    #[must_use]
    pub fn since(&self, section: Section) -> Option<Timestamp> {
        self.sections.iter().filter(|(silent, _)| *silent == section).map(|(_, since)| *since).min()
    }
}
