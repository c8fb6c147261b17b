//! Where sources do not agree about who somebody is: field by field, what each tells and when it said so.

use identity::{fold, given_names_differ};
use jiff::Timestamp;
use record::{Demographics, Gender, NhsNumber, SourceId, When};

use crate::person_view::{PersonView, Told};

/// How many values of one field are told; of more it is said how many.
pub const DIFFERENCE_VALUES_MAX: usize = 8;

/// A field in which sources differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field: "NHS number", "Date of birth", "Family name".
    pub field: &'static str,
    /// The value that is shown, then each other, and who tells it: at most [`DIFFERENCE_VALUES_MAX`]. None for
    /// whoever may not see which sources know the person.
    pub values: Vec<DifferingValue>,
    /// How many values more there are.
    pub more: usize,
}

/// One value of a field in which sources differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingValue {
    /// As told.
    pub value: FieldValue,
    /// Which sources tell it, each once, and when it last did so by its own clock.
    pub told_by: Vec<(SourceId, Option<Timestamp>)>,
}

/// A value that tells people apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// An NHS number.
    NhsNumber(NhsNumber),
    /// A birth date, at the precision told.
    Born(When),
    /// A gender.
    Gender(Gender),
    /// Given names, or a family name.
    Name(String),
}

impl DifferingValue {
    /// What a source told last comes first.
    fn is_told_by(&mut self, told: &Told) {
        if !self.told_by.iter().any(|(source, _)| *source == told.source) {
            self.told_by.push((told.source.clone(), told.at));
        }
    }
}

impl Difference {
    /// The field alone.
    pub(crate) fn unattributed(self) -> Self {
        Self { values: Vec::new(), more: 0, ..self }
    }
}

/// A field: what somebody tells of it, and whether that is another value than the one shown.
struct Field<'a> {
    name: &'static str,
    value: &'a dyn Fn(&Demographics) -> Option<FieldValue>,
    differs: &'a dyn Fn(&Demographics) -> bool,
}

/// Fields that tell people apart, where a source tells one otherwise than it is shown.
pub(crate) fn differences(view: &PersonView, told: &[Told]) -> Vec<Difference> {
    let day = view.born.map(When::day_only);
    let family = fold(&view.name.family);
    let had: Vec<String> =
        told.iter().flat_map(|one| &one.demographics.other_names).map(|name| fold(&name.family)).collect();
    let fields = [
        Field {
            name: "NHS number",
            value: &|who| who.nhs_number.map(FieldValue::NhsNumber),
            differs: &|who| who.nhs_number != view.nhs_number,
        },
        Field {
            name: "Date of birth",
            value: &|who| who.born.map(|born| FieldValue::Born(born.day_only())),
            differs: &|who| who.born.map(When::day_only) != day,
        },
        Field {
            name: "Gender",
            value: &|who| who.gender.map(FieldValue::Gender),
            differs: &|who| who.gender != view.gender,
        },
        Field {
            name: "Given name",
            value: &|who| Some(who.name.given.join(" ")).filter(|given| !given.is_empty()).map(FieldValue::Name),
            differs: &|who| given_names_differ(&view.name, &who.name),
        },
        Field {
            name: "Family name",
            value: &|who| Some(who.name.family.clone()).filter(|name| !name.is_empty()).map(FieldValue::Name),
            // A name that some source says they had or use besides is no disagreement.
            differs: &|who| {
                let told = fold(&who.name.family);
                told != family && !had.contains(&told) && !who.other_names.iter().any(|had| fold(&had.family) == family)
            },
        },
    ];
    fields.iter().filter_map(|field| difference(field, told)).collect()
}

fn difference(field: &Field<'_>, told: &[Told]) -> Option<Difference> {
    let telling = || told.iter().filter(|one| (field.value)(&one.demographics).is_some());
    let (others, shown): (Vec<&Told>, Vec<&Told>) = telling().partition(|one| (field.differs)(&one.demographics));
    if others.is_empty() {
        return None;
    }
    let mut values: Vec<DifferingValue> = Vec::new();
    for (told, is_shown) in shown.iter().map(|told| (told, true)).chain(others.iter().map(|told| (told, false))) {
        let Some(value) = (field.value)(&told.demographics) else { continue };
        let known = if is_shown { values.first_mut() } else { values.iter_mut().find(|known| known.value == value) };
        match known {
            Some(known) => known.is_told_by(told),
            None => values.push(DifferingValue { value, told_by: vec![(told.source.clone(), told.at)] }),
        }
    }
    let more = values.len().saturating_sub(DIFFERENCE_VALUES_MAX);
    values.truncate(DIFFERENCE_VALUES_MAX);
    Some(Difference { field: field.name, values, more })
}

#[cfg(test)]
mod tests {
    use record::PersonName;

    use super::*;

    fn told(source: &str, at: i64, who: Demographics) -> Told {
        let at = Some(Timestamp::from_second(at).unwrap());
        Told { source: SourceId::new(source).unwrap(), demographics: who, at }
    }

    fn who(given: &str, family: &str, born: &str) -> Demographics {
        let given = given.split_whitespace().map(str::to_owned).collect();
        let name = PersonName { family: family.to_owned(), given, ..PersonName::default() };
        Demographics { name, born: When::parse_iso(born).ok(), ..Demographics::default() }
    }

    /// As it is shown: what the first tells.
    fn of(told: &[Told]) -> Vec<Difference> {
        let first = &told[0].demographics;
        let (name, gender) = (first.name.clone(), first.gender);
        let view = PersonView { name, born: first.born, gender, nhs_number: first.nhs_number, ..PersonView::default() };
        differences(&view, told)
    }

    fn lines(told: &[Told]) -> Vec<String> {
        let mut lines = Vec::new();
        for one in of(told) {
            for value in one.values {
                let by: Vec<String> = value
                    .told_by
                    .iter()
                    .map(|(source, at)| format!("{source} {}", at.map_or(0, Timestamp::as_second)))
                    .collect();
                let value = match value.value {
                    FieldValue::NhsNumber(number) => number.to_string(),
                    FieldValue::Born(born) => born.to_iso(),
                    FieldValue::Gender(gender) => gender.word().to_owned(),
                    FieldValue::Name(name) => name,
                };
                lines.push(format!("{}: {value} by {}", one.field, by.join(", ")));
            }
        }
        lines
    }

    #[test]
    fn each_difference_tells_every_value_whose_it_is_and_when_it_was_told() {
        let numbered = |number: &str, gender, who: Demographics| Demographics {
            nhs_number: NhsNumber::parse(number).ok(),
            gender: Some(gender),
            ..who
        };
        let grace = |given: &str, born: &str| numbered("9990000018", Gender::Female, who(given, "O'Kafor", born));
        let told = [
            told("gp", 100, grace("Grace", "1951-03-04")),
            told("clinic", 90, numbered("9990000026", Gender::Male, who("Tunde", "Bello", "1951-04-03"))),
            told("hospital", 80, grace("Gracie", "1951-03-04T10:00:00")),
            told("clinic", 70, numbered("9990000026", Gender::Male, who("Tunde", "Bello", "1951-04-03"))),
        ];
        insta::assert_snapshot!(lines(&told).join("\n"), @r"
        NHS number: 999 000 0018 by gp 100, hospital 80
        NHS number: 999 000 0026 by clinic 90
        Date of birth: 1951-03-04 by gp 100, hospital 80
        Date of birth: 1951-04-03 by clinic 90
        Gender: Female by gp 100, hospital 80
        Gender: Male by clinic 90
        Given name: Grace by gp 100, hospital 80
        Given name: Tunde by clinic 90
        Family name: O'Kafor by gp 100, hospital 80
        Family name: Bello by clinic 90
        ");
    }

    #[test]
    fn what_is_not_told_or_told_in_another_form_is_no_difference() {
        let told = [
            told("gp", 3, who("William", "O'Neill", "1951-03-04")),
            told("hospital", 2, who("Bill", "ONEILL", "1951-03-04T10:00:00")),
            told("clinic", 1, Demographics::default()),
        ];
        assert_eq!(of(&told), vec![]);
    }

    #[test]
    fn a_name_that_a_source_says_they_had_is_no_difference() {
        let had = PersonName { family: "Bello".into(), ..PersonName::default() };
        let married = Demographics { other_names: vec![had], ..who("Grace", "Okafor", "1951-03-04") };
        let before = who("Grace", "Bello", "1951-03-04");
        assert_eq!(of(&[told("gp", 2, married.clone()), told("clinic", 1, before.clone())]), vec![]);
        assert_eq!(of(&[told("gp", 2, before.clone()), told("clinic", 1, married)]), vec![]);
        let third = told("ward", 1, who("Grace", "Ade", "1951-03-04"));
        assert_eq!(of(&[told("gp", 2, before), third])[0].field, "Family name");
    }

    #[test]
    fn no_more_values_are_told_than_the_limit() {
        let born = |day: usize| told(&format!("s{day}"), 1, who("Grace", "Okafor", &format!("1951-03-{day:02}")));
        let at_the_limit: Vec<Told> = (1..=DIFFERENCE_VALUES_MAX).map(born).collect();
        let one = of(&at_the_limit).remove(0);
        assert_eq!((one.values.len(), one.more), (DIFFERENCE_VALUES_MAX, 0));
        let beyond: Vec<Told> = (1..=DIFFERENCE_VALUES_MAX + 2).map(born).collect();
        let one = of(&beyond).remove(0);
        assert_eq!((one.values.len(), one.more), (DIFFERENCE_VALUES_MAX, 2));
    }

    #[test]
    fn whoever_may_not_see_who_knows_them_sees_the_field_alone() {
        let both = [told("gp", 2, who("Grace", "Okafor", "1951-03-04")), told("ward", 1, who("Ada", "Okafor", "1951"))];
        let one = of(&both).pop().unwrap().unattributed();
        assert_eq!((one.field, one.values.len(), one.more), ("Given name", 0, 0));
    }
}
