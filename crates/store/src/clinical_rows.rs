//! From rows to a stored record, the same for both back-ends: one statement reads
//! everything, each row says what it is.

use std::sync::Arc;

use access::FactsVersion;
use jiff::Timestamp;
use record::{ChartId, Content, EntryId, PersonId, RemovedItems, Section, Silence, When};

use crate::candidates::ChartTold;
use crate::clinical::{Doubt, StoredChart, StoredRecord, StoredSource};
use crate::entry_row::EntryColumns;
use crate::error::StoreError;
use crate::feeds::sections;
use crate::inbox::timestamp;
use crate::rows::ChartRow;
use crate::source_numbers::SourceNumbers;
use crate::stand::links_part;
use crate::word_cache::WordCache;
use crate::work_list::DoubtKind;

/// What of a person's record is to be read.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) person: PersonId,
    /// A bit for each kind of entry.
    pub(crate) kinds: i64,
    pub(crate) stands: Stands,
    /// The version as it was, for one that is not the newest.
    pub(crate) as_of: Option<u64>,
    /// When it is read: what is silent by then is said to be.
    pub(crate) at: Timestamp,
    /// The place of the receipt's row in the person's log.
    pub(crate) counter: u64,
}

/// What must not have moved since the decision and the receipt's row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stands {
    /// The facts that the decision used, of which the links are part.
    pub(crate) links: Option<FactsVersion>,
    /// The version of the record that the row names.
    pub(crate) record: Option<u64>,
}

impl Stands {
    /// Refuses to read for a decision or a row that rest on something else.
    pub(crate) fn check(self, version: i64, link_version: i64) -> Result<(), StoreError> {
        let same_record = self.record.is_none_or(|known| known == version.cast_unsigned());
        let same_links =
            self.links.is_none_or(|facts| links_part(facts) == links_part(FactsVersion(link_version.cast_unsigned())));
        if same_record && same_links { Ok(()) } else { Err(StoreError::FactsMoved) }
    }
}

/// Kinds are stored as their position in [`Content::KINDS`]; a mask of them lets
/// the range read skip what the role does not see.
pub(crate) fn kinds_mask(shown: impl Fn(Section) -> bool) -> i64 {
    let section_shown = |kind: &str| Content::section_of_kind(kind).is_some_and(&shown);
    let kinds = Content::KINDS.iter().enumerate();
    kinds.filter(|(_, kind)| section_shown(kind)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// The first and the last entry id that a person may have.
pub(crate) fn range(person: PersonId) -> (i64, i64) {
    let first = person.0 << EntryId::PLACE_BITS;
    (first.cast_signed(), (first + EntryId::PLACES_MAX - 1).cast_signed())
}

/// Room for so many entries is made at once: they are long, and a list that grows
/// copies them again and again.
const ENTRIES_USUAL: usize = 256;

/// What a row of the one statement is.
pub(crate) const IS_PERSON: i64 = 0;
pub(crate) const IS_CHART: i64 = 1;
pub(crate) const IS_ENTRY: i64 = 2;
pub(crate) const IS_SOURCE: i64 = 3;
pub(crate) const IS_WORD: i64 = 5;
pub(crate) const IS_SILENT: i64 = 6;
pub(crate) const IS_REMOVED: i64 = 7;

/// A row of the one statement that reads a record: what it is, then eight numbers,
/// four texts and three numbers of repeating texts, whose meaning depends on that.
/// Texts that this program has not seen come first.
pub(crate) struct RecordRow<'a> {
    pub(crate) what: i64,
    pub(crate) numbers: [Option<i64>; 8],
    pub(crate) texts: [Option<&'a str>; 4],
    pub(crate) words: [Option<i64>; 3],
}

/// Puts a record together from its rows, in whatever order they come.
pub(crate) struct RecordBuilder<'a> {
    sources: &'a SourceNumbers,
    words: &'a WordCache,
    wanted: &'a Wanted,
    person: Option<(i64, i64)>,
    charts: Vec<ChartTold>,
    record: StoredRecord,
    doubts: Vec<(i64, Doubt)>,
    told_by: Vec<(i64, StoredSource)>,
    silent: Vec<(i64, Vec<Section>, Timestamp)>,
    removed: Vec<(i64, RemovedItems)>,
    /// Author, organisation and code system of the entry before.
    texts: [LastText; 3],
    /// Its clinical time and when it was recorded.
    times: [LastTime; 2],
}

/// A time of the row before: the results of one sample all have the same.
#[derive(Default)]
struct LastTime {
    text: String,
    when: Option<When>,
}

impl LastTime {
    fn take(&mut self, text: Option<&str>) -> Result<Option<When>, StoreError> {
        let Some(text) = text else { return Ok(None) };
        if self.when.is_none() || self.text != text {
            let when = When::parse_iso(text).map_err(|_| StoreError::Damaged("an entry's time".to_owned()))?;
            self.when = Some(when);
            text.clone_into(&mut self.text);
        }
        Ok(self.when)
    }
}

/// The text of a column in the row before: entries that follow each other mostly
/// repeat it.
#[derive(Default)]
struct LastText(Option<(i64, Arc<str>)>);

impl LastText {
    /// Goes on to the text with this number; `None` where it is not known.
    fn take(&mut self, number: Option<i64>, words: &WordCache) -> Option<()> {
        if self.0.as_ref().map(|(last, _)| *last) != number {
            self.0 = match number {
                Some(number) => Some((number, words.text(number)?)),
                None => None,
            };
        }
        Some(())
    }

    fn text(&self) -> Option<&Arc<str>> {
        self.0.as_ref().map(|(_, text)| text)
    }
}

impl<'a> RecordBuilder<'a> {
    pub(crate) fn new(sources: &'a SourceNumbers, words: &'a WordCache, wanted: &'a Wanted) -> Self {
        let room = if wanted.kinds == 0 { 0 } else { ENTRIES_USUAL };
        let entries = Vec::with_capacity(room);
        let record = StoredRecord { charts: Vec::new(), entries, sources: Vec::new(), doubts: Vec::new() };
        Self {
            sources,
            words,
            wanted,
            person: None,
            charts: Vec::new(),
            record,
            doubts: Vec::new(),
            told_by: Vec::new(),
            silent: Vec::new(),
            removed: Vec::new(),
            texts: Default::default(),
            times: Default::default(),
        }
    }

    pub(crate) fn add(&mut self, row: &RecordRow<'_>) -> Result<(), StoreError> {
        let [n1, n2, n3, n4, n5, n6, n7, n8] = row.numbers;
        let [t1, t2, t3, t4] = row.texts;
        let damaged = || StoreError::Damaged("a row of a record".to_owned());
        let whole = |number: Option<i64>| number.ok_or_else(damaged);
        match row.what {
            IS_WORD => self.words.learn(whole(n1)?, t1.ok_or_else(damaged)?),
            IS_PERSON => self.person = Some((whole(n1)?, whole(n2)?)),
            IS_CHART => self.charts.push(ChartTold::read(ChartRow {
                chart: ChartId(whole(n1)?.cast_unsigned()),
                source: whole(n2)?,
                person: self.wanted.person,
                told: t1.map(str::to_owned),
                told_at: n3,
            })?),
            IS_ENTRY => {
                for (place, number) in self.texts.iter_mut().zip(row.words) {
                    place.take(number, self.words).ok_or_else(damaged)?;
                }
                let [clinical_time, recorded] = &mut self.times;
                let (clinical_time, recorded) = (clinical_time.take(t1)?, recorded.take(t2)?);
                let [author, organisation, code_system] = &self.texts;
                let columns = EntryColumns {
                    id: whole(n1)?,
                    chart: whole(n2)?,
                    source: whole(n3)?,
                    kind: whole(n4)?,
                    standing: whole(n5)?,
                    sensitivity: whole(n6)?,
                    message: whole(n7)?,
                    unit: whole(n8)?,
                    clinical_time,
                    recorded,
                    author: author.text(),
                    organisation: organisation.text(),
                    code_system: code_system.text(),
                    code: t3,
                    line: t4.unwrap_or_default(),
                };
                let entry = columns.entry(self.sources)?;
                // A damaged index may lead into the range of somebody else.
                if entry.id.person() != self.wanted.person {
                    return Err(StoreError::Damaged("an entry's place".to_owned()));
                }
                self.record.entries.push(entry);
            }
            IS_SOURCE => self.source(whole(n1)?, n2, n3.unwrap_or_default(), n4),
            IS_SILENT => {
                let sections = sections(t1.unwrap_or_default());
                self.silent.push((whole(n1)?, sections, timestamp(whole(n2)?)));
            }
            IS_REMOVED => {
                let count = u32::try_from(whole(n2)?).unwrap_or(u32::MAX);
                self.removed.push((whole(n1)?, RemovedItems { count, last_at: timestamp(whole(n3)?) }));
            }
            _ => self.doubts.push((
                whole(n1)?,
                Doubt {
                    kind: DoubtKind::of_stored(t1.unwrap_or_default()),
                    reasons: t2.unwrap_or_default().to_owned(),
                    source: self.sources.id(whole(n2)?)?,
                    at: timestamp(whole(n3)?),
                },
            )),
        }
        Ok(())
    }

    /// A source that is no longer configured keeps its number and sends nothing.
    fn source(&mut self, number: i64, last_message_at: Option<i64>, waiting: i64, due_at: Option<i64>) {
        let Some(source) = self.sources.configured(number) else { return };
        self.told_by.push((
            number,
            StoredSource {
                source: source.clone(),
                last_message_at: last_message_at.map(timestamp),
                knows_person: false,
                waiting_items: u32::try_from(waiting).unwrap_or(u32::MAX),
                removed: None,
                silence: Silence { due_at: due_at.map(timestamp), sections: Vec::new() },
            },
        ));
    }

    /// The record, where everything stands on which decision and row rest.
    pub(crate) fn finish(mut self) -> Result<StoredRecord, StoreError> {
        let (version, link_version) = self.person.ok_or(StoreError::NotFound("person"))?;
        self.wanted.stands.check(version, link_version)?;
        if self.wanted.as_of.is_some_and(|as_of| as_of > version.cast_unsigned()) {
            return Err(StoreError::NotFound("version of the record"));
        }
        self.record.entries.sort_unstable_by_key(|entry| entry.id.0);
        self.charts.sort_unstable_by_key(|chart| chart.chart.0);
        self.doubts.sort_unstable_by_key(|(id, _)| *id);
        self.told_by.sort_unstable_by_key(|(number, _)| *number);
        self.record.doubts = self.doubts.into_iter().map(|(_, doubt)| doubt).collect();
        for (number, mut source) in self.told_by {
            source.knows_person = self.charts.iter().any(|chart| chart.source == number);
            source.removed = self.removed.iter().find(|(of, _)| *of == number).map(|(_, removed)| *removed);
            for (_, sections, since) in self.silent.iter().filter(|(silent, ..)| *silent == number) {
                source.silence.sections.extend(sections.iter().map(|section| (*section, *since)));
            }
            self.record.sources.push(source);
        }
        self.record.charts = stored_charts(self.sources, self.charts)?;
        Ok(self.record)
    }
}

pub(crate) fn stored_charts(sources: &SourceNumbers, charts: Vec<ChartTold>) -> Result<Vec<StoredChart>, StoreError> {
    let stored = |chart: ChartTold| {
        Ok(StoredChart {
            source: sources.id(chart.source)?,
            chart: chart.chart,
            told: chart.told,
            local_numbers: chart.local_numbers,
            told_at: chart.told_at.map(timestamp),
        })
    };
    charts.into_iter().map(stored).collect()
}

/// What one source marks as restricted is restricted, whichever source told it.
pub(crate) fn hide_whereabouts(chart: &mut StoredChart) {
    let told = &mut chart.told;
    (told.address, told.practice, told.restricted) = (None, None, true);
    told.telephones.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_bit_in_the_mask_of_its_own_section_and_no_other() {
        for (bit, kind) in Content::KINDS.iter().enumerate() {
            let section = Content::section_of_kind(kind).unwrap();
            assert_ne!(kinds_mask(|shown| shown == section) & 1 << bit, 0, "{kind} is read with its section");
            assert_eq!(kinds_mask(|shown| shown != section) & 1 << bit, 0, "{kind} is not read without it");
        }
        assert_eq!(kinds_mask(|_| true), (1 << Content::KINDS.len()) - 1);
        assert_eq!(kinds_mask(|_| false), 0);
        assert_eq!(kinds_mask(|shown| shown == Section::Identity), 0, "no entry is in it");
    }

    #[test]
    fn a_time_is_the_one_of_its_own_row_whatever_the_row_before_had() {
        let mut last = LastTime::default();
        let mut take = |text| last.take(text).unwrap().map(When::to_iso);
        for text in [Some("2026-11-02"), Some("2026-11-02"), None, Some("2026-11-02"), Some("2026-11-03T09:00:00Z")] {
            assert_eq!(take(text).as_deref(), text);
        }
        assert!(last.take(Some("yesterday")).is_err());
        assert_eq!(last.take(Some("2019")).unwrap(), When::parse_iso("2019").ok());
    }

    #[test]
    fn nothing_is_read_for_facts_or_a_version_that_have_moved() {
        let stands = |links, record| Stands { links: Some(FactsVersion(links)), record: Some(record) };
        assert!(stands(7 << 32 | 3, 5).check(5, 3).is_ok(), "the desk's half is the desk's to check");
        assert!(matches!(stands(3, 5).check(6, 3), Err(StoreError::FactsMoved)));
        assert!(matches!(stands(3, 5).check(5, 4), Err(StoreError::FactsMoved)));
    }
}
