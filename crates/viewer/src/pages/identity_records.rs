//! Several records carry one NHS number: which of them is meant.

use askama::Template;

use super::parts::{Frame, ServerForm};

/// The records of one number.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_records.html")]
pub(crate) struct IdentityRecords {
    pub(crate) frame: Frame,
    /// Binds the choice to this session.
    pub(crate) form: ServerForm,
    pub(crate) nhs_number: String,
    pub(crate) reason: String,
    pub(crate) records: Vec<RecordLine>,
    /// More carry the number than are shown.
    pub(crate) more: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct RecordLine {
    /// What its button sends.
    pub(crate) number: u64,
    /// As its first chart tells.
    pub(crate) name: String,
    pub(crate) born: Option<String>,
    /// Whose charts it holds, each once.
    pub(crate) sources: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::identity_records::records;

    #[test]
    fn each_record_says_who_it_is_and_whose_charts_it_holds_and_has_its_own_button() {
        let html = records().to_string();
        for said in ["OKAFOR, Grace", "OKAFOR, Faith", "born 30-Jan-1999", "Riverside Surgery, Thameside Hospital"] {
            assert!(html.contains(said), "{said}");
        }
        assert_eq!(html.matches("name=\"record\"").count(), 2);
        assert!(!html.contains("More records"));
    }

    #[test]
    fn where_more_carry_the_number_than_are_shown_it_is_said() {
        assert!(IdentityRecords { more: true, ..records() }.to_string().contains("More records carry this number"));
    }
}
