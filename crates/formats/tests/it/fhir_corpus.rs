//! Everybody's examples: nothing panics, every resource is accounted for, and
//! only true faults are refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use formats::{Delivery, Outcome, Unit, fhir};
use record::{ChartId, Demographics, Entry, EntryId, MessageId, NewEntry, PersonId, Provenance, SourceId};

/// Applied, kept, refused, by type.
type Table = BTreeMap<String, [usize; 3]>;

fn corpus(folder: &str, extension: &str) -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let Ok(files) = fs::read_dir(root) else {
        println!("skipped: no corpus");
        return vec![];
    };
    let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    files.retain(|path| path.extension().is_some_and(|told| told == extension));
    files.sort();
    let named = |path: PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), fs::read(&path).ok()?));
    files.into_iter().filter_map(named).collect()
}

fn count(table: &mut Table, unit: &Unit) {
    let row = table.entry(unit.kind.clone()).or_default();
    match unit.outcome {
        Outcome::Apply(_) | Outcome::ApplyIfNew(_) | Outcome::Rearrange(_) | Outcome::Remove(_) => row[0] += 1,
        Outcome::Keep => row[1] += 1,
        Outcome::Refuse(_) => row[2] += 1,
    }
}

fn print(table: &Table) {
    println!("{:<32}{:>8}{:>8}{:>8}", "type", "applied", "kept", "refused");
    for (kind, [applied, kept, refused]) in table {
        println!("{kind:<32}{applied:>8}{kept:>8}{refused:>8}");
    }
}

fn refusals(name: &str, delivery: &Delivery) -> Vec<String> {
    let faults = delivery.units.iter().filter_map(|unit| match &unit.outcome {
        Outcome::Refuse(fault) => Some(format!("{name}: {fault}")),
        _ => None,
    });
    faults.collect()
}

fn notes(table: &mut BTreeMap<String, usize>, delivery: &Delivery) {
    for unit in &delivery.units {
        for note in &unit.notes {
            let place: String = note.place.chars().filter(|c| !c.is_ascii_digit()).collect();
            *table.entry(format!("{} {place}: {}", unit.kind, note.what)).or_default() += 1;
        }
    }
}

#[test]
fn every_synthea_entry_is_applied_but_four_types_that_are_not_shown() {
    let mut table = Table::new();
    let mut said = BTreeMap::new();
    let files = corpus("synthea", "json");
    for (name, bytes) in &files {
        let delivery = fhir::read_json(bytes).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        for unit in &delivery.units {
            assert_eq!((bytes[unit.span.start], bytes[unit.span.end - 1]), (b'{', b'}'));
        }
        delivery.units.iter().for_each(|unit| count(&mut table, unit));
        notes(&mut said, &delivery);
    }
    if files.is_empty() {
        return;
    }
    print(&table);
    println!("{said:#?}");
    let kept: BTreeMap<&str, usize> =
        table.iter().filter(|(_, row)| row[1] > 0).map(|(kind, row)| (kind.as_str(), row[1])).collect();
    let wanted = [("Claim", 2367), ("ExplanationOfBenefit", 1867), ("Goal", 97), ("ImagingStudy", 34)];
    assert_eq!(kept, BTreeMap::from(wanted));
    assert_eq!(table.values().flatten().sum::<usize>(), 18_722);
    assert_eq!(table.values().map(|row| row[2]).sum::<usize>(), 0);
}

#[test]
fn every_uk_core_example_is_read_from_xml() {
    let mut table = Table::new();
    let mut said = BTreeMap::new();
    let mut refused = Vec::new();
    let files = corpus("uk-core/examples", "xml");
    for (name, bytes) in &files {
        let delivery = fhir::read_xml(bytes).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(!delivery.units.is_empty(), "{name}");
        for unit in &delivery.units {
            assert_eq!((bytes[unit.span.start], bytes[unit.span.end - 1]), (b'<', b'>'), "{name}");
        }
        delivery.units.iter().for_each(|unit| count(&mut table, unit));
        notes(&mut said, &delivery);
        refused.extend(refusals(name, &delivery));
    }
    print(&table);
    println!("{said:#?}");
    assert_eq!(refused, Vec::<String>::new());
    assert!(files.is_empty() || files.len() == 110);
}

#[test]
fn no_official_example_panics_and_only_true_faults_are_refused() {
    let mut table = Table::new();
    let mut said = BTreeMap::new();
    let mut refused = Vec::new();
    for (name, bytes) in &corpus("fhir-r4-examples", "json") {
        match fhir::read_json(bytes) {
            Ok(delivery) => {
                delivery.units.iter().for_each(|unit| count(&mut table, unit));
                notes(&mut said, &delivery);
                refused.extend(refusals(name, &delivery));
            }
            Err(fault) => refused.push(format!("{name}: {fault}")),
        }
    }
    print(&table);
    println!("{said:#?}");
    // Two transactions set a condition that nothing here can judge.
    let places: Vec<&str> = refused.iter().map(|refused| refused.split(": ").nth(1).unwrap()).collect();
    let expected = ["entry[4].request.ifMatch", "entry[1].request.ifNoneExist"];
    assert_eq!(places, if refused.is_empty() { &[][..] } else { &expected[..] }, "{refused:?}");
}

/// The person, their entries, and each entry's own bytes.
type Record<'b> = (Demographics, Vec<Entry>, Vec<Option<&'b str>>);

fn record_of<'b>(bytes: &'b [u8], delivery: &Delivery) -> Option<Record<'b>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (mut person, mut entries, mut raw) = (None, vec![], vec![]);
    for unit in &delivery.units {
        let Outcome::Apply(changes) = &unit.outcome else { continue };
        for change in changes {
            person = person.or_else(|| change.chart.told.clone());
            for new in &change.entries {
                entries.push(stored(new.clone(), entries.len() as u64)?);
                raw.push(text.get(unit.span.clone()));
            }
        }
    }
    Some((person?, entries, raw))
}

fn stored(new: NewEntry, place: u64) -> Option<Entry> {
    let provenance = Provenance {
        source: SourceId::new("synthea").ok()?,
        chart: ChartId(1),
        message: MessageId(1),
        unit: 0,
        recorded: new.recorded,
        author: new.author.map(Into::into),
        organisation: new.organisation.map(Into::into),
    };
    let NewEntry { content, standing, sensitivity, when, code, .. } = new;
    Some(Entry { id: EntryId::new(PersonId(1), place)?, content, standing, sensitivity, when, code, provenance })
}

#[test]
fn a_whole_record_written_back_reads_again_without_a_refusal() {
    for (name, bytes) in corpus("synthea", "json").iter().take(12) {
        let delivery = fhir::read_json(bytes).unwrap();
        let (person, entries, raw) = record_of(bytes, &delivery).unwrap();
        let as_told = fhir::write_bundle(&person, &entries, &raw, &[]);
        assert!(raw.iter().all(|raw| as_told.contains(raw.unwrap())), "{name}");
        let as_told = fhir::read_json(as_told.as_bytes()).unwrap();
        assert_eq!((as_told.units.len(), refusals(name, &as_told)), (entries.len() + 1, vec![]));
        let built = fhir::write_bundle(&person, &entries, &[], &[]);
        let built = fhir::read_json(built.as_bytes()).unwrap();
        let applied = built.units.iter().filter(|unit| matches!(unit.outcome, Outcome::Apply(_))).count();
        assert_eq!((applied, refusals(name, &built)), (entries.len() + 1, vec![]));
    }
}
