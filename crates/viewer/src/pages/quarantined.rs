//! One message in quarantine: where and why, how it is built with its fault marked,
//! and what may be decided about it. Nothing of what it says.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment, ServerForm};

/// One message in quarantine.
#[derive(Clone, Debug, Template)]
#[template(path = "quarantined.html")]
pub(crate) struct Quarantined {
    pub(crate) frame: Frame,
    /// Its own address.
    pub(crate) base: String,
    /// Binds the forms to this session and this row.
    pub(crate) form: ServerForm,
    /// `ADT^A08`.
    pub(crate) kind: String,
    pub(crate) source: String,
    /// Its number in the inbox.
    pub(crate) message: u64,
    /// The message that it corrects.
    pub(crate) corrects: Option<u64>,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) since: Moment,
    pub(crate) waits: String,
    pub(crate) is_person_known: bool,
    /// `Ada Obi, since 22-Nov-2026 13:50`.
    pub(crate) owner: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) built: Built,
    /// Oldest first.
    pub(crate) decided: Vec<DecidedLine>,
    /// As typed.
    pub(crate) typed: Typed,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits; it has been overdue without an owner, or not.
    Waiting { is_overdue: bool },
    /// Something was decided and is being carried out: `It is being added again.`
    UnderWay(&'static str),
    /// `Dismissed`, with what came of it.
    Settled(&'static str),
}

/// How the message is built.
#[derive(Clone, Debug)]
pub(crate) enum Built {
    /// Segments, entries or rows, the faulty one marked.
    Known { lines: Vec<BuiltLine>, more: usize },
    /// It cannot be taken apart.
    Unknown,
    /// Somebody in it has a closed record: neither this nor its text is shown.
    Closed,
}

/// A segment, entry or row.
#[derive(Clone, Debug)]
pub(crate) struct BuiltLine {
    pub(crate) name: String,
    /// How many such follow each other.
    pub(crate) times: usize,
    pub(crate) is_at_fault: bool,
    /// What is wrong with this one.
    pub(crate) fault: Option<String>,
    pub(crate) fields: Vec<BuiltField>,
}

/// A field of the faulty segment.
#[derive(Clone, Debug)]
pub(crate) struct BuiltField {
    pub(crate) place: String,
    pub(crate) name: &'static str,
    pub(crate) is_filled: bool,
    pub(crate) is_at_fault: bool,
}

/// Something that was decided.
#[derive(Clone, Debug)]
pub(crate) struct DecidedLine {
    pub(crate) when: Moment,
    pub(crate) who: String,
    /// `Asked to add it again`.
    pub(crate) what: &'static str,
    pub(crate) why: String,
    pub(crate) came_of_it: String,
}

/// What was typed into the forms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    pub(crate) open: String,
    pub(crate) replay: String,
    pub(crate) dismiss: String,
}

impl Quarantined {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }

    fn is_waiting(&self) -> bool {
        matches!(self.standing, Standing::Waiting { .. })
    }

    fn is_closed(&self) -> bool {
        matches!(self.built, Built::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::quarantine::{closed, dismissed, item};

    #[test]
    fn the_faulty_field_is_marked_in_words() {
        let html = item().to_string();
        let marked = html.split("<tr").skip(1).find(|row| row.contains("PID-3")).unwrap();
        assert!(marked.contains("The fault is here"), "{marked}");
        assert_eq!(html.matches("The fault is here").count(), 1);
    }

    #[test]
    fn each_decision_asks_why_and_an_error_stands_at_its_field() {
        let errors = vec![FieldError { field: "dismiss-reason", words: "Write down why".to_owned() }];
        let html = Quarantined { errors, ..item() }.to_string();
        assert!(html.contains(r##"href="#dismiss-reason""##) && html.contains("dismiss-reason-error"));
        for form in ["/take", "/open", "/replay", "/dismiss"] {
            assert!(html.contains(&format!("{form}\"")), "{form}");
        }
    }

    #[test]
    fn a_message_about_somebody_whose_record_is_closed_is_not_opened() {
        let html = closed().to_string();
        assert!(html.contains("nor its text can be shown") && !html.contains("/open\"") && html.contains("/replay\""));
    }

    #[test]
    fn what_is_settled_offers_nothing_more_and_says_by_whom_and_why() {
        let html = dismissed().to_string();
        for form in ["/take", "/open", "/replay", "/dismiss"] {
            assert!(!html.contains(&format!("{form}\"")), "{form}");
        }
        assert!(html.contains("Ada Obi") && html.contains("A test message of the supplier"));
    }
}
