use std::borrow::Cow;

use record::{Content, Entry, HASH_START, stable_hash};

use crate::codes::shared_code;

/// Which test: the same for every result of one test in one unit, and for
/// nothing else. Its token is 16 hexadecimal digits that go into addresses; they
/// say nothing about the person, and name the test to nobody who reads them.
///
/// Results are one test where they share a code that means the same everywhere,
/// or, without one, the name; and always the unit, because values in different
/// units are never drawn as one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestKey(u64);

impl TestKey {
    /// The test of a result; `None` for entries that are no measured value.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let Content::TestResult(result) = &entry.content else { return None };
        let concept = stable_hash(HASH_START, &concept(entry)?);
        Some(Self(stable_hash(stable_hash(concept, "\u{1f}"), &folded_unit(result.unit.as_deref()))))
    }

    /// Its token for an address.
    #[must_use]
    pub fn token(self) -> String {
        let digit = |place: u32| char::from_digit(u32::try_from(self.0 >> (4 * place) & 0xf).unwrap_or_default(), 16);
        (0..16).rev().filter_map(digit).collect()
    }

    /// Reads a token; `None` where it is none.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let is_token = token.len() == 16 && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_token { u64::from_str_radix(token, 16).ok().map(Self) } else { None }
    }
}

/// What was measured, whatever its unit.
pub(crate) fn concept(entry: &Entry) -> Option<String> {
    let Content::TestResult(result) = &entry.content else { return None };
    Some(match shared_code(entry) {
        Some((system, code)) => ["code", system, code].join("\u{1f}"),
        None => format!("name\u{1f}{}", result.test.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()),
    })
}

/// The unit with its harmless spellings made one: `/l` is `/L`, `10^9` is `10*9`,
/// both micro signs are `u`. Case stays: `mmol` is not `Mmol`.
fn folded_unit(unit: Option<&str>) -> Cow<'_, str> {
    let told = unit.unwrap_or_default();
    if !told.contains(|c: char| c.is_whitespace() || matches!(c, 'µ' | 'μ' | '^')) && !told.ends_with("/l") {
        return Cow::Borrowed(told);
    }
    let unit: String = told.split_whitespace().collect();
    let unit = unit.replace(['µ', 'μ'], "u").replace("10^", "10*");
    Cow::Owned(match unit.strip_suffix("/l") {
        Some(before) => format!("{before}/L"),
        None => unit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{coded, entry, result};
    use proptest::prelude::*;

    fn key(test: &str, unit: &str) -> TestKey {
        TestKey::of(&entry(1, "gp", Content::TestResult(result(test, "1", unit)))).unwrap()
    }

    #[test]
    fn one_test_by_name_keeps_its_key_over_case_and_spaces() {
        assert_eq!(key("Serum  potassium", "mmol/L"), key("serum potassium", "mmol/l"));
        assert_ne!(key("Serum potassium", "mmol/L"), key("Serum sodium", "mmol/L"));
    }

    #[test]
    fn different_units_are_different_keys() {
        assert_ne!(key("Glucose", "mmol/L"), key("Glucose", "mg/dL"));
        assert_ne!(key("Magnesium", "mmol/L"), key("Magnesium", "Mmol/L"));
        assert_eq!(key("Creatinine", "µmol/L"), key("Creatinine", "umol/L"));
        assert_eq!(key("Platelets", "10^9/L"), key("Platelets", "10*9/L"));
    }

    #[test]
    fn a_shared_code_joins_two_names_and_a_local_code_does_not() {
        let told = |test, system| {
            let told = entry(1, "gp", Content::TestResult(result(test, "1", "mmol/L")));
            TestKey::of(&coded(told, system, "2823-3")).unwrap()
        };
        assert_eq!(told("Potassium", "LN"), told("K+", "http://loinc.org"));
        assert_ne!(told("Potassium", "L"), told("K+", "L"));
    }

    #[test]
    fn the_key_of_a_test_never_changes_because_addresses_hold_it() {
        assert_eq!(key("Serum potassium", "mmol/L").token(), "7ded8c39988cf167");
    }

    #[test]
    fn a_text_that_is_no_token_is_refused() {
        for text in ["", "0", "00000000000000000", "000000000000000g", "+00000000000000f", "00000000000000FF"] {
            assert_eq!(TestKey::from_token(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_token_gives_its_key_back(number in any::<u64>()) {
            prop_assert_eq!(TestKey::from_token(&TestKey(number).token()), Some(TestKey(number)));
        }
    }
}
