//! The recorded order of application: what was done with each message, one after
//! the other, and the time that was used. A rebuild does the same again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use record::{ChartId, MessageId, NhsNumber, PersonId};

use crate::error::StoreError;
use crate::mentioned::Mentioned;
use crate::rows::QuarantineRow;

/// The message was applied.
pub(crate) const ACT_APPLIED: i64 = 0;
/// The message was put in quarantine whole; the note says why.
pub(crate) const ACT_SET_ASIDE: i64 = 1;
/// What was set aside came again and could now be applied.
pub(crate) const ACT_TAKEN_UP: i64 = 2;

/// Bytes that were removed came again; nothing of them was kept.
pub(crate) const ACT_CAME_AGAIN: i64 = 3;

/// What retention no longer keeps was swept; the note says by which rules.
pub(crate) const ACT_SWEPT: i64 = 4;

/// What waited was dismissed by hand; the note says which of it.
pub(crate) const ACT_DISMISSED: i64 = 5;

/// The message was applied by hand; the note says by which decision.
pub(crate) const ACT_BY_HAND: i64 = 6;

/// The message was made by hand in place of another; the note says of which.
pub(crate) const ACT_CORRECTED: i64 = 7;

/// What was decided by hand came to nothing; the note says what is told against the
/// message now.
pub(crate) const ACT_STILL_WRONG: i64 = 8;

/// A removal raised whoever's record had come further before it; `tombstone_person` says how far.
pub(crate) const ACT_RAISED: i64 = 9;

/// What somebody decided about whose records are one person's was carried out; the note says for which charts.
pub(crate) const ACT_LINKED: i64 = 10;

/// An act and what the order keeps of it.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) act: i64,
    /// The time that was used, in seconds.
    pub(crate) at: i64,
    pub(crate) note: Option<String>,
}

/// Whom a message seems to speak of, as a note keeps it: the source's own key and an NHS number.
type About = Vec<(Option<String>, Option<u64>)>;

/// The note of a message that was set aside.
pub(crate) fn note_of(row: &QuarantineRow) -> String {
    let about = |one: &Mentioned| (one.key.clone(), one.nhs_number.map(|number| number.as_u64()));
    let about: About = row.about.iter().map(about).collect();
    // Texts and numbers always have a JSON spelling.
    serde_json::to_string(&(&row.kind, &row.place, &row.reason, about)).unwrap_or_default()
}

/// The quarantine row of which [`note_of`] kept the words.
pub(crate) fn set_aside_row(
    source: i64,
    message: MessageId,
    at: i64,
    note: Option<&str>,
) -> Result<QuarantineRow, StoreError> {
    let damaged = || StoreError::Damaged("why a message was set aside".to_owned());
    let (kind, place, reason, about): (String, String, String, About) =
        serde_json::from_str(note.unwrap_or_default()).map_err(|_| damaged())?;
    let mentioned = |(key, number): (Option<String>, Option<u64>)| {
        let nhs_number = number.map(NhsNumber::from_u64).transpose().map_err(|_| damaged())?;
        Ok(Mentioned { key, nhs_number })
    };
    let about = about.into_iter().map(mentioned).collect::<Result<_, StoreError>>()?;
    Ok(QuarantineRow { source, message, unit: 0, kind, person: None, place, reason, at, about })
}

/// The numbers that charts and their people had before, for a record that is built
/// anew: whatever refers to a person finds the same one in it.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// By the source's own key: the chart, and for whom it was first seen.
    charts: HashMap<String, (ChartId, PersonId)>,
    fresh: Arc<AtomicU64>,
}

impl Given {
    /// `fresh` is the highest number of a chart that was ever given.
    pub(crate) fn new(fresh: &Arc<AtomicU64>) -> Self {
        Self { charts: HashMap::new(), fresh: Arc::clone(fresh) }
    }

    pub(crate) fn add(&mut self, key: String, chart: ChartId, person: PersonId) {
        self.charts.insert(key, (chart, person));
    }

    /// The number that this chart had, or one that no chart had.
    pub(crate) fn chart(&self, key: &str) -> ChartId {
        let fresh = || ChartId(self.fresh.fetch_add(1, Ordering::Relaxed) + 1);
        self.charts.get(key).map_or_else(fresh, |(chart, _)| *chart)
    }

    /// For whom the chart was first seen.
    pub(crate) fn person(&self, key: &str) -> Option<PersonId> {
        self.charts.get(key).map(|(_, person)| *person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_message_was_set_aside_reads_back_whatever_its_sender_wrote() {
        let row = QuarantineRow {
            source: 3,
            message: MessageId(7),
            unit: 0,
            kind: "ADT^\u{1f}\"A08".to_owned(),
            person: None,
            place: "MSH-10".to_owned(),
            reason: "first\nsecond".to_owned(),
            at: 12,
            about: vec![
                Mentioned { key: Some("H\"1".to_owned()), nhs_number: NhsNumber::from_u64(9_990_000_018).ok() },
                Mentioned { key: None, nhs_number: None },
            ],
        };
        let again = set_aside_row(3, MessageId(7), 12, Some(&note_of(&row))).unwrap();
        assert_eq!((again.kind, again.place, again.reason), (row.kind, row.place, row.reason));
        assert_eq!(again.about, row.about);
        assert!(set_aside_row(3, MessageId(7), 12, None).is_err());
    }

    #[test]
    fn a_chart_keeps_its_number_and_one_that_never_was_gets_a_new_one() {
        let mut given = Given::new(&Arc::new(AtomicU64::new(40)));
        given.add("77".to_owned(), ChartId(9), PersonId(5));
        assert_eq!((given.chart("77"), given.person("77")), (ChartId(9), Some(PersonId(5))));
        assert_eq!((given.chart("78"), given.chart("79")), (ChartId(41), ChartId(42)));
        assert_eq!(given.person("78"), None);
    }
}
