//! What would move before it is decided: which entries by section, date and source, and nothing of what they say.

use access::PairDecision;
use audit::Act;
use record::{ChartId, Content, PersonId, Section, SourceId};

use crate::Place;
use crate::clinical::ClinicalReads;
use crate::entry_row::at;
use crate::error::StoreError;
use crate::foreseen::{Foreseen, Goes, MovedChart};
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;

/// How many entries that would move are listed at a time.
pub const MOVING_LISTED_MAX: i64 = 100;

/// A chart that would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovingChart {
    /// Which.
    pub chart: ChartId,
    /// Of which source.
    pub source: SourceId,
    /// Whose it is.
    pub from: PersonId,
    /// Whose it would be.
    pub to: Goes,
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
    /// Which charts, of those whose records may be shown.
    pub charts: Vec<MovingChart>,
    /// How many charts of other records: nothing else is told of them, and what they hold is not counted here.
    pub not_shown: usize,
    /// What would be without the decision that is undone cannot be told any more: what it had brought goes back, and what
    /// came since is placed by what it tells. These are the charts that move by that.
    pub is_careful: bool,
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
    mut moving: Moving,
    (counts, listed): (Vec<CountRow>, Vec<MoveRow>),
    sources: &SourceNumbers,
) -> Result<Moving, StoreError> {
    let section = |kind: i64| {
        let found = at(Content::KINDS, kind).and_then(|kind| Content::section_of_kind(kind));
        found.ok_or_else(|| StoreError::Damaged("a kind of entry".to_owned()))
    };
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
    /// Which entries would move of what is foreseen, from after the one of this number; 0 begins. What is sensitive is counted
    /// alone. Of a person whom the decision does not concern nothing is told but how many charts move.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`]; or when the store cannot be read.
    pub async fn identity_moves(
        &self,
        decision: &PairDecision,
        receipt: &Receipt,
        foreseen: &Foreseen,
        after: u64,
    ) -> Result<Moving, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::PairSeen)?;
        let is_concerned = |person: PersonId| decision.concerns().iter().any(|(known, _)| *known == person);
        let (shown, others): (Vec<MovedChart>, Vec<MovedChart>) =
            foreseen.charts.iter().partition(|one| is_concerned(one.from));
        let (mut counts, mut listed) = (Vec::new(), Vec::new());
        for person in foreseen.people().into_iter().filter(|person| is_concerned(*person)) {
            let charts = shown.iter().filter(|one| one.from == person).map(|one| one.chart.0.cast_signed()).collect();
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let wanted = MovesWanted { person, charts, after, counter: receipt.counter().cast_signed() };
            let (more_counts, more_listed) = self.moving_of(wanted).await?;
            counts.extend(more_counts);
            listed.extend(more_listed);
        }
        let chart = |MovedChart { chart, source, from, to }: MovedChart| {
            Ok::<_, StoreError>(MovingChart { chart, source: self.sources.id(source)?, from, to })
        };
        let charts = shown.into_iter().map(chart).collect::<Result<_, _>>()?;
        let is_careful = foreseen.is_careful;
        let all = Moving { charts, not_shown: others.len(), is_careful, ..Moving::default() };
        moving(all, (counts, listed), &self.sources)
    }

    async fn moving_of(&self, wanted: MovesWanted) -> Result<(Vec<CountRow>, Vec<MoveRow>), StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::identity_moves::rows(connection, &wanted)).await
            }
            Place::Postgres(server) => server.moving(&wanted).await,
        }
    }
}
