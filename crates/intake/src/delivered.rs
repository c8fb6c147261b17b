use formats::Problem;
use record::MessageId;
use store::{Applied, Received, StoreError};
use tokio::sync::oneshot;

/// What became of a delivery. Whatever it is, it is durable.
pub struct Delivered {
    /// New, a duplicate, or a control id used twice.
    pub received: Received,
    /// Whether it could be read at all; if not, it waits in quarantine.
    pub is_readable: bool,
    /// What is wrong with it, for the negative acknowledgement.
    pub fault: Option<Problem>,
    /// Whether it is a FHIR transaction, which is applied as a whole or not at all.
    pub is_transaction: bool,
    /// Its units in order, for an answer to each.
    pub units: Vec<DeliveredUnit>,
    /// Comes when it has been applied; there is none for what is not applied. An
    /// error means that the store could not write it before the intake closed: it
    /// stays durable and the next start applies it.
    pub applied: Option<oneshot::Receiver<Result<Applied, StoreError>>>,
}

/// One HL7 message, bundle entry or CSV row of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredUnit {
    /// Its type: `ADT^A01`, `Observation`.
    pub kind: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What was not understood although the unit as a whole was.
    pub notes: Vec<Problem>,
    /// The source's own name for what it tells, where it is applied.
    pub key: Option<String>,
    /// Whether it is applied only where it is new.
    pub is_conditional: bool,
}

/// What becomes of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes into the record.
    Applied,
    /// It takes an entry back, which stays as removed by the source.
    Removed,
    /// Its type is not shown: it is kept and counted.
    Kept,
    /// It waits in quarantine.
    Refused(Problem),
}

/// The kind under which a message is counted that cannot be taken apart.
pub(crate) const UNREADABLE: &str = "unreadable";

/// The number of what was received; a duplicate's is that of the first.
pub(crate) fn number(received: Received) -> MessageId {
    match received {
        Received::New(id)
        | Received::Duplicate(id)
        | Received::ControlIdReused(id)
        | Received::SetAsideBefore(id)
        | Received::Removed(id) => id,
    }
}

impl Delivered {
    /// The message's number in the inbox; a duplicate's is that of the first.
    #[must_use]
    pub fn message(&self) -> MessageId {
        number(self.received)
    }

    /// Whether the same bytes came before.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self.received, Received::Duplicate(_) | Received::SetAsideBefore(_) | Received::Removed(_))
    }

    /// What is wrong with single units, in order.
    pub fn refused(&self) -> impl Iterator<Item = &Problem> {
        self.units.iter().filter_map(|unit| match &unit.fate {
            Fate::Refused(problem) => Some(problem),
            Fate::Applied | Fate::Removed | Fate::Kept => None,
        })
    }
}
