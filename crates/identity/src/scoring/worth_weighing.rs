//! Who need not be weighed, told from two fields and before anything of a name is folded.

use record::Demographics;

use crate::scoring::compare::compare_births;
use crate::scoring::features::Features;
use crate::scoring::level::Level;

/// Whether the score could say anything of the two but that they are apart, as charts come one by one. Who
/// lives in one house is found by it, and nearly all of them were born on other days: without one number that
/// alone keeps them apart ([`crate::place_by_score`]), and taking them apart is most of what placing a chart costs.
#[must_use]
pub fn is_worth_weighing(told: &Features, other: &Demographics) -> bool {
    let is_one_number = told.nhs_number.is_some() && told.nhs_number == other.nhs_number;
    is_one_number || compare_births(told.born, Features::born_of(other)) != Some(Level::BirthDiffers)
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

    /// Few values of each field, so that most of them agree in something.
    fn anybody() -> impl Strategy<Value = Demographics> {
        let names = prop::sample::select(vec!["Grace", "Gracie", "Joan", "Mohammed", "Muhammad", "Okafor", ""]);
        let born = prop::sample::select(vec![
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
        ]);
        let number = prop::sample::select(vec!["", "9990000018", "9990000026"]);
        let house = prop::sample::select(vec!["", "12 Dovecote Road", "14 Dovecote Road"]);
        let sex = prop::sample::select(vec![None, Some(Gender::Female), Some(Gender::Male)]);
        (names.clone(), names, born, number, house, sex).prop_map(|(given, family, born, number, house, gender)| {
            let lines = vec![house.to_owned()];
            Demographics {
                name: PersonName { family: family.into(), given: vec![given.into()], ..PersonName::default() },
                born: When::parse_iso(born).ok(),
                nhs_number: NhsNumber::parse(number).ok(),
                address: (!house.is_empty()).then(|| Address { lines, postcode: Some("SE5 8CV".into()) }),
                telephones: vec!["020 7946 0123".into()],
                gender,
                ..Demographics::default()
            }
        })
    }

    proptest! {
        #[test]
        fn whoever_is_not_worth_weighing_is_apart_by_the_score(
            a in anybody(), b in anybody(), charts in prop::sample::select(vec![0, 1_000, 2_000_000]), crowded in any::<bool>(),
        ) {
            let weights = Weights::built_in().unwrap();
            let region = Population::kept(charts, BTreeMap::new(), crowded);
            let (one, other) = (Features::of(&a), Features::of(&b));
            let pair = Pair::new((ChartId(1), &one), (ChartId(2), &other), &Seals::default()).unwrap();
            let scored = Scorer::new(&weights, &region).score(pair);
            prop_assert!(is_worth_weighing(&one, &b) || scored.tier == Tier::Apart, "{scored:?}");
        }
    }

    #[test]
    fn who_lives_with_somebody_and_was_born_on_another_day_is_not_worth_it_unless_the_number_is_one() {
        let born = |day: &str, number: &str| Demographics {
            born: When::parse_iso(day).ok(),
            nhs_number: NhsNumber::parse(number).ok(),
            ..Demographics::default()
        };
        let grace = Features::of(&born("1961-02-09", "9990000018"));
        assert!(!is_worth_weighing(&grace, &born("1984-11-30", "")));
        assert!(!is_worth_weighing(&grace, &born("1984-11-30", "9990000026")));
        assert!(is_worth_weighing(&grace, &born("1984-11-30", "9990000018")));
        assert!(is_worth_weighing(&grace, &born("1961-09-02", "")), "day and month may be swapped");
        assert!(is_worth_weighing(&grace, &born("", "")), "nothing speaks against it");
        assert!(is_worth_weighing(&grace, &born("1900-01-01", "")), "that is written for not known");
    }
}
