use ::csv::{ByteRecord, ReaderBuilder};
use std::ops::Range;

use record::NhsNumber;

use super::COLUMNS;
use crate::mentioned::Mentioned;

/// Whom one row of a file seems to speak of, also where the row was refused: by
/// its `person_ref` and its `nhs_number`. `row` is where it stands in the file.
#[must_use]
pub fn mentioned(file: &[u8], row: Range<usize>) -> Vec<Mentioned> {
    let body = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let Some(header) = record(body) else { return Vec::new() };
    let Some(row) = file.get(row).and_then(record) else { return Vec::new() };
    let told = |column: &str| {
        let place = header.iter().position(|name| name.trim_ascii() == column.as_bytes())?;
        let text = std::str::from_utf8(row.get(place)?).ok()?.trim();
        (!text.is_empty() && COLUMNS.contains(&column)).then(|| text.to_owned())
    };
    let key = told("person_ref").filter(|key| key.len() <= record::NewEntry::KEY_LENGTH_MAX);
    let nhs_number = told("nhs_number").and_then(|number| NhsNumber::parse(&number).ok());
    let mentioned = Mentioned { key, nhs_number };
    if mentioned == Mentioned::default() { Vec::new() } else { vec![mentioned] }
}

fn record(bytes: &[u8]) -> Option<ByteRecord> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = ByteRecord::new();
    reader.read_byte_record(&mut record).ok().filter(|more| *more)?;
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_row_is_recognised_by_its_reference_and_its_number() {
        let header = COLUMNS.join(",");
        let row = "package,P1,999 000 0018,,,,not a day";
        let file = format!("{header}\n{row}\n");
        let told = mentioned(file.as_bytes(), header.len() + 1..header.len() + 1 + row.len());
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].key.as_deref(), Some("P1"));
        assert_eq!(told[0].nhs_number.map(NhsNumber::digits).as_deref(), Some("9990000018"));
    }

    #[test]
    fn a_row_that_names_nobody_and_a_place_outside_the_file_are_nobody() {
        let file = format!("{}\npackage,,,Okafor\n", COLUMNS.join(","));
        let start = COLUMNS.join(",").len() + 1;
        assert_eq!(mentioned(file.as_bytes(), start..file.len()), []);
        assert_eq!(mentioned(file.as_bytes(), file.len()..file.len() + 9), []);
        assert_eq!(mentioned(b"", 0..0), []);
    }
}
