//! How what two people's charts tell agrees, field by field, for whoever looks at them
//! side by side. It decides nothing.

use identity::{Features, Level, Pair, Seals};
use store::PairChart;

/// How a field of two people agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// The same, after folding.
    Same,
    /// Alike: a form of the name, a slip, the same street.
    Similar,
    /// Something else.
    Differs,
    /// One of the two does not tell it.
    Missing,
}

/// How a field agrees over all their charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldAgreement {
    /// Between the two charts that agree best.
    pub best: Agreement,
    /// Two other charts differ all the same.
    pub also_differs: bool,
}

/// Two people, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// First and last names together.
    pub name: FieldAgreement,
    /// Birth date.
    pub born: FieldAgreement,
    /// Gender.
    pub gender: FieldAgreement,
    /// NHS number.
    pub nhs_number: FieldAgreement,
    /// Address with postcode.
    pub address: FieldAgreement,
    /// Telephone numbers.
    pub telephone: FieldAgreement,
}

/// Compares each chart of one with each of the other. A pair that is sealed is never
/// read from the store, so none comes here.
#[must_use]
pub fn compared(one: &[PairChart], other: &[PairChart]) -> Compared {
    let features = |charts: &[PairChart]| -> Vec<_> {
        charts.iter().map(|chart| (chart.chart, Features::of(&chart.told))).collect()
    };
    let (one, other, seals) = (features(one), features(other), Seals::default());
    let pairs = one.iter().flat_map(|(a, a_told)| other.iter().map(move |(b, b_told)| ((*a, a_told), (*b, b_told))));
    let each: Vec<Vec<Level>> = pairs.filter_map(|(a, b)| Some(Pair::new(a, b, &seals)?.levels().collect())).collect();
    let field = |of: &dyn Fn(&[Level]) -> Agreement| over_all(each.iter().map(|levels| of(levels)));
    let worst_of = |fields: &'static [identity::Field]| {
        move |levels: &[Level]| {
            let told = levels.iter().filter(|level| fields.contains(&level.field()));
            told.map(|level| agreement(*level)).max().unwrap_or(Agreement::Missing)
        }
    };
    Compared {
        name: field(&names),
        born: field(&worst_of(&[identity::Field::Birth])),
        gender: field(&worst_of(&[identity::Field::Sex])),
        nhs_number: field(&worst_of(&[identity::Field::NhsNumber])),
        address: field(&worst_of(&[identity::Field::Place])),
        telephone: field(&worst_of(&[identity::Field::Telephone])),
    }
}

fn over_all(each: impl Iterator<Item = Agreement>) -> FieldAgreement {
    let each: Vec<Agreement> = each.collect();
    let best = each.iter().copied().min().unwrap_or(Agreement::Missing);
    FieldAgreement { best, also_differs: best != Agreement::Differs && each.contains(&Agreement::Differs) }
}

/// First and last names as one: the weaker of the two counts, and half a name is at
/// most similar.
fn names(levels: &[Level]) -> Agreement {
    use identity::Field::{Family, Given, Order};
    let of = |field| levels.iter().find(|level| level.field() == field).map(|level| agreement(*level));
    match (of(Given), of(Family), of(Order)) {
        (Some(given), Some(family), order) => given.max(family).max(order.unwrap_or(Agreement::Same)),
        (Some(half), None, _) | (None, Some(half), _) => half.max(Agreement::Similar),
        (None, None, _) => Agreement::Missing,
    }
}

/// Every level in one of three words. Birth dates of which only two parts agree are two
/// people's as often as not.
fn agreement(level: Level) -> Agreement {
    match level {
        Level::GivenExact
        | Level::FamilyExact
        | Level::NamesInOrder
        | Level::BirthExact
        | Level::SexSame
        | Level::HouseSame
        | Level::TelephoneSame
        | Level::NumberSame => Agreement::Same,
        Level::GivenAlias
        | Level::GivenClose
        | Level::GivenSoundsAlike
        | Level::GivenInitial
        | Level::GivenFurther
        | Level::GivenFurtherDiffers
        | Level::FamilyPart
        | Level::FamilyClose
        | Level::FamilySoundsAlike
        | Level::NamesSwapped
        | Level::BirthDayMonthSwapped
        | Level::BirthOneDigitOff
        | Level::HouseElsewhere
        | Level::StreetSame
        | Level::PostcodeSame
        | Level::PlaceLike => Agreement::Similar,
        Level::GivenDiffers
        | Level::FamilyDiffers
        | Level::BirthTwoPartsSame
        | Level::BirthDiffers
        | Level::SexDiffers
        | Level::DistrictSame
        | Level::PlaceDiffers
        | Level::TelephoneDiffers
        | Level::NumberDiffers => Agreement::Differs,
    }
}

#[cfg(test)]
mod tests {
    use record::{ChartId, Demographics, Gender, PersonName, SourceId, When};

    use super::*;

    fn chart(id: u64, family: &str, given: &[&str], born: &str) -> PairChart {
        let name = PersonName {
            family: family.to_owned(),
            given: given.iter().map(|&given| given.to_owned()).collect(),
            ..PersonName::default()
        };
        let told = Demographics {
            name,
            born: When::parse_iso(born).ok(),
            gender: Some(Gender::Female),
            ..Demographics::default()
        };
        PairChart {
            chart: ChartId(id),
            source: SourceId::new("gp").unwrap(),
            told,
            local_numbers: Vec::new(),
            told_at: None,
            linked: None,
            linked_by_hand: None,
            joined_with: Vec::new(),
            told_apart_from: None,
        }
    }

    #[test]
    fn fields_are_the_same_similar_different_or_missing() {
        let one = [chart(1, "Okafor", &["Grace"], "1951-03-04")];
        let other = [chart(2, "OKAFOR", &["Grase"], "1999-01-30")];
        let compared = compared(&one, &other);
        assert_eq!(compared.name.best, Agreement::Similar);
        assert_eq!(compared.born.best, Agreement::Differs);
        assert_eq!(compared.gender.best, Agreement::Same);
        assert_eq!(compared.nhs_number.best, Agreement::Missing);
    }

    #[test]
    fn one_chart_that_differs_is_said_beside_another_that_agrees() {
        let one = [chart(1, "Okafor", &["Grace"], "1951-03-04"), chart(2, "Mensah", &["Faith"], "1951-03-04")];
        let other = [chart(3, "Okafor", &["Grace"], "1951-03-04")];
        let compared = compared(&one, &other);
        assert_eq!(compared.name, FieldAgreement { best: Agreement::Same, also_differs: true });
        assert_eq!(compared.born, FieldAgreement { best: Agreement::Same, also_differs: false });
    }

    #[test]
    fn half_a_name_is_never_the_same() {
        let one = [chart(1, "Okafor", &[], "1951-03-04")];
        assert_eq!(compared(&one, &[chart(2, "Okafor", &["Grace"], "1951-03-04")]).name.best, Agreement::Similar);
        assert_eq!(compared(&one, &[]).name.best, Agreement::Missing);
    }

    #[test]
    fn which_side_comes_first_does_not_matter() {
        let one = [chart(1, "Okafor", &["Grace", "Adaeze"], "1951-03-04")];
        let other = [chart(2, "Grace", &["Okafor"], "1951-04-03")];
        assert_eq!(compared(&one, &other), compared(&other, &one));
    }
}
