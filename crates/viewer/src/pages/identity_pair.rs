//! One doubt about two records: what each side tells, side by side, and the decision.

use askama::Template;

use super::identity_list::Likely;
use super::parts::form::error_at;
use super::parts::{FieldError, Frame, Moment, ServerForm};

/// Two records that may be one person's.
#[derive(Clone, Debug, Template)]
#[template(path = "identity_pair.html")]
pub(crate) struct IdentityPair {
    pub(crate) frame: Frame,
    /// Its own address.
    pub(crate) base: String,
    /// Binds the form to this session and this doubt.
    pub(crate) form: ServerForm,
    pub(crate) doubt: Doubt,
    /// Whose charts are on each side.
    pub(crate) sides: [Vec<ChartLine>; 2],
    pub(crate) fields: Vec<ComparedField>,
    /// One of the two is restricted: where they are to be found is not shown.
    pub(crate) is_masked: bool,
    /// They tell two different NHS numbers: they are never linked.
    pub(crate) has_two_numbers: bool,
    /// It stands on the list; else somebody looks at two who were told apart.
    pub(crate) is_doubted: bool,
    pub(crate) standing: Standing,
    /// Oldest first.
    pub(crate) decided: Vec<DecidedLine>,
    /// A chart was taken out: who saw the record before can be told.
    pub(crate) was_parted: bool,
    /// They were told apart: where they may be linked after all.
    pub(crate) compared_again: Option<String>,
    /// `same`, `apart` or `ask`.
    pub(crate) chosen: String,
    pub(crate) reason: String,
    pub(crate) reason_chars_max: usize,
    pub(crate) errors: Vec<FieldError>,
}

/// What a doubt is about.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    /// `Two people under one number`.
    pub(crate) about: &'static str,
    pub(crate) likely: Likely,
    /// Whose message raised it.
    pub(crate) source: String,
    pub(crate) since: Moment,
    /// Field by field why.
    pub(crate) reasons: Vec<String>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody has decided; somebody may ask the source: `Noor Haddad asks the source, since …`.
    Waiting(Option<String>),
    /// `Noor Haddad said that they are one person, 22-Nov-2026 13:50`.
    SecondReviewer(String),
    /// It was decided and is being carried out.
    UnderWay(&'static str),
    /// What became of it.
    Settled(String),
    /// Nobody doubts it, and nothing was decided.
    Undoubted,
}

impl Standing {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Waiting(_) | Self::SecondReviewer(_))
    }
}

/// A source's patient on one side.
#[derive(Clone, Debug)]
pub(crate) struct ChartLine {
    /// `Thameside Hospital`.
    pub(crate) source: String,
    /// Since when it is in this record.
    pub(crate) since: Option<Moment>,
}

/// One field of the two.
#[derive(Clone, Debug)]
pub(crate) struct ComparedField {
    /// `Born`.
    pub(crate) name: &'static str,
    pub(crate) sides: [Vec<Told>; 2],
    pub(crate) agreement: Agreement,
    /// A chart of one side differs from one of the other, though others agree.
    pub(crate) also_differs: bool,
}

impl ComparedField {
    fn what_is_told(&self) -> [(&'static str, &Vec<Told>); 2] {
        let [a, b] = &self.sides;
        [("A", a), ("B", b)]
    }
}

/// What one side tells of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `OKAFOR, Grace Adaeze (Mrs)`, as told.
    pub(crate) value: String,
    /// `Thameside Hospital, 22-Nov-2026`, each who tells it.
    pub(crate) by: Vec<String>,
}

/// How the two agree: a word and a shape, never a colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    Same,
    Similar,
    Differs,
    /// One of the two does not tell it.
    Missing,
    /// It is shown and not compared.
    NotCompared,
}

impl Agreement {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Same => "Same",
            Self::Similar => "Similar",
            Self::Differs => "DIFFERS",
            Self::Missing => "Missing",
            Self::NotCompared => "Not compared",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Same => "●",
            Self::Similar => "◐",
            Self::Differs => "▲",
            Self::Missing => "○",
            Self::NotCompared => "–",
        }
    }

    fn differs(self) -> bool {
        self == Self::Differs
    }
}

/// Something that was decided.
#[derive(Clone, Debug)]
pub(crate) struct DecidedLine {
    pub(crate) when: Moment,
    pub(crate) who: String,
    /// `Said that they are one person`.
    pub(crate) what: &'static str,
    pub(crate) why: String,
    pub(crate) came_of_it: String,
    /// What its button sends, where it may be taken back.
    pub(crate) taken_back_by: Option<u64>,
}

/// Whether any of these may be taken back: one decision after the other.
pub(super) fn offers_to_take_back(standing: &Standing, decided: &[DecidedLine]) -> bool {
    !matches!(standing, Standing::UnderWay(_)) && decided.iter().any(|line| line.taken_back_by.is_some())
}

/// A choice: its value, its words, and what it does.
struct Choice {
    value: &'static str,
    words: &'static str,
    hint: &'static str,
}

const CHOICES: [Choice; 3] = [
    Choice { value: "same", words: "Same person: link", hint: "The records are shown as one. It can be undone." },
    Choice {
        value: "apart",
        words: "Different people: keep apart",
        hint: "Nobody is asked again until one of them is told otherwise.",
    },
    Choice {
        value: "ask",
        words: "Not sure: ask the source",
        hint: "It stays on the list with your name. Call the source; nothing is sent.",
    },
];

impl IdentityPair {
    /// What may be decided: never that two with different NHS numbers are one person; of two who were told apart
    /// only that they are.
    fn choices(&self) -> impl Iterator<Item = &'static Choice> {
        let (has_two_numbers, is_doubted) = (self.has_two_numbers, self.is_doubted);
        CHOICES.iter().filter(move |choice| if choice.value == "same" { !has_two_numbers } else { is_doubted })
    }

    /// Whether anything may be decided.
    fn offers_to_decide(&self) -> bool {
        (self.standing.is_open() || self.standing == Standing::Undoubted) && self.choices().next().is_some()
    }

    fn takes_back(&self) -> bool {
        offers_to_take_back(&self.standing, &self.decided)
    }

    fn error(&self, field: &str) -> Option<&str> {
        error_at(&self.errors, field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.error(field).is_some()
    }

    fn named_sides(&self) -> [(&'static str, &Vec<ChartLine>); 2] {
        let [a, b] = &self.sides;
        [("A", a), ("B", b)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::identity::{
        masked, pair, pair_of_two_numbers, pair_parted, pair_told_apart, second_reviewer, settled,
    };

    #[test]
    fn two_with_different_numbers_are_not_offered_as_one_person_and_it_is_said_why() {
        let html = pair_of_two_numbers().to_string();
        assert!(!html.contains("value=\"same\"") && html.contains("two different NHS numbers"));
        assert!(html.contains("value=\"apart\"") && html.contains("value=\"ask\""));
    }

    #[test]
    fn what_was_decided_by_mistake_leads_to_where_they_are_linked_again() {
        assert!(pair_parted().to_string().contains("Was that a mistake? Compare the two and link them again"));
        assert!(!pair().to_string().contains("Was that a mistake?"));
    }

    #[test]
    fn of_two_who_were_told_apart_it_can_be_said_that_they_are_one_person_after_all() {
        let html = pair_told_apart().to_string();
        assert!(html.contains("value=\"same\"") && !html.contains("value=\"apart\""));
        let seconded = IdentityPair { standing: second_reviewer().standing, ..pair_told_apart() }.to_string();
        assert!(seconded.contains("value=\"same\"") && !seconded.contains("value=\"apart\""));
        let two_numbers = IdentityPair { has_two_numbers: true, ..pair_told_apart() }.to_string();
        assert!(!two_numbers.contains("Your decision") && two_numbers.contains("two different NHS numbers"));
    }

    fn row_of(html: &str, name: &str) -> String {
        let start = format!("scope=\"row\">{name}");
        html.split("<tr").find(|row| row.contains(&start)).unwrap().to_owned()
    }

    #[test]
    fn each_field_says_what_each_side_tells_by_whom_and_how_they_agree_in_a_word() {
        let html = pair().to_string();
        let name = row_of(&html, "Name");
        assert!(
            name.contains("OKAFOR, Grace Adaeze (Mrs)")
                && name.contains("Riverside Surgery")
                && name.contains("Similar")
        );
        assert!(row_of(&html, "Born").contains("Same"));
        assert!(row_of(&html, "Address").contains("DIFFERS"));
        let number = row_of(&html, "NHS No.");
        assert!(number.contains("Missing") && number.contains("Not told"));
    }

    #[test]
    fn the_choices_have_no_default_and_an_error_keeps_what_was_typed() {
        let html = pair().to_string();
        assert!(!html.contains(" checked"));
        let errors = vec![FieldError { field: "answer-same", words: "Choose what they are".to_owned() }];
        let html = IdentityPair { errors, reason: "seen both".into(), ..pair() }.to_string();
        assert!(html.contains(r##"href="#answer-same""##) && html.contains("value=\"seen both\""));
        assert!(html.contains("<title>Error: "));
    }

    #[test]
    fn who_is_restricted_is_shown_without_whereabouts_and_that_is_said() {
        let html = masked().to_string();
        assert!(html.contains("Restricted: not shown") && !html.contains("Harbour Row"));
        assert!(html.contains("are not shown to anybody here"));
    }

    #[test]
    fn a_second_reviewer_is_told_what_the_first_said() {
        let html = second_reviewer().to_string();
        assert!(html.contains("Noor Haddad said that they are one person") && html.contains("A second reviewer"));
        assert!(html.contains("name=\"answer\""));
    }

    #[test]
    fn what_is_settled_offers_nothing_more() {
        let html = settled().to_string();
        assert!(!html.contains("name=\"answer\"") && html.contains("They are linked"));
    }
}
