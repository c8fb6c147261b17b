use record::Demographics;

use crate::evidence::Evidence;
use crate::number_rule::Compared;

/// Why two charts that their source says are one patient's cannot be one person's:
/// two different NHS numbers, or birth date and name both another's. Nothing where
/// the source may be believed.
///
/// A source knows its own patients, so it is asked for less than a rule is that links
/// without it. It does not know what it never compared: merging two people's charts
/// is one of the faults that a shared record must not repeat.
#[must_use]
pub fn merge_contradiction(one: &Demographics, other: &Demographics) -> Option<Vec<Evidence>> {
    if one.nhs_number.zip(other.nhs_number).is_some_and(|(one, other)| one != other) {
        return Some(vec![Evidence::NhsNumberDiffers]);
    }
    let compared = Compared::new(one, other);
    let names = [compared.given, compared.family]
        .into_iter()
        .filter(|field| matches!(field, Evidence::GivenNameDiffers | Evidence::FamilyNameDiffers));
    let mut reasons: Vec<Evidence> = names.collect();
    if compared.birth != Evidence::BirthDateDiffers || reasons.is_empty() {
        return None;
    }
    reasons.insert(0, compared.birth);
    Some(reasons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use record::{NhsNumber, PersonName, When};

    fn told(given: &str, born: &str, number: &str) -> Demographics {
        Demographics {
            nhs_number: NhsNumber::parse(number).ok(),
            name: PersonName { family: "Okafor".into(), given: vec![given.into()], ..PersonName::default() },
            born: When::parse_iso(born).ok(),
            ..Demographics::default()
        }
    }

    #[test]
    fn two_numbers_or_another_name_with_another_birth_date_are_two_people() {
        let grace = told("Grace", "1951-03-04", "9990000018");
        for (other, reasons) in [
            (told("Grace", "1951-03-04", "9990000026"), Some(vec![Evidence::NhsNumberDiffers])),
            (
                told("Jamila", "1962-08-19", "9990000018"),
                Some(vec![Evidence::BirthDateDiffers, Evidence::GivenNameDiffers]),
            ),
            (told("Jamila", "1951-03-04", ""), None),
            (told("Grace", "1962-08-19", ""), None),
            (told("Grace", "1951-03-04", "9990000018"), None),
            (Demographics::default(), None),
        ] {
            assert_eq!(merge_contradiction(&grace, &other), reasons, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_of_the_two_is_named_first(
            given in prop::sample::select(vec!["Grace", "Jamila"]),
            born in prop::sample::select(vec!["1951-03-04", "1962-08-19", ""]),
            number in prop::sample::select(vec!["9990000018", "9990000026", ""]),
        ) {
            let (one, other) = (told("Grace", "1951-03-04", "9990000018"), told(given, born, number));
            prop_assert_eq!(merge_contradiction(&one, &other), merge_contradiction(&other, &one));
        }
    }
}
