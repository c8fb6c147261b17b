//! What the order of application keeps of what was done by hand, so that a rebuild does
//! the same again. Each note is written and read here.

use std::collections::BTreeSet;

use record::{MessageId, PersonId};

use crate::by_hand::ByHand;
use crate::error::StoreError;
use crate::order::{note_of, set_aside_row};
use crate::rows::QuarantineRow;
use crate::sent_away::SentNote;

/// A message that was made by hand in place of another.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) message: MessageId,
    /// The one that it corrects, and which row of quarantine was decided about.
    pub(crate) original: MessageId,
    pub(crate) item: i64,
    /// What waits in its place, where it cannot be read either.
    pub(crate) row: Option<QuarantineRow>,
}

impl Made {
    pub(crate) fn note(&self) -> String {
        let person = self.row.as_ref().and_then(|row| row.person).map(|person| person.0);
        json(&(self.original.0, self.item, person, self.row.as_ref().map(note_of)))
    }

    /// Reads what [`Made::note`] wrote.
    pub(crate) fn of_note(source: i64, message: MessageId, at: i64, note: Option<&str>) -> Result<Self, StoreError> {
        let (original, item, person, row): (u64, i64, Option<u64>, Option<String>) = read(note)?;
        let row = row.map(|row| set_aside_row(source, message, at, Some(&row))).transpose()?;
        let row = row.map(|row| QuarantineRow { person: person.map(PersonId), ..row });
        Ok(Self { message, original: MessageId(original), item, row })
    }
}

impl ByHand {
    pub(crate) fn note(&self, sent: &SentNote) -> String {
        json(&(self.request, self.item, self.original.0, &self.units, sent))
    }

    /// Reads what [`ByHand::note`] wrote.
    pub(crate) fn of_note(note: Option<&str>) -> Result<(Self, SentNote), StoreError> {
        let (request, item, original, units, sent): (i64, i64, u64, Option<BTreeSet<u32>>, SentNote) = read(note)?;
        Ok((Self { request, item, original: MessageId(original), units }, sent))
    }
}

/// The note of a message that was applied: for which charts new people were made, if any.
pub(crate) fn applied_note(sent: &SentNote) -> Option<String> {
    (!sent.is_empty()).then(|| json(sent))
}

/// Reads what [`applied_note`] wrote.
pub(crate) fn applied_sent(note: Option<&str>) -> Result<SentNote, StoreError> {
    note.map_or(Ok(SentNote::new()), |note| read(Some(note)))
}

/// The note of what was dismissed: which row of quarantine.
pub(crate) fn dismissed_note(item: i64) -> String {
    json(&item)
}

/// Reads what [`dismissed_note`] wrote.
pub(crate) fn dismissed_item(note: Option<&str>) -> Result<i64, StoreError> {
    read(note)
}

/// The note of what is still wrong: where and why.
pub(crate) fn still_wrong_note(place: &str, reason: &str) -> String {
    json(&(place, reason))
}

/// Reads what [`still_wrong_note`] wrote.
pub(crate) fn told_against(note: Option<&str>) -> Result<(String, String), StoreError> {
    read(note)
}

fn json(value: &impl serde::Serialize) -> String {
    // Texts and numbers always have a JSON spelling.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: serde::de::DeserializeOwned>(note: Option<&str>) -> Result<T, StoreError> {
    let damaged = |_| StoreError::Damaged("what was done by hand".to_owned());
    serde_json::from_str(note.unwrap_or_default()).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mentioned::Mentioned;

    #[test]
    fn what_was_done_by_hand_reads_back() {
        for units in [None, Some(BTreeSet::from([0, 7]))] {
            let by_hand = ByHand { request: 5, item: 1 << 24, original: MessageId(1), units };
            let (again, sent) = ByHand::of_note(Some(&by_hand.note(&vec![(7, 20)]))).unwrap();
            assert_eq!(sent, [(7, 20)]);
            assert_eq!(
                (again.request, again.item, again.original, again.units),
                (by_hand.request, by_hand.item, by_hand.original, by_hand.units)
            );
        }
        assert_eq!(applied_note(&SentNote::new()), None);
        for sent in [SentNote::new(), vec![(7, 20), (7, 21)]] {
            assert_eq!(applied_sent(applied_note(&sent).as_deref()).unwrap(), sent);
        }
        assert_eq!(dismissed_item(Some(&dismissed_note(33))).unwrap(), 33);
        let told = told_against(Some(&still_wrong_note("PID-3", "first\n\"second\""))).unwrap();
        assert_eq!(told, ("PID-3".to_owned(), "first\n\"second\"".to_owned()));
    }

    #[test]
    fn a_message_that_was_made_by_hand_reads_back_with_what_waits_of_it() {
        let row = QuarantineRow {
            source: 2,
            message: MessageId(9),
            unit: 0,
            kind: "unreadable".to_owned(),
            person: Some(PersonId(4)),
            place: "MSH".to_owned(),
            reason: "no header".to_owned(),
            at: 77,
            about: vec![Mentioned { key: Some("H1".to_owned()), nhs_number: None }],
        };
        for row in [None, Some(row)] {
            let made = Made { message: MessageId(9), original: MessageId(8), item: 3, row };
            let again = Made::of_note(2, MessageId(9), 77, Some(&made.note())).unwrap();
            assert_eq!((again.original, again.item), (made.original, made.item));
            let waiting = |made: &Made| made.row.clone().map(|row| (row.person, row.place, row.reason, row.about));
            assert_eq!(waiting(&again), waiting(&made));
        }
    }

    #[test]
    fn a_note_that_is_not_there_is_damage() {
        assert!(matches!(ByHand::of_note(None), Err(StoreError::Damaged(_))));
        assert!(matches!(dismissed_item(Some("soon")), Err(StoreError::Damaged(_))));
    }
}
