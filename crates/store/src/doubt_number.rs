//! What a decision about who is who is about, in one number: a doubt, or a record about which no doubt was ever
//! raised, named by one of its charts. A rebuild gives charts the numbers that they had, so the numbers stay.

use record::ChartId;

/// From here on a number names no doubt: a doubt's is its message's, shifted, and never comes near.
const RECORD: u64 = 1 << 62;
/// Set beside [`RECORD`] where the chart is looked at together with whom it was told apart from.
const TOLD_APART: u64 = 1 << 61;

/// What a number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A doubt on the work list, open or decided.
    Doubt(u64),
    /// The record in which this chart is, whether or not anybody doubts it.
    Record(ChartId),
    /// The record in which this chart is, and the one that somebody took it out of, or told it apart from, last.
    ToldApart(ChartId),
}

impl Named {
    /// Reads a number.
    #[must_use]
    pub fn of(number: u64) -> Self {
        let chart = ChartId(number & (TOLD_APART - 1));
        match (number & RECORD != 0, number & TOLD_APART != 0) {
            (false, _) => Self::Doubt(number),
            (true, false) => Self::Record(chart),
            (true, true) => Self::ToldApart(chart),
        }
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Doubt(number) => number,
            Self::Record(chart) => RECORD | chart.0,
            Self::ToldApart(chart) => RECORD | TOLD_APART | chart.0,
        }
    }

    /// The chart by which a record is named.
    #[must_use]
    pub fn chart(self) -> Option<ChartId> {
        match self {
            Self::Doubt(_) => None,
            Self::Record(chart) | Self::ToldApart(chart) => Some(chart),
        }
    }

    /// The lowest number that names a record, as the databases take it.
    pub(crate) fn lowest_of_records() -> i64 {
        RECORD.cast_signed()
    }

    /// Its chart as the databases take it, and whether the record that it was told apart from is wanted.
    pub(crate) fn values(item: i64) -> (Option<i64>, bool) {
        let named = Self::of(item.cast_unsigned());
        (named.chart().map(|chart| chart.0.cast_signed()), matches!(named, Self::ToldApart(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back_as_what_it_names() {
        let largest = ChartId(TOLD_APART - 1);
        for chart in [ChartId(0), ChartId(17), largest] {
            for named in [Named::Record(chart), Named::ToldApart(chart)] {
                assert_eq!(Named::of(named.number()), named);
                assert!(i64::try_from(named.number()).is_ok(), "both databases keep it as a signed number");
            }
        }
        // The last doubt of the last message that there can be.
        let last = ((1 << 37) << 24) | ((1 << 24) - 1);
        for number in [0, 1 << 24, last] {
            assert_eq!((Named::of(number), Named::of(number).chart()), (Named::Doubt(number), None));
            assert_eq!(Named::of(number).number(), number);
        }
    }
}
