//! Which entries stood in a record while it held two people, when somebody was shown something of it: section,
//! date and source of each, and nothing of what it says.

use std::collections::BTreeMap;

use access::ExposureDecision;
use audit::{Act, Event};
use jiff::Timestamp;
use record::{ChartId, Content, PersonId, Section, SourceId};

use crate::Place;
use crate::clinical::ClinicalReads;
use crate::entry_row::at;
use crate::error::StoreError;
use crate::exposure::Mixed;
use crate::inbox::timestamp;
use crate::receipt::Receipt;
use crate::source_numbers::SourceNumbers;
use crate::sqlite;

/// The most rows that are read of one record: entries, and what they said before.
pub const STOOD_ROWS_MAX: usize = 50_000;

/// An entry as it stood in a record then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodEntry {
    /// Its number in the record that held two people.
    pub id: u64,
    /// Whose it is by now.
    pub record: PersonId,
    /// Of which section.
    pub section: Section,
    /// From which source.
    pub source: SourceId,
    /// When it happened, as told.
    pub when: Option<String>,
    /// Of such an entry nothing but its number is told.
    pub is_sensitive: bool,
}

/// Which entries stood in the records that held two people, at each version of theirs.
#[derive(Clone, Debug, Default)]
pub struct Stood {
    histories: BTreeMap<PersonId, Vec<History>>,
    swept_at: Option<Timestamp>,
    /// Messages that were removed from these records since: what came of them can no longer be named.
    pub removed: Vec<(SourceId, u64)>,
    /// Not all entries could be read.
    pub more: bool,
}

/// What an entry said from which version of the record up to which, and when it was not shown for another's sake.
#[derive(Clone, Debug, Default)]
struct History {
    said: Vec<(StoodEntry, Span)>,
    covered: Vec<Span>,
}

/// Versions of a record; the end is not among them, and none means that it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    since: i64,
    until: Option<i64>,
}

/// What a row of the one statement is.
const IS_ENTRY: i64 = 0;
const IS_COVERED: i64 = 1;
const IS_REMOVED: i64 = 2;
const IS_SWEPT: i64 = 3;

/// A row of the one statement, whose columns mean what its first says.
pub(crate) struct StoodRow {
    pub(crate) what: i64,
    /// The entry's number; of removed messages how many; of a sweep when it was.
    pub(crate) id: i64,
    pub(crate) chart: Option<i64>,
    pub(crate) kind: Option<i64>,
    pub(crate) source: Option<i64>,
    pub(crate) is_sensitive: Option<bool>,
    pub(crate) when: Option<String>,
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// Whose entries are wanted, of which charts.
pub(crate) struct StoodWanted {
    pub(crate) person: PersonId,
    pub(crate) charts: Vec<i64>,
    /// Removals from this second on.
    pub(crate) since: i64,
    pub(crate) counter: i64,
    pub(crate) at_most: i64,
}

impl ClinicalReads {
    /// Which entries stood in the records that held two people.
    ///
    /// # Errors
    /// [`StoreError::ReceiptForAnother`], also where the decision does not know of everyone concerned; or when the
    /// store cannot be read.
    pub async fn stood(
        &self,
        decision: &ExposureDecision,
        receipt: &Receipt,
        mixed: &Mixed,
    ) -> Result<Stood, StoreError> {
        receipt.must_be_for(decision.request(), None, Act::ExposureReported)?;
        mixed.must_be_known_to(decision)?;
        let charts: Vec<i64> = mixed.owners().keys().map(|chart| chart.0.cast_signed()).collect();
        let mut stood = Stood::default();
        for person in mixed.people() {
            let wanted = StoodWanted {
                person: *person,
                // Of whoever had none of it then, only what was removed since matters.
                charts: if mixed.was_mixed(*person) { charts.clone() } else { Vec::new() },
                since: mixed.since(),
                counter: receipt.counter().cast_signed(),
                at_most: i64::try_from(STOOD_ROWS_MAX + 1).unwrap_or(i64::MAX),
            };
            let rows = match &self.place {
                Place::Sqlite { record, .. } => {
                    record.read(move |connection| sqlite::stood::rows(connection, &wanted)).await?
                }
                Place::Postgres(server) => server.stood(&wanted).await?,
            };
            stood.add(*person, rows, mixed.owners(), &self.sources)?;
        }
        Ok(stood)
    }
}

impl Stood {
    fn add(
        &mut self,
        person: PersonId,
        mut rows: Vec<StoodRow>,
        owners: &BTreeMap<ChartId, PersonId>,
        sources: &SourceNumbers,
    ) -> Result<(), StoreError> {
        self.more |= rows.len() > STOOD_ROWS_MAX;
        rows.truncate(STOOD_ROWS_MAX);
        let mut histories: BTreeMap<i64, History> = BTreeMap::new();
        for row in rows {
            let span = || Ok::<_, StoreError>(Span { since: there(row.since)?, until: row.until });
            match row.what {
                IS_ENTRY => {
                    let said = (entry_of(&row, owners, sources)?, span()?);
                    histories.entry(row.id).or_default().said.push(said);
                }
                IS_COVERED => {
                    let span = span()?;
                    histories.entry(row.id).or_default().covered.push(span);
                }
                IS_REMOVED => {
                    let (source, count) = (sources.id(there(row.source)?)?, row.id.cast_unsigned());
                    match self.removed.iter_mut().find(|(known, _)| *known == source) {
                        Some((_, known)) => *known += count,
                        None => self.removed.push((source, count)),
                    }
                }
                IS_SWEPT => self.swept_at = self.swept_at.max(Some(timestamp(row.id))),
                _ => return Err(StoreError::Damaged("a row of a record's history".to_owned())),
            }
        }
        self.histories.insert(person, histories.into_values().filter(|one| !one.said.is_empty()).collect());
        Ok(())
    }

    /// The entries that stood in what somebody was shown: at most these, and never fewer than there were. A page
    /// shows a part of the sections that are named, and a role may not have been shown what is sensitive.
    pub fn shown_in<'a>(&'a self, look: &'a Event) -> impl Iterator<Item = &'a StoodEntry> {
        let histories = look.person.and_then(|person| self.histories.get(&person)).map_or(&[][..], Vec::as_slice);
        let is_swept = self.swept_at.is_some_and(|swept| swept >= look.at);
        let version = look.record_version.map(u64::cast_signed);
        let at = move |history: &'a History| match version {
            Some(version) => history.at(version, is_swept),
            // Without its version it may have been any of them.
            None => history.said.last().map(|(entry, _)| entry),
        };
        histories.iter().filter_map(at).filter(|entry| shows(look, entry.section))
    }

    /// Something that the entries said before was swept since this look: some that are told may have come later.
    #[must_use]
    pub fn may_have_come_later(&self, look: &Event) -> bool {
        self.swept_at.is_some_and(|swept| swept >= look.at)
    }
}

fn shows(look: &Event, section: Section) -> bool {
    match look.act {
        Act::RecordOpened => look.sections.iter().any(|code| code == section.code()),
        Act::PersonExported => true,
        _ => false,
    }
}

impl History {
    /// What it said at a version. An entry never leaves a record and comes back under the same number: between two
    /// that it said it stood there, though what it said was swept since.
    fn at(&self, version: i64, is_swept: bool) -> Option<&StoodEntry> {
        if self.covered.iter().any(|span| span.holds(version)) {
            return None;
        }
        let exact = self.said.iter().find(|(_, span)| span.holds(version));
        let earlier = || self.said.iter().any(|(_, span)| span.since <= version);
        let later = || self.said.iter().find(|(_, span)| span.since > version).filter(|_| is_swept || earlier());
        exact.or_else(later).map(|(entry, _)| entry)
    }
}

impl Span {
    fn holds(self, version: i64) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }
}

fn entry_of(
    row: &StoodRow,
    owners: &BTreeMap<ChartId, PersonId>,
    sources: &SourceNumbers,
) -> Result<StoodEntry, StoreError> {
    let section = at(Content::KINDS, there(row.kind)?).and_then(|kind| Content::section_of_kind(kind));
    let chart = ChartId(there(row.chart)?.cast_unsigned());
    Ok(StoodEntry {
        id: row.id.cast_unsigned(),
        record: there(owners.get(&chart).copied())?,
        section: there(section)?,
        source: sources.id(there(row.source)?)?,
        when: row.when.clone(),
        is_sensitive: there(row.is_sensitive)?,
    })
}

fn there<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Damaged("an entry of a record that held two people".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(said: &[(i64, Option<i64>)], covered: &[(i64, Option<i64>)]) -> History {
        let entry = StoodEntry {
            id: 1,
            record: PersonId(2),
            section: Section::Medicines,
            source: SourceId::new("gp").unwrap(),
            when: None,
            is_sensitive: false,
        };
        let span = |(since, until): &(i64, Option<i64>)| Span { since: *since, until: *until };
        History {
            said: said.iter().map(|one| (entry.clone(), span(one))).collect(),
            covered: covered.iter().map(span).collect(),
        }
    }

    fn swept() -> StoodRow {
        let (chart, kind, source, is_sensitive, when) = (None, None, None, None, None);
        StoodRow { what: IS_SWEPT, id: 7, chart, kind, source, is_sensitive, when, since: None, until: None }
    }

    fn stands(history: &History, is_swept: bool) -> Vec<i64> {
        (0..10).filter(|version| history.at(*version, is_swept).is_some()).collect()
    }

    #[test]
    fn an_entry_stands_from_the_version_at_which_it_came_up_to_the_one_at_which_it_left() {
        assert_eq!(stands(&history(&[(3, Some(5)), (5, Some(7))], &[]), false), [3, 4, 5, 6]);
        assert_eq!(stands(&history(&[(8, None)], &[]), false), [8, 9]);
    }

    #[test]
    fn of_one_row_more_than_are_read_it_is_said_that_there_are_more() {
        let rows = |count: usize| (0..count).map(|_| swept()).collect();
        for (count, more) in [(STOOD_ROWS_MAX, false), (STOOD_ROWS_MAX + 1, true)] {
            let mut stood = Stood::default();
            stood.add(PersonId(1), rows(count), &BTreeMap::new(), &SourceNumbers::default()).unwrap();
            assert_eq!(stood.more, more, "{count}");
        }
    }

    #[test]
    fn what_was_not_shown_because_another_chart_told_it_later_did_not_stand_there() {
        assert_eq!(stands(&history(&[(3, Some(9))], &[(4, Some(6)), (8, None)]), false), [3, 6, 7]);
    }

    #[test]
    fn where_what_it_said_before_was_swept_it_is_told_rather_too_often_than_too_seldom() {
        assert_eq!(stands(&history(&[(2, Some(3)), (6, Some(8))], &[]), false), [2, 3, 4, 5, 6, 7]);
        assert_eq!(stands(&history(&[(6, Some(8))], &[]), true), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(stands(&history(&[(6, Some(8))], &[]), false), [6, 7]);
    }
}
