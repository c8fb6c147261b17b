//! Made-up results, and one test over a year.

use jiff::Timestamp;
use record::{Audience, Section, When, show_instant};

use super::around::{BASE, at, frame, from_in_full, ledger, record, state_with_gap};
use crate::pages::one_test::{Figure, LargeValue, OneTest, Period};
use crate::pages::parts::chart::{Plot, Point, Series, Size, chart};
use crate::pages::parts::measured::{plain_number, plain_range};
use crate::pages::parts::{ResultFlag, ResultRow, Tab};
use crate::pages::results::{Filter, FilterChoice, FilterOption, ReportLine, Results};

const VALUES: [(&str, &str, &str); 8] = [
    ("2025-12-04T09:00:00Z", "4.6", "N"),
    ("2026-01-20T09:00:00Z", "4.4", "N"),
    ("2026-03-02T09:30:00Z", "4.9", "N"),
    ("2026-04-28T09:10:00Z", "5.1", "N"),
    ("2026-06-03T09:10:00Z", "4.8", "N"),
    ("2026-07-19T09:10:00Z", "5.0", "N"),
    ("2026-09-02T08:00:00Z", "5.0", "N"),
    ("2026-11-21T09:10:00Z", "6.1", "HH"),
];

fn instant(iso: &str) -> Timestamp {
    iso.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn row(id: &str, name: &str, value: &str, flag: Option<&str>, range: &str) -> ResultRow {
    ResultRow {
        id: id.into(),
        name: name.into(),
        href: Some(format!("{BASE}/results/t1")),
        value: value.into(),
        was: None,
        flag: ResultFlag::of(flag, !range.is_empty()),
        range: if range.is_empty() { "Not sent".into() } else { range.into() },
        taken: Some(at("2026-11-21T09:10:00Z")),
        status: "Final".into(),
        comment: None,
        origin: from_in_full("Thameside laboratory", "2026-11-21"),
        full: true,
    }
}

pub(crate) fn results() -> Results {
    let choice = |name, label, words: &[&str]| FilterChoice {
        name,
        label,
        options: words
            .iter()
            .map(|words| FilterOption { value: words.to_lowercase(), words: (*words).into() })
            .collect(),
        chosen: String::new(),
    };
    let mut corrected = row("r4", "Sodium", "138 mmol/L", Some("N"), "133 to 146");
    corrected.was = Some("118 mmol/L".into());
    corrected.status = "Corrected".into();
    let mut culture = row("r6", "Blood culture", "No growth at 48 hours", None, "");
    culture.status = "Preliminary".into();
    culture.comment = Some("Two bottles received. Incubation goes on to five days.".into());
    Results {
        frame: frame(),
        record: record(Tab::Results),
        filter: Filter {
            out_of_range: false,
            choices: vec![
                choice("type", "Type", &["All types", "Blood", "Urine", "Vital signs"]),
                choice("period", "Period", &["Last 12 months", "Last 3 months", "Last 5 years", "All"]),
                choice("source", "Source", &["All sources", "Thameside Hospital", "Kingsbrook Hospital"]),
            ],
            on: false,
            shown: "84 of 84 shown".into(),
        },
        rows: vec![
            row("r1", "Potassium", "6.1 mmol/L", Some("HH"), "3.5 to 5.3"),
            row("r2", "eGFR", "38 mL/min/1.73 m²", Some("L"), "above 60"),
            row("r3", "Haemoglobin", "104 g/L", Some("L"), "115 to 165"),
            corrected,
            row("r5", "TSH", "2.1 mU/L", None, ""),
            culture,
            row("r7", "C-reactive protein", "4 mg/L", Some("N"), "below 5"),
        ],
        reports: vec![ReportLine {
            title: "Chest X-ray".into(),
            when: Some(at("2026-11-19T14:20:00Z")),
            status: "Final".into(),
            category: "Radiology".into(),
            conclusion: Some("Heart size upper limit of normal. Lungs clear. No effusion.".into()),
            origin: from_in_full("Thameside Hospital", "2026-11-19"),
        }],
        state: state_with_gap("3 of 4 sources"),
        ledger: ledger(Section::Results),
    }
}

fn point(place: usize, (taken, value, flag): &(&str, &str, &str)) -> Point {
    let flag = ResultFlag::of(Some(flag), true);
    Point {
        at: instant(taken),
        value: plain_number(value).unwrap_or_default(),
        words: format!("{value} mmol/L"),
        flag: flag.is_out_of_range().then(|| flag.words().to_owned()),
        row: format!("v{place}"),
    }
}

/// A drawing in both sizes.
pub(crate) fn figure(id: &str, series: Vec<Series>) -> Option<Figure> {
    let key = ["●", "◆", "■"];
    let laboratories: Vec<_> = series.iter().map(|series| series.laboratory.clone()).collect();
    let plot = Plot {
        id: id.into(),
        test: "Potassium (blood)".into(),
        unit: "mmol/L".into(),
        series,
        range: plain_range("3.5 to 5.3"),
        range_words: "3.5 to 5.3".into(),
    };
    let key = if laboratories.len() > 1 { key.into_iter().zip(laboratories).collect() } else { vec![] };
    Some(Figure { wide: chart(&plot, Size::Wide)?, narrow: chart(&plot, Size::Narrow)?, key, note: None })
}

fn page(series: Vec<Series>, values: Vec<ResultRow>) -> OneTest {
    let large = |iso: &str, value: &str, flag| LargeValue {
        taken: at(iso),
        value: value.into(),
        flag: ResultFlag::of(Some(flag), true),
    };
    let period = |words, current| Period { href: format!("{BASE}/results/t1?period=x"), words, current };
    OneTest {
        frame: frame(),
        record: record(Tab::Results),
        test: "Potassium (blood)".into(),
        latest: Some(large("2026-11-21T09:10:00Z", "6.1 mmol/L", "HH")),
        previous: Some(large("2026-09-02T08:00:00Z", "5.0 mmol/L", "N")),
        periods: vec![
            period("3 months", false),
            period("12 months", true),
            period("5 years", false),
            period("All", false),
        ],
        figures: figure("chart", series).into_iter().collect(),
        no_chart: None,
        shown: format!("{0} of {0} shown", values.len()),
        values,
        state: state_with_gap("3 of 4 sources"),
        ledger: ledger(Section::Results),
    }
}

fn value_row(place: usize, (taken, value, flag): &(&str, &str, &str)) -> ResultRow {
    let origin = from_in_full("Thameside laboratory", taken.split('T').next().unwrap_or_default());
    let taken = show_instant(instant(taken), Audience::Staff);
    ResultRow {
        name: taken,
        href: None,
        taken: None,
        origin,
        ..row(&format!("v{place}"), "", &format!("{value} mmol/L"), Some(flag), "3.5 to 5.3")
    }
}

pub(crate) fn one_test() -> OneTest {
    let points = VALUES.iter().enumerate().map(|(place, told)| point(place, told)).collect();
    let mut values: Vec<_> = VALUES.iter().enumerate().map(|(place, told)| value_row(place, told)).collect();
    values.reverse();
    page(vec![Series { laboratory: "Thameside laboratory".into(), points }], values)
}

/// Two laboratories and 40 values over years.
pub(crate) fn two_laboratories() -> OneTest {
    let told: Vec<(String, String)> = (0..40)
        .map(|n: i32| {
            let day = When::parse_iso("2021-02-03").map_or(0, When::sort_key) + i64::from(n * n % 17 + n * 52) * 86_400;
            let taken = Timestamp::from_second(day).unwrap_or(Timestamp::UNIX_EPOCH);
            (taken.to_string(), format!("{:.1}", 3.9 + f64::from(n * 7 % 13) / 10.0))
        })
        .collect();
    let all: Vec<(&str, &str, &str)> =
        told.iter().map(|(taken, value)| (taken.as_str(), value.as_str(), "N")).collect();
    let of = |second: bool| {
        all.iter()
            .enumerate()
            .filter(|(place, _)| (place % 3 == 0) == second)
            .map(|(place, told)| point(place, told))
            .collect()
    };
    let series = vec![
        Series { laboratory: "Thameside laboratory".into(), points: of(false) },
        Series { laboratory: "Kingsbrook laboratory".into(), points: of(true) },
    ];
    let mut values: Vec<_> = all.iter().enumerate().map(|(place, told)| value_row(place, told)).collect();
    values.reverse();
    page(series, values)
}
