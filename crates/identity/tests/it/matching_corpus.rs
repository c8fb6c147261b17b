use std::collections::BTreeMap;

use identity::{Verdict, by_nhs_number};
use record::Demographics;

use crate::{NUMBERS, person, told};

/// What the records of one dataset of `corpus/matching` tell: the true person's number, and the record.
fn records(dataset: &str) -> Option<Vec<(String, Demographics)>> {
    let path = format!("{}/../../../shared/corpus/matching/{dataset}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).ok()?;
    let record = |line: &str| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let born = cells[9];
        let born =
            if born.len() == 8 { format!("{}-{}-{}", &born[..4], &born[4..6], &born[6..]) } else { String::new() };
        let born = if record::When::parse_iso(&born).is_ok() { born } else { String::new() };
        (
            cells[0].split('-').nth(1).unwrap_or_default().to_owned(),
            told(Some(NUMBERS[0]), cells[2], cells[1], &born, None),
        )
    };
    Some(text.lines().skip(1).map(record).collect())
}

#[test]
fn misspelt_records_of_one_person_link_and_those_of_neighbours_in_the_list_do_not() {
    let Some(records) = records("dataset2.csv") else {
        println!("skipped: no corpus");
        return;
    };
    let links = |a: &Demographics, b: &Demographics| {
        matches!(by_nhs_number(a, &person(1, std::slice::from_ref(b))), Verdict::Same { .. })
    };
    let mut people: BTreeMap<&str, Vec<&Demographics>> = BTreeMap::new();
    records.iter().for_each(|(true_person, told)| people.entry(true_person).or_default().push(told));

    let comparable = |pair: &&[&Demographics]| {
        pair[0].birth_day().is_some()
            && pair[0].birth_day() == pair[1].birth_day()
            && pair.iter().all(|told| !told.name.given.is_empty())
    };
    let pairs: Vec<&[&Demographics]> = people.values().flat_map(|told| told.windows(2)).filter(comparable).collect();
    let linked = pairs.iter().filter(|pair| links(pair[0], pair[1])).count();
    println!("one person, number and birth date known: {linked} of {} linked", pairs.len());
    assert!(linked * 2 > pairs.len(), "most spelling mistakes are overcome");

    let first: Vec<_> = people.values().map(|told| told[0]).collect();
    let wrong = first.windows(2).filter(|pair| links(pair[0], pair[1])).count();
    println!("two people under one number: {wrong} of {} linked", first.len() - 1);
    assert_eq!(wrong, 0);
}
