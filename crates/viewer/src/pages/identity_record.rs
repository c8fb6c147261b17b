//! One record that may hold two people: what each of its charts tells, and the chart that
//! is to be taken out.

use askama::Template;

use super::identity_pair::{DecidedLine, Doubt, Standing, offers_to_take_back};
use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment, ServerForm};

/// A record that may hold two people.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_record.html")]
pub(crate) struct IdentityRecord {
    pub(crate) frame: Frame,
    /// Its own address.
    pub(crate) base: String,
    /// Binds the forms to this session and this doubt.
    pub(crate) form: ServerForm,
    pub(crate) doubt: Doubt,
    /// In the order in which they came.
    pub(crate) charts: Vec<ChartTold>,
    /// Where it is compared with each record that somebody told apart from it.
    pub(crate) told_apart: Vec<String>,
    /// Somebody in it is restricted.
    pub(crate) is_masked: bool,
    pub(crate) standing: Standing,
    /// Oldest first.
    pub(crate) decided: Vec<DecidedLine>,
    /// A chart was taken out: who saw the record before can be told.
    pub(crate) was_parted: bool,
    pub(crate) reason: String,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
}

/// What one source's patient tells.
#[derive(Clone, Debug)]
pub(crate) struct ChartTold {
    /// What its button sends.
    pub(crate) chart: u64,
    pub(crate) source: String,
    /// Since when it is in this record.
    pub(crate) since: Option<Moment>,
    /// Field and value, each as told.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// Why it is in this record, as the rule that linked it said.
    pub(crate) why: Option<String>,
}

impl IdentityRecord {
    fn takes_back(&self) -> bool {
        offers_to_take_back(&self.standing, &self.decided)
    }

    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }

    /// A chart can leave only where another stays; also where it was decided that they are one person's.
    fn offers_to_take_out(&self) -> bool {
        !matches!(self.standing, Standing::UnderWay(_)) && self.charts.len() > 1
    }

    /// What else may be decided, only while nobody has.
    fn is_open(&self) -> bool {
        self.standing.is_open()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::identity::{record, record_looked_up, record_of_one_chart};

    #[test]
    fn a_record_that_nobody_doubts_offers_to_take_a_chart_out_and_nothing_else() {
        let html = record_looked_up().to_string();
        assert_eq!(html.matches("Take this chart out").count(), 3);
        assert!(!html.contains("ask the source") && !html.contains("leave it as it is"));
        assert!(!html.contains("Why it is asked") && !html.contains("no longer waits"));
        assert!(html.contains("compare and link again"));
    }

    #[test]
    fn every_chart_says_why_it_is_in_this_record() {
        assert!(
            record().to_string().contains("<dt>Why in this record</dt> <dd>Same NHS number; Same date of birth</dd>")
        );
    }

    #[test]
    fn every_chart_says_what_it_tells_and_has_its_own_button() {
        let html = record().to_string();
        assert_eq!(html.matches("Take this chart out").count(), 3);
        for said in ["Riverside Surgery", "OKAFOR, Grace Adaeze (Mrs)", "OKAFOR, Faith", "leaves with it"] {
            assert!(html.contains(said), "{said}");
        }
    }

    #[test]
    fn a_record_of_one_chart_has_nothing_to_take_out_and_says_so() {
        let html = record_of_one_chart().to_string();
        assert!(!html.contains("Take this chart out") && html.contains("has only one chart"));
        assert!(html.contains("ask the source"));
    }

    #[test]
    fn a_missing_reason_stands_at_its_field() {
        let errors = vec![FieldError { field: "reason", words: "Write down the reason".to_owned() }];
        let html = IdentityRecord { errors, ..record() }.to_string();
        assert!(html.contains(r##"href="#reason""##) && html.contains("reason-error"));
    }
}
