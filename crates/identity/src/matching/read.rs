use std::collections::{BTreeMap, BTreeSet};

use record::{Address, Demographics, Gender, NhsNumber, PersonName};

use crate::matching::birth::birth;
use crate::matching::cells::without_spaces_before_quotes;
use crate::matching::figures::Truth;
use crate::scoring::Features;

/// The most records of one matching set.
pub const RECORDS_MAX: usize = 5_000_000;

/// What a file of records or of true pairs may have wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum MatchingFileError {
    /// Not CSV.
    #[error("the file is not CSV: {0}")]
    Csv(#[from] csv::Error),
    /// No column that names the record.
    #[error("the first line must be a header with a column record_id (or rec_id)")]
    NoRecordId,
    /// A column to hide that is not there.
    #[error("there is no column {0} to hide")]
    NothingToHide(String),
    /// The same record id twice.
    #[error("the record id {0} stands in the file twice")]
    RecordIdTwice(String),
    /// More records than can be numbered.
    #[error("more than {RECORDS_MAX} records")]
    TooMany,
    /// No truth, and record ids that do not tell it.
    #[error("the record ids do not tell who is who (rec-0-org, rec-0-dup-0): a file of true pairs is wanted")]
    NoTruth,
    /// A true pair with a record that is not in the file.
    #[error("line {line} of the true pairs names a record that is not in the file of records")]
    UnknownRecord {
        /// The line, from one.
        line: usize,
    },
}

/// Records of a file, made ready for comparing.
#[derive(Clone, Debug, Default)]
pub struct MatchingSet {
    ids: Vec<String>,
    /// The records in the order of the file.
    pub charts: Vec<Features>,
    /// Columns of which nothing is used, in the order of the header.
    pub columns_not_used: Vec<String>,
    /// How many birth dates are in no form that is read, or stand for "not known": they are not told.
    pub births_not_read: usize,
}

/// What a column tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    RecordId,
    Family,
    Given,
    Preferred,
    Birth,
    Sex,
    AddressLine,
    Postcode,
    Telephones,
    NhsNumber,
}

impl Column {
    /// By our own names, FEBRL's, and those in common use.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "record_id" | "rec_id" | "id" | "unique_id" => Self::RecordId,
            "family_name" | "surname" | "last_name" | "family" => Self::Family,
            "given_names" | "given_name" | "first_name" | "forename" | "given" => Self::Given,
            "preferred_name" | "known_as" => Self::Preferred,
            "birth_date" | "date_of_birth" | "dob" => Self::Birth,
            "sex" | "gender" => Self::Sex,
            "address" | "street_number" | "address_1" | "address_2" | "address_3" | "suburb" | "town" | "city" => {
                Self::AddressLine
            }
            "postcode" | "post_code" | "zip" => Self::Postcode,
            "telephones" | "telephone" | "phone" | "phone_number" | "mobile" => Self::Telephones,
            "nhs_number" => Self::NhsNumber,
            _ => return None,
        })
    }
}

impl MatchingSet {
    /// Reads records from CSV with a header. Columns named in `hide` are taken as
    /// not told.
    ///
    /// # Errors
    /// Where the text is not CSV, has no record ids, has one twice, or lacks a
    /// column to hide.
    pub fn read(text: &[u8], hide: &[String]) -> Result<Self, MatchingFileError> {
        let text = without_spaces_before_quotes(text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(&*text);
        let header: Vec<String> = reader.headers()?.iter().map(column_name).collect();
        if let Some(missing) = hide.iter().find(|hidden| !header.contains(&column_name(hidden))) {
            return Err(MatchingFileError::NothingToHide(missing.clone()));
        }
        let hidden: BTreeSet<String> = hide.iter().map(|hidden| column_name(hidden)).collect();
        let columns: Vec<Option<Column>> = header
            .iter()
            .map(|name| Column::named(name).filter(|column| *column == Column::RecordId || !hidden.contains(name)))
            .collect();
        if !columns.contains(&Some(Column::RecordId)) {
            return Err(MatchingFileError::NoRecordId);
        }
        let unused = header.iter().filter(|name| Column::named(name).is_none()).cloned().collect();
        let mut set = Self { columns_not_used: unused, ..Self::default() };
        let mut seen = BTreeSet::new();
        for row in reader.records() {
            let row = row?;
            let (id, chart) = record(&row, &columns);
            let is_born_told =
                row.iter().zip(&columns).any(|(cell, column)| *column == Some(Column::Birth) && !cell.is_empty());
            set.births_not_read += usize::from(is_born_told && chart.born.is_none());
            if !seen.insert(id.clone()) {
                return Err(MatchingFileError::RecordIdTwice(id));
            }
            if set.ids.len() == RECORDS_MAX {
                return Err(MatchingFileError::TooMany);
            }
            set.ids.push(id);
            set.charts.push(chart);
        }
        Ok(set)
    }

    /// The id of the record at a place.
    #[must_use]
    pub fn id(&self, place: u32) -> &str {
        usize::try_from(place).ok().and_then(|at| self.ids.get(at)).map_or("", String::as_str)
    }

    /// The truth that FEBRL's record ids tell: `rec-7-org` and `rec-7-dup-0` are one person.
    ///
    /// # Errors
    /// Where any id has another shape.
    pub fn truth_of_ids(&self) -> Result<Truth, MatchingFileError> {
        let mut people: BTreeMap<String, u32> = BTreeMap::new();
        let person = |(id, place): (&String, u32)| -> Option<u32> {
            let mut parts = id.split('-');
            let shape = parts.next() == Some("rec");
            let number = parts.next().filter(|_| shape)?;
            parts.next().filter(|kind| matches!(*kind, "org" | "dup"))?;
            Some(*people.entry(number.to_owned()).or_insert(place))
        };
        let people_of: Option<Vec<u32>> = self.ids.iter().zip(0_u32..).map(person).collect();
        people_of.map(Truth::new).ok_or(MatchingFileError::NoTruth)
    }

    /// The truth as pairs of record ids, one pair per line. A first line that names
    /// no records is a header. Whoever is one person with a second, and that with a
    /// third, is one person with the third. A file of records stands for its own ids.
    ///
    /// # Errors
    /// Where the text is not CSV or names a record that is not there.
    pub fn truth_of_pairs(&self, text: &[u8]) -> Result<Truth, MatchingFileError> {
        if is_file_of_records(text) {
            return self.truth_of_ids();
        }
        let text = without_spaces_before_quotes(text);
        let places: BTreeMap<&str, u32> = self.ids.iter().map(String::as_str).zip(0_u32..).collect();
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).flexible(true).from_reader(&*text);
        let mut pairs = Vec::new();
        for (row, line) in reader.records().zip(1_usize..) {
            let row = row?;
            let place = |at: usize| row.get(at).and_then(|id| places.get(id)).copied();
            match (place(0), place(1)) {
                (Some(a), Some(b)) => pairs.push((a, b)),
                (None, None) if line == 1 => {}
                _ => return Err(MatchingFileError::UnknownRecord { line }),
            }
        }
        Ok(Truth::of_pairs(self.ids.len(), &pairs))
    }
}

/// Whether the first line is a header of records: an id and something that is told of somebody.
fn is_file_of_records(text: &[u8]) -> bool {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text);
    let Ok(header) = reader.headers() else { return false };
    let columns: Vec<Column> = header.iter().filter_map(|name| Column::named(&column_name(name))).collect();
    columns.contains(&Column::RecordId) && columns.iter().any(|column| *column != Column::RecordId)
}

fn column_name(told: &str) -> String {
    told.trim().trim_start_matches('\u{feff}').to_lowercase().replace([' ', '-'], "_")
}

fn record(row: &csv::StringRecord, columns: &[Option<Column>]) -> (String, Features) {
    let mut id = String::new();
    let mut told = Demographics::default();
    let mut address = Address::default();
    let mut born = None;
    for (cell, column) in row.iter().zip(columns).filter(|(cell, _)| !cell.is_empty()) {
        match column {
            Some(Column::RecordId) => id = cell.to_owned(),
            Some(Column::Family) => cell.clone_into(&mut told.name.family),
            Some(Column::Given) => told.name.given.push(cell.to_owned()),
            Some(Column::Preferred) => told.name.preferred = Some(cell.to_owned()),
            Some(Column::Birth) => born = birth(cell),
            Some(Column::Sex) => told.gender = sex(cell),
            Some(Column::AddressLine) => address.lines.extend(cell.split(';').map(str::to_owned)),
            Some(Column::Postcode) => address.postcode = Some(cell.to_owned()),
            Some(Column::Telephones) => told.telephones.extend(cell.split(';').map(str::to_owned)),
            Some(Column::NhsNumber) => told.nhs_number = NhsNumber::parse(cell).ok(),
            None => {}
        }
    }
    told.name = without_title(told.name);
    told.address = Some(address);
    (id, Features::with_birth(&told, born))
}

fn sex(cell: &str) -> Option<Gender> {
    match cell.to_lowercase().as_str() {
        "f" | "female" | "2" => Some(Gender::Female),
        "m" | "male" | "1" => Some(Gender::Male),
        _ => None,
    }
}

/// A title typed into the given names is no name: Mr Test.
fn without_title(mut name: PersonName) -> PersonName {
    for given in &mut name.given {
        if let Some((first, rest)) = given.split_once(' ')
            && ["mr", "mrs", "ms", "miss", "dr", "mr.", "mrs.", "ms.", "dr."].contains(&first.to_lowercase().as_str())
        {
            *given = rest.to_owned();
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_layout_and_febrls_are_read() {
        let own = "record_id,nhs_number,family_name,given_names,preferred_name,birth_date,sex,address,postcode,telephones\n\
                   a1,999 000 0018,Okafor,Grace Adaeze,Addy,1951-03-04,F,Flat 2; 12 Alderwick Road,SE5 0CV,020 7946 0001;07700 900001\n";
        let set = MatchingSet::read(own.as_bytes(), &[]).unwrap();
        let chart = &set.charts[0];
        assert_eq!((chart.family_text(), chart.given_text(), chart.telephones.len()), ("OKAFOR", "GRACE", 2));
        assert!(chart.nhs_number.is_some() && chart.sex == Some(Gender::Female) && !chart.place.is_empty());

        let febrl = "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id\n\
                     rec-7-org, lachlan, berry, 69, giblin street, killarney, bittern, 4814, qld, 19990219, 7364009\n\
                     rec-7-dup-0, , berry, 69, giblin street, killarney, , 4814, , 19990219, 7364009\n";
        let set = MatchingSet::read(febrl.as_bytes(), &["soc_sec_id".into()]).unwrap();
        assert_eq!((set.charts.len(), set.id(1)), (2, "rec-7-dup-0"));
        assert_eq!(set.columns_not_used, ["state", "soc_sec_id"]);
        assert_eq!(set.truth_of_ids().unwrap(), Truth::new(vec![0, 0]));
        assert_eq!(set.truth_of_pairs(febrl.as_bytes()).unwrap(), Truth::new(vec![0, 0]), "the records as their truth");
    }

    #[test]
    fn a_hidden_column_is_not_told_and_must_exist() {
        let text = "record_id,family_name,birth_date\na,Okafor,04/03/1951\n";
        let set = MatchingSet::read(text.as_bytes(), &["birth_date".into()]).unwrap();
        assert!(set.charts[0].born.is_none() && !set.charts[0].family.is_empty());
        let refused = MatchingSet::read(text.as_bytes(), &["postcode".into()]).unwrap_err();
        assert_eq!(refused.to_string(), "there is no column postcode to hide");
    }

    #[test]
    fn birth_dates_that_cannot_be_read_are_counted() {
        let text = "record_id, birth_date\na, \"04/03/1951\"\nb, 4/3/51\nc,\nd, 1900-01-01\n";
        let set = MatchingSet::read(text.as_bytes(), &[]).unwrap();
        assert_eq!((set.births_not_read, set.charts[0].born.is_some()), (2, true));
    }

    #[test]
    fn files_that_are_not_sound_are_refused_in_words() {
        let read = |text: &str| MatchingSet::read(text.as_bytes(), &[]).unwrap_err().to_string();
        assert!(read("family_name\nOkafor\n").contains("record_id"));
        assert!(read("record_id\na\na\n").contains("twice"));
        let set = MatchingSet::read(b"record_id\na\nb\nc\n", &[]).unwrap();
        assert!(set.truth_of_ids().is_err());
        assert!(set.truth_of_pairs(b"a,b\na,z\n").unwrap_err().to_string().contains("line 2"));
        assert_eq!(set.truth_of_pairs(b"one,other\na,b\nb,c\n").unwrap(), Truth::new(vec![0, 0, 0]));
    }

    #[test]
    fn mr_test_test_born_on_the_first_of_january_1900_tells_nothing() {
        let text = "record_id,family_name,given_names,birth_date,postcode\na,Test,Mr Test,1900-01-01,ZZ99 3VZ\n";
        assert!(MatchingSet::read(text.as_bytes(), &[]).unwrap().charts[0].is_empty());
    }
}
