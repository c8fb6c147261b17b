use jiff::civil::Date;
use record::Gender;

/// The longest name or postcode that is asked for, in characters.
pub(super) const VALUE_CHARACTERS_MAX: usize = 100;

/// Whom to look for by demographics. The service wants a family name and a birth
/// date at least; what else is known makes it likelier that one person alone fits.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    family: String,
    given: Option<String>,
    born: Date,
    gender: Option<Gender>,
    postcode: Option<String>,
}

/// Why a search cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotToBeAsked {
    /// A family name of no letters.
    #[error("the demographics service is asked by a family name and a birth date at least")]
    NoFamilyName,
    /// A value that no name or postcode is.
    #[error("a name or postcode of more than {VALUE_CHARACTERS_MAX} characters is not asked for")]
    TooLong,
}

impl Asked {
    /// Somebody of this family name, born on this day.
    ///
    /// # Errors
    /// When the name has no letter, or more than [`VALUE_CHARACTERS_MAX`] characters.
    pub fn new(family: &str, born: Date) -> Result<Self, NotToBeAsked> {
        let family = value(family)?.filter(|name| name.chars().any(char::is_alphabetic));
        let family = family.ok_or(NotToBeAsked::NoFamilyName)?;
        Ok(Self { family, given: None, born, gender: None, postcode: None })
    }

    /// And of this given name.
    ///
    /// # Errors
    /// When it is too long.
    pub fn given(self, given: &str) -> Result<Self, NotToBeAsked> {
        Ok(Self { given: value(given)?, ..self })
    }

    /// And living at this postcode.
    ///
    /// # Errors
    /// When it is too long.
    pub fn postcode(self, postcode: &str) -> Result<Self, NotToBeAsked> {
        Ok(Self { postcode: value(postcode)?, ..self })
    }

    /// And of this gender.
    #[must_use]
    pub fn gender(self, gender: Gender) -> Self {
        Self { gender: Some(gender), ..self }
    }

    /// The search parameters of the service, in its own names.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![("family", self.family.clone()), ("birthdate", format!("eq{}", self.born))];
        let optional = [
            ("given", self.given.clone()),
            ("gender", self.gender.map(|gender| gender.code().to_owned())),
            ("address-postalcode", self.postcode.clone()),
        ];
        parameters.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        parameters
    }
}

/// Hidden, because debug output finds its way into logs.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked(…)")
    }
}

/// A value without the stars by which the service would look for many people.
fn value(text: &str) -> Result<Option<String>, NotToBeAsked> {
    let bare: String = text.trim().chars().filter(|c| *c != '*' && !c.is_control()).collect();
    if bare.chars().count() > VALUE_CHARACTERS_MAX {
        return Err(NotToBeAsked::TooLong);
    }
    Ok(Some(bare).filter(|bare| !bare.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn asked(family: &str) -> Result<Asked, NotToBeAsked> {
        Asked::new(family, date(1951, 3, 4))
    }

    #[test]
    fn what_is_known_becomes_the_services_own_parameters() {
        let all = asked(" O'Kafor ").unwrap().given("Grace").unwrap().postcode("SE5 0ZZ").unwrap();
        let parameters = all.gender(Gender::Female).parameters();
        let text: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let wanted =
            ["family=O'Kafor", "birthdate=eq1951-03-04", "given=Grace", "gender=female", "address-postalcode=SE5 0ZZ"];
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_name_of_nothing_or_of_stars_looks_for_nobody() {
        for nothing in ["", "  ", "**", "Ok*", "12"] {
            let read = asked(nothing).map(|asked| asked.family);
            assert!(read == Err(NotToBeAsked::NoFamilyName) || read.as_deref() == Ok("Ok"), "{nothing}");
        }
    }

    #[test]
    fn a_value_is_as_long_as_the_limit_and_no_longer() {
        assert!(asked(&"é".repeat(VALUE_CHARACTERS_MAX)).is_ok());
        assert_eq!(asked(&"é".repeat(VALUE_CHARACTERS_MAX + 1)), Err(NotToBeAsked::TooLong));
        assert_eq!(asked("X").unwrap().postcode(&"1".repeat(VALUE_CHARACTERS_MAX + 1)), Err(NotToBeAsked::TooLong));
    }

    #[test]
    fn debug_output_says_nothing_of_whom_is_looked_for() {
        assert_eq!(format!("{:?}", asked("Okafor").unwrap()), "Asked(…)");
    }
}
