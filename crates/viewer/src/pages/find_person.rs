//! Find a person: one form, either half is enough, and who matches. Never
//! anything clinical, and no banner: several people are on the page.

use askama::Template;

use super::parts::form::error_at;
use super::parts::{FieldError, Frame};

/// More matches than this are not shown: the page asks for more detail.
pub(crate) const PEOPLE_SHOWN_MAX: usize = 10;

/// The search form, with who matches once it was sent.
#[derive(Clone, Debug, Template)]
#[template(path = "find_person.html")]
pub(crate) struct FindPerson {
    /// Around it.
    pub(crate) frame: Frame,
    /// What was typed.
    pub(crate) search: Search,
    /// What to put right.
    pub(crate) errors: Vec<FieldError>,
    /// Said above the form: `Search is not working …`.
    pub(crate) notice: Option<String>,
    /// Who matches, once a search was made.
    pub(crate) outcome: Option<Outcome>,
}

impl FindPerson {
    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }
}

/// What was typed, given back as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) nhs_number: String,
    pub(crate) family_name: String,
    pub(crate) given_name: String,
    pub(crate) birth_day: String,
    pub(crate) birth_month: String,
    pub(crate) birth_year: String,
    pub(crate) postcode: String,
}

/// Who matches.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// At most [`PEOPLE_SHOWN_MAX`].
    pub(crate) people: Vec<Found>,
    /// More match than are shown: then none is.
    pub(crate) too_many: bool,
    /// Only those who match exactly are shown: too many others match possibly.
    pub(crate) possible_left_out: bool,
    /// Two of them are easily mistaken for each other.
    pub(crate) alike: bool,
}

impl Outcome {
    fn headline(&self) -> String {
        match self.people.len() {
            _ if self.too_many => format!("More than {PEOPLE_SHOWN_MAX} people match"),
            0 => "No match".to_owned(),
            1 => "1 person matches".to_owned(),
            count => format!("{count} people match"),
        }
    }

    fn advice(&self) -> &'static [&'static str] {
        if self.too_many {
            return &[
                "Nobody is shown. Add the first name, the whole date of birth or the postcode, or use the NHS number.",
            ];
        }
        if self.people.is_empty() {
            return &[
                "Check the NHS number, the spelling of the last name and the date of birth with the person. Try a former or second family name.",
                "Connect Care knows people who are registered with, or were seen by, an organisation that takes part.",
            ];
        }
        if self.possible_left_out {
            return &[
                "Only exact matches are shown: too many other people have names that are spelt alike. If the person is not here, add the first name, or use the NHS number.",
            ];
        }
        &[]
    }
}

/// One person who matches.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Opaque, worth nothing in another session.
    pub(crate) href: String,
    /// `OKAFOR, Grace Adaeze (Mrs)`.
    pub(crate) name: String,
    /// `04-Mar-1951 (75y)`.
    pub(crate) born: String,
    /// As recorded.
    pub(crate) gender: String,
    /// `999 000 0018` or `Not recorded`.
    pub(crate) nhs_number: String,
    /// `SE5 …`, or `Restricted`: no more of where they live until they are chosen.
    pub(crate) postcode: String,
    /// `Exact` or `Possible`.
    pub(crate) matched: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(people: usize, too_many: bool) -> Outcome {
        let found = Found {
            href: "/person/a".into(),
            name: "OKAFOR, Grace (Ms)".into(),
            born: "14-Mar-1951 (75y)".into(),
            gender: "Female".into(),
            nhs_number: "999 000 0026".into(),
            postcode: "Restricted".into(),
            matched: "Possible".into(),
        };
        Outcome { people: vec![found; people], too_many, possible_left_out: false, alike: false }
    }

    #[test]
    fn no_match_and_too_many_are_told_apart_and_say_what_to_do() {
        assert_eq!(outcome(0, false).headline(), "No match");
        assert_eq!(outcome(0, true).headline(), "More than 10 people match");
        assert!(!outcome(0, false).advice().is_empty() && !outcome(0, true).advice().is_empty());
        assert_eq!(outcome(2, false).headline(), "2 people match");
        assert_eq!(outcome(2, false).advice().len(), 0);
        assert!(Outcome { possible_left_out: true, ..outcome(1, false) }.advice()[0].starts_with("Only exact matches"));
    }
}
