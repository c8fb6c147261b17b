//! HL7 v2 test material that nobody on this project wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use formats::Outcome;
use formats::hl7v2::{Message, patient_key, read, split_file};
use record::Section;

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hl7v2");
    if !folder.is_dir() {
        println!("skipped: no corpus");
        return None;
    }
    Some(folder)
}

/// The spans of a message cover it from its first byte to its last.
fn is_tiled(bytes: &[u8]) -> bool {
    Message::parse(bytes).is_ok_and(|message| {
        let end = message.spans().try_fold(0, |at, (_, span)| (span.start == at).then_some(span.end));
        end == Some(bytes.len())
    })
}

#[test]
fn the_hospital_stream_is_applied_whole() {
    let Some(folder) = corpus() else { return };
    let file = std::fs::read(folder.join("hospital-stream.hl7")).unwrap();
    let mut charts = BTreeSet::new();
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut sections: BTreeMap<Section, u32> = BTreeMap::new();
    for span in split_file(&file) {
        let bytes = &file[span];
        assert!(is_tiled(bytes));
        let unit = read(bytes).unwrap().units.remove(0);
        let Outcome::Apply(changes) = unit.outcome else { panic!("{} was not applied: {:?}", unit.kind, unit.outcome) };
        assert_eq!(unit.notes, [], "{}", unit.kind);
        *kinds.entry(unit.kind).or_default() += 1;
        for change in changes {
            assert_eq!(patient_key(bytes).as_deref(), Some(change.chart.key.as_str()));
            assert!(change.chart.told.is_some_and(|told| told.nhs_number.is_some() && told.birth_day().is_some()));
            charts.insert(change.chart.key);
            change.entries.iter().for_each(|e| *sections.entry(e.content.section()).or_default() += 1);
        }
    }
    println!("{kinds:?} {sections:?}");
    let counts: Vec<_> = kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counts, [("ADT^A01", 193), ("MDM^T02", 2), ("ORU^R01", 305)]);
    assert_eq!(charts.len(), 195);
    assert_eq!(sections[&Section::Attendances], 193);
    assert_eq!(sections[&Section::Letters], 2);
}

#[test]
fn every_sample_message_is_accounted_for() {
    let Some(folder) = corpus() else { return };
    let mut counts = [0; 3];
    let mut files: Vec<_> = std::fs::read_dir(folder.join("samples")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for path in files {
        let file = std::fs::read(&path).unwrap();
        let spans = split_file(&file);
        assert_eq!(spans.len(), 1, "{path:?}");
        let bytes = &file[spans[0].clone()];
        assert!(is_tiled(bytes), "{path:?}");
        let unit = read(bytes).unwrap().units.remove(0);
        let (place, what) = match &unit.outcome {
            Outcome::Apply(changes) => {
                (0, format!("applied {}", changes.iter().map(|c| c.entries.len()).sum::<usize>()))
            }
            Outcome::Keep | Outcome::ApplyIfNew(_) | Outcome::Remove(_) => (1, "kept".to_owned()),
            Outcome::Refuse(problem) => (2, format!("refused: {problem}")),
        };
        counts[place] += 1;
        let places: Vec<_> = unit.notes.iter().map(|note| note.place.as_str()).collect();
        println!("{:<8} {what:<12} {}", unit.kind, places.join(" "));
        let name = path.file_name().unwrap().to_string_lossy().replace('-', "^");
        assert!(name.starts_with(&unit.kind), "{name} says that it is {}", unit.kind);
    }
    println!("applied, kept, refused: {counts:?}");
    assert_eq!(counts, [40, 17, 0]);
}
