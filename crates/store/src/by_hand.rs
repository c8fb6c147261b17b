//! Carrying out what somebody decided about what waits in quarantine. Each step is
//! one transaction that first looks whether the decision is still to be carried
//! out: a crash between two of them loses nothing and does nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use record::{MessageId, SourceId};

use crate::Place;
use crate::error::StoreError;
use crate::inbox::{Inbox, QuarantineNote};
use crate::sqlite;

/// How many decisions are read at a time.
pub const HAND_REQUESTS_MAX: i64 = 100;
/// The longest words of what came of a decision, in characters.
pub const OUTCOME_CHARACTERS_MAX: usize = 500;

/// What may be decided about what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandAct {
    /// Somebody takes it: it has an owner.
    Take,
    /// The message is to be read and applied again as it is.
    Replay,
    /// Corrected bytes are to be applied instead; the message stays as it is.
    Correct,
    /// It is never to be applied.
    Dismiss,
}

impl HandAct {
    const ALL: [Self; 4] = [Self::Take, Self::Replay, Self::Correct, Self::Dismiss];

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Take => 0,
            Self::Replay => 1,
            Self::Correct => 2,
            Self::Dismiss => 3,
        }
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|act| act.number() == number);
        found.ok_or_else(|| StoreError::Damaged("a decision about quarantine".to_owned()))
    }
}

/// A decision that is durable and not yet carried out.
#[derive(Clone, Debug)]
pub struct HandRequest {
    /// Its own number.
    pub id: u64,
    /// What is to be done.
    pub act: HandAct,
    /// From which source the message is.
    pub source: SourceId,
    /// About which message.
    pub message: MessageId,
    /// When that message arrived.
    pub received_at: Timestamp,
    /// The bytes to be read: the message's, or the corrected ones.
    pub bytes: Vec<u8>,
    /// Which units of the message wait; `None` where it waits whole.
    pub units: Option<BTreeSet<u32>>,
    pub(crate) item: i64,
}

/// By which decision a message is applied.
#[derive(Clone, Debug)]
pub struct ByHand {
    pub(crate) request: i64,
    /// Which row of quarantine was decided about.
    pub(crate) item: i64,
    /// The message in quarantine.
    pub(crate) original: MessageId,
    /// The only units that are applied; `None` for all of them.
    pub(crate) units: Option<BTreeSet<u32>>,
}

impl ByHand {
    pub(crate) fn is_correction(&self, message: MessageId) -> bool {
        self.original != message
    }

    pub(crate) fn takes(&self, unit: u32) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(&unit))
    }
}

/// A unit that cannot be applied this time either.
#[derive(Clone, Debug)]
pub(crate) struct StillHeld {
    pub(crate) unit: u32,
    pub(crate) place: String,
    pub(crate) reason: String,
}

/// What came of a decision, to be written with what it did.
#[derive(Clone, Debug)]
pub(crate) struct HandDone {
    pub(crate) request: i64,
    pub(crate) original: MessageId,
    pub(crate) item: i64,
    pub(crate) at: i64,
    /// It was done once and is done again by a rebuild.
    pub(crate) is_again: bool,
    /// The state of the rows of quarantine that are settled by it; none where it came too late.
    pub(crate) settled_as: Option<i64>,
    /// It was decided about a message that waited whole: its one row is settled, and not those of its units.
    pub(crate) is_whole: bool,
    pub(crate) still_held: Vec<StillHeld>,
    pub(crate) outcome: String,
}

/// A row of quarantine waits, or how it was settled.
pub(crate) const ITEM_APPLIED: i64 = 1;
pub(crate) const ITEM_CORRECTED: i64 = 2;
pub(crate) const ITEM_DISMISSED: i64 = 3;

/// What became of corrected bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// They are a message of their own that names the one it corrects.
    Message(MessageId),
    /// They cannot be read either: they wait in quarantine in its place.
    SetAside(MessageId),
    /// The same bytes are a message already: nothing was done.
    CameBefore(MessageId),
    /// It was carried out before.
    Done,
}

impl Inbox {
    /// Waits until somebody has decided something in this program.
    pub async fn hand_asked(&self) {
        self.asked.notified().await;
    }

    /// What was decided and is not yet carried out, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn hand_requests(&self) -> Result<Vec<HandRequest>, StoreError> {
        match self.try_hand_requests().await {
            Err(StoreError::UnknownDictionary(_)) => {
                self.place.learn_dictionaries(&self.bodies).await?;
                self.try_hand_requests().await
            }
            requests => requests,
        }
    }

    async fn try_hand_requests(&self) -> Result<Vec<HandRequest>, StoreError> {
        let (sources, bodies) = (Arc::clone(&self.sources), Arc::clone(&self.bodies));
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::by_hand::requests(connection, &sources, &bodies)).await
            }
            Place::Postgres(server) => server.hand_requests(&sources, &bodies).await,
        }
    }

    /// Dismisses the row of quarantine that was decided about; a message of which
    /// nothing waits any more is never applied as it is. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn dismiss(&self, request: &HandRequest, at: Timestamp) -> Result<(), StoreError> {
        let (id, item, message) = (signed(request.id), request.item, request.message);
        let at = at.as_second();
        match &self.place {
            Place::Sqlite { record, .. } => {
                let dismiss = move |connection: &_| sqlite::by_hand::dismiss(connection, id, item, message, at);
                record.write("dismiss from quarantine", dismiss).await
            }
            Place::Postgres(server) => server.dismiss(id, item, message, at).await,
        }
    }

    /// Makes the corrected bytes a message of their own. `fault` says why they
    /// cannot be read. Doing it again gives the same message.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn correct(
        &self,
        request: &HandRequest,
        fault: Option<(&str, &str, &str)>,
        at: Timestamp,
    ) -> Result<Corrected, StoreError> {
        let note = fault.map(|(kind, place, reason)| QuarantineNote {
            kind: kind.to_owned(),
            place: place.to_owned(),
            reason: reason.to_owned(),
            about: Vec::new(),
        });
        let (id, message, at) = (signed(request.id), request.message, at.as_second());
        match &self.place {
            Place::Sqlite { record, .. } => {
                let correct =
                    move |connection: &_| sqlite::by_hand::correct(connection, id, message, note.as_ref(), at);
                record.write("correct message", correct).await
            }
            Place::Postgres(server) => server.correct(id, message, note.as_ref(), at).await,
        }
    }

    /// The decision came to nothing: what waits goes on waiting, with the fault as
    /// it is told now. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn hand_failed(
        &self,
        request: &HandRequest,
        fault: Option<(&str, &str)>,
        outcome: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let fault = fault.map(|(place, reason)| (place.to_owned(), reason.to_owned()));
        let (id, message, at) = (signed(request.id), request.message, at.as_second());
        let outcome = bounded(outcome);
        match &self.place {
            Place::Sqlite { record, .. } => {
                let failed = move |connection: &_| {
                    sqlite::by_hand::failed(connection, id, message, fault.as_ref(), &outcome, at)
                };
                record.write("decision came to nothing", failed).await
            }
            Place::Postgres(server) => server.hand_failed(id, message, fault.as_ref(), &outcome, at).await,
        }
    }
}

impl HandRequest {
    /// For applying the message that was decided about, again.
    #[must_use]
    pub fn replay(&self) -> ByHand {
        ByHand { request: signed(self.id), item: self.item, original: self.message, units: self.units.clone() }
    }

    /// For applying the message that corrects it.
    #[must_use]
    pub fn correction(&self) -> ByHand {
        ByHand { units: None, ..self.replay() }
    }
}

/// In as many characters as are kept.
pub(crate) fn bounded(outcome: &str) -> String {
    outcome.chars().take(OUTCOME_CHARACTERS_MAX).collect()
}

fn signed(id: u64) -> i64 {
    id.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_read_back_and_what_is_none_is_damage() {
        for act in HandAct::ALL {
            assert_eq!(HandAct::from_number(act.number()).unwrap(), act);
        }
        assert!(matches!(HandAct::from_number(4), Err(StoreError::Damaged(_))));
    }

    #[test]
    fn what_came_of_it_is_kept_up_to_its_limit() {
        let words = "é".repeat(OUTCOME_CHARACTERS_MAX);
        assert_eq!(bounded(&format!("{words}x")), words);
    }
}
