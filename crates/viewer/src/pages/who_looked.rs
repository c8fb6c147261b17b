//! Who has looked at a record, for the privacy officer. Nothing clinical.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment};

/// Who has looked at a record.
#[derive(Clone, Debug, Template)]
#[template(path = "who_looked.html")]
pub(crate) struct WhoLooked {
    pub(crate) frame: Frame,
    /// As typed.
    pub(crate) nhs_number: String,
    pub(crate) errors: Vec<FieldError>,
    /// Once somebody was searched for.
    pub(crate) list: Option<Looks>,
}

impl WhoLooked {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }
}

/// The looks at one record.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    /// `OKAFOR, Grace Adaeze (Mrs), 999 000 0018`.
    pub(crate) person: String,
    /// `the last 12 months`.
    pub(crate) period: String,
    /// Emergency ones first, then newest first.
    pub(crate) looks: Vec<Look>,
    /// A part of the log cannot be read: said in red, never silent.
    pub(crate) gap: Option<String>,
}

impl Looks {
    fn headline(&self) -> String {
        let emergency = self.looks.iter().filter(|look| look.emergency).count();
        let looks = if self.looks.len() == 1 { "1 look".to_owned() } else { format!("{} looks", self.looks.len()) };
        format!("{looks} in {}, {emergency} in an emergency", self.period)
    }
}

/// One look.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) when: Moment,
    /// At whose record, where the list is not about one person.
    pub(crate) about: Option<String>,
    pub(crate) staff: String,
    pub(crate) role: String,
    pub(crate) organisation: String,
    pub(crate) emergency: bool,
    /// `She said yes`, or the coded reason.
    pub(crate) ground: String,
    /// The words typed at emergency access.
    pub(crate) explanation: Option<String>,
    /// `summary, medicines`, or `Refused: opted out`.
    pub(crate) opened: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn an_emergency_is_a_word_and_comes_first() {
        let html = made_up::who_looked().to_string();
        let first = html.split("<tbody").nth(1).and_then(|body| body.split("</tr>").next()).unwrap();
        assert!(first.contains("Emergency") && first.contains("GCS 8"));
        assert!(html.contains("4 looks in the last 12 months, 1 in an emergency"));
    }

    #[test]
    fn a_gap_in_the_log_is_said() {
        let mut page = made_up::who_looked();
        let gap = "The log cannot be read between 02-Nov-2026 and 03-Nov-2026.".to_owned();
        page.list = page.list.map(|list| Looks { gap: Some(gap.clone()), ..list });
        assert!(page.to_string().contains(&gap));
    }
}
