//! The text of a message in quarantine, opened for a reason, and its correction.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame, ServerForm};

/// The text of a message in quarantine.
#[derive(Clone, Debug, Template)]
#[template(path = "quarantined_text.html")]
pub(crate) struct QuarantinedText {
    pub(crate) frame: Frame,
    /// The address of the row.
    pub(crate) base: String,
    /// Binds the correction to this session and this row.
    pub(crate) form: ServerForm,
    /// Where its fault is, and what.
    pub(crate) place: String,
    pub(crate) fault: String,
    /// A line for each segment.
    pub(crate) text: String,
    /// Why it cannot be corrected on a page; `None` where it can.
    pub(crate) not_here: Option<&'static str>,
    /// What was typed as its correction.
    pub(crate) corrected: String,
    pub(crate) why: String,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
}

impl QuarantinedText {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::quarantine::text;

    #[test]
    fn the_correction_begins_with_the_text_and_says_that_the_original_stays() {
        let html = text().to_string();
        assert!(html.contains("stays as it came") && html.contains("name=\"text\""));
        assert!(html.contains("Why is this right?"));
    }

    #[test]
    fn what_cannot_be_corrected_here_says_why_and_has_no_form() {
        let html = QuarantinedText { not_here: Some("It holds bytes that are no text."), ..text() }.to_string();
        assert!(html.contains("It holds bytes that are no text.") && !html.contains("name=\"text\""));
    }
}
