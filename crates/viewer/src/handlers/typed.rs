//! What staff type, read as what it means, with words for what is wrong.

use disclosure::Query;
use jiff::civil::Date;
use record::{NhsNumber, NotAnNhsNumber};

use super::typed_date::{TypedDate, typed_date};
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
/// date or postcode. `today` is what tells which century a year of two digits is in.
pub(super) fn query(search: &Search, today: Date) -> Result<Query, Vec<FieldError>> {
    if !search.nhs_number.trim().is_empty() {
        return nhs_number(&search.nhs_number).map(Query::NhsNumber).map_err(|wrong| vec![wrong]);
    }
    let mut family = search.family_name.trim().to_owned();
    let mut given = search.given_name.trim().to_owned();
    let postcode = search.postcode.trim().to_owned();
    let born = typed_date(&search.birth_day, &search.birth_month, &search.birth_year, today);
    let mut errors = Vec::new();
    if family.is_empty() && given.is_empty() {
        let nothing = postcode.is_empty() && born == TypedDate::Nothing;
        errors.push(if nothing {
            error("nhs-number", "Enter an NHS number, or a last name with a date of birth or a postcode")
        } else {
            error("family-name", "Enter the last name")
        });
    }
    if [&family, &given, &postcode].iter().any(|text| text.chars().count() > FIELD_CHARACTERS_MAX) {
        errors.push(error("family-name", "Enter at most 200 characters"));
    }
    // Some people have one name, and it is in either field.
    if family.is_empty() {
        std::mem::swap(&mut family, &mut given);
    }
    match born {
        TypedDate::NoDate => errors.push(error(
            "birth-day",
            "Enter a date of birth that exists, with a year of four digits, such as 4 3 1951",
        )),
        TypedDate::Day(born) if errors.is_empty() => return Ok(Query::NameAndBirth { family, given, born }),
        TypedDate::Nothing if errors.is_empty() && !postcode.is_empty() => {
            return Ok(Query::NameAndPostcode { family, given, postcode });
        }
        TypedDate::Nothing if errors.is_empty() => {
            errors.push(error("birth-day", "Enter the whole date of birth, or the postcode"));
        }
        TypedDate::Nothing | TypedDate::Day(_) => {}
    }
    Err(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 23);

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
        query(search, TODAY).unwrap_err().iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn the_number_alone_is_enough() {
        let search = Search { nhs_number: "999-000 0018".into(), ..Search::default() };
        assert!(matches!(query(&search, TODAY), Ok(Query::NhsNumber(number)) if number.as_u64() == 9_990_000_018));
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
        assert!(matches!(query(&named(["4", "3", "1951"], ""), TODAY), Ok(Query::NameAndBirth { .. })));
        assert!(matches!(query(&named(["", "", ""], "SE5 8ZZ"), TODAY), Ok(Query::NameAndPostcode { .. })));
        assert_eq!(fields(&named(["", "", ""], "")), ["birth-day"]);
        assert_eq!(fields(&Search::default()), ["nhs-number"]);
        assert_eq!(fields(&Search { postcode: "SE5".into(), ..Search::default() }), ["family-name"]);
    }

    #[test]
    fn a_date_that_does_not_exist_is_not_guessed() {
        assert_eq!(fields(&named(["31", "2", "1951"], "SE5 8ZZ")), ["birth-day"]);
        assert_eq!(fields(&named(["4", "3", "25"], "")), ["birth-day"]);
        assert_eq!(fields(&named(["", "3", "1951"], "")), ["birth-day"]);
    }

    #[test]
    fn a_whole_date_in_the_first_box_will_do_and_so_will_a_single_name_in_either_field() {
        assert!(
            matches!(query(&named(["04/03/1951", "", ""], ""), TODAY), Ok(Query::NameAndBirth { born, .. }) if born == jiff::civil::date(1951, 3, 4))
        );
        let single =
            Search { family_name: String::new(), given_name: "Suharto".into(), ..named(["4", "Mar", "1951"], "") };
        assert!(
            matches!(query(&single, TODAY), Ok(Query::NameAndBirth { family, given, .. }) if family == "Suharto" && given.is_empty())
        );
    }
}
