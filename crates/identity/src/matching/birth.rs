use crate::scoring::BirthDigits;

/// Months as English and HL7 systems write them; three letters tell.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A birth date as files tell it: 19510304, 1951-03-04, 04/03/1951, 4 Mar 1951, 04-MAR-1951, with or
/// without a time of day after it. A year has four digits: 51 may be 1951 or 2051. `None` for what is
/// none of these and for what stands for "not known".
pub(super) fn birth(cell: &str) -> Option<BirthDigits> {
    let day = without_time(cell.trim());
    let parts: Vec<&str> = day.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 => {
            let month = month_named(month).unwrap_or_else(|| (*month).to_owned());
            BirthDigits::parse(&format!("{year}{month:0>2}{:0>2}", day.trim_end_matches(char::is_alphabetic)))
        }
        _ => BirthDigits::parse(day),
    }
}

/// 1951-03-04T00:00:00, 1951-03-04 00:00, 195103040000 (HL7 v2 TS) and a spreadsheet's 19510304.0.
fn without_time(told: &str) -> &str {
    let first = told.split(['T', ' ']).next().unwrap_or_default();
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    let rest = first.get(digits..).unwrap_or_default();
    let is_timed = digits >= 8 && (rest.is_empty() || rest.starts_with(['.', '+', '-']));
    if is_timed {
        return first.get(..8).unwrap_or(first);
    }
    let is_iso = first.len() == 10 && first.bytes().filter(|b| *b == b'-').count() == 2;
    let is_british = first.bytes().filter(|b| *b == b'/').count() == 2;
    if is_iso || is_british { first } else { told }
}

fn month_named(told: &str) -> Option<String> {
    let told = told.to_lowercase();
    let at = MONTHS.iter().position(|month| told.starts_with(month))?;
    Some(format!("{:02}", at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_read_in_every_usual_form() {
        for told in [
            "19510304",
            "1951-03-04",
            "1951/03/04",
            "04/03/1951",
            "4/3/1951",
            "04.03.1951",
            "04-03-1951",
            "4 March 1951",
            "4th Mar 1951",
            "04-MAR-1951",
            "1951-03-04T00:00:00",
            "1951-03-04T00:00:00Z",
            "1951-03-04 00:00:00",
            "04/03/1951 00:00",
            "19510304000000",
            "195103040000+0000",
            "19510304.0",
        ] {
            assert_eq!(birth(told), BirthDigits::parse("19510304"), "{told}");
        }
    }

    #[test]
    fn what_may_be_two_days_or_none_is_not_told() {
        for told in ["04/03/51", "March 1951", "1951", "", "unknown", "1900-01-01", "1900-01-01T00:00:00", "010304"] {
            assert_eq!(birth(told), None, "{told}");
        }
        assert!(birth("19701304").is_some(), "no day of the calendar, and still evidence");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(told in "\\PC{0,24}") {
            let _ = birth(&told);
        }
    }
}
