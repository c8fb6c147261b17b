//! The councils' file drop: one CSV file of documented columns (see
//! `docs/csv-social-care.md`), one unit for each row.
//!
//! The header is checked exactly. A row with a fault is refused by its line and
//! column and leaves every other row untouched.

mod mentioned;
mod row;

use std::ops::Range;

use ::csv::{ByteRecord, ReaderBuilder};

use crate::{Delivery, MESSAGE_BYTES_MAX, Outcome, Problem, Unit};
pub use mentioned::mentioned;
use row::Row;

/// How many rows one file may hold.
pub const ROWS_MAX: usize = 100_000;
/// How long one field may be, in bytes.
pub const FIELD_BYTES_MAX: usize = 8_000;

/// The columns, in the order in which the documentation lists them. A file may
/// have them in any order, but all of them and no others.
pub const COLUMNS: [&str; 21] = [
    "record_type",
    "person_ref",
    "nhs_number",
    "family_name",
    "given_names",
    "title",
    "born",
    "gender",
    "address",
    "postcode",
    "telephone",
    "entry_ref",
    "title_text",
    "status",
    "detail",
    "worker",
    "worker_telephone",
    "start",
    "end",
    "review",
    "recorded",
];

/// Reads a council's CSV file: UTF-8 with or without a byte order mark, line
/// ends LF or CRLF, fields quoted where they hold commas, quotes or line ends.
///
/// `record_type` is one of `person`, `involvement`, `package`, `assessment`,
/// `contact` (social care) and `alert`; the unit's kind is `csv:` and that word.
/// Dates are ISO 8601: `2026-11-23`, or less of it where less is known.
///
/// # Errors
/// When the file is too large, is not UTF-8 in its header, or its header is not
/// the documented one. Faults of single rows are in [`Unit::outcome`].
pub fn read(bytes: &[u8]) -> Result<Delivery, Problem> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(Problem::new("file", format!("larger than {MESSAGE_BYTES_MAX} bytes")));
    }
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let skipped = bytes.len() - body.len();
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    let mut record = ByteRecord::new();
    let mut places = None;
    let mut units = Vec::new();
    loop {
        let start = reader.position().clone();
        let more = reader.read_byte_record(&mut record).map_err(|_| Problem::new("file", "cannot be read as CSV"))?;
        if !more {
            break;
        }
        let raw = position(start.byte())..position(reader.position().byte());
        let (span, line) = without_line_ends(body, raw, start.line());
        let Some(places) = &places else {
            places = Some(header(&record)?);
            continue;
        };
        if units.len() >= ROWS_MAX {
            return Err(Problem::new(format!("line {line}"), format!("more than {ROWS_MAX} rows in one file")));
        }
        let row = Row { record: &record, places, line };
        let fault = unclosed_quote(body, &span)
            .then(|| Problem::new(format!("line {line}"), "a quote is opened and not closed"));
        units.push(unit(&row, fault, span.start + skipped..span.end + skipped));
    }
    if places.is_none() {
        return Err(Problem::new("line 1", "the file is empty; a header is wanted"));
    }
    Ok(Delivery { control_id: None, stated_at: None, units })
}

/// Where each documented column is in this file.
type Places = [usize; COLUMNS.len()];

fn header(record: &ByteRecord) -> Result<Places, Problem> {
    let names: Vec<&str> = record.iter().map(|name| std::str::from_utf8(name).unwrap_or_default().trim()).collect();
    let known = names.iter().filter(|name| COLUMNS.contains(name)).count();
    // A first line that names few columns is data without a header: it is never repeated.
    if known * 2 < COLUMNS.len() {
        return Err(Problem::new("line 1", format!("is not the header; wanted: {}", COLUMNS.join(","))));
    }
    let missing: Vec<&str> = COLUMNS.iter().copied().filter(|column| !names.contains(column)).collect();
    if !missing.is_empty() {
        return Err(Problem::new("line 1", format!("missing columns: {}", missing.join(", "))));
    }
    let unknown: Vec<String> =
        names.iter().enumerate().filter(|(_, name)| !COLUMNS.contains(name)).map(named).take(COLUMNS.len()).collect();
    if !unknown.is_empty() {
        return Err(Problem::new("line 1", format!("unknown columns: {}", unknown.join(", "))));
    }
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = names.iter().enumerate().filter(|(_, name)| **name == column).map(|(at, _)| at);
        *place = found.next().unwrap_or_default();
        if found.next().is_some() {
            return Err(Problem::new("line 1", format!("column {column} stands twice")));
        }
    }
    Ok(places)
}

/// An unknown column by its name where that can be one, else by its number.
fn named((at, name): (usize, &&str)) -> String {
    let is_name = (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_name { (*name).to_owned() } else { format!("number {}", at + 1) }
}

fn unit(row: &Row<'_>, fault: Option<Problem>, span: Range<usize>) -> Unit {
    let mut notes = Vec::new();
    let read = match fault {
        Some(fault) => Err(fault),
        None => row.change(&mut notes),
    };
    let outcome = match read {
        Ok(change) => Outcome::Apply(vec![change]),
        Err(fault) => Outcome::Refuse(fault),
    };
    Unit { kind: row.kind(), span, outcome, notes }
}

fn position(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}

/// A record's own bytes and first line: line ends before it (blank lines) and
/// after it are nobody's.
fn without_line_ends(body: &[u8], raw: Range<usize>, line: u64) -> (Range<usize>, u64) {
    let bytes = body.get(raw.clone()).unwrap_or_default();
    let is_line_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let before = bytes.iter().take_while(is_line_end).count();
    let after = bytes.iter().skip(before).rev().take_while(is_line_end).count();
    let blank_lines = bytes.iter().take(before).filter(|byte| **byte == b'\n').count();
    (raw.start + before..raw.start + bytes.len() - after, line + blank_lines as u64)
}

fn unclosed_quote(body: &[u8], span: &Range<usize>) -> bool {
    let quotes = body.get(span.clone()).unwrap_or_default().iter().filter(|byte| **byte == b'"').count();
    quotes % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Change;
    use proptest::prelude::*;
    use record::{AlertKind, Content, Standing, When};

    fn file(rows: &[&str]) -> String {
        std::iter::once(COLUMNS.join(","))
            .chain(rows.iter().map(|row| (*row).to_owned()))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn units(rows: &[&str]) -> Vec<Unit> {
        read(file(rows).as_bytes()).unwrap().units
    }

    fn change(unit: &Unit) -> &Change {
        match &unit.outcome {
            Outcome::Apply(changes) => &changes[0],
            other => panic!("{other:?}"),
        }
    }

    fn fault(unit: &Unit) -> String {
        match &unit.outcome {
            Outcome::Refuse(problem) => problem.to_string(),
            other => panic!("{other:?}"),
        }
    }

    const PERSON: &str = "person,P1,999 000 0018,Okafor,Grace Adaeze,Mrs,1961-04-02,female,\"4 Marsh Lane\nPeckham\",SE5 8AF,020 7946 0018,,,,,,,,,,";
    const PACKAGE: &str = "package,P1,,,,,,,,,,E1,Home care,active,\"Mornings, 45 min\",Ann Lee,020 7946 0000,2026-01-05,,2026-12-01,2026-01-02";

    #[test]
    fn a_person_row_tells_who_they_are() {
        let units = units(&[PERSON]);
        let change = change(&units[0]);
        let told = change.chart.told.as_ref().unwrap();
        assert_eq!((change.chart.key.as_str(), units[0].kind.as_str()), ("P1", "csv:person"));
        assert_eq!(told.name.shown(), "OKAFOR, Grace Adaeze (Mrs)");
        assert_eq!(told.address.as_ref().unwrap().shown(), "4 Marsh Lane, Peckham, SE5 8AF");
        assert!(told.nhs_number.is_some_and(record::NhsNumber::is_test));
        assert!(change.entries.is_empty());
    }

    #[test]
    fn a_package_row_is_social_care_with_its_worker_and_dates() {
        let units = units(&[PACKAGE]);
        let entry = &change(&units[0]).entries[0];
        assert_eq!(entry.key, "package/E1");
        assert_eq!(entry.author.as_deref(), Some("Ann Lee"));
        assert_eq!(entry.when, When::parse_iso("2026-01-05").ok());
        let Content::SocialCare(care) = &entry.content else { panic!() };
        assert_eq!((care.title.as_str(), care.status.as_str()), ("Home care", "active"));
        assert_eq!(care.worker.as_deref(), Some("Ann Lee, 020 7946 0000"));
        assert_eq!(care.detail.as_deref(), Some("Mornings, 45 min"));
    }

    #[test]
    fn ended_and_withdrawn_rows_are_not_current() {
        let standing = |status: &str| {
            let row = PACKAGE.replace("active", status);
            change(&units(&[&row])[0]).entries[0].standing
        };
        assert_eq!(standing("active"), Standing::Current);
        assert_eq!(standing("Closed"), Standing::Past);
        assert_eq!(standing("entered-in-error"), Standing::EnteredInError);
    }

    #[test]
    fn an_alert_row_says_what_kind_it_is() {
        let row = "alert,P1,,,,,,,,,,A1,Reasonable adjustment: quiet room,active,,,,,,,";
        let Content::Alert(alert) = change(&units(&[row])[0]).entries[0].content.clone() else { panic!() };
        assert_eq!(alert.kind, AlertKind::ReasonableAdjustment);
    }

    #[test]
    fn a_bad_row_is_refused_by_line_and_column_and_the_others_are_not() {
        let units = units(&[
            PERSON,
            &PERSON.replace("1961-04-02", "02/04/1961"),
            "",
            &PACKAGE.replace("2026-01-05", "2026-02-30"),
            &PERSON.replace("999 000 0018", "999 000 0019"),
            "package,P1",
            "parcel,P1,,,,,,,,,,E1,x,,,,,,,,",
            &PACKAGE.replace("E1", ""),
            &PACKAGE.replace("P1", ""),
            &PERSON.replace("female", "f"),
            PACKAGE,
        ]);
        let faults: Vec<String> = units[1..9].iter().map(fault).collect();
        let wanted = [
            "line 4, column born: not a date as YYYY-MM-DD that exists",
            "line 7, column start: not a date as YYYY-MM-DD that exists",
            "line 8, column nhs_number: the check digit does not fit: at least one digit is wrong",
            "line 10: has 2 fields; 21 are wanted",
            "line 11, column record_type: not one of person, involvement, package, assessment, contact, alert",
            "line 12, column entry_ref: is empty",
            "line 13, column person_ref: is empty",
            "line 14, column gender: not one of female, male, other, unknown",
        ];
        assert_eq!(faults, wanted);
        assert!(matches!((&units[0].outcome, &units[9].outcome), (Outcome::Apply(_), Outcome::Apply(_))));
    }

    #[test]
    fn every_row_gives_back_its_own_bytes() {
        let text = format!("\u{feff}{}\r\n\r\n", file(&[PERSON, PACKAGE]).replace('\n', "\r\n"));
        let units = read(text.as_bytes()).unwrap().units;
        assert_eq!(text.get(units[0].span.clone()), Some(PERSON.replace('\n', "\r\n").as_str()));
        assert_eq!(text.get(units[1].span.clone()), Some(PACKAGE));
        assert_eq!(units.len(), 2);
    }

    #[test]
    fn a_header_that_differs_is_named() {
        let wrong =
            |from: &str, to: &str| read(COLUMNS.join(",").replace(from, to).as_bytes()).unwrap_err().to_string();
        assert_eq!(wrong("born,", ""), "line 1: missing columns: born");
        assert_eq!(wrong("review", "review,shoe_size"), "line 1: unknown columns: shoe_size");
        assert_eq!(wrong("review", "review,Grace Okafor"), "line 1: unknown columns: number 21");
        assert_eq!(wrong("review", "review,review"), "line 1: column review stands twice");
        assert!(read(PERSON.as_bytes()).unwrap_err().what.starts_with("is not the header"));
        assert_eq!(read(b"").unwrap_err().to_string(), "line 1: the file is empty; a header is wanted");
    }

    #[test]
    fn the_documented_example_is_read() {
        let page = include_str!("../../../../docs/csv-social-care.md");
        let example = page.split("```csv\n").nth(1).unwrap().split("```").next().unwrap();
        let units = read(example.as_bytes()).unwrap().units;
        assert_eq!(units.iter().map(|unit| unit.kind.as_str()).collect::<Vec<_>>(), ["csv:person", "csv:package"]);
        units.iter().for_each(|unit| assert_eq!(change(unit).chart.key, "10077"));
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let mut columns = COLUMNS;
        columns.reverse();
        let mut fields = vec![""; COLUMNS.len()];
        fields[20] = "person";
        fields[19] = "P9";
        fields[17] = "Nwosu";
        let text = format!("{}\n{}\n", columns.join(","), fields.join(","));
        let units = read(text.as_bytes()).unwrap().units;
        assert_eq!(change(&units[0]).chart.told.as_ref().unwrap().name.family, "Nwosu");
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let long = |length: usize| PACKAGE.replace("Home care", &"x".repeat(length));
        assert!(matches!(units(&[&long(FIELD_BYTES_MAX)])[0].outcome, Outcome::Apply(_)));
        assert_eq!(
            fault(&units(&[&long(FIELD_BYTES_MAX + 1)])[0]),
            "line 2, column title_text: longer than 8000 bytes"
        );
        let rows = vec!["a"; ROWS_MAX];
        assert_eq!(units(&rows).len(), ROWS_MAX);
        let rows = vec!["a"; ROWS_MAX + 1];
        assert!(read(file(&rows).as_bytes()).unwrap_err().what.starts_with("more than 100000 rows"));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_said() {
        let units = units(&[PERSON, "person,P2,\"Okafor", PACKAGE]);
        assert_eq!(fault(&units[1]), "line 4: a quote is opened and not closed");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_every_row_lies_in_the_file(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = COLUMNS.join(",").into_bytes();
            file.push(b'\n');
            file.extend(bytes);
            for unit in read(&file).unwrap().units {
                prop_assert!(file.get(unit.span).is_some());
            }
        }
    }
}
