//! Content out of the embedded database: plain SQL, reached through
//! [`crate::ClinicalReads`] alone.

use record::{Content, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::chart_rows::charts_of;
use super::entry_rows::stored_letter_text;
use super::source_texts::SourceTexts;
use crate::bodies::Bodies;
use crate::candidates::ChartTold;
use crate::clinical::{LOOK_UP_PEOPLE_MAX, LookUp, StoredHit, StoredRecord, WithSources};
use crate::clinical_rows::{RecordBuilder, RecordRow, Wanted, hide_whereabouts, range, stored_charts};
use crate::error::StoreError;
use crate::look_up;
use crate::source_numbers::SourceNumbers;
use crate::word_cache::WordCache;

/// One statement, so that a record is one read of one moment.
const RECORD: &str = "
    SELECT 5, number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, text, NULL, NULL, NULL, NULL, NULL, NULL
    FROM word WHERE number > ?5
    UNION ALL
    SELECT 0, version, link_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM person WHERE id = ?1
    UNION ALL
    SELECT 1, id, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM chart WHERE person = ?1
    UNION ALL
    SELECT 2, e.id, e.chart, e.source, e.kind, e.standing, e.sensitivity, e.message, e.unit,
      e.clinical_time, e.recorded, e.code, e.line, e.author, e.organisation, e.code_system
    FROM entry e
    WHERE e.id BETWEEN ?2 AND ?3 AND ((1 << e.kind) & ?4) <> 0
      AND e.id NOT IN (SELECT c.entry FROM entry_covered c WHERE c.person = ?1 AND c.until IS NULL)
    UNION ALL
    SELECT 3, s.number, s.last_message_at,
      (SELECT count(*) FROM quarantine q WHERE q.person = ?1 AND q.state = 0 AND q.source = s.number)
      + (SELECT count(*) FROM work_item w WHERE w.other_person = ?1 AND w.state = 0 AND w.source = s.number),
      f.due_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM source s LEFT JOIN feed f ON f.source = s.number AND f.kind = ''
    UNION ALL
    SELECT 6, source, last_at, NULL, NULL, NULL, NULL, NULL, NULL, sections, NULL, NULL, NULL, NULL, NULL, NULL
    FROM feed WHERE due_at < ?6 AND kind <> ''
    UNION ALL
    SELECT 7, source, count(*), max(at), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM removed_item WHERE person = ?1 AND is_done = 1 GROUP BY source
    UNION ALL
    SELECT 4, id, source, at, NULL, NULL, NULL, NULL, NULL, kind, reasons, NULL, NULL, NULL, NULL, NULL
    FROM work_item WHERE state = 0 AND (person = ?1 OR other_person = ?1)";

/// The same as it was at version `?6`: what is as old as that and still so, and
/// what has been replaced since.
const RECORD_AS_OF: &str = "
    SELECT 5, number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, text, NULL, NULL, NULL, NULL, NULL, NULL
    FROM word WHERE number > ?5
    UNION ALL
    SELECT 0, version, link_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM person WHERE id = ?1
    UNION ALL
    SELECT 1, id, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM chart WHERE person = ?1 AND since <= ?6
    UNION ALL
    SELECT 1, chart, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM chart_version WHERE person = ?1 AND until > ?6 AND since <= ?6
    UNION ALL
    SELECT 2, e.id, e.chart, e.source, e.kind, e.standing, e.sensitivity, e.message, e.unit,
      e.clinical_time, e.recorded, e.code, e.line, e.author, e.organisation, e.code_system
    FROM (
      SELECT id, chart, source, kind, standing, sensitivity, message, unit, clinical_time, recorded, author,
        organisation, code_system, code, line
      FROM entry WHERE id BETWEEN ?2 AND ?3 AND since <= ?6
      UNION ALL
      SELECT id, chart, source, kind, standing, sensitivity, message, unit, clinical_time, recorded, author,
        organisation, code_system, code, line
      FROM entry_version WHERE id BETWEEN ?2 AND ?3 AND until > ?6 AND since <= ?6
    ) e
    WHERE ((1 << e.kind) & ?4) <> 0
      AND e.id NOT IN (SELECT c.entry FROM entry_covered c
        WHERE c.person = ?1 AND c.since <= ?6 AND coalesce(c.until > ?6, 1))
    UNION ALL
    SELECT 3, s.number, s.last_message_at,
      (SELECT count(*) FROM quarantine q WHERE q.person = ?1 AND q.state = 0 AND q.source = s.number)
      + (SELECT count(*) FROM work_item w WHERE w.other_person = ?1 AND w.state = 0 AND w.source = s.number),
      f.due_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM source s LEFT JOIN feed f ON f.source = s.number AND f.kind = ''
    UNION ALL
    SELECT 6, source, last_at, NULL, NULL, NULL, NULL, NULL, NULL, sections, NULL, NULL, NULL, NULL, NULL, NULL
    FROM feed WHERE due_at < ?7 AND kind <> ''
    UNION ALL
    SELECT 7, source, count(*), max(at), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM removed_item WHERE person = ?1 AND is_done = 1 GROUP BY source
    UNION ALL
    SELECT 4, id, source, at, NULL, NULL, NULL, NULL, NULL, kind, reasons, NULL, NULL, NULL, NULL, NULL
    FROM work_item WHERE state = 0 AND (person = ?1 OR other_person = ?1)";

pub(crate) fn record(
    connection: &Connection,
    sources: &SourceNumbers,
    words: &WordCache,
    wanted: &Wanted,
) -> Result<StoredRecord, StoreError> {
    let (person, (first, last)) = (wanted.person.0.cast_signed(), range(wanted.person));
    let (known, now) = (words.newest(), wanted.at.as_second());
    let mut statement = connection.prepare_cached(if wanted.as_of.is_some() { RECORD_AS_OF } else { RECORD })?;
    let mut rows = match wanted.as_of {
        None => statement.query(params![person, first, last, wanted.kinds, known, now])?,
        Some(version) => {
            statement.query(params![person, first, last, wanted.kinds, known, version.cast_signed(), now])?
        }
    };
    let mut builder = RecordBuilder::new(sources, words, wanted);
    while let Some(row) = rows.next()? {
        builder.add(&record_row(row)?)?;
    }
    builder.finish()
}

fn record_row<'a>(row: &'a Row<'_>) -> Result<RecordRow<'a>, StoreError> {
    let mut numbers = [None; 8];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = row.get_ref(index + 1)?.as_i64_or_null().map_err(rusqlite::Error::from)?;
    }
    let mut texts = [None; 4];
    for (index, text) in texts.iter_mut().enumerate() {
        *text = row.get_ref(index + 9)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    }
    let mut words = [None; 3];
    for (index, word) in words.iter_mut().enumerate() {
        *word = row.get_ref(index + 13)?.as_i64_or_null().map_err(rusqlite::Error::from)?;
    }
    Ok(RecordRow { what: row.get(0)?, numbers, texts, words })
}

pub(crate) fn hits(
    connection: &Connection,
    sources: &SourceNumbers,
    look_up: &LookUp,
) -> Result<Vec<StoredHit>, StoreError> {
    let mut hits = Vec::new();
    for person in people(connection, look_up)? {
        let restricted = connection
            .prepare_cached("SELECT restricted FROM person WHERE id = ?1")?
            .query_row([person], |row| row.get(0))?;
        let person = PersonId(person.cast_unsigned());
        let charts = charts_of(connection, person)?.into_iter().map(ChartTold::read).collect::<Result<_, _>>()?;
        let mut charts = stored_charts(sources, charts)?;
        if restricted {
            charts.iter_mut().for_each(hide_whereabouts);
        }
        hits.push(StoredHit { person, charts, restricted });
    }
    Ok(hits)
}

/// No limit is bound: SQLite would plan the statement anew each time.
fn people(connection: &Connection, look_up: &LookUp) -> Result<Vec<i64>, StoreError> {
    let people = match look_up {
        LookUp::NhsNumber(number) => connection
            .prepare_cached("SELECT DISTINCT person FROM number_key WHERE nhs_number = ?1 ORDER BY person")?
            .query_map([number.as_u64().cast_signed()], |row| row.get(0))?
            .take(LOOK_UP_PEOPLE_MAX + 1)
            .collect::<Result<_, _>>()?,
        LookUp::NameAndBirth { name_key, born } => connection
            .prepare_cached("SELECT DISTINCT person FROM look_up WHERE key BETWEEN ?1 AND ?2 ORDER BY person")?
            .query_map(<[i64; 2]>::from(look_up::name_keys(name_key, *born).into_inner()), |row| row.get(0))?
            .take(LOOK_UP_PEOPLE_MAX + 1)
            .collect::<Result<_, _>>()?,
        LookUp::NamesAndBirth { name_keys, born } => connection
            .prepare_cached(
                "SELECT k.person FROM look_up k WHERE k.key BETWEEN ?1 AND ?2
                 INTERSECT SELECT l.person FROM look_up l WHERE l.key BETWEEN ?3 AND ?4 ORDER BY person",
            )?
            .query_map(both_ranges(name_keys, *born), |row| row.get(0))?
            .take(LOOK_UP_PEOPLE_MAX + 1)
            .collect::<Result<_, _>>()?,
        // Restricted people are never found by where they live.
        LookUp::NameAndPostcode { place_key } => connection
            .prepare_cached(
                "SELECT DISTINCT p.id FROM look_up k JOIN person p ON p.id = k.person
                 WHERE k.key BETWEEN ?1 AND ?2 AND p.restricted = 0 ORDER BY p.id",
            )?
            .query_map(<[i64; 2]>::from(look_up::place_keys(place_key).into_inner()), |row| row.get(0))?
            .take(LOOK_UP_PEOPLE_MAX + 1)
            .collect::<Result<_, _>>()?,
    };
    Ok(people)
}

fn both_ranges(names: &[String; 2], born: jiff::civil::Date) -> [i64; 4] {
    let [(first, last), (other_first, other_last)] =
        names.each_ref().map(|name| look_up::name_keys(name, born).into_inner());
    [first, last, other_first, other_last]
}

/// Everything of one person, with the bytes that each entry came from.
pub(crate) fn export(
    connection: &Connection,
    sources: &SourceNumbers,
    words: &WordCache,
    bodies: &Bodies,
    wanted: &Wanted,
) -> Result<WithSources, StoreError> {
    let mut record = record(connection, sources, words, wanted)?;
    let mut texts = SourceTexts::default();
    let mut raw = Vec::with_capacity(record.entries.len());
    for entry in &mut record.entries {
        raw.push(texts.of(connection, bodies, entry.id)?);
        if let Content::Letter(letter) = &mut entry.content {
            letter.text = stored_letter_text(connection, entry.id)?;
        }
    }
    Ok((record, raw))
}

/// Refuses to read for a decision whose facts about links and restriction have
/// moved since.
pub(super) fn links_must_stand(
    connection: &Connection,
    person: PersonId,
    facts: access::FactsVersion,
) -> Result<(), StoreError> {
    let row: Option<(i64, i64)> = connection
        .prepare_cached("SELECT version, link_version FROM person WHERE id = ?1")?
        .query_row([person.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (version, link_version) = row.ok_or(StoreError::NotFound("person"))?;
    crate::clinical_rows::Stands { links: Some(facts), record: None }.check(version, link_version)
}
