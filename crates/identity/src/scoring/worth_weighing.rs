//! Who need not be weighed, told from as few fields as can be, those first that cost least to take apart.

use record::Demographics;

use crate::scoring::compare::{compare_births, compare_names};
use crate::scoring::features::Features;
use crate::scoring::level::Level;

/// Whoever shares a key with whoever is told, made ready to be compared; `None` where the score could say nothing
/// of the two but that they are apart, as charts come one by one and without one number ([`crate::place_by_score`]):
/// - born on different days: who lives in one house is found by it, and nearly all were born on other days;
/// - different given names: twins, or somebody else of that family who was born that day;
/// - different family names and nothing of an address in common: no given name is so rare that somebody is asked
///   about that.
///
/// Of a region's people as many more share a name and a birth date as there are more of them: taking them apart to
/// the end is most of what placing a chart would cost there.
#[must_use]
pub fn if_worth_weighing(told: &Features, other: &Demographics) -> Option<Features> {
    let born = Features::born_of(other);
    if told.nhs_number.is_some() && told.nhs_number == other.nhs_number {
        return Some(Features::with_birth(other, born));
    }
    if compare_births(told.born, born) == Some(Level::BirthDiffers) {
        return None;
    }
    let named = Features::named(other);
    let (given, family, _) = compare_names(told, &named);
    if matches!(given, Some(Level::GivenDiffers | Level::GivenFurtherDiffers)) {
        return None;
    }
    let other = named.with_the_rest(other, born);
    (family != Some(Level::FamilyDiffers) || has_place_in_common(told, &other)).then_some(other)
}

fn has_place_in_common(told: &Features, other: &Features) -> bool {
    use Level::{HouseElsewhere, HouseSame, PostcodeSame, StreetSame};
    matches!(told.place.compare(&other.place), Some(HouseSame | HouseElsewhere | StreetSame | PostcodeSame))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use record::{Address, ChartId, Gender, NhsNumber, PersonName, When};

    use super::*;
    use crate::scoring::pair::{Pair, Scorer, Seals};
    use crate::scoring::population::Population;
    use crate::scoring::verdict::Tier;
    use crate::scoring::weights::Weights;

    const NAMES: [&str; 11] = [
        "Grace",
        "Gracie",
        "Joan",
        "Bill",
        "William",
        "Mohammed",
        "Muhammad",
        "Okafor",
        "Okafor-Jones",
        "Xanthippe",
        "",
    ];
    const DAYS: [&str; 12] = [
        "",
        "1900-01-01",
        "1961-02-09",
        "1961-09-02",
        "1961-02-08",
        "1961-02-19",
        "1962-02-09",
        "1961-01-01",
        "1984-01-01",
        "1984-11-30",
        "1961-02",
        "1961",
    ];
    const PLACES: [(&str, &str); 8] = [
        ("", ""),
        ("", "SE5 8CV"),
        ("12 Dovecote Road", "SE5 8CV"),
        ("12 Dovecote Road", "SE5 8CX"),
        ("14 Dovecote Road", "SE5 8CV"),
        ("12 Dovecote Road", "SE15 2LI"),
        ("3 Harbour Row", "SE5 8CX"),
        ("3 Harbour Row", "BR1 1AA"),
    ];

    /// Few values of each field, so that most of them agree in something.
    fn anybody() -> impl Strategy<Value = Demographics> {
        let names = prop::sample::select(NAMES.as_slice());
        let (born, place) = (prop::sample::select(DAYS.as_slice()), prop::sample::select(PLACES.as_slice()));
        let given = prop::collection::vec(names.clone(), 0..3);
        let number = prop::sample::select(vec!["", "9990000018", "9990000026"]);
        let sex = prop::sample::select(vec![None, Some(Gender::Female), Some(Gender::Male)]);
        let preferred = prop::option::of(names.clone());
        (given, names, preferred, born, number, place, sex).prop_map(
            |(given, family, preferred, born, number, (house, postcode), gender)| Demographics {
                name: PersonName {
                    family: family.into(),
                    given: given.into_iter().map(str::to_owned).collect(),
                    preferred: preferred.map(str::to_owned),
                    ..PersonName::default()
                },
                born: When::parse_iso(born).ok(),
                nhs_number: NhsNumber::parse(number).ok(),
                address: (!postcode.is_empty())
                    .then(|| Address { lines: vec![house.to_owned()], postcode: Some(postcode.into()) }),
                telephones: vec!["020 7946 0123".into()],
                gender,
                ..Demographics::default()
            },
        )
    }

    fn is_worth_it(told: &Features, other: &Demographics) -> bool {
        if_worth_weighing(told, other).is_some()
    }

    proptest! {
        /// Of nobody are names counted here, so that all of them are as rare as any name is taken to be.
        #[test]
        fn whoever_is_not_worth_weighing_is_apart_by_the_score(
            a in anybody(), b in anybody(), charts in prop::sample::select(vec![0, 1_000, 2_000_000]), crowded in any::<bool>(),
        ) {
            let weights = Weights::built_in().unwrap();
            let region = Population::kept(charts, BTreeMap::new(), crowded);
            let (one, other) = (Features::of(&a), Features::of(&b));
            let pair = Pair::new((ChartId(1), &one), (ChartId(2), &other), &Seals::default()).unwrap();
            let scored = Scorer::new(&weights, &region).score(pair);
            prop_assert!(is_worth_it(&one, &b) || scored.tier == Tier::Apart, "{scored:?}");
        }

        #[test]
        fn whoever_is_worth_weighing_is_made_ready_as_anybody_is(a in anybody(), b in anybody()) {
            if let Some(ready) = if_worth_weighing(&Features::of(&a), &b) {
                prop_assert_eq!(ready, Features::of(&b));
            }
        }
    }

    #[test]
    fn of_those_born_on_one_day_who_bears_another_given_name_is_not_worth_it_and_a_form_of_it_is() {
        let named = |given: &str| Demographics {
            name: PersonName { family: "Okafor".into(), given: vec![given.into()], ..PersonName::default() },
            born: When::parse_iso("1961-02-09").ok(),
            ..Demographics::default()
        };
        let william = Features::of(&named("William"));
        assert!(!is_worth_it(&william, &named("Grace")));
        assert!(is_worth_it(&william, &named("Bill")), "a form of the name");
        assert!(is_worth_it(&william, &named("Wiliam")), "a slip");
        assert!(is_worth_it(&william, &named("W")), "an initial");
        assert!(is_worth_it(&william, &named("")), "nothing speaks against it");
        let one_number = Demographics { nhs_number: NhsNumber::parse("9990000018").ok(), ..named("Grace") };
        assert!(is_worth_it(&Features { nhs_number: one_number.nhs_number, ..william }, &one_number));
    }

    #[test]
    fn whose_family_name_differs_is_worth_it_where_something_of_the_address_is_the_same() {
        let told = |family: &str, house: &str, postcode: &str| Demographics {
            name: PersonName { family: family.into(), given: vec!["Grace".into()], ..PersonName::default() },
            born: When::parse_iso("1961-02-09").ok(),
            address: Some(Address { lines: vec![house.into()], postcode: Some(postcode.into()) }),
            ..Demographics::default()
        };
        let grace = Features::of(&told("Okafor", "12 Dovecote Road", "SE5 8CV"));
        assert!(!is_worth_it(&grace, &told("Mensah", "3 Harbour Row", "SE15 2LI")));
        assert!(!is_worth_it(&grace, &told("Mensah", "3 Harbour Row", "SE5 9ZZ")), "a district is no place");
        assert!(is_worth_it(&grace, &told("Mensah", "12 Dovecote Road", "SE5 8CV")), "she has married");
        assert!(is_worth_it(&grace, &told("Mensah", "3 Harbour Row", "SE5 8CV")));
        assert!(is_worth_it(&grace, &told("Mensah", "12 Dovecote Road", "SE15 2LI")));
        assert!(is_worth_it(&grace, &told("Okafor", "3 Harbour Row", "SE15 2LI")), "she has moved");
    }

    #[test]
    fn who_lives_with_somebody_and_was_born_on_another_day_is_not_worth_it_unless_the_number_is_one() {
        let born = |day: &str, number: &str| Demographics {
            born: When::parse_iso(day).ok(),
            nhs_number: NhsNumber::parse(number).ok(),
            ..Demographics::default()
        };
        let grace = Features::of(&born("1961-02-09", "9990000018"));
        assert!(!is_worth_it(&grace, &born("1984-11-30", "")));
        assert!(!is_worth_it(&grace, &born("1984-11-30", "9990000026")));
        assert!(is_worth_it(&grace, &born("1984-11-30", "9990000018")));
        assert!(is_worth_it(&grace, &born("1961-09-02", "")), "day and month may be swapped");
        assert!(is_worth_it(&grace, &born("", "")), "nothing speaks against it");
        assert!(is_worth_it(&grace, &born("1900-01-01", "")), "that is written for not known");
    }
}
