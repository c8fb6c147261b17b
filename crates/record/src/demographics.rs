use jiff::civil::Date;

use crate::line::words;
use crate::nhs_number::NhsNumber;
use crate::when::When;

words! {
    /// The gender that the source recorded (FHIR administrative gender).
    pub enum Gender {
        /// Female.
        Female = "female" / "Female",
        /// Male.
        Male = "male" / "Male",
        /// Other.
        Other = "other" / "Other",
        /// Recorded as unknown.
        Unknown = "unknown" / "Unknown",
    }
}

/// A name as the source told it. Never folded, re-cased or cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PersonName {
    /// Family name.
    pub family: String,
    /// Given names in order.
    pub given: Vec<String>,
    /// Mrs, Dr and so on.
    pub title: Option<String>,
    /// What the person likes to be called.
    pub preferred: Option<String>,
}

impl PersonName {
    /// `FAMILY, Given Names (Title)`, as NHS CUI shows a name to staff (NID-0001).
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = match (self.family.trim(), self.given.join(" ")) {
            ("", given) if given.trim().is_empty() => return "Name not recorded".to_owned(),
            ("", given) => given,
            (family, given) if given.trim().is_empty() => family.to_uppercase(),
            (family, given) => format!("{}, {given}", family.to_uppercase()),
        };
        if let Some(title) = &self.title {
            text.push_str(&format!(" ({title})"));
        }
        text
    }

    /// What to call the person in a sentence: the preferred or first given name.
    #[must_use]
    pub fn called(&self) -> &str {
        self.preferred
            .as_deref()
            .or(self.given.first().map(String::as_str))
            .filter(|name| !name.trim().is_empty())
            .unwrap_or("this person")
    }
}

/// An address as the source told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// Lines in order.
    pub lines: Vec<String>,
    /// Postcode as told.
    pub postcode: Option<String>,
}

impl Address {
    /// Lines and postcode in one line.
    #[must_use]
    pub fn shown(&self) -> String {
        let parts = self.lines.iter().map(String::as_str).chain(self.postcode.as_deref());
        parts.filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// The outward half of the postcode: `SE5`.
    #[must_use]
    pub fn postcode_district(&self) -> Option<String> {
        let bare: String = self.postcode.as_deref()?.chars().filter(|c| !c.is_whitespace()).collect();
        let cut = bare.char_indices().rev().nth(2)?.0;
        bare.get(..cut).filter(|d| !d.is_empty()).map(str::to_uppercase)
    }
}

/// A local number that a source gives its patient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalNumber {
    /// Who assigns it, as told.
    pub assigner: String,
    /// The number as told.
    pub number: String,
}

/// Who a source says its patient is. What is not told is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demographics {
    /// The NHS number, check digit passed.
    pub nhs_number: Option<NhsNumber>,
    /// The NHS number as told, where it failed its check digit.
    pub nhs_number_rejected: Option<String>,
    /// Current or usual name.
    pub name: PersonName,
    /// Former and other names.
    pub other_names: Vec<PersonName>,
    /// Birth date, at the precision told.
    pub born: Option<When>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Current address.
    pub address: Option<Address>,
    /// Telephone numbers as told.
    pub telephones: Vec<String>,
    /// General practice, as told.
    pub practice: Option<String>,
    /// Date of death; `Some(None)` when dead with no date told.
    pub died: Option<Option<When>>,
    /// The address must be hidden (PDS sensitive flag, FHIR `meta.security` R).
    pub restricted: bool,
    /// Interpreter or language need, as shown in the banner.
    pub interpreter: Option<String>,
    /// Ethnic category, as told.
    pub ethnicity: Option<String>,
}

impl Demographics {
    /// The birth date where it is a whole day.
    #[must_use]
    pub fn birth_day(&self) -> Option<Date> {
        match self.born.map(When::day_only) {
            Some(When::Day(day)) => Some(day),
            _ => None,
        }
    }

    /// Whether anything at all was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_family_in_capitals_then_given_then_title() {
        let name = PersonName {
            family: "Okafor".into(),
            given: vec!["Grace".into(), "Adaeze".into()],
            title: Some("Mrs".into()),
            preferred: Some("Addy".into()),
        };
        assert_eq!(name.shown(), "OKAFOR, Grace Adaeze (Mrs)");
        assert_eq!(name.called(), "Addy");
    }

    #[test]
    fn people_with_one_name_or_none_are_shown_too() {
        let one = PersonName { given: vec!["Suharto".into()], ..PersonName::default() };
        assert_eq!(one.shown(), "Suharto");
        assert_eq!(PersonName::default().shown(), "Name not recorded");
        assert_eq!(PersonName::default().called(), "this person");
    }

    #[test]
    fn a_district_is_the_postcode_without_its_last_three() {
        let at = |postcode: &str| Address { lines: vec![], postcode: Some(postcode.into()) }.postcode_district();
        assert_eq!(at("se5 8af").as_deref(), Some("SE5"));
        assert_eq!(at("SE15 2XX").as_deref(), Some("SE15"));
        assert_eq!(at("E1"), None);
    }
}
