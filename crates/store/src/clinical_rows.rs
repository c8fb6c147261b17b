//! The rows behind [`crate::ClinicalReads`]: plain SQL, reached through its functions alone.

use record::{Content, EntryId, PersonId, Section};
use rusqlite::{Connection, OptionalExtension, params};

use crate::candidates::{ChartTold, charts_of};
use crate::clinical::{Doubt, HITS_MAX, LookUp, StoredChart, StoredHit, StoredRecord, StoredSource};
use crate::entry_row;
use crate::error::StoreError;
use crate::inbox::timestamp;
use crate::source_numbers::SourceNumbers;

/// Kinds are stored as their position in [`Content::KINDS`]; a mask of them lets
/// the range read skip what the role does not see.
pub(crate) fn kinds_mask(shown: impl Fn(Section) -> bool) -> i64 {
    let section_shown = |kind: &str| Content::section_of_kind(kind).is_some_and(&shown);
    let kinds = Content::KINDS.iter().enumerate();
    kinds.filter(|(_, kind)| section_shown(kind)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

pub(crate) fn read_record(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
    kinds: i64,
) -> Result<StoredRecord, StoreError> {
    let charts = charts_of(connection, person)?;
    let (first, last) = range(person);
    let sql = format!(
        "SELECT {} FROM entry e {} WHERE e.id BETWEEN ?1 AND ?2 AND ((1 << e.kind) & ?3) <> 0 ORDER BY e.id",
        entry_row::COLUMNS,
        entry_row::JOINS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![first, last, kinds])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry_row::read(row, sources)?);
    }
    let known: Vec<i64> = charts.iter().map(|chart| chart.source).collect();
    Ok(StoredRecord {
        entries,
        sources: read_sources(connection, sources, person, &known)?,
        doubts: read_doubts(connection, sources, person)?,
        charts: stored_charts(sources, charts)?,
    })
}

/// The first and the last entry id that a person may have.
pub(crate) fn range(person: PersonId) -> (i64, i64) {
    let first = person.0 << EntryId::PLACE_BITS;
    (first.cast_signed(), (first + EntryId::PLACES_MAX - 1).cast_signed())
}

pub(crate) fn read_charts(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
) -> Result<Vec<StoredChart>, StoreError> {
    stored_charts(sources, charts_of(connection, person)?)
}

fn stored_charts(sources: &SourceNumbers, charts: Vec<ChartTold>) -> Result<Vec<StoredChart>, StoreError> {
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

fn read_sources(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
    known: &[i64],
) -> Result<Vec<StoredSource>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.number, s.last_message_at,
           (SELECT count(*) FROM quarantine q WHERE q.person = ?1 AND q.state = 0 AND q.source = s.number)
           + (SELECT count(*) FROM work_item w WHERE w.other_person = ?1 AND w.state = 0 AND w.source = s.number)
         FROM source s ORDER BY s.number",
    )?;
    let mut rows = statement.query([person.0.cast_signed()])?;
    let mut stored = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        // A source that is no longer configured keeps its number and sends nothing.
        let Some(source) = sources.configured(number) else { continue };
        stored.push(StoredSource {
            source: source.clone(),
            last_message_at: row.get::<_, Option<i64>>(1)?.map(timestamp),
            knows_person: known.contains(&number),
            waiting_items: row.get(2)?,
        });
    }
    Ok(stored)
}

pub(crate) fn read_doubts(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
) -> Result<Vec<Doubt>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, reasons, source, at FROM work_item
         WHERE state = 0 AND (person = ?1 OR other_person = ?1) ORDER BY id",
    )?;
    let mut rows = statement.query([person.0.cast_signed()])?;
    let mut doubts = Vec::new();
    while let Some(row) = rows.next()? {
        doubts.push(Doubt {
            kind: row.get(0)?,
            reasons: row.get(1)?,
            source: sources.id(row.get(2)?)?,
            at: timestamp(row.get(3)?),
        });
    }
    Ok(doubts)
}

pub(crate) fn read_hits(
    connection: &Connection,
    sources: &SourceNumbers,
    look_up: &LookUp,
) -> Result<Vec<StoredHit>, StoreError> {
    let limit = i64::try_from(HITS_MAX + 1).unwrap_or(i64::MAX);
    let epoch = jiff::civil::date(1970, 1, 1);
    let people: Vec<i64> = match look_up {
        LookUp::NhsNumber(number) => connection
            .prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person LIMIT ?2")?
            .query_map(params![number.as_u64().cast_signed(), limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?,
        LookUp::NameAndBirth { name_key, born } => {
            let day = epoch.until(*born).map(|span| i64::from(span.get_days())).unwrap_or_default();
            connection
                .prepare_cached(
                    "SELECT DISTINCT person FROM name_key WHERE key = ?1 AND born = ?2 ORDER BY person LIMIT ?3",
                )?
                .query_map(params![name_key, day, limit], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        }
        // Restricted people are never found by where they live.
        LookUp::NameAndPostcode { place_key } => connection
            .prepare_cached(
                "SELECT DISTINCT k.person FROM place_key k JOIN person p ON p.id = k.person
                 WHERE k.key = ?1 AND p.restricted = 0 ORDER BY k.person LIMIT ?2",
            )?
            .query_map(params![place_key, limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?,
    };
    people
        .into_iter()
        .map(|person| {
            let restricted = connection
                .prepare_cached("SELECT restricted FROM person WHERE id = ?1")?
                .query_row([person], |row| row.get(0))?;
            let person = PersonId(person.cast_unsigned());
            let mut charts = read_charts(connection, sources, person)?;
            if restricted {
                charts.iter_mut().for_each(hide_whereabouts);
            }
            Ok(StoredHit { person, charts, restricted })
        })
        .collect()
}

/// What one source marks as restricted is restricted, whichever source told it.
fn hide_whereabouts(chart: &mut StoredChart) {
    let told = &mut chart.told;
    (told.address, told.practice, told.restricted) = (None, None, true);
    told.telephones.clear();
}

/// Refuses when the record is no longer the one that the log row says was shown.
pub(crate) fn version_must_stand(
    connection: &Connection,
    person: PersonId,
    version: Option<u64>,
) -> Result<(), StoreError> {
    let now: Option<i64> = connection
        .prepare_cached("SELECT version FROM person WHERE id = ?1")?
        .query_row([person.0.cast_signed()], |row| row.get(0))
        .optional()?;
    let now = now.map(i64::cast_unsigned).ok_or(StoreError::NotFound("person"))?;
    if version.is_none_or(|version| version == now) { Ok(()) } else { Err(StoreError::FactsMoved) }
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
}
