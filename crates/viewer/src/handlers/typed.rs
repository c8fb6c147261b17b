//! What staff type, read as what it means, with words for what is wrong.

use disclosure::Query;
use jiff::civil::Date;
use record::{NhsNumber, NotAnNhsNumber};

use crate::pages::find_person::Search;
use crate::pages::parts::FieldError;

/// The longest text that is read from one field, in characters.
pub(super) const FIELD_CHARACTERS_MAX: usize = 200;

pub(super) fn error(field: &'static str, words: &str) -> FieldError {
    FieldError { field, words: words.to_owned() }
}

/// An NHS number, or what is wrong with it in words.
pub(super) fn nhs_number(typed: &str) -> Result<NhsNumber, FieldError> {
    NhsNumber::parse(typed).map_err(|wrong| {
        let words = match wrong {
            NotAnNhsNumber::NotTenDigits => "Enter an NHS number of 10 digits, such as 999 000 0018",
            NotAnNhsNumber::CheckDigit => "Check the NHS number: at least one digit is wrong",
            NotAnNhsNumber::NationalInsurance => "This looks like a National Insurance number: enter the NHS number",
        };
        error("nhs-number", words)
    })
}

/// What to look for: the NHS number where one was typed, else the name with birth
/// date or postcode.
pub(super) fn query(search: &Search) -> Result<Query, Vec<FieldError>> {
    if !search.nhs_number.trim().is_empty() {
        return nhs_number(&search.nhs_number).map(Query::NhsNumber).map_err(|wrong| vec![wrong]);
    }
    let family = search.family_name.trim().to_owned();
    let given = search.given_name.trim().to_owned();
    let postcode = search.postcode.trim().to_owned();
    let born = birth_date(search);
    let mut errors = Vec::new();
    if family.is_empty() {
        let nothing = given.is_empty() && postcode.is_empty() && matches!(born, Ok(None));
        errors.push(if nothing {
            error("nhs-number", "Enter an NHS number, or a last name with a date of birth or a postcode")
        } else {
            error("family-name", "Enter the last name")
        });
    }
    if [&family, &given, &postcode].iter().any(|text| text.chars().count() > FIELD_CHARACTERS_MAX) {
        errors.push(error("family-name", "Enter at most 200 characters"));
    }
    match born {
        Err(wrong) => errors.push(wrong),
        Ok(Some(born)) if errors.is_empty() => return Ok(Query::NameAndBirth { family, given, born }),
        Ok(None) if errors.is_empty() && !postcode.is_empty() => {
            return Ok(Query::NameAndPostcode { family, given, postcode });
        }
        Ok(None) if errors.is_empty() => {
            errors.push(error("birth-day", "Enter the whole date of birth, or the postcode"));
        }
        Ok(_) => {}
    }
    Err(errors)
}

/// The birth date; `None` where all three fields are empty.
fn birth_date(search: &Search) -> Result<Option<Date>, FieldError> {
    let fields = [&search.birth_year, &search.birth_month, &search.birth_day].map(|field| field.trim());
    if fields.iter().all(|field| field.is_empty()) {
        return Ok(None);
    }
    let [year, month, day] = fields;
    let read = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    match read().filter(|_| year.len() == 4) {
        Some(born) => Ok(Some(born)),
        None => Err(error("birth-day", "Enter a date of birth that exists, such as 4 3 1951")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(birth: [&str; 3], postcode: &str) -> Search {
        let [day, month, year] = birth.map(str::to_owned);
        Search {
            family_name: "Okafor".into(),
            birth_day: day,
            birth_month: month,
            birth_year: year,
            postcode: postcode.into(),
            ..Search::default()
        }
    }

    fn fields(search: &Search) -> Vec<&'static str> {
        query(search).unwrap_err().iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn the_number_alone_is_enough() {
        let search = Search { nhs_number: "999-000 0018".into(), ..Search::default() };
        assert!(matches!(query(&search), Ok(Query::NhsNumber(number)) if number.as_u64() == 9_990_000_018));
    }

    #[test]
    fn each_mistake_in_a_number_has_its_own_words() {
        let words = |typed| nhs_number(typed).unwrap_err().words;
        assert!(words("999 000 0019").starts_with("Check the NHS number"));
        assert!(words("999").starts_with("Enter an NHS number of 10 digits"));
        assert!(words("AB123456C").contains("National Insurance"));
    }

    #[test]
    fn a_name_needs_a_birth_date_or_a_postcode() {
        assert!(matches!(query(&named(["4", "3", "1951"], "")), Ok(Query::NameAndBirth { .. })));
        assert!(matches!(query(&named(["", "", ""], "SE5 8ZZ")), Ok(Query::NameAndPostcode { .. })));
        assert_eq!(fields(&named(["", "", ""], "")), ["birth-day"]);
        assert_eq!(fields(&Search::default()), ["nhs-number"]);
        assert_eq!(fields(&Search { postcode: "SE5".into(), ..Search::default() }), ["family-name"]);
    }

    #[test]
    fn a_date_that_does_not_exist_is_not_guessed() {
        assert_eq!(fields(&named(["31", "2", "1951"], "SE5 8ZZ")), ["birth-day"]);
        assert_eq!(fields(&named(["4", "3", "51"], "")), ["birth-day"]);
        assert_eq!(fields(&named(["", "3", "1951"], "")), ["birth-day"]);
    }
}
