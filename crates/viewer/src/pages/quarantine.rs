//! What waits in an organisation's quarantine, for its administrator: worst first.
//! Where and why, and nothing of what messages say.

use askama::Template;

use super::parts::{Frame, Moment};

/// An organisation's quarantine.
#[derive(Clone, Debug, Template)]
#[template(path = "quarantine.html")]
pub(crate) struct Quarantine {
    pub(crate) frame: Frame,
    /// `Thameside Hospital`.
    pub(crate) organisation: String,
    /// What nobody has taken first, and the oldest of it first.
    pub(crate) waiting: Vec<WaitingLine>,
    /// More waits than is listed.
    pub(crate) more: bool,
    /// Newest first.
    pub(crate) settled: Vec<SettledLine>,
    /// From how many minutes on it is an alarm that nobody has taken something.
    pub(crate) alarm_minutes: i64,
}

impl Quarantine {
    fn headline(&self) -> String {
        match (self.waiting.len(), self.more) {
            (0, _) => "Nothing is waiting".to_owned(),
            (1, _) => "1 message is waiting".to_owned(),
            (count, false) => format!("{count} messages are waiting"),
            (count, true) => format!("More than {count} messages are waiting"),
        }
    }

    /// What is said in red: nobody has taken some of it for too long.
    fn alarm(&self) -> Option<String> {
        let overdue = self.waiting.iter().filter(|line| line.is_overdue).count();
        let minutes = self.alarm_minutes;
        match overdue {
            0 => None,
            1 => Some(format!("1 message has waited {minutes} minutes or more and nobody has taken it")),
            count => Some(format!("{count} messages have waited {minutes} minutes or more and nobody has taken them")),
        }
    }
}

/// Something that waits.
#[derive(Clone, Debug)]
pub(crate) struct WaitingLine {
    pub(crate) href: String,
    /// `ADT^A08`.
    pub(crate) kind: String,
    pub(crate) source: String,
    /// `PID-3`.
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) since: Moment,
    /// `23 minutes`.
    pub(crate) waits: String,
    pub(crate) is_overdue: bool,
    /// Who has taken it.
    pub(crate) owner: Option<String>,
    /// A clinician who opens somebody's record is told that it is missing.
    pub(crate) is_person_known: bool,
    /// `being added again`.
    pub(crate) under_way: Option<&'static str>,
}

/// Something that was settled.
#[derive(Clone, Debug)]
pub(crate) struct SettledLine {
    pub(crate) href: String,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) place: String,
    pub(crate) since: Moment,
    /// `Added to the record`, `Corrected`, `Dismissed`.
    pub(crate) how: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::quarantine::{empty, list};

    #[test]
    fn what_waits_too_long_without_an_owner_is_said_in_words_and_comes_first() {
        let html = list().to_string();
        assert!(html.contains("1 message has waited 15 minutes or more and nobody has taken it"));
        let first = html.split("<tbody").nth(1).and_then(|body| body.split("</tr>").next()).unwrap();
        assert!(first.contains("Nobody has taken it") && first.contains("2 hours"), "{first}");
    }

    #[test]
    fn nothing_waiting_is_said_and_is_no_alarm() {
        let html = empty().to_string();
        assert!(html.contains("Nothing is waiting") && !html.contains("nobody has taken"));
    }

    #[test]
    fn more_than_fits_is_said() {
        let html = Quarantine { more: true, ..list() }.to_string();
        assert!(html.contains("More than 3 messages are waiting"));
    }
}
