use reconcile::{Series, SeriesValue, TestKey};
use record::Section;

use super::Shown;
use super::results::{flag, is_within, range, value};
use crate::pages::one_test::{Figure, LargeValue, OneTest, Period};
use crate::pages::parts::chart::{Plot, Point, Series as Line, Size, chart};
use crate::pages::parts::measured::plain_range;
use crate::pages::parts::{Moment, Origin, ResultRow, Tab};

/// Periods that may be chosen: months, and their words.
const PERIODS: [(&str, &str); 4] = [("3", "3 months"), ("12", "12 months"), ("60", "5 years"), ("", "All")];
/// A shape for each laboratory.
const SHAPES: [&str; 3] = ["●", "◆", "■"];

impl Shown<'_> {
    /// One test over time; `None` where this reader sees no result of it.
    pub(crate) fn one_test(&self, key: TestKey, months: &str) -> Option<OneTest> {
        let main = self.opened.record.series(&key)?;
        let others = main.other_units.iter().filter_map(|other| self.opened.record.series(&other.key));
        let all: Vec<Series<'_>> = std::iter::once(main.clone()).chain(others).collect();
        let count: usize = all.iter().map(|series| series.values.len()).sum();
        let mut values = Vec::new();
        let mut figures = Vec::new();
        for series in &all {
            let kept: Vec<_> =
                series.values.iter().filter(|told| is_within(told.entry.when, months, self.today())).collect();
            let first = values.len();
            figures.extend(figure(series, &kept, first));
            values.extend(kept.iter().enumerate().map(|(place, told)| self.value(first + place, told)));
        }
        let base = format!("{}/results/{}", self.base, key.token());
        let period = |(value, words): &(&str, &'static str)| Period {
            href: if value.is_empty() { base.clone() } else { format!("{base}?months={value}") },
            words,
            current: *value == months,
        };
        let no_chart = "Fewer than two values can be drawn: the table shows all of them.".to_owned();
        Some(OneTest {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::Results),
            test: main.test.to_owned(),
            latest: main.values.first().and_then(large),
            previous: main.values.get(1).and_then(large),
            periods: PERIODS.iter().map(period).collect(),
            no_chart: figures.is_empty().then_some(no_chart),
            figures,
            shown: format!("{} of {count} shown", values.len()),
            values,
            state: self.state(Section::Results),
            ledger: self.ledger(Section::Results),
        })
    }

    fn value(&self, place: usize, told: &SeriesValue<'_>) -> ResultRow {
        let source = self.source_name(&told.entry.provenance.source);
        let laboratory = told.result.laboratory.as_ref().filter(|laboratory| **laboratory != source);
        ResultRow {
            id: row_id(place),
            name: told.entry.when.map_or_else(|| "Date not recorded".to_owned(), |when| Moment::of(when).text()),
            href: None,
            value: value(told.result),
            was: None,
            flag: flag(told.result),
            range: range(told.result),
            taken: None,
            status: told.result.status.word().to_owned(),
            comment: told.result.comment.clone(),
            origin: Origin {
                source: laboratory
                    .map_or_else(|| source.clone(), |laboratory| format!("{laboratory}, {source}"))
                    .into(),
                when: None,
                note: None,
                full: Vec::new(),
            },
            full: true,
        }
    }
}

fn row_id(place: usize) -> String {
    format!("v{place}")
}

fn large(told: &SeriesValue<'_>) -> Option<LargeValue> {
    Some(LargeValue { taken: Moment::of(told.entry.when?), value: value(told.result), flag: flag(told.result) })
}

/// The drawing of these values, whose rows in the table are numbered from `first`.
fn figure(series: &Series<'_>, kept: &[&SeriesValue<'_>], first: usize) -> Option<Figure> {
    let mut lines: Vec<Line> = Vec::new();
    // Values come newest first; lines are drawn oldest first.
    for (place, told) in kept.iter().enumerate().rev() {
        let (Some(number), Some(when)) = (told.number, told.entry.when) else { continue };
        let laboratory = told.result.laboratory.clone().unwrap_or_else(|| "Laboratory not sent".to_owned());
        let flag = flag(told.result);
        let point = Point {
            at: when.earliest(),
            value: number,
            words: value(told.result),
            flag: flag.is_out_of_range().then(|| flag.words().to_owned()),
            row: row_id(first + place),
        };
        match lines.iter_mut().find(|line| line.laboratory == laboratory) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { laboratory, points: vec![point] }),
        }
    }
    let mut ranges: Vec<&str> = kept.iter().filter_map(|told| told.result.range.as_deref()).collect();
    ranges.dedup();
    let one_range = if ranges.len() == 1 { ranges.first().copied() } else { None };
    let key: Vec<_> = match lines.len() {
        0 | 1 => Vec::new(),
        _ => lines.iter().enumerate().map(|(place, line)| (shape(place), line.laboratory.clone())).collect(),
    };
    let plot = Plot {
        id: format!("chart-{first}"),
        test: series.test.to_owned(),
        unit: series.unit.unwrap_or("unit not sent").to_owned(),
        series: lines,
        range: one_range.and_then(plain_range),
        range_words: one_range.unwrap_or_default().to_owned(),
    };
    let note = (ranges.len() > 1).then(|| "The range was not always the same: see the table.".to_owned());
    Some(Figure { wide: chart(&plot, Size::Wide)?, narrow: chart(&plot, Size::Narrow)?, key, note })
}

fn shape(place: usize) -> &'static str {
    SHAPES.get(place % SHAPES.len()).copied().unwrap_or_default()
}
