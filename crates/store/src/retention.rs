//! Retention: what is not kept for longer than a rule says.
//!
//! A sweep stands in the order of application with its rules and the holds that were in
//! force, so that a rebuild sweeps at the same place and comes to the same record.
//! Messages that were applied are not swept: the record rests on them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::{Place, sqlite};

/// What is to be swept: everything of a kind that is older than its moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Earlier versions that were superseded before this moment.
    pub superseded_before: Option<Timestamp>,
    /// What was settled in quarantine and came there before this moment.
    pub settled_before: Option<Timestamp>,
    /// Messages that were set aside whole and never applied, with nothing of them
    /// waiting, and that arrived before this moment: their bytes.
    pub set_aside_before: Option<Timestamp>,
}

/// What a sweep took away, or would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Earlier versions of entries.
    pub versions: u64,
    /// Settled items of quarantine.
    pub settled: u64,
    /// Messages that lost their bytes.
    pub messages: u64,
}

/// A sweep as it stands in the order of application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sweep {
    /// Seconds.
    pub(crate) superseded_before: Option<i64>,
    pub(crate) settled_before: Option<i64>,
    pub(crate) set_aside_before: Option<i64>,
    pub(crate) held_people: Vec<i64>,
    pub(crate) held_sources: Vec<i64>,
}

impl Sweep {
    pub(crate) fn new(retention: &Retention) -> Self {
        let seconds = |moment: Option<Timestamp>| moment.map(Timestamp::as_second);
        Self {
            superseded_before: seconds(retention.superseded_before),
            settled_before: seconds(retention.settled_before),
            set_aside_before: seconds(retention.set_aside_before),
            held_people: Vec::new(),
            held_sources: Vec::new(),
        }
    }

    pub(crate) fn note(&self) -> String {
        json!({
            "superseded": self.superseded_before,
            "settled": self.settled_before,
            "set_aside": self.set_aside_before,
            "people": self.held_people,
            "sources": self.held_sources,
        })
        .to_string()
    }

    /// Reads what [`Sweep::note`] wrote.
    pub(crate) fn of_note(note: Option<&str>) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("what was swept".to_owned());
        let value: Value = serde_json::from_str(note.unwrap_or_default()).map_err(|_| damaged())?;
        let number = |key: &str| value.get(key).and_then(Value::as_i64);
        let numbers = |key: &str| -> Result<Vec<i64>, StoreError> {
            let list = value.get(key).and_then(Value::as_array).ok_or_else(damaged)?;
            list.iter().map(|number| number.as_i64().ok_or_else(damaged)).collect()
        };
        Ok(Self {
            superseded_before: number("superseded"),
            settled_before: number("settled"),
            set_aside_before: number("set_aside"),
            held_people: numbers("people")?,
            held_sources: numbers("sources")?,
        })
    }
}

impl Inbox {
    /// Sweeps what is older than the rules allow, or counts it and sweeps nothing. What
    /// a hold keeps stays. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn sweep(&self, retention: &Retention, at: Timestamp, is_trial: bool) -> Result<Swept, StoreError> {
        let (sweep, at) = (Sweep::new(retention), at.as_second());
        match &self.place {
            Place::Sqlite { record, .. } => {
                record
                    .write("sweep", move |connection| sqlite::retention::sweep(connection, &sweep, at, is_trial))
                    .await
            }
            Place::Postgres(server) => server.sweep(sweep, at, is_trial).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_reads_back_from_the_order() {
        let sweep = Sweep { superseded_before: Some(-5), held_people: vec![1, 2], ..Sweep::default() };
        assert_eq!(Sweep::of_note(Some(&sweep.note())).unwrap(), sweep);
        assert!(Sweep::of_note(None).is_err() && Sweep::of_note(Some("{}")).is_err());
    }
}
