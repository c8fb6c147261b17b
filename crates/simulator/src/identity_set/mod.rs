//! A file of records whose truth is known, to measure who is put together with whom.

mod faults;
mod people;

use std::fmt::Write as _;

use record::{Demographics, Gender};

use crate::dice::Dice;
use crate::household::NumberRoll;
use crate::identity_set::people::household;

/// The header of the records, as `connect-care identity evaluate` reads it.
pub const IDENTITY_RECORDS_HEADER: &str =
    "record_id,nhs_number,family_name,given_names,preferred_name,birth_date,sex,address,postcode,telephones";

/// The header of the true pairs.
pub const IDENTITY_TRUTH_HEADER: &str = "record_id,same_person_record_id";

/// Records of made-up people of south-east London as several sources tell them, and
/// which of them are one person's.
///
/// Households share family name, address and telephone. There are twins (some of the
/// same sex and with names alike), fathers and sons of one name, a hostel with many
/// people at one address, and people who moved or married between two records. Between
/// two sources names are transliterated, shortened, mistyped, swapped or left out,
/// dates mistyped, numbers missing or another's.
pub struct IdentitySet {
    /// CSV with [`IDENTITY_RECORDS_HEADER`].
    pub records: String,
    /// CSV with [`IDENTITY_TRUTH_HEADER`]: each person's records as a chain of pairs.
    pub truth: String,
}

impl IdentitySet {
    /// The same seed gives the same set for ever.
    #[must_use]
    pub fn new(seed: u64, records: usize) -> Self {
        let mut told: Vec<(u64, String)> = Vec::with_capacity(records + 8);
        let mut numbers = NumberRoll::new();
        let mut person = 0;
        let hostel = people::hostel(seed);
        let hostel_people = (records / 400).min(1_000);
        let mut in_hostel = 0;
        for stream in 0.. {
            if told.len() >= records {
                break;
            }
            let mut dice = Dice::new(seed, stream);
            let mut home = household(&mut dice, &mut numbers);
            if in_hostel < hostel_people {
                // A thousand people at one address, none of whom are related.
                home.truncate(1);
                home.iter_mut().for_each(|who| who.address = Some(hostel.clone()));
                in_hostel += 1;
            }
            for at in 0..home.len() {
                person += 1;
                let Some(who) = home.get(at) else { continue };
                let sources = 1 + dice.weighted([28, 42, 20, 10].into_iter());
                let housemate = home.get((at + 1) % home.len()).and_then(|other| other.nhs_number);
                for source in 0..sources {
                    told.push((person, row(&faults::as_told(who, source, housemate, &mut dice, &mut numbers))));
                }
            }
        }
        told.truncate(records);
        shuffle(&mut told, &mut Dice::new(seed, u64::MAX));
        written(&told)
    }
}

fn shuffle(told: &mut [(u64, String)], dice: &mut Dice) {
    for at in (1..told.len()).rev() {
        let limit = u64::try_from(at + 1).unwrap_or(1);
        told.swap(at, usize::try_from(dice.below(limit)).unwrap_or_default());
    }
}

fn written(told: &[(u64, String)]) -> IdentitySet {
    let mut records = format!("{IDENTITY_RECORDS_HEADER}\n");
    let mut people: Vec<(u64, usize)> = Vec::with_capacity(told.len());
    for (at, (person, row)) in told.iter().enumerate() {
        let _ = writeln!(records, "r{at:07},{row}");
        people.push((*person, at));
    }
    people.sort_unstable();
    let mut truth = format!("{IDENTITY_TRUTH_HEADER}\n");
    for pair in people.windows(2) {
        if let [(one, a), (other, b)] = pair
            && one == other
        {
            let _ = writeln!(truth, "r{a:07},r{b:07}");
        }
    }
    IdentitySet { records, truth }
}

fn row(who: &Demographics) -> String {
    let address = who.address.as_ref();
    let cells = [
        who.nhs_number.map(|number| number.to_string()).unwrap_or_default(),
        who.name.family.clone(),
        who.name.given.join(" "),
        who.name.preferred.clone().unwrap_or_default(),
        who.birth_day().map(|day| day.to_string()).unwrap_or_default(),
        match who.gender {
            Some(Gender::Female) => "F".to_owned(),
            Some(Gender::Male) => "M".to_owned(),
            _ => String::new(),
        },
        address.map(|address| address.lines.join("; ")).unwrap_or_default(),
        address.and_then(|address| address.postcode.clone()).unwrap_or_default(),
        who.telephones.join("; "),
    ];
    cells.map(|cell| quoted(&cell)).join(",")
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_set_and_another_gives_another() {
        let set = |seed| IdentitySet::new(seed, 500);
        assert_eq!((set(1).records, set(1).truth), (set(1).records, set(1).truth));
        assert_ne!(set(1).records, set(2).records);
    }

    #[test]
    fn there_are_as_many_records_as_asked_for_and_the_truth_names_them() {
        let set = IdentitySet::new(7, 3_000);
        assert_eq!(set.records.lines().count(), 3_001);
        let pairs = set.truth.lines().skip(1).count();
        assert!((1_000..2_000).contains(&pairs), "{pairs}");
        assert!(set.truth.lines().skip(1).all(|line| line.split(',').all(|id| id < "r0003000")));
    }

    #[test]
    fn numbers_lie_in_999() {
        let set = IdentitySet::new(7, 1_000);
        let numbers: Vec<&str> = set.records.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
        assert!(numbers.iter().filter(|number| !number.is_empty()).all(|number| number.starts_with("999")));
        assert!(numbers.iter().any(|number| number.is_empty()));
    }
}
