//! Emergency access: an interruption, because it is rare and weighs something.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{Banner, FieldError, Frame, ServerForm};
use super::permission::Pronouns;

/// Open without permission?
#[derive(Clone, Debug, Template)]
#[template(path = "emergency.html")]
pub(crate) struct Emergency {
    /// Around it.
    pub(crate) frame: Frame,
    /// The address of this opening.
    pub(crate) base: String,
    /// Who it is; nothing clinical yet.
    pub(crate) banner: Banner,
    /// Binds the answer to this session, person and page.
    pub(crate) form: ServerForm,
    /// What to call the person.
    pub(crate) called: String,
    /// The person, in sentences.
    pub(crate) pronouns: Pronouns,
    /// What may be chosen.
    pub(crate) reasons: Vec<Reason>,
    /// The code that is selected, or empty.
    pub(crate) chosen: String,
    /// What is happening, as typed.
    pub(crate) explanation: String,
    /// The shortest explanation.
    pub(crate) explanation_chars_min: usize,
    /// The longest.
    pub(crate) explanation_chars_max: usize,
    /// What to put right.
    pub(crate) errors: Vec<FieldError>,
}

/// A reason that may be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    /// Its code.
    pub(crate) code: String,
    /// Its words.
    pub(crate) words: String,
}

impl Emergency {
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
    use crate::gallery::made_up;

    #[test]
    fn it_says_who_will_know_and_offers_a_way_back() {
        let html = made_up::emergency().to_string();
        assert!(html.contains("A privacy officer reviews every case, and Addy can see it."));
        assert!(html.contains("Do not open"));
    }

    #[test]
    fn what_was_typed_survives_an_error() {
        let page = Emergency {
            explanation: "GCS 8".into(),
            errors: vec![FieldError {
                field: "explanation",
                words: "Say what is happening in at least 10 characters".into(),
            }],
            ..made_up::emergency()
        };
        let html = page.to_string();
        assert!(html.contains("GCS 8</textarea>") && html.contains(r##"href="#explanation""##));
    }
}
