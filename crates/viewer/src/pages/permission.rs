//! Has the person agreed? One question, before anything clinical is shown.

use askama::Template;
use record::Gender;

use super::parts::form::error_at;
use super::parts::{Banner, FieldError, Frame, ServerForm};

/// The question.
#[derive(Clone, Debug, Template)]
#[template(path = "permission.html")]
pub(crate) struct Permission {
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
    /// A permission in force: `02-Sep-2026, Camberwell care team, lasts to 02-Mar-2027`.
    pub(crate) agreed_before: Option<String>,
    /// The value that is selected, or empty.
    pub(crate) chosen: String,
    /// As typed.
    pub(crate) decider_name: String,
    /// As typed.
    pub(crate) decider_relationship: String,
    /// Whether the role may use emergency access.
    pub(crate) may_use_emergency: bool,
    /// What to put right.
    pub(crate) errors: Vec<FieldError>,
}

/// The person in sentences, by the gender that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pronouns {
    /// She said yes.
    pub(crate) they: &'static str,
    /// I cannot ask her.
    pub(crate) them: &'static str,
    /// Her record.
    pub(crate) their: &'static str,
}

impl Pronouns {
    /// Anything but female or male is `they`.
    pub(crate) fn of(gender: Option<Gender>) -> Self {
        match gender {
            Some(Gender::Female) => Self { they: "she", them: "her", their: "her" },
            Some(Gender::Male) => Self { they: "he", them: "him", their: "his" },
            _ => Self { they: "they", them: "them", their: "their" },
        }
    }
}

/// One answer.
struct Choice {
    id: &'static str,
    value: &'static str,
    words: String,
    hint: String,
    asks_who: bool,
}

impl Permission {
    /// What the answers are called when the form is sent.
    pub(crate) const ANSWERS: [&'static str; 5] = ["yes", "decider", "before", "no", "cannot-ask"];

    fn choices(&self) -> Vec<Choice> {
        let Pronouns { they, them, their } = self.pronouns;
        let [yes, decider, before, no, cannot_ask] = Self::ANSWERS;
        let choice = |value, words: String, hint: String| Choice { id: value, value, words, hint, asks_who: false };
        let mut choices = vec![
            Choice { id: "answer", ..choice(yes, format!("Yes, {they} said yes"), String::new()) },
            Choice {
                asks_who: true,
                ..choice(decider, format!("Someone who can decide for {them} said yes"), String::new())
            },
        ];
        if let Some(when) = &self.agreed_before {
            choices.push(choice(before, format!("{} agreed before", capital(they)), when.clone()));
        }
        let noted = format!("The record stays closed. {} refusal is noted. Nothing else happens.", capital(their));
        choices.push(choice(no, format!("{} said no", capital(they)), noted));
        if self.may_use_emergency {
            let hint = "Emergency access, one hour, reviewed by a privacy officer".to_owned();
            choices.push(choice(cannot_ask, format!("I cannot ask {them}"), hint));
        }
        choices
    }

    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::made_up;

    #[test]
    fn the_person_is_spoken_of_as_recorded() {
        let page = made_up::permission();
        assert!(page.to_string().contains("Has Addy agreed to you looking at her shared record?"));
        let page = Permission { pronouns: Pronouns::of(None), ..page };
        assert!(page.to_string().contains("Yes, they said yes"));
    }

    #[test]
    fn nothing_clinical_is_shown_before_permission() {
        assert!(!made_up::permission().to_string().to_lowercase().contains("allerg"));
    }

    #[test]
    fn a_role_without_emergency_access_is_told_who_has_it() {
        let page = Permission { may_use_emergency: false, ..made_up::permission() };
        let html = page.to_string();
        assert!(!html.contains("cannot-ask") && html.contains("ask a doctor, nurse or paramedic"));
    }

    #[test]
    fn agreed_before_is_offered_only_while_it_is_in_force() {
        let page = Permission { agreed_before: None, ..made_up::permission() };
        assert!(!page.to_string().contains("agreed before"));
    }
}
