//! The inputs from which fuzzing starts, and whatever it has found: each is read
//! without a panic, and every unit lies inside it.

use std::fs;
use std::path::Path;

use formats::{Delivery, Problem, csv, fhir};

fn each(target: &str, read: impl Fn(&[u8]) -> Result<Delivery, Problem>) -> (usize, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let (mut read_count, mut refused) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        match read(&bytes) {
            Ok(delivery) => {
                read_count += 1;
                assert!(!delivery.units.is_empty(), "{}", path.display());
                for unit in &delivery.units {
                    assert!(bytes.get(unit.span.clone()).is_some(), "{}: {:?}", path.display(), unit.span);
                }
            }
            Err(problem) => {
                refused += 1;
                assert!(!problem.what.is_empty() && !problem.place.is_empty(), "{}", path.display());
            }
        }
    }
    (read_count, refused)
}

#[test]
fn every_fhir_seed_is_read_or_refused_in_words() {
    let (read, refused) = each("fhir_json", |bytes| fhir::read_message(None, bytes).map(|message| message.delivery));
    assert!(read >= 12 && refused >= 1, "{read} {refused}");
    let (read, refused) = each("fhir_xml", fhir::read_xml);
    assert!(read >= 5 && refused >= 2, "{read} {refused}");
}

#[test]
fn every_csv_seed_is_read_or_refused_in_words() {
    let (read, refused) = each("csv", csv::read);
    assert!(read >= 4 && refused >= 1, "{read} {refused}");
}
