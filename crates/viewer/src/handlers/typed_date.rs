//! Dates of birth as staff type them: in three boxes, or whole in the first.

use jiff::civil::Date;

/// The names of months; their first three letters or more are enough.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const MONTH_LETTERS_MIN: usize = 3;

/// What the boxes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedDate {
    /// Nothing.
    Nothing,
    /// This day.
    Day(Date),
    /// No day that exists, or one that could be several.
    NoDate,
}

/// Reads the boxes. Day before month, as everybody here writes it, unless a year of
/// four digits comes first. Two digits are no year: 51 may be 1951, and 25 may be 1925.
pub(super) fn typed_date(day: &str, month: &str, year: &str) -> TypedDate {
    let [day, month, year] = [day, month, year].map(str::trim);
    let date = match (day.is_empty(), month.is_empty(), year.is_empty()) {
        (true, true, true) => return TypedDate::Nothing,
        (false, true, true) => whole(day),
        _ => from_parts(day, month, year),
    };
    date.map_or(TypedDate::NoDate, TypedDate::Day)
}

/// `04/03/1951`, `4.3.1951`, `4 Mar 1951`, `04-Mar-1951`, `1951-03-04`, `04031951`.
fn whole(text: &str) -> Option<Date> {
    let parts: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "/-.,".contains(c)).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [first, month, last] if first.len() == 4 => from_parts(last, month, first),
        [day, month, year] => from_parts(day, month, year),
        [digits] if digits.len() == 8 => from_parts(digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?),
        _ => None,
    }
}

fn from_parts(day: &str, month: &str, year: &str) -> Option<Date> {
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    // "4th" is how a date is said.
    let day = ["st", "nd", "rd", "th"].iter().find_map(|end| day.strip_suffix(end)).unwrap_or(day);
    if !digits(day, 1..=2) || !digits(year, 4..=4) {
        return None;
    }
    let month = if digits(month, 1..=2) { month.parse().ok()? } else { month_of_name(month)? };
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

fn month_of_name(text: &str) -> Option<i8> {
    let name = text.to_lowercase();
    let at = MONTHS.iter().position(|month| name.len() >= MONTH_LETTERS_MIN && month.starts_with(&name))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const BORN: TypedDate = TypedDate::Day(date(1951, 3, 4));

    #[test]
    fn three_boxes_say_a_day_in_digits_or_with_the_month_by_name() {
        for (day, month, year) in [
            ("4", "3", "1951"),
            ("04", "03", "1951"),
            (" 4 ", "Mar", "1951"),
            ("4th", "MARCH", "1951"),
            ("4", "mar", "1951"),
        ] {
            assert_eq!(typed_date(day, month, year), BORN, "{day} {month} {year}");
        }
        assert_eq!(typed_date("", " ", ""), TypedDate::Nothing);
    }

    #[test]
    fn a_whole_date_in_the_first_box_is_read_in_every_usual_form() {
        for whole in [
            "04/03/1951",
            "4/3/1951",
            "04.03.1951",
            "04-03-1951",
            "4 3 1951",
            "04 Mar 1951",
            "4 March 1951",
            "04-Mar-1951",
            "4th March, 1951",
            "1951-03-04",
            "1951/03/04",
            "04031951",
        ] {
            assert_eq!(typed_date(whole, "", ""), BORN, "{whole}");
        }
    }

    #[test]
    fn what_does_not_exist_or_may_mean_two_things_is_not_guessed() {
        for (day, month, year) in [
            ("31", "2", "1951"),
            ("4", "3", "51"),
            ("", "3", "1951"),
            ("4", "", "1951"),
            ("04/03/51", "", ""),
            ("4", "", ""),
            ("3/1951", "", ""),
            ("4", "Maybe", "1951"),
            ("4", "Marble", "1951"),
            ("4 Maybe 1951", "", ""),
            ("4", "May", "1951x"),
            ("4", "M", "1951"),
            ("é4", "3", "1951"),
            ("04é31951", "", ""),
        ] {
            assert_eq!(typed_date(day, month, year), TypedDate::NoDate, "{day} {month} {year}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(day in ".{0,12}", month in ".{0,10}", year in ".{0,6}") {
            let _ = typed_date(&day, &month, &year);
            let _ = typed_date(&day, "", "");
        }

        #[test]
        fn every_day_is_read_back_from_the_way_it_is_shown(days in 0_i32..60_000) {
            let day = date(1880, 1, 1).saturating_add(jiff::Span::new().days(i64::from(days)));
            let shown = record::When::Day(day).show_date(record::Audience::Staff);
            prop_assert_eq!(typed_date(&shown, "", ""), TypedDate::Day(day));
        }
    }
}
