//! The list of doubts about who is who, the highest risk first.

use jiff::Timestamp;
use record::{MessageId, SourceId};

use crate::Place;
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::sqlite;

/// How many doubts the list shows; the rest comes up as these are decided.
pub const WORK_LIST_MAX: i64 = 200;

/// What a doubt is about. Ordered by risk, the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoubtKind {
    /// A message contradicts who its chart's patient is: one record may hold two people.
    Contradiction,
    /// The source merges, links or parts charts of its own, and what they tell speaks
    /// against it, or others may belong there too: one of the two sides is wrong.
    Merge,
    /// Two people under one number: whoever looks for one may open the other.
    SameNumber,
    /// Two records that may be one person's: each may lack what the other has.
    LooksAlike,
    /// Nobody doubts it: somebody looks at one record's charts, or takes back that two were told apart.
    Undoubted,
}

impl DoubtKind {
    /// As an item keeps it.
    pub(crate) fn of_stored(kind: &str) -> Self {
        match kind {
            "demographics" => Self::Contradiction,
            "merge" => Self::Merge,
            "same number" => Self::SameNumber,
            "record" => Self::Undoubted,
            _ => Self::LooksAlike,
        }
    }

    /// What the list says.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::Merge => "merge",
            Self::SameNumber => "same number",
            Self::LooksAlike => "looks alike",
            Self::Undoubted => "not doubted",
        }
    }
}

/// A doubt that nobody has decided: why, and nothing of what was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkListItem {
    /// Its own number.
    pub id: u64,
    /// What it is about.
    pub kind: DoubtKind,
    /// How likely the two are one person, in hundredths of a bit above even odds, where
    /// that was weighed.
    pub odds_centibits: Option<i64>,
    /// Whose message raised it.
    pub source: SourceId,
    /// Which one.
    pub message: MessageId,
    /// Field by field why, and why it was not linked.
    pub reasons: Vec<String>,
    /// Since when.
    pub at: Timestamp,
}

/// What stands between two reasons of an item.
const BETWEEN_REASONS: &str = "; ";

impl WorkListItem {
    pub(crate) fn split(reasons: &str) -> Vec<String> {
        reasons.split(BETWEEN_REASONS).filter(|reason| !reason.is_empty()).map(str::to_owned).collect()
    }
}

impl Inbox {
    /// The doubts that nobody has decided: contradictions, then two people under one
    /// number, then whoever looks alike, the likeliest first; the oldest first where they
    /// are alike. At most [`WORK_LIST_MAX`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn work_list(&self) -> Result<Vec<WorkListItem>, StoreError> {
        let sources = std::sync::Arc::clone(&self.sources);
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::work_list::work_list(connection, &sources)).await
            }
            Place::Postgres(server) => server.work_list(&sources).await,
        }
    }
}
