//! Who this is: the patient banner of NHS CUI (PAB), on every page of a record.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Date;
use record::{Audience, When, show_age, show_day};

use super::Conflict;

/// The patient banner.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/banner.html")]
pub(crate) struct Banner {
    /// `OKAFOR, Grace Adaeze (Mrs)`.
    pub(crate) name: String,
    /// What the person likes to be called.
    pub(crate) called: Option<String>,
    /// Birth date and age.
    pub(crate) born: Option<Born>,
    /// Death, where told.
    pub(crate) died: Option<Died>,
    /// Gender as recorded.
    pub(crate) gender: Option<String>,
    /// NHS number as `999 000 0018`.
    pub(crate) nhs_number: Option<String>,
    /// The allergy word; absent before permission and for roles without allergies.
    pub(crate) allergies: Option<AllergyBadge>,
    /// Needs and adjustments: `Interpreter: Igbo`.
    pub(crate) flags: Vec<String>,
    /// On what ground the record is open; absent before it is.
    pub(crate) access: Option<Access>,
    /// The address is hidden.
    pub(crate) restricted: bool,
    /// Address in one line.
    pub(crate) address: Option<String>,
    /// Telephone numbers.
    pub(crate) telephones: Vec<String>,
    /// General practice.
    pub(crate) practice: Option<String>,
    /// What sources do not agree about of who this is.
    pub(crate) conflict: Option<Conflict>,
}

impl HtmlSafe for Banner {}

/// A birth date: short to see, long to hear, and the age.
#[derive(Clone, Debug)]
pub(crate) struct Born {
    iso: String,
    shown: String,
    long: String,
    age: String,
}

impl Born {
    /// At the precision told; the age is left out where it would be a guess or
    /// the person has died.
    pub(crate) fn of(born: When, today: Option<Date>) -> Self {
        let age = match (born, today) {
            (When::Day(day), Some(today)) => show_age(day, today),
            _ => String::new(),
        };
        Self { iso: born.to_iso(), shown: born.show_date(Audience::Staff), long: born.show_date(Audience::Public), age }
    }
}

/// A death: date where told, age then where both are whole days.
#[derive(Clone, Debug)]
pub(crate) struct Died {
    shown: String,
    long: String,
    age: String,
}

impl Died {
    /// `None` for a death without a date.
    pub(crate) fn of(died: Option<When>, born: Option<When>) -> Self {
        let Some(died) = died else {
            let unknown = "date not recorded".to_owned();
            return Self { shown: unknown.clone(), long: unknown, age: String::new() };
        };
        let age = match (born, died.day_only()) {
            (Some(When::Day(born)), When::Day(died)) => show_age(born, died),
            _ => String::new(),
        };
        let long = match died.day_only() {
            When::Day(day) => show_day(day, Audience::Public),
            other => other.show_date(Audience::Public),
        };
        Self { shown: died.show_date(Audience::Staff), long, age }
    }
}

/// The allergy word of the banner (CUI PAB-0064 to 0072, and one more for a
/// record whose sources did not all answer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllergyBadge {
    look: &'static str,
    mark: &'static str,
    words: String,
}

impl AllergyBadge {
    /// At least one source tells of an allergy.
    pub(crate) fn known(count: usize) -> Self {
        Self { look: "known", mark: "⚠", words: format!("Known allergies {count}") }
    }

    /// A source that ought to have told has not.
    pub(crate) fn may_be_incomplete() -> Self {
        Self { look: "unsure", mark: "◌", words: "Allergies may be incomplete".into() }
    }

    /// Stated by at least one source, contradicted by none, all answered.
    pub(crate) fn none_known() -> Self {
        Self { look: "none", mark: "✓", words: "No known allergies".into() }
    }

    /// All answered; none says anything.
    pub(crate) fn not_recorded() -> Self {
        Self { look: "empty", mark: "○", words: "Allergies not recorded".into() }
    }

    /// No source could be asked.
    pub(crate) fn unavailable() -> Self {
        Self { look: "unsure", mark: "◌", words: "Allergies unavailable".into() }
    }

    pub(crate) fn look(&self) -> &'static str {
        self.look
    }

    pub(crate) fn mark(&self) -> &'static str {
        self.mark
    }

    pub(crate) fn words(&self) -> &str {
        &self.words
    }
}

/// On what ground the record is open.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// `she said yes, 22-Nov-2026 13:40`.
    Permission(String),
    /// Emergency access, until this time of day: `14:32`.
    Emergency(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_told_where_the_day_of_birth_is() {
        let today = Date::new(2026, 11, 23).unwrap();
        assert_eq!(Born::of(When::parse_iso("1951-03-04").unwrap(), Some(today)).age, "75y");
        assert_eq!(Born::of(When::parse_iso("1951").unwrap(), Some(today)).age, "");
        assert_eq!(Born::of(When::parse_iso("1951-03-04").unwrap(), None).age, "");
    }

    #[test]
    fn a_death_tells_the_age_then() {
        let died = Died::of(When::parse_iso("2026-01-11").ok(), When::parse_iso("1951-03-04").ok());
        assert_eq!((died.shown.as_str(), died.age.as_str()), ("11-Jan-2026", "74y"));
        assert_eq!(Died::of(None, None).shown, "date not recorded");
    }

    #[test]
    fn no_two_allergy_words_look_alike() {
        let all = [
            AllergyBadge::known(2),
            AllergyBadge::may_be_incomplete(),
            AllergyBadge::none_known(),
            AllergyBadge::not_recorded(),
            AllergyBadge::unavailable(),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(all.iter().skip(place + 1).all(|other| other.words != one.words));
        }
        assert_eq!(all[0].words, "Known allergies 2");
    }
}
