//! What a source told about its patient, as JSON in one column.

use record::{Address, Demographics, Gender, LocalNumber, NhsNumber, PersonName, TakenBack, When};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::StoreError;

/// What a chart tells of its patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Who they are.
    pub(crate) who: Demographics,
    /// Their local numbers.
    pub(crate) numbers: Vec<LocalNumber>,
}

impl Told {
    /// What this tells, and where it is silent, what `earlier` told. The numbers of
    /// an assigner replace those that it had given before.
    pub(crate) fn filled_from(&self, earlier: &Self) -> Self {
        let named = |old: &&LocalNumber| self.numbers.iter().any(|number| number.assigner == old.assigner);
        let others = earlier.numbers.iter().filter(|old| !named(old));
        Self { who: self.who.filled_from(&earlier.who), numbers: self.numbers.iter().chain(others).cloned().collect() }
    }
}

/// What stands in the text of somebody whose whereabouts must be hidden, and in no other: within a value
/// a quotation mark is escaped.
pub(crate) const RESTRICTED: &str = r#""restricted":true"#;

/// Writes what a chart tells; what was not told takes no space.
pub(crate) fn to_text(told: &Told) -> String {
    let Told { who: told, numbers: local_numbers } = told;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        let absent = value.is_null() || value == json!([]) || value == json!(false);
        if !absent {
            out.insert(key.to_owned(), value);
        }
    };
    put("nhs", json!(told.nhs_number.map(NhsNumber::as_u64)));
    put("nhs_rejected", json!(told.nhs_number_rejected));
    put("name", name_value(&told.name));
    put("other_names", Value::Array(told.other_names.iter().map(name_value).collect()));
    put("born", json!(told.born.map(When::to_iso)));
    put("gender", json!(told.gender.map(Gender::code)));
    put("address", told.address.as_ref().map_or(Value::Null, address_value));
    put("telephones", json!(told.telephones));
    put("practice", json!(told.practice));
    put("died", told.died.map_or(Value::Null, |on| json!(on.map_or_else(String::new, When::to_iso))));
    put("restricted", json!(told.restricted));
    put("interpreter", json!(told.interpreter));
    put("ethnicity", json!(told.ethnicity));
    put("taken_back", json!(told.taken_back.iter().map(|what| what.code()).collect::<Vec<_>>()));
    put("numbers", Value::Array(local_numbers.iter().map(|n| json!([n.assigner, n.number])).collect()));
    Value::Object(out).to_string()
}

/// What [`to_text`] writes, field by field.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    nhs: Option<u64>,
    nhs_rejected: Option<String>,
    name: NameText,
    other_names: Vec<NameText>,
    born: Option<String>,
    gender: Option<String>,
    address: Option<(Vec<String>, Option<String>)>,
    telephones: Vec<String>,
    practice: Option<String>,
    died: Option<String>,
    restricted: bool,
    interpreter: Option<String>,
    ethnicity: Option<String>,
    taken_back: Vec<String>,
    numbers: Vec<(String, String)>,
}

/// Family name, given names, title, preferred name.
type NameText = (String, Vec<String>, Option<String>, Option<String>);

/// Reads what [`to_text`] wrote. Of every chart that may be meant this is read within the transaction that
/// places another, so it goes straight into its fields.
pub(crate) fn from_text(text: &str) -> Result<Told, StoreError> {
    let text: Text = serde_json::from_str(text).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let when = |text: &str| When::parse_iso(text).ok();
    let who = Demographics {
        nhs_number: text.nhs.and_then(|number| NhsNumber::from_u64(number).ok()),
        nhs_number_rejected: text.nhs_rejected,
        name: name_from(text.name),
        other_names: text.other_names.into_iter().map(name_from).collect(),
        born: text.born.as_deref().and_then(when),
        gender: text.gender.as_deref().and_then(Gender::from_code),
        address: text.address.map(|(lines, postcode)| Address { lines, postcode }),
        telephones: text.telephones,
        practice: text.practice,
        died: text.died.as_deref().map(when),
        restricted: text.restricted,
        interpreter: text.interpreter,
        ethnicity: text.ethnicity,
        taken_back: text.taken_back.iter().filter_map(|code| TakenBack::from_code(code)).collect(),
    };
    let numbers = text.numbers.into_iter().map(|(assigner, number)| LocalNumber { assigner, number });
    Ok(Told { who, numbers: numbers.collect() })
}

fn name_from((family, given, title, preferred): NameText) -> PersonName {
    PersonName { family, given, title, preferred }
}

fn name_value(name: &PersonName) -> Value {
    json!([name.family, name.given, name.title, name.preferred])
}

fn address_value(address: &Address) -> Value {
    json!([address.lines, address.postcode])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_letters_are_told_read_back(
            family in "\\PC{0,20}", given in prop::collection::vec(".{0,12}", 0..4), title in prop::option::of(".{0,6}"),
            lines in prop::collection::vec("\\PC{0,20}", 0..4), postcode in prop::option::of(".{0,8}"),
            telephones in prop::collection::vec(".{0,14}", 0..3), number in ".{0,9}",
        ) {
            let name = PersonName { family, given, title, preferred: None };
            let address = Some(Address { lines, postcode });
            let who = Demographics { name: name.clone(), other_names: vec![name], address, telephones, ..Demographics::default() };
            let numbers = vec![LocalNumber { assigner: number.clone(), number }];
            let told = Told { who, numbers };
            prop_assert_eq!(from_text(&to_text(&told)).unwrap(), told);
        }

        #[test]
        fn what_was_never_written_is_damage_or_nothing_and_no_panic(text in "\\PC{0,60}") {
            let _ = from_text(&text);
        }

        #[test]
        fn whoever_is_restricted_is_known_by_the_text_whatever_else_it_says(
            family in ".{0,30}", restricted in any::<bool>(),
        ) {
            for family in [family.clone(), RESTRICTED.to_owned(), format!("{family}{RESTRICTED}{family}")] {
                let name = PersonName { family, ..PersonName::default() };
                let who = Demographics { name, restricted, ..Demographics::default() };
                let text = to_text(&Told { who, numbers: Vec::new() });
                prop_assert_eq!(text.contains(RESTRICTED), restricted);
            }
        }
    }

    #[test]
    fn everything_told_reads_back() {
        let who = Demographics {
            nhs_number: NhsNumber::parse("9990000018").ok(),
            nhs_number_rejected: Some("999 123 4567".into()),
            name: PersonName {
                family: "Okafor".into(),
                given: vec!["Grace".into()],
                title: Some("Mrs".into()),
                preferred: Some("Addy".into()),
            },
            other_names: vec![PersonName { family: "Eze".into(), ..PersonName::default() }],
            born: When::parse_iso("1951-03-04").ok(),
            gender: Some(Gender::Female),
            address: Some(Address { lines: vec!["12 Invented Rd".into()], postcode: Some("SE5 0ZZ".into()) }),
            telephones: vec!["020 7946 0000".into()],
            practice: Some("Riverside Surgery".into()),
            died: Some(None),
            restricted: true,
            interpreter: Some("Interpreter: Igbo".into()),
            ethnicity: Some("African".into()),
            taken_back: vec![TakenBack::Practice],
        };
        let numbers = vec![LocalNumber { assigner: "KB".into(), number: "1".into() }];
        let told = Told { who, numbers };
        assert_eq!(from_text(&to_text(&told)).unwrap(), told);
    }

    #[test]
    fn nothing_told_is_two_characters_and_a_name() {
        assert_eq!(to_text(&Told::default()), r#"{"name":["",[],null,null]}"#);
        assert_eq!(from_text("{}").unwrap(), Told::default());
    }

    #[test]
    fn numbers_of_an_assigner_that_is_not_named_are_kept() {
        let told = |numbers: &[(&str, &str)]| {
            let number = |(assigner, number): &(&str, &str)| LocalNumber {
                assigner: (*assigner).into(),
                number: (*number).into(),
            };
            Told { numbers: numbers.iter().map(number).collect(), ..Told::default() }
        };
        let filled = told(&[("KB", "2")]).filled_from(&told(&[("KB", "1"), ("PAS", "7")]));
        assert_eq!(filled, told(&[("KB", "2"), ("PAS", "7")]));
        assert_eq!(told(&[]).filled_from(&filled), filled);
    }
}
