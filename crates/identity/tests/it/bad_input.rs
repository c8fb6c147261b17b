//! What sources send where they know nothing, put into a file of people and taken together with them.

use std::fmt::Write as _;

use identity::{Grouping, MatchingSet, Population, Scorer, Seals, Weights, group};

use crate::NUMBERS;

const HEADER: &str = "record_id,nhs_number,family_name,given_names,birth_date,sex,address,postcode,telephones\n";

/// Records put together among two hundred people of a region.
struct Together {
    grouping: Grouping,
    before: usize,
}

impl Together {
    /// `rows` are records without their id.
    fn of(rows: &[String]) -> Self {
        let mut text = HEADER.to_owned();
        let before = region(&mut text);
        for (at, row) in rows.iter().enumerate() {
            writeln!(text, "x{at},{row}").unwrap();
        }
        let set = MatchingSet::read(text.as_bytes(), &[]).unwrap();
        let weights = Weights::built_in().unwrap();
        let population = Population::of(&set.charts);
        let grouping = group(&set.charts, &Scorer::new(&weights, &population), &Seals::default());
        Self { grouping, before }
    }

    /// How many people the records are, and that none of them is anybody of the region.
    fn people(&self) -> usize {
        let people: std::collections::BTreeSet<u32> = self.grouping.joined.0[self.before..].iter().copied().collect();
        assert!(people.iter().all(|first| *first as usize >= self.before), "joined to somebody else");
        people.len()
    }

    /// How many pairs among the records wait for somebody.
    fn waiting(&self) -> usize {
        let is_ours = |place: u32| place as usize >= self.before;
        self.grouping.waiting.iter().filter(|one| is_ours(one.a) && is_ours(one.b)).count()
    }
}

/// Families of relatives who live together, so that twins are possible.
fn region(text: &mut String) -> usize {
    let families = ["Okafor", "Hart", "Nowak", "Khan", "Mercer", "Patel", "Rao", "Chan"];
    let givens = ["Grace", "Faith", "Hassan", "Hussein", "Jayden", "Hayden", "Amina", "Amira"];
    let mut count = 0;
    for (house, family) in (0..100).zip(families.iter().cycle()) {
        for (at, given) in givens.iter().enumerate().skip(house % 3).take(2) {
            let born = format!("{}-0{}-1{}", 1950 + (house * 7 + at * 13) % 60, 1 + at % 9, house % 9);
            let postcode = format!("SE{} {}KM", 1 + house % 28, 1 + house % 9);
            writeln!(text, "r{count},,{family},{given},{born},F,{house} Juniper Street,{postcode},").unwrap();
            count += 1;
        }
    }
    count
}

/// Somebody with every field told, but for what is changed.
fn grace(change: &[(&str, &str)]) -> String {
    let mut row = "{number},{family},{given},{born},F,{address},{postcode},{telephone}".to_owned();
    let usual = [
        ("number", ""),
        ("family", "Abernathy"),
        ("given", "Grace"),
        ("born", "1951-03-04"),
        ("address", "12 Alderwick Road"),
        ("postcode", "SE15 2CV"),
        ("telephone", "020 7946 0001"),
    ];
    for (field, value) in change.iter().chain(&usual) {
        row = row.replace(&format!("{{{field}}}"), value);
    }
    row
}

/// Two records that differ in these ways, and how many people they are.
fn people(one: &[(&str, &str)], other: &[(&str, &str)]) -> usize {
    Together::of(&[grace(one), grace(other)]).people()
}

#[test]
fn the_same_person_told_twice_is_one() {
    assert_eq!(people(&[], &[]), 1);
}

#[test]
fn a_birth_date_that_is_missing_or_stands_for_not_known_is_no_evidence() {
    for born in ["", "1900-01-01", "01/01/1900", "1800-01-01", "9999-12-31", "unknown"] {
        let nothing_else = [("born", born), ("address", ""), ("postcode", ""), ("telephone", "")];
        assert_eq!(people(&nothing_else, &nothing_else), 2, "a name alone: {born}");
        // Mother and daughter of one name would look the same, so somebody is asked.
        let together = Together::of(&[grace(&[("born", born)]), grace(&[])]);
        assert_eq!((together.people(), together.waiting()), (2, 1), "everything else agrees: {born}");
        let numbered = [("number", NUMBERS[0])];
        assert_eq!(people(&[("born", born), numbered[0]], &numbered), 1, "and the number: {born}");
    }
}

#[test]
fn babies_without_a_name_are_not_one_baby() {
    let baby = |given: &'static str| [("given", given), ("born", "2026-11-20"), ("telephone", "")];
    for given in ["BABY OF", "Baby", "Baby Girl", "TWIN 1", "Infant", ""] {
        assert_eq!(people(&baby(given), &baby(given)), 2, "{given}");
    }
    assert_eq!(people(&baby("TWIN 1"), &baby("TWIN 2")), 2);
}

#[test]
fn unknown_people_are_not_one_person() {
    for name in ["UNKNOWN", "Not Known", "NK", "ZZZTest"] {
        let unknown =
            [("family", name), ("given", name), ("born", ""), ("address", "Unknown"), ("postcode", "ZZ99 3VZ")];
        assert_eq!(people(&unknown, &unknown), 2, "{name}");
    }
}

#[test]
fn mr_test_test_is_nobody() {
    let test = [("family", "Test"), ("given", "Mr Test"), ("born", "1900-01-01"), ("telephone", "")];
    let many: Vec<String> = (0..40).map(|_| grace(&test)).collect();
    let together = Together::of(&many);
    assert_eq!((together.people(), together.waiting()), (40, 0));
}

#[test]
fn a_placeholder_postcode_is_no_place() {
    let told = |postcode: &'static str, address: &'static str| {
        let at =
            |given: &'static str| [("given", given), ("postcode", postcode), ("address", address), ("telephone", "")];
        let together = Together::of(&[grace(&at("Grace")), grace(&at("Faith"))]);
        (together.people(), together.waiting())
    };
    for postcode in ["ZZ99 3VZ", "zz993wz", "ZZ99 3CZ"] {
        assert_eq!(told(postcode, "No fixed abode"), told("", ""), "no more is known than without it: {postcode}");
        assert_eq!(told(postcode, "No fixed abode").0, 2, "{postcode}");
    }
}

#[test]
fn swapped_fields_are_seen_through() {
    assert_eq!(people(&[], &[("family", "Grace"), ("given", "Abernathy")]), 1, "names");
    assert_eq!(people(&[], &[("born", "1951-04-03")]), 1, "day and month");
    assert_eq!(people(&[], &[("address", "SE15 2CV"), ("postcode", "12 Alderwick Road")]), 1, "address and postcode");
}

#[test]
fn emoji_and_signs_are_no_evidence() {
    for name in ["😀", "👩‍⚕️", "...", "???", "123"] {
        let signs = [
            ("family", name),
            ("given", name),
            ("address", name),
            ("postcode", name),
            ("telephone", name),
            ("born", name),
        ];
        assert_eq!(people(&signs, &signs), 2, "{name}");
        assert_eq!(people(&[("telephone", name)], &[]), 1, "{name}");
    }
}

#[test]
fn one_number_for_two_people_joins_nobody_and_is_asked_about() {
    let one = grace(&[("number", NUMBERS[0])]);
    let other = grace(&[
        ("number", NUMBERS[0]),
        ("family", "Zielinski"),
        ("given", "Marek"),
        ("born", "1988-12-30"),
        ("address", "3 Gannet Close"),
        ("postcode", "BR1 9KM"),
        ("telephone", "020 7946 0002"),
    ]);
    let together = Together::of(&[one, other]);
    assert_eq!((together.people(), together.waiting()), (2, 1));
}

#[test]
fn two_numbers_for_one_person_join_nobody_and_are_asked_about() {
    let together = Together::of(&[grace(&[("number", NUMBERS[0])]), grace(&[("number", NUMBERS[1])])]);
    assert_eq!((together.people(), together.waiting()), (2, 1));
}

#[test]
fn a_number_that_fails_its_check_is_no_number() {
    assert_eq!(people(&[("number", "9990000019")], &[("number", "9990000018")]), 1);
}
