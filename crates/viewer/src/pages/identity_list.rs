//! The doubts about who is who, for identity analysts: the highest risk first. What each
//! is about, and nothing of what anybody told.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment, ServerForm};

/// The identity analysts' work list.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_list.html")]
pub(crate) struct IdentityList {
    pub(crate) frame: Frame,
    /// The highest risk first.
    pub(crate) waiting: Vec<DoubtLine>,
    /// How many are listed at most.
    pub(crate) listed_max: usize,
    /// What a second reviewer has to say too, though no doubt of the list is about it.
    pub(crate) needs_second: Vec<SettledLine>,
    /// What was decided last, newest first.
    pub(crate) settled: Vec<SettledLine>,
    /// Binds the form that looks one person up to this session.
    pub(crate) form: ServerForm,
    pub(crate) nhs_number: String,
    pub(crate) reason: String,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
}

/// Something that was decided.
#[derive(Clone, Debug)]
pub(crate) struct SettledLine {
    pub(crate) href: String,
    /// `Took a chart out`.
    pub(crate) what: &'static str,
    pub(crate) who: String,
    pub(crate) when: Moment,
    pub(crate) came_of_it: String,
}

/// A doubt that nobody has decided.
#[derive(Clone, Debug)]
pub(crate) struct DoubtLine {
    pub(crate) href: String,
    /// `Two people under one number`.
    pub(crate) about: &'static str,
    /// What it may do to a person.
    pub(crate) risk: &'static str,
    pub(crate) likely: Likely,
    /// Whose message raised it.
    pub(crate) source: String,
    pub(crate) since: Moment,
    /// `Noor Haddad asks the source, since 22-Nov-2026 13:50`.
    pub(crate) under_way: Option<String>,
}

/// How likely it is that they are one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Likely {
    /// `Very likely one person`.
    pub(crate) words: &'static str,
    /// `999 in 1,000`, where it was weighed.
    pub(crate) figure: Option<String>,
}

impl IdentityList {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }

    fn headline(&self) -> String {
        match self.waiting.len() {
            0 => "Nothing is waiting".to_owned(),
            1 => "1 doubt is waiting".to_owned(),
            count if count < self.listed_max => format!("{count} doubts are waiting"),
            count => format!("{count} doubts are listed, and more may be waiting"),
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= self.listed_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::identity::{empty, list};

    #[test]
    fn each_doubt_says_what_it_is_about_how_likely_and_who_asks() {
        let html = list().to_string();
        for said in ["One record may hold two people", "Two people under one number", "Noor Haddad asks the source"] {
            assert!(html.contains(said), "{said}");
        }
        assert!(html.contains("Very likely one person") && html.contains("about 99 in 100"));
        assert!(html.contains("Not weighed"));
    }

    #[test]
    fn the_list_names_nobody_and_holds_no_number() {
        let html = list().to_string();
        for told in ["OKAFOR", "Grace", "999 000", "1951"] {
            assert!(!html.contains(told), "{told}");
        }
    }

    #[test]
    fn one_person_is_looked_up_by_number_for_a_reason_and_what_is_wrong_stands_at_its_field() {
        let html = list().to_string();
        assert!(html.contains("name=\"nhs_number\"") && html.contains("name=\"reason\""));
        let errors = vec![FieldError { field: "nhs-number", words: "No record carries this number".to_owned() }];
        let html = IdentityList { errors, nhs_number: "999 000 0018".into(), ..list() }.to_string();
        assert!(html.contains(r##"href="#nhs-number""##) && html.contains("nhs-number-error"));
        assert!(html.contains("<title>Error: ") && html.contains("value=\"999 000 0018\""));
    }

    #[test]
    fn what_a_second_reviewer_has_to_say_though_nobody_doubts_it_has_a_table_of_its_own() {
        let html = list().to_string();
        assert!(html.contains("Waits for a second reviewer") && html.contains("Said that they are one person"));
        assert!(!empty().to_string().contains("Waits for a second reviewer"));
    }

    #[test]
    fn nothing_waiting_is_said_in_words() {
        assert!(empty().to_string().contains("Nobody has to be told from anybody"));
    }

    #[test]
    fn a_list_that_is_full_says_that_more_may_wait() {
        let html = IdentityList { listed_max: list().waiting.len(), ..list() }.to_string();
        assert!(html.contains("4 doubts are listed, and more may be waiting"));
        assert!(!list().to_string().contains("more may be waiting"));
    }
}
