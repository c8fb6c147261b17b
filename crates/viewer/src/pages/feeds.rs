//! How the messages of each source stand, for those who look after sources.
//! Nothing about anybody.

use askama::Template;

use super::parts::{Frame, Moment};

/// How the messages of each source stand.
#[derive(Clone, Debug, Template)]
#[template(path = "feeds.html")]
pub(crate) struct Feeds {
    pub(crate) frame: Frame,
    /// `Sources of Kingsbrook Hospital`.
    pub(crate) whose: String,
    pub(crate) at: Moment,
    /// The last full hour: `13:00 to 14:00`.
    pub(crate) hour: String,
    /// Worst first.
    pub(crate) sources: Vec<FeedSource>,
}

impl Feeds {
    fn headline(&self) -> String {
        let all = self.sources.len();
        let unwell = self.sources.iter().filter(|source| source.health == Health::Unwell).count();
        let of = if all == 1 { "1 source".to_owned() } else { format!("{all} sources") };
        match unwell {
            0 => format!("{of}, none in need of a hand"),
            1 => format!("{of}, 1 in need of a hand"),
            more => format!("{of}, {more} in need of a hand"),
        }
    }
}

/// Whether somebody should look after a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// Yes.
    Unwell,
    /// Not now.
    Well,
}

/// One source.
#[derive(Clone, Debug)]
pub(crate) struct FeedSource {
    /// Its id, for the parts of the page.
    pub(crate) id: String,
    /// `Kingsbrook Hospital`.
    pub(crate) name: String,
    /// Whose it is, where the page is not about one organisation.
    pub(crate) organisation: Option<String>,
    pub(crate) health: Health,
    /// `Silent for 2 h 10 min`.
    pub(crate) state: String,
    /// What else is to be said, gravest first.
    pub(crate) also: Vec<String>,
    pub(crate) last: Option<Moment>,
    /// Messages in the last full hour against what is usual.
    pub(crate) rate: Rate,
    /// Received and not yet applied: `0`, or `1,204, the oldest for 12 min`.
    pub(crate) waiting: String,
    /// `0`, or `12, the oldest for 2 days`.
    pub(crate) quarantined: String,
    /// What staff read because of it, in the words of their pages.
    pub(crate) staff_see: Vec<String>,
    /// Each type of its messages, silent ones first.
    pub(crate) kinds: Vec<FeedKind>,
}

impl FeedSource {
    fn unwell(&self) -> bool {
        self.health == Health::Unwell
    }

    fn kinds_words(&self) -> String {
        if self.kinds.len() == 1 {
            "1 type of message".to_owned()
        } else {
            format!("{} types of message", self.kinds.len())
        }
    }
}

/// Messages in the last full hour.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    /// `412`.
    pub(crate) came: String,
    /// `430`, or that it is not known yet.
    pub(crate) usual: String,
}

/// One type of message.
#[derive(Clone, Debug)]
pub(crate) struct FeedKind {
    /// `ORU^R01`.
    pub(crate) kind: String,
    pub(crate) silent: bool,
    /// `Silent; expected by 24-Nov-2026 14:40`.
    pub(crate) state: String,
    pub(crate) last: Moment,
    pub(crate) rate: Rate,
    /// `test results, letters`.
    pub(crate) brings: String,
}

#[cfg(test)]
mod tests {
    use crate::gallery::feeds;

    #[test]
    fn the_worst_comes_first_and_says_what_staff_see() {
        let html = feeds::some_silent().to_string();
        let first = html.split("<tbody").nth(1).and_then(|body| body.split("</tr>").next()).unwrap();
        assert!(first.contains("Silent for 2 days") && first.contains("nothing new since"), "{first}");
        assert!(html.contains("need of a hand"));
    }

    #[test]
    fn a_source_that_is_well_is_no_alarm() {
        let html = feeds::all_well().to_string();
        assert!(html.contains("3 sources, none in need of a hand"));
        assert!(!html.contains("cc-told--missing"));
    }

    #[test]
    fn an_organisation_without_sources_is_told_so() {
        assert!(feeds::none().to_string().contains("No record system of yours sends to Connect Care"));
    }
}
