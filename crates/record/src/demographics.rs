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

words! {
    /// What a source says that there is none of any more (HL7 v2 `""`). Silence keeps
    /// what was told before; this takes it back: an address that somebody fled from
    /// must not stay on show.
    pub enum TakenBack {
        /// Their address.
        Address = "address" / "Address",
        /// All their telephone numbers.
        Telephones = "telephones" / "Telephone numbers",
        /// Their general practice.
        Practice = "practice" / "General practice",
        /// That they have died.
        Death = "death" / "Death",
        /// Their need of an interpreter.
        Interpreter = "interpreter" / "Interpreter",
        /// Their ethnic category.
        Ethnicity = "ethnicity" / "Ethnic category",
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

    /// Title and preferred name belong to the given names that they were told with.
    fn filled_from(self, earlier: &Self) -> Self {
        let folded = |given: &[String]| given.join(" ").to_lowercase();
        let same_given = self.given.is_empty() || folded(&self.given) == folded(&earlier.given);
        let beside = |told: Option<String>, before: &Option<String>| told.or(before.clone().filter(|_| same_given));
        Self {
            title: beside(self.title, &earlier.title),
            preferred: beside(self.preferred, &earlier.preferred),
            family: if self.family.is_empty() { earlier.family.clone() } else { self.family },
            given: filled(self.given, &earlier.given),
        }
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
    /// What the source says that there is none of any more.
    pub taken_back: Vec<TakenBack>,
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

    /// What is told, and where that is silent, what `earlier` told. A result or an
    /// appointment says less about a person than an admission, and erases nothing.
    ///
    /// Whatever is told replaces what was: a corrected number, name or postcode
    /// does, and so does a list. A restriction and a death stay, unless the death is
    /// taken back outright: a message that does not speak of them cannot be told from
    /// one that denies them. What was taken back stays so until it is told again, also
    /// where an older message comes late.
    #[must_use]
    pub fn filled_from(&self, earlier: &Self) -> Self {
        let Self {
            nhs_number,
            nhs_number_rejected,
            name,
            other_names,
            born,
            gender,
            address,
            telephones,
            practice,
            died,
            restricted,
            interpreter,
            ethnicity,
            taken_back,
        } = self.clone();
        let stays = |what: TakenBack| !taken_back.contains(&what);
        let was_rejected = || earlier.nhs_number_rejected.clone().filter(|_| nhs_number.is_none());
        Self {
            nhs_number: nhs_number.or(earlier.nhs_number),
            nhs_number_rejected: nhs_number_rejected.or_else(was_rejected),
            name: name.filled_from(&earlier.name),
            other_names: filled(other_names, &earlier.other_names),
            born: born.or(earlier.born),
            gender: gender.or(earlier.gender),
            taken_back: self.still_taken_back(earlier),
            address: address.or_else(|| earlier.address.clone().filter(|_| stays(TakenBack::Address))),
            telephones: if stays(TakenBack::Telephones) { filled(telephones, &earlier.telephones) } else { telephones },
            practice: practice.or_else(|| earlier.practice.clone().filter(|_| stays(TakenBack::Practice))),
            died: match (died, earlier.died.filter(|_| stays(TakenBack::Death))) {
                (Some(None) | None, Some(before)) => Some(before),
                (now, _) => now,
            },
            restricted: restricted || earlier.restricted,
            interpreter: interpreter.or_else(|| earlier.interpreter.clone().filter(|_| stays(TakenBack::Interpreter))),
            ethnicity: ethnicity.or_else(|| earlier.ethnicity.clone().filter(|_| stays(TakenBack::Ethnicity))),
        }
    }

    /// What this or `earlier` took back and this does not tell anew.
    fn still_taken_back(&self, earlier: &Self) -> Vec<TakenBack> {
        let is_told = |what: &TakenBack| match what {
            TakenBack::Address => self.address.is_some(),
            TakenBack::Telephones => !self.telephones.is_empty(),
            TakenBack::Practice => self.practice.is_some(),
            TakenBack::Death => self.died.is_some(),
            TakenBack::Interpreter => self.interpreter.is_some(),
            TakenBack::Ethnicity => self.ethnicity.is_some(),
        };
        let before = earlier.taken_back.iter().filter(|what| !self.taken_back.contains(what) && !is_told(what));
        self.taken_back.iter().chain(before).copied().collect()
    }

    /// Whether anything at all was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The list that is told, else the one that was.
fn filled<T: Clone>(told: Vec<T>, earlier: &[T]) -> Vec<T> {
    if told.is_empty() { earlier.to_vec() } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody of whom everything is told.
    fn whole() -> Demographics {
        Demographics {
            nhs_number: NhsNumber::parse("9990000018").ok(),
            nhs_number_rejected: Some("999 123 4567".into()),
            name: PersonName {
                family: "Okafor".into(),
                given: vec!["Grace".into()],
                title: Some("Mrs".into()),
                preferred: Some("Addy".into()),
            },
            other_names: vec![PersonName { family: "Eze".into(), ..PersonName::default() }],
            born: When::parse_iso("1951-03-04").ok(),
            gender: Some(Gender::Female),
            address: Some(Address { lines: vec!["12 Invented Rd".into()], postcode: Some("SE5 0ZZ".into()) }),
            telephones: vec!["020 7946 0000".into()],
            practice: Some("Riverside Surgery".into()),
            died: Some(When::parse_iso("2026-01-02").ok()),
            restricted: true,
            interpreter: Some("Main language: Igbo".into()),
            ethnicity: Some("African".into()),
            taken_back: vec![],
        }
    }

    #[test]
    fn what_is_taken_back_is_gone_until_it_is_told_again() {
        use TakenBack::{Address as Home, Death, Ethnicity, Interpreter, Practice, Telephones};
        let all = vec![Home, Telephones, Practice, Death, Interpreter, Ethnicity];
        let gone = Demographics { taken_back: all.clone(), ..Demographics::default() }.filled_from(&whole());
        assert_eq!((&gone.address, &gone.practice, &gone.interpreter, &gone.ethnicity), (&None, &None, &None, &None));
        assert_eq!((gone.died, gone.telephones.len(), gone.taken_back.len()), (None, 0, 6));
        assert_eq!((gone.nhs_number, gone.restricted), (whole().nhs_number, true));
        // An older message that comes late fills what is silent and brings none of it back.
        assert_eq!(gone.filled_from(&whole()), gone);
        let moved = Demographics { address: whole().address, ..Demographics::default() }.filled_from(&gone);
        assert_eq!((moved.address.is_some(), moved.taken_back), (true, all[1..].to_vec()));
    }

    #[test]
    fn silence_erases_nothing_and_fills_nothing() {
        assert_eq!(Demographics::default().filled_from(&whole()), whole());
        assert_eq!(whole().filled_from(&Demographics::default()), whole());
    }

    #[test]
    fn whatever_is_told_replaces_what_was() {
        let corrected = Demographics {
            nhs_number: NhsNumber::parse("9990000026").ok(),
            nhs_number_rejected: None,
            address: Some(Address { lines: vec![], postcode: Some("SE15 2XX".into()) }),
            telephones: vec!["020 7946 0001".into()],
            practice: Some("Hillside Surgery".into()),
            died: Some(When::parse_iso("2026-01-03").ok()),
            ..whole()
        };
        assert_eq!(corrected.filled_from(&whole()), corrected);
    }

    #[test]
    fn a_restriction_and_a_death_with_its_date_stay() {
        let silent = Demographics { restricted: false, died: Some(None), ..whole() };
        let filled = silent.filled_from(&whole());
        assert_eq!((filled.restricted, filled.died), (true, whole().died));
    }

    #[test]
    fn title_and_preferred_name_go_with_another_given_name() {
        let named = |given: &str| {
            let name = PersonName { family: "BELLO".into(), given: vec![given.into()], ..PersonName::default() };
            Demographics { name, ..Demographics::default() }.filled_from(&whole()).name
        };
        assert_eq!((named("GRACE").shown(), named("GRACE").called()), ("BELLO, GRACE (Mrs)".into(), "Addy"));
        assert_eq!((named("Ada").shown(), named("Ada").called()), ("BELLO, Ada".into(), "Ada"));
    }

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
