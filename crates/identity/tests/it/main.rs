//! The NHS-number rule and what becomes of charts, clause by clause.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper of tests that fails fails its test"
)]

mod bad_input;
mod charts;
mod false_links;
mod febrl;
mod matching_corpus;
mod number_rule;
mod one_by_one;
mod scoring;

use identity::Candidate;
use record::{Demographics, Gender, NhsNumber, PersonId, PersonName, When};

/// Grace's NHS number, Faith's, and a third; all from the test range.
pub(crate) const NUMBERS: [&str; 3] = ["9990000018", "9990000026", "9990000034"];

/// What a source tells: number, family name, given names, birth date, sex.
pub(crate) fn told(
    number: Option<&str>,
    family: &str,
    given: &str,
    born: &str,
    gender: Option<Gender>,
) -> Demographics {
    Demographics {
        nhs_number: number.map(|digits| NhsNumber::parse(digits).unwrap()),
        name: PersonName {
            family: family.into(),
            given: if given.is_empty() { vec![] } else { vec![given.into()] },
            ..PersonName::default()
        },
        born: (!born.is_empty()).then(|| When::parse_iso(born).unwrap()),
        gender,
        ..Demographics::default()
    }
}

pub(crate) fn grace() -> Demographics {
    told(Some(NUMBERS[0]), "Okafor", "Grace", "1951-03-04", Some(Gender::Female))
}

/// Born on the same day, at the same address.
pub(crate) fn faith() -> Demographics {
    told(Some(NUMBERS[1]), "Okafor", "Faith", "1951-03-04", Some(Gender::Female))
}

pub(crate) fn person(id: u64, charts: &[Demographics]) -> Candidate<'_> {
    Candidate { person: PersonId(id), charts, shares_family_and_birth_at_address: false }
}

pub(crate) fn person_with_twin(id: u64, charts: &[Demographics]) -> Candidate<'_> {
    Candidate { shares_family_and_birth_at_address: true, ..person(id, charts) }
}
