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
/// four digits comes first. Two digits are a year where one alone is meant: nobody who was
/// born in 1880 is alive, so 80 is 1980; 25 may be 1925 and 2025, and is not guessed.
pub(super) fn typed_date(day: &str, month: &str, year: &str, today: Date) -> TypedDate {
    let [day, month, year] = [day, month, year].map(str::trim);
    let date = match (day.is_empty(), month.is_empty(), year.is_empty()) {
        (true, true, true) => return TypedDate::Nothing,
        (false, true, true) => whole(day, today),
        _ => from_parts(day, month, year, today),
    };
    date.map_or(TypedDate::NoDate, TypedDate::Day)
}

/// `04/03/1951`, `04/03/51`, `4.3.1951`, `4 Mar 1951`, `04-Mar-1951`, `1951-03-04`, `04031951`.
fn whole(text: &str, today: Date) -> Option<Date> {
    let parts: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "/-.,".contains(c)).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [first, month, last] if first.len() == 4 => from_parts(last, month, first, today),
        [day, month, year] => from_parts(day, month, year, today),
        [digits] if digits.len() == 8 => from_parts(digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?, today),
        _ => None,
    }
}

fn from_parts(day: &str, month: &str, year: &str, today: Date) -> Option<Date> {
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    // "4th" is how a date is said.
    let day = ["st", "nd", "rd", "th"].iter().find_map(|end| day.strip_suffix(end)).unwrap_or(day);
    if !digits(day, 1..=2) || !(digits(year, 4..=4) || digits(year, 2..=2)) {
        return None;
    }
    let month = if digits(month, 1..=2) { month.parse().ok()? } else { month_of_name(month)? };
    let (day, told): (i8, i16) = (day.parse().ok()?, year.parse().ok()?);
    if year.len() == 4 {
        return Date::new(told, month, day).ok();
    }
    let in_this_century = Date::new(2000 + told, month, day).ok().filter(|born| *born <= today);
    if in_this_century.is_some() { None } else { Date::new(1900 + told, month, day).ok() }
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

    const TODAY: Date = date(2026, 11, 23);
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
            assert_eq!(typed_date(day, month, year, TODAY), BORN, "{day} {month} {year}");
        }
        assert_eq!(typed_date("", " ", "", TODAY), TypedDate::Nothing);
    }

    #[test]
    fn a_whole_date_in_the_first_box_is_read_in_every_usual_form() {
        for whole in [
            "04/03/1951",
            "04/03/51",
            "4 Mar 51",
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
            assert_eq!(typed_date(whole, "", "", TODAY), BORN, "{whole}");
        }
    }

    #[test]
    fn what_does_not_exist_or_may_mean_two_things_is_not_guessed() {
        for (day, month, year) in [
            ("31", "2", "1951"),
            ("4", "3", "25"),
            ("23", "11", "26"),
            ("4", "3", "1"),
            ("4", "3", "951"),
            ("29", "2", "51"),
            ("", "3", "1951"),
            ("4", "", "1951"),
            ("04/03/25", "", ""),
            ("51/03/04", "", ""),
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
            assert_eq!(typed_date(day, month, year, TODAY), TypedDate::NoDate, "{day} {month} {year}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_read_where_only_one_can_be_meant() {
        for (typed, born) in
            [("01/02/80", date(1980, 2, 1)), ("24/11/26", date(1926, 11, 24)), ("1 Feb 27", date(1927, 2, 1))]
        {
            assert_eq!(typed_date(typed, "", "", TODAY), TypedDate::Day(born), "{typed}");
        }
        assert_eq!(typed_date("1", "2", "80", TODAY), TypedDate::Day(date(1980, 2, 1)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(day in ".{0,12}", month in ".{0,10}", year in ".{0,6}") {
            let _ = typed_date(&day, &month, &year, TODAY);
            let _ = typed_date(&day, "", "", TODAY);
        }

        #[test]
        fn every_day_is_read_back_from_the_way_it_is_shown(days in 0_i32..60_000) {
            let day = date(1880, 1, 1).saturating_add(jiff::Span::new().days(i64::from(days)));
            let shown = record::When::Day(day).show_date(record::Audience::Staff);
            prop_assert_eq!(typed_date(&shown, "", "", TODAY), TypedDate::Day(day));
        }
    }
}
