//! The rows behind [`crate::ClinicalReads`]: plain SQL, reached through its functions alone.

use record::{Content, Entry, EntryId, MessageId, PersonId, Section};
use rusqlite::{Connection, OptionalExtension, params};

use crate::charts::{self, ChartTold};
use crate::clinical::{Doubt, HITS_MAX, LookUp, StoredChart, StoredHit, StoredRecord, StoredSource};
use crate::entry_row;
use crate::error::StoreError;
use crate::inbox::{SourceNumbers, decompress, timestamp};

/// Kinds are stored as their position in [`Content::KINDS`]; a mask of them lets
/// the range read skip what the role does not see.
pub(crate) fn kinds_mask(shown: impl Fn(Section) -> bool) -> i64 {
    let sections = [
        Section::Alerts,
        Section::Allergies,
        Section::Medicines,
        Section::Problems,
        Section::Results,
        Section::Results,
        Section::Appointments,
        Section::Attendances,
        Section::Letters,
        Section::Immunisations,
        Section::Procedures,
        Section::People,
        Section::SocialCare,
    ];
    sections.iter().enumerate().filter(|(_, section)| shown(**section)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

pub(crate) fn read_record(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
    kinds: i64,
) -> Result<StoredRecord, StoreError> {
    let charts = charts::charts_of(connection, person)?;
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

fn range(person: PersonId) -> (i64, i64) {
    let first = person.0 << EntryId::PLACE_BITS;
    (first.cast_signed(), (first + EntryId::PLACES_MAX - 1).cast_signed())
}

pub(crate) fn read_charts(
    connection: &Connection,
    sources: &SourceNumbers,
    person: PersonId,
) -> Result<Vec<StoredChart>, StoreError> {
    stored_charts(sources, charts::charts_of(connection, person)?)
}

fn stored_charts(sources: &SourceNumbers, charts: Vec<ChartTold>) -> Result<Vec<StoredChart>, StoreError> {
    let stored = |chart: ChartTold| {
        Ok(StoredChart {
            source: sources.id(chart.source)?.clone(),
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
        let Some(source) = sources.by_number.get(&number) else { continue };
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
            source: sources.id(row.get(2)?)?.clone(),
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
            Ok(StoredHit { person, charts: read_charts(connection, sources, person)?, restricted })
        })
        .collect()
}

pub(crate) fn read_message(connection: &Connection, message: MessageId) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<(Vec<u8>, i64)> = connection
        .prepare_cached("SELECT body, size FROM message WHERE id = ?1")?
        .query_row([message.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(body, size)| decompress(&body, size)).transpose()
}

pub(crate) fn read_source_text(connection: &Connection, entry: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
    let row: Option<(i64, i64, i64)> = connection
        .prepare_cached("SELECT message, span_start, span_length FROM entry WHERE id = ?1")?
        .query_row([entry.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((message, start, length)) = row else { return Ok(None) };
    let message = read_message(connection, MessageId(message.cast_unsigned()))?;
    let span = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(length)).ok());
    Ok(message.zip(span).and_then(|(bytes, (from, to))| bytes.get(from..to).map(<[u8]>::to_vec)))
}

pub(crate) fn restore_letter_text(connection: &Connection, entry: &mut Entry) -> Result<(), StoreError> {
    let Content::Letter(letter) = &mut entry.content else { return Ok(()) };
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM letter_text WHERE entry = ?1")?
        .query_row([entry.id.0.cast_signed()], |row| row.get(0))
        .optional()?;
    letter.text = body.as_deref().map(entry_row::letter_text).transpose()?;
    Ok(())
}

pub(crate) fn person_version(connection: &Connection, person: PersonId) -> Result<u64, StoreError> {
    let version: Option<i64> = connection
        .prepare_cached("SELECT version FROM person WHERE id = ?1")?
        .query_row([person.0.cast_signed()], |row| row.get(0))
        .optional()?;
    version.map(i64::cast_unsigned).ok_or(StoreError::NotFound("person"))
}
