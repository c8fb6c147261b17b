//! What would move before it is decided: which entries by section, date and source, and nothing of what they say.

use access::PairDecision;
use audit::Act;
use record::{ChartId, Content, PersonId, Section, SourceId};

use crate::Place;
use crate::clinical::ClinicalReads;
use crate::entry_row::at;
use crate::error::StoreError;
use crate::identity_pair::PairSeen;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;

/// How many entries that would move are listed at a time.
pub const MOVING_LISTED_MAX: i64 = 100;

/// What somebody thinks of deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WouldMove {
    /// That both are one person's.
    Link,
    /// That this chart is somebody else's.
    Unlink(ChartId),
}

/// An entry that would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovingEntry {
    /// Its number.
    pub id: u64,
    /// Of which section.
    pub section: Section,
    /// From which source.
    pub source: SourceId,
    /// When it happened, as told.
    pub when: Option<String>,
}

/// What would move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// Which charts.
    pub charts: Vec<ChartId>,
    /// Charts that came while the record held two people: where one is unlinked, each goes to whom its number and name
    /// fit. What they hold is not counted here.
    pub came_since: Vec<ChartId>,
    /// How many entries of each section, those that are sensitive left out.
    pub sections: Vec<(Section, u64)>,
    /// How many that are sensitive: they are counted and not listed.
    pub sensitive: u64,
    /// Those that are not sensitive, from after the one that was asked for; at most [`MOVING_LISTED_MAX`].
    pub entries: Vec<MovingEntry>,
    /// More of them follow.
    pub more: bool,
}

/// Of which person, which charts, and after which entry.
pub(crate) struct MovesWanted {
    pub(crate) person: PersonId,
    pub(crate) charts: Vec<i64>,
    pub(crate) after: i64,
    pub(crate) counter: i64,
}

/// Counted entries of a kind: the kind, whether sensitive, how many.
pub(crate) type CountRow = (i64, bool, i64);
/// A listed one: its id, kind, source and time.
pub(crate) type MoveRow = (i64, i64, i64, Option<String>);

fn moving(
    (charts, came_since): (Vec<ChartId>, Vec<ChartId>),
    (counts, listed): (Vec<CountRow>, Vec<MoveRow>),
    sources: &SourceNumbers,
) -> Result<Moving, StoreError> {
    let section = |kind: i64| {
        let found = at(Content::KINDS, kind).and_then(|kind| Content::section_of_kind(kind));
        found.ok_or_else(|| StoreError::Damaged("a kind of entry".to_owned()))
    };
    let mut moving = Moving { charts, came_since, ..Moving::default() };
    for (kind, is_sensitive, count) in counts {
        let (section, count) = (section(kind)?, count.cast_unsigned());
        match moving.sections.iter_mut().find(|(known, _)| *known == section) {
            _ if is_sensitive => moving.sensitive += count,
            Some((_, known)) => *known += count,
            None => moving.sections.push((section, count)),
        }
    }
    moving.sections.sort_unstable_by_key(|(section, _)| *section);
    for (id, kind, source, when) in listed {
        let (id, section, source) = (id.cast_unsigned(), section(kind)?, sources.id(source)?);
        moving.entries.push(MovingEntry { id, section, source, when });
    }
    let listed_max = usize::try_from(MOVING_LISTED_MAX).unwrap_or(usize::MAX);
    moving.more = moving.entries.len() > listed_max;
    moving.entries.truncate(listed_max);
    Ok(moving)
}

impl ClinicalReads {
    /// Which entries would move, from after the one of this number; 0 begins. What is sensitive is counted alone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the chart is none of the pair's; [`StoreError::ReceiptForAnother`]; or when the
    /// store cannot be read.
    pub async fn identity_moves(
        &self,
        decision: &PairDecision,
        receipt: &Receipt,
        seen: &PairSeen,
        what: WouldMove,
        after: u64,
    ) -> Result<Moving, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::PairSeen)?;
        let (person, charts, came_since) = seen.moves(what).ok_or(StoreError::NotFound("chart"))?;
        if !decision.concerns().iter().any(|(known, _)| *known == person) {
            return Err(StoreError::FactsMoved);
        }
        let wanted = MovesWanted {
            person,
            charts: charts.iter().map(|chart| chart.0.cast_signed()).collect(),
            after: i64::try_from(after).unwrap_or(i64::MAX),
            counter: receipt.counter().cast_signed(),
        };
        let rows = match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::identity_moves::rows(connection, &wanted)).await?
            }
            Place::Postgres(server) => server.moving(&wanted).await?,
        };
        moving((charts, came_since), rows, &self.sources)
    }
}
