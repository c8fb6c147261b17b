//! Removing messages for good, and holds that stand in the way.
//!
//! A removal is first planned: a tombstone says what is to go, why and by whose word.
//! Building the record anew (`rebuild.rs`) then leaves the bytes out and everything
//! that they said, and what was built takes the place of what was.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use record::{MessageId, PersonId, SourceId};

use crate::error::StoreError;
use crate::inbox::{Inbox, MessageRow, timestamp};
use crate::rows::QuarantineRow;
use crate::{Place, sqlite};

/// The longest note of a removal or a hold, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_000;

/// Why something is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalReason {
    /// It is about somebody else than it says.
    WrongPerson,
    /// A court ordered it.
    CourtOrder,
    /// The organisation no longer takes part.
    OrganisationLeaves,
}

impl RemovalReason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[Self::WrongPerson, Self::CourtOrder, Self::OrganisationLeaves];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongPerson => "wrong-person",
            Self::CourtOrder => "court-order",
            Self::OrganisationLeaves => "organisation-leaves",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

/// What is to be removed, why and by whose word.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Which messages.
    pub messages: Vec<MessageId>,
    /// Why.
    pub reason: RemovalReason,
    /// In words, for whoever asks later. It names nobody.
    pub note: String,
    /// The operator who acts.
    pub operator: String,
    /// When.
    pub at: Timestamp,
}

/// What a removal will take away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Messages that are to go, those of an unfinished removal among them.
    pub messages: u64,
    /// Entries that show what they said.
    pub entries: u64,
    /// Of whom they speak.
    pub people: BTreeSet<PersonId>,
}

/// What was removed, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Which message.
    pub message: MessageId,
    /// From which source.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
    /// By whose word.
    pub operator: String,
    /// The code of the reason.
    pub reason: String,
    /// In words.
    pub note: String,
    /// How many bytes it had.
    pub size_bytes: u64,
    /// How many entries showed what it said.
    pub entries: u64,
    /// Whether its bytes are gone; else the removal is planned and not finished.
    pub is_done: bool,
}

/// What a hold keeps from being removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Every message of a source.
    Source(SourceId),
    /// Every message that speaks of a person.
    Person(PersonId),
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub id: u64,
    /// What it keeps.
    pub held: Held,
    /// Since when.
    pub at: Timestamp,
    /// By whose word.
    pub operator: String,
    /// Why.
    pub reason: String,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
}

/// A hold as it is written.
#[derive(Clone, Debug)]
pub(crate) struct HoldRow {
    pub(crate) source: Option<i64>,
    pub(crate) person: Option<i64>,
    pub(crate) at: i64,
    pub(crate) operator: String,
    pub(crate) reason: String,
}

impl Inbox {
    /// Plans a removal: from now on no rebuild takes up what these messages said.
    /// Planning the same again changes nothing. All of them, or none.
    ///
    /// # Errors
    /// [`StoreError::Held`] when a hold is on one of them; [`StoreError::NotFound`].
    pub async fn plan_removal(&self, removal: Removal) -> Result<Planned, StoreError> {
        must_be_short(&removal.note)?;
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.write("plan removal", move |connection| sqlite::removal::plan(connection, &removal)).await
            }
            Place::Postgres(server) => server.plan_removal(&removal).await,
        }
    }

    /// The messages of a source, those already removed left out.
    ///
    /// # Errors
    /// When there was never such a source, or the store cannot be read.
    pub async fn messages_of_source(&self, source: &SourceId) -> Result<Vec<MessageId>, StoreError> {
        let number = self.sources.number(source)?;
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::removal::of_source(connection, number)).await
            }
            Place::Postgres(server) => server.messages_of_source(number).await,
        }
    }

    /// The messages that speak of one patient of a source, and whether each speaks of
    /// somebody else too.
    ///
    /// # Errors
    /// When there was never such a source, or the store cannot be read.
    pub async fn messages_of_chart(&self, source: &SourceId, key: &str) -> Result<Vec<(MessageId, bool)>, StoreError> {
        let (number, key) = (self.sources.number(source)?, key.to_owned());
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::removal::of_chart(connection, number, &key)).await
            }
            Place::Postgres(server) => server.messages_of_chart(number, &key).await,
        }
    }

    /// What was removed and what is to be, oldest message first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tombstones(&self) -> Result<Vec<Tombstone>, StoreError> {
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::removal::tombstones(connection, &sources)).await
            }
            Place::Postgres(server) => server.tombstones(&sources).await,
        }
    }

    /// Keeps something from being removed, and gives the hold's number.
    ///
    /// # Errors
    /// When there was never such a source, or the store cannot be written.
    pub async fn add_hold(&self, held: &Held, operator: &str, reason: &str, at: Timestamp) -> Result<u64, StoreError> {
        must_be_short(reason)?;
        let (source, person) = match held {
            Held::Source(source) => (Some(self.sources.number(source)?), None),
            Held::Person(person) => (None, Some(person.0.cast_signed())),
        };
        let (operator, reason) = (operator.to_owned(), reason.to_owned());
        let row = HoldRow { source, person, at: at.as_second(), operator, reason };
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.write("add hold", move |connection| sqlite::removal::add_hold(connection, &row)).await
            }
            Place::Postgres(server) => server.add_hold(&row).await,
        }
    }

    /// Lifts a hold.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none with this number, or it was lifted before.
    pub async fn lift_hold(&self, id: u64, operator: &str, reason: &str, at: Timestamp) -> Result<(), StoreError> {
        must_be_short(reason)?;
        let (id, at) = (i64::try_from(id).unwrap_or(i64::MAX), at.as_second());
        let (operator, reason) = (operator.to_owned(), reason.to_owned());
        match &self.place {
            Place::Sqlite { record, .. } => {
                record
                    .write("lift hold", move |connection| {
                        sqlite::removal::lift_hold(connection, id, &operator, &reason, at)
                    })
                    .await
            }
            Place::Postgres(server) => server.lift_hold(id, &operator, &reason, at).await,
        }
    }

    /// Every hold that there ever was, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        let sources = Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::removal::holds(connection, &sources)).await
            }
            Place::Postgres(server) => server.holds(&sources).await,
        }
    }
}

fn must_be_short(note: &str) -> Result<(), StoreError> {
    if note.len() <= NOTE_BYTES_MAX { Ok(()) } else { Err(StoreError::TooLong("the note")) }
}

/// What waits when bytes come again that were removed: nothing of them is kept.
pub(crate) fn came_again(message: MessageId, row: &MessageRow, reason: &str) -> QuarantineRow {
    QuarantineRow {
        source: row.source,
        message,
        unit: 0,
        kind: "removed message".to_owned(),
        person: None,
        place: "message".to_owned(),
        reason: format!("it was removed ({reason}) and came again; its bytes were not kept"),
        at: row.received_at,
        about: Vec::new(),
    }
}

/// A hold's columns as they are read.
pub(crate) struct HoldColumns {
    pub(crate) id: i64,
    pub(crate) source: Option<SourceId>,
    pub(crate) person: Option<i64>,
    pub(crate) at: i64,
    pub(crate) operator: String,
    pub(crate) reason: String,
    pub(crate) lifted_at: Option<i64>,
}

impl HoldColumns {
    pub(crate) fn hold(self) -> Result<Hold, StoreError> {
        let held = match (self.source, self.person) {
            (Some(source), None) => Held::Source(source),
            (None, Some(person)) => Held::Person(PersonId(person.cast_unsigned())),
            _ => return Err(StoreError::Damaged("what a hold keeps".to_owned())),
        };
        Ok(Hold {
            id: self.id.cast_unsigned(),
            held,
            at: timestamp(self.at),
            operator: self.operator,
            reason: self.reason,
            lifted_at: self.lifted_at.map(timestamp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_by_their_code() {
        for reason in RemovalReason::ALL {
            assert_eq!(RemovalReason::from_code(reason.code()), Some(*reason));
        }
        assert_eq!(RemovalReason::from_code("tidying up"), None);
    }

    #[test]
    fn a_note_has_a_longest_length() {
        assert!(must_be_short(&"a".repeat(NOTE_BYTES_MAX)).is_ok());
        assert!(must_be_short(&"a".repeat(NOTE_BYTES_MAX + 1)).is_err());
    }
}
