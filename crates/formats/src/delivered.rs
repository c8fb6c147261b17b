use std::ops::Range;

use record::{Demographics, LocalNumber, NewEntry, When};

/// What one message turned into. Every unit of the message is accounted for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// The sender's own name for the message: `MSH-10`, `Bundle.identifier` or `Bundle.id`.
    pub control_id: Option<String>,
    /// When the sender says it was made: `MSH-7`, `Bundle.timestamp`.
    pub stated_at: Option<When>,
    /// One for the whole HL7 message, one per bundle entry, one per CSV row, in order.
    pub units: Vec<Unit>,
}

/// One HL7 message, bundle entry or CSV row: the thing that reports count.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its type as the standard names it: `ADT^A01`, `Observation`, `csv:social-care`.
    pub kind: String,
    /// Its bytes within the message.
    pub span: Range<usize>,
    /// What to do with it.
    pub outcome: Outcome,
    /// What was not understood although the unit as a whole was.
    pub notes: Vec<Problem>,
}

/// What to do with a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Apply these changes, all or none. May be empty where the unit speaks of no
    /// person, such as an `Organization` that entries beside it refer to.
    Apply(Vec<Change>),
    /// Apply of these changes what is not known yet, and leave alone what is (a
    /// FHIR conditional create).
    ApplyIfNew(Vec<Change>),
    /// The source has deleted the entry of this key, in whichever chart it is. It
    /// stays, marked as removed by the source.
    Remove(String),
    /// Keep it, count it, say so: the type is not one that is shown.
    Keep,
    /// A fault: quarantine it and tell the sender.
    Refuse(Problem),
}

/// What a unit says about one patient of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whom it speaks of.
    pub chart: ChartClaim,
    /// What it says.
    pub entries: Vec<NewEntry>,
}

/// A source's patient, as a message names them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartClaim {
    /// The source's own key, the same in each of its messages: the first local
    /// number with its assigner (`PID-3`), `Patient/id` (with its server's address
    /// where that is not the source's own), a CSV's person reference.
    pub key: String,
    /// All local numbers.
    pub local_numbers: Vec<LocalNumber>,
    /// Who the source says it is; `None` where the message only refers to the patient.
    pub told: Option<Demographics>,
}

/// Something wrong or not understood, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `PID-7`, `entry[3].resource.birthDate`, `line 12, column born`.
    pub place: String,
    /// What is wrong, in words that a sender's engineer can act on. Never the
    /// value itself: problems are logged and sent back.
    pub what: String,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Problem {}
