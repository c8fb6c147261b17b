//! One test over time.

use record::{Content, Entry, Ledger, TestResult};

use crate::flag::Flag;
use crate::key::{TestKey, concept};
use crate::number::{Range, plain_decimal};
use crate::section_view::SectionRows;
use crate::time::newest_first;

/// One result of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesValue<'a> {
    /// The entry, with where it came from.
    pub entry: &'a Entry,
    /// What it says; the value is shown as this text.
    pub result: &'a TestResult,
    /// The value for the chart, where its text is a plain decimal. Values without
    /// one stand in the table alone.
    pub number: Option<f64>,
    /// The laboratory's own range for this value, where its text says one.
    pub range: Option<Range>,
    /// The laboratory's flag.
    pub flag: Flag,
}

/// The same test in another unit: a series of its own, never the same line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUnit {
    /// Its key.
    pub key: TestKey,
    /// Its unit as told; `None` where none was.
    pub unit: Option<String>,
}

/// All results of one test in one unit, with the ledger of *Test results*.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<'a> {
    /// Its key.
    pub key: TestKey,
    /// The test's name as the newest result tells it.
    pub test: &'a str,
    /// The unit as the newest result tells it.
    pub unit: Option<&'a str>,
    /// Every result, newest first; texts and values without a number included.
    pub values: Vec<SeriesValue<'a>>,
    /// The same test in other units, if any.
    pub other_units: Vec<OtherUnit>,
    /// How complete the results are.
    pub ledger: &'a Ledger,
}

impl<'a> Series<'a> {
    pub(crate) fn gather(rows: SectionRows<'a>, key: TestKey) -> Option<Self> {
        let results: Vec<(TestKey, &Entry, &TestResult)> = rows
            .current
            .iter()
            .chain(rows.past)
            .filter_map(|row| match &row.entry.content {
                Content::TestResult(result) => Some((TestKey::of(&row.entry)?, row.entry.as_ref(), result)),
                _ => None,
            })
            .collect();
        let mut values: Vec<SeriesValue<'a>> = results
            .iter()
            .filter(|(its_key, ..)| *its_key == key)
            .map(|(_, entry, result)| SeriesValue::of(entry, result))
            .collect();
        values.sort_by_key(|value| newest_first(value.entry));
        let newest = values.first()?;
        let (test, unit, measured) =
            (newest.result.test.as_str(), newest.result.unit.as_deref(), concept(newest.entry));
        let mut other_units: Vec<OtherUnit> = results
            .iter()
            .filter(|(its_key, entry, _)| *its_key != key && concept(entry) == measured)
            .map(|(its_key, _, result)| OtherUnit { key: *its_key, unit: result.unit.clone() })
            .collect();
        other_units.sort_by_key(|other| other.key);
        other_units.dedup_by_key(|other| other.key);
        Some(Self { key, test, unit, values, other_units, ledger: rows.ledger })
    }

    /// The values that the chart draws, newest first.
    pub fn plotted(&self) -> impl Iterator<Item = (&SeriesValue<'a>, f64)> {
        self.values.iter().filter_map(|value| value.number.map(|number| (value, number)))
    }

    /// The laboratories of the series, in order of their names; `None` for
    /// results that do not name one. No line joins two of them.
    #[must_use]
    pub fn laboratories(&self) -> Vec<Option<&'a str>> {
        let mut names: Vec<_> = self.values.iter().map(|value| value.result.laboratory.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl<'a> SeriesValue<'a> {
    fn of(entry: &'a Entry, result: &'a TestResult) -> Self {
        Self {
            entry,
            result,
            number: result.value.as_deref().and_then(plain_decimal),
            range: result.range.as_deref().and_then(|range| Range::parse(range, result.unit.as_deref())),
            flag: Flag::of(result),
        }
    }
}
