use std::fmt;

/// An NHS number that has passed its modulus 11 check.
///
/// Ten digits, the last a check digit (NHS Data Dictionary, "NHS NUMBER").
/// A number that passes may still belong to nobody, or to somebody else:
/// passing says only that it was not mistyped in one place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NhsNumber(u64);

/// Why a text is not an NHS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnNhsNumber {
    /// Something other than ten digits, apart from spaces and dashes.
    #[error("an NHS number has 10 digits")]
    NotTenDigits,
    /// Ten digits whose check digit does not fit.
    #[error("the check digit does not fit: at least one digit is wrong")]
    CheckDigit,
    /// Looks like a National Insurance number, which people often give instead.
    #[error("this looks like a National Insurance number")]
    NationalInsurance,
}

impl NhsNumber {
    /// Reads a number as people write it: spaces and dashes anywhere.
    ///
    /// # Errors
    /// Says which of the three usual mistakes was made.
    pub fn parse(text: &str) -> Result<Self, NotAnNhsNumber> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if looks_like_national_insurance(&bare) {
            return Err(NotAnNhsNumber::NationalInsurance);
        }
        if bare.len() != 10 || !bare.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnNhsNumber::NotTenDigits);
        }
        let number = bare.parse().map_err(|_| NotAnNhsNumber::NotTenDigits)?;
        Self::from_u64(number)
    }

    /// The same from its ten digits as a number.
    ///
    /// # Errors
    /// When there are more than ten digits or the check digit does not fit.
    pub fn from_u64(number: u64) -> Result<Self, NotAnNhsNumber> {
        if number > 9_999_999_999 {
            return Err(NotAnNhsNumber::NotTenDigits);
        }
        match Self::check_digit(number / 10) {
            Some(check) if check == number % 10 => Ok(Self(number)),
            _ => Err(NotAnNhsNumber::CheckDigit),
        }
    }

    /// The check digit for nine digits, or `None` where no number exists
    /// (the remainder that would need a tenth symbol).
    #[must_use]
    pub fn check_digit(nine_digits: u64) -> Option<u64> {
        let mut rest = nine_digits;
        let mut sum = 0;
        for weight in 2..=10 {
            sum += (rest % 10) * weight;
            rest /= 10;
        }
        match 11 - sum % 11 {
            11 => Some(0),
            10 => None,
            digit => Some(digit),
        }
    }

    /// The ten digits as a number, for storage.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// Ten digits without spaces, as messages carry it.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:010}", self.0)
    }

    /// Whether the number lies in the range reserved for tests (999).
    #[must_use]
    pub fn is_test(self) -> bool {
        self.0 / 10_000_000 == 999
    }
}

fn looks_like_national_insurance(bare: &str) -> bool {
    let bytes = bare.as_bytes();
    bytes.len() == 9
        && bytes.iter().take(2).all(u8::is_ascii_alphabetic)
        && bytes.iter().skip(2).take(6).all(u8::is_ascii_digit)
        && bytes.last().is_some_and(u8::is_ascii_alphabetic)
}

/// 3-3-4 with single spaces, as the ward reads it aloud.
impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        write!(f, "{:03} {:03} {:04}", n / 10_000_000, n / 10_000 % 1_000, n % 10_000)
    }
}

/// Hidden, because debug output finds its way into logs.
impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_spaces_and_dashes_and_shows_3_3_4() {
        let number = NhsNumber::parse(" 999-000 0018").unwrap();
        assert_eq!(number.to_string(), "999 000 0018");
        assert_eq!(number.digits(), "9990000018");
        assert!(number.is_test());
    }

    #[test]
    fn the_service_manuals_own_example_fails_its_check_digit() {
        assert_eq!(NhsNumber::parse("999 123 4567"), Err(NotAnNhsNumber::CheckDigit));
    }

    #[test]
    fn a_national_insurance_number_is_named_as_such() {
        assert_eq!(NhsNumber::parse("QQ 12 34 56 C"), Err(NotAnNhsNumber::NationalInsurance));
    }

    #[test]
    fn debug_output_never_shows_the_number() {
        assert_eq!(format!("{:?}", NhsNumber::parse("9990000018").unwrap()), "NhsNumber(…)");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(nine in 0u64..1_000_000_000, place in 0u32..10, add in 1u64..10) {
            let Some(check) = NhsNumber::check_digit(nine) else { return Ok(()) };
            let right = nine * 10 + check;
            let power = 10u64.pow(place);
            let digit = right / power % 10;
            let wrong = right - digit * power + (digit + add) % 10 * power;
            prop_assert!(NhsNumber::from_u64(right).is_ok());
            prop_assert!(NhsNumber::from_u64(wrong).is_err());
        }

        #[test]
        fn reading_what_is_shown_gives_the_same(nine in 0u64..1_000_000_000) {
            let Some(check) = NhsNumber::check_digit(nine) else { return Ok(()) };
            let number = NhsNumber::from_u64(nine * 10 + check).unwrap();
            prop_assert_eq!(NhsNumber::parse(&number.to_string()).unwrap(), number);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = NhsNumber::parse(&text);
        }
    }
}
