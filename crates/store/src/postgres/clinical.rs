//! Content out of PostgreSQL, behind row-level security: each read names the
//! person and the receipt's row of the access log, for its own transaction alone.

use std::collections::HashMap;

use access::FactsVersion;
use record::{Content, EntryId, MessageId, PersonId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::connect::Role;
use super::server::Server;
use crate::bodies::Bodies;
use crate::candidates::ChartTold;
use crate::clinical::{LOOK_UP_PEOPLE_MAX, LookUp, ShownWhole, StoredHit, StoredRecord, WithSources};
use crate::clinical_rows::{RecordBuilder, RecordRow, Stands, Wanted, hide_whereabouts, range, stored_charts};
use crate::entry_row::{is_letter, letter_text};
use crate::error::StoreError;
use crate::look_up;
use crate::rows::ChartRow;
use crate::source_numbers::SourceNumbers;
use crate::word_cache::WordCache;

/// What row-level security compares with, until the transaction ends.
const NAME: &str = "
    SELECT set_config('connect_care.person', $1::bigint::text, true),
      set_config('connect_care.counter', $2::bigint::text, true)";

/// One statement, so that a record is one read of one moment.
const RECORD: &str = "
    SELECT 5::bigint, number, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
      NULL::bigint, text, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint
    FROM record.word WHERE number > $5
    UNION ALL
    SELECT 0, version, link_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.person WHERE id = $1
    UNION ALL
    SELECT 1, id, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.chart WHERE person = $1
    UNION ALL
    SELECT 2, e.id, e.chart, e.source, e.kind, e.standing, e.sensitivity, e.message, e.unit,
      e.clinical_time, e.recorded, e.code, e.line, e.author, e.organisation, e.code_system
    FROM record.entry e
    WHERE e.person = $1 AND e.id BETWEEN $2 AND $3 AND ((1::bigint << e.kind::int) & $4) <> 0
      AND e.id <> ALL (ARRAY(SELECT c.entry FROM record.entry_covered c WHERE c.person = $1 AND c.until IS NULL))
    UNION ALL
    SELECT 3, s.number, s.last_message_at,
      (SELECT count(*) FROM record.quarantine q WHERE q.person = $1 AND q.state = 0 AND q.source = s.number)
      + (SELECT count(*) FROM record.work_item w WHERE w.other_person = $1 AND w.state = 0 AND w.source = s.number),
      f.due_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.source s LEFT JOIN record.feed f ON f.source = s.number AND f.kind = ''
    UNION ALL
    SELECT 6, source, last_at, NULL, NULL, NULL, NULL, NULL, NULL, sections, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.feed WHERE due_at < $6 AND kind <> ''
    UNION ALL
    SELECT 7, source, count(*), max(at), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.removed_item WHERE person = $1 AND is_done = 1 GROUP BY source
    UNION ALL
    SELECT 4, id, source, at, NULL, NULL, NULL, NULL, NULL, kind, reasons, NULL, NULL, NULL, NULL, NULL
    FROM record.work_item WHERE state = 0 AND (person = $1 OR other_person = $1)";

/// The same as it was at version `$6`: what is as old as that and still so, and
/// what has been replaced since.
const RECORD_AS_OF: &str = "
    SELECT 5::bigint, number, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
      NULL::bigint, text, NULL::text, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint
    FROM record.word WHERE number > $5
    UNION ALL
    SELECT 0, version, link_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.person WHERE id = $1
    UNION ALL
    SELECT 1, id, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.chart WHERE person = $1 AND since <= $6
    UNION ALL
    SELECT 1, chart, source, told_at, NULL, NULL, NULL, NULL, NULL, told, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.chart_version WHERE person = $1 AND until > $6 AND since <= $6
    UNION ALL
    SELECT 2, e.id, e.chart, e.source, e.kind, e.standing, e.sensitivity, e.message, e.unit,
      e.clinical_time, e.recorded, e.code, e.line, e.author, e.organisation, e.code_system
    FROM (
      SELECT id, chart, source, kind, standing, sensitivity, message, unit, clinical_time, recorded, author,
        organisation, code_system, code, line
      FROM record.entry WHERE person = $1 AND id BETWEEN $2 AND $3 AND since <= $6
      UNION ALL
      SELECT id, chart, source, kind, standing, sensitivity, message, unit, clinical_time, recorded, author,
        organisation, code_system, code, line
      FROM record.entry_version WHERE person = $1 AND id BETWEEN $2 AND $3 AND until > $6 AND since <= $6
    ) e
    WHERE ((1::bigint << e.kind::int) & $4) <> 0
      AND e.id <> ALL (ARRAY(SELECT c.entry FROM record.entry_covered c
        WHERE c.person = $1 AND c.since <= $6 AND (c.until IS NULL OR c.until > $6)))
    UNION ALL
    SELECT 3, s.number, s.last_message_at,
      (SELECT count(*) FROM record.quarantine q WHERE q.person = $1 AND q.state = 0 AND q.source = s.number)
      + (SELECT count(*) FROM record.work_item w WHERE w.other_person = $1 AND w.state = 0 AND w.source = s.number),
      f.due_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.source s LEFT JOIN record.feed f ON f.source = s.number AND f.kind = ''
    UNION ALL
    SELECT 6, source, last_at, NULL, NULL, NULL, NULL, NULL, NULL, sections, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.feed WHERE due_at < $7 AND kind <> ''
    UNION ALL
    SELECT 7, source, count(*), max(at), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM record.removed_item WHERE person = $1 AND is_done = 1 GROUP BY source
    UNION ALL
    SELECT 4, id, source, at, NULL, NULL, NULL, NULL, NULL, kind, reasons, NULL, NULL, NULL, NULL, NULL
    FROM record.work_item WHERE state = 0 AND (person = $1 OR other_person = $1)";

const HIT_CHARTS: &str = "
    SELECT c.id, c.source, c.told, c.told_at, p.id, p.restricted
    FROM record.person p LEFT JOIN record.chart c ON c.person = p.id WHERE p.id = ANY($1) ORDER BY p.id, c.id";
const LETTER: &str = "
    SELECT p.version, p.link_version, e.kind, l.body,
      coalesce(((1::bigint << e.kind::int) & $3) <> 0 AND ($4::boolean OR e.sensitivity = 0), false)
    FROM record.person p LEFT JOIN record.entry e ON e.person = p.id AND e.id = $2
      LEFT JOIN record.letter_text l ON l.person = e.person AND l.entry = e.id
    WHERE p.id = $1";
const UNIT: &str = "
    SELECT p.version, p.link_version, e.span_start, e.span_length, m.body, m.size,
      EXISTS (SELECT 1 FROM record.entry o WHERE o.person = $1 AND o.message = e.message AND o.unit = e.unit
        AND NOT (((1::bigint << o.kind::int) & $3) <> 0 AND ($4::boolean OR o.sensitivity = 0)))
      OR EXISTS (SELECT 1 FROM record.entry_version o WHERE o.person = $1 AND o.message = e.message AND o.unit = e.unit
        AND NOT (((1::bigint << o.kind::int) & $3) <> 0 AND ($4::boolean OR o.sensitivity = 0)))
    FROM record.person p LEFT JOIN record.entry e ON e.person = p.id AND e.id = $2
      LEFT JOIN record.message m ON m.id = e.message
    WHERE p.id = $1";
const MESSAGE: &str = "SELECT body, size FROM record.message WHERE id = $1";
const LINKS: &str = "SELECT id, version, link_version FROM record.person WHERE id = ANY($1)";
const EXPORT_SPANS: &str = "
    SELECT id, message, span_start, span_length FROM record.entry WHERE person = $1 ORDER BY id";
const EXPORT_BODIES: &str = "
    SELECT m.id, m.body, m.size FROM record.message m
    WHERE m.id IN (SELECT e.message FROM record.entry e WHERE e.person = $1)";
const EXPORT_LETTERS: &str = "SELECT entry, body FROM record.letter_text WHERE person = $1";

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Server {
    /// Reads in one transaction for which the person and the receipt are named; all
    /// of it is on its way before the first answer is back.
    async fn read_for(&self, person: i64, counter: u64, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.twice(Role::Reads, || self.read_once(person, counter, sql, values)).await
    }

    async fn read_once(
        &self,
        person: i64,
        counter: u64,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let client = self.pools.get(Role::Reads).await?;
        let name: Statement = client.prepare_cached(NAME).await?;
        let statement: Statement = client.prepare_cached(sql).await?;
        // Naming the person reads no table and is not counted.
        self.pools.counters().read();
        let counter = counter.cast_signed();
        let named: [&(dyn ToSql + Sync); 2] = [&person, &counter];
        // A failure in between makes the last of them a rollback.
        let (_, _, rows, _) = tokio::join!(biased;
            client.batch_execute("BEGIN READ ONLY"),
            client.query(&name, &named),
            client.query(&statement, values),
            client.batch_execute("COMMIT"),
        );
        Ok(rows?)
    }

    pub(crate) async fn record(
        &self,
        sources: &SourceNumbers,
        words: &WordCache,
        wanted: &Wanted,
    ) -> Result<StoredRecord, StoreError> {
        let (person, (first, last)) = (wanted.person.0.cast_signed(), range(wanted.person));
        let (known, now) = (words.newest(), wanted.at.as_second());
        let rows = match wanted.as_of {
            None => {
                let values: Values<'_> = &[&person, &first, &last, &wanted.kinds, &known, &now];
                self.read_for(person, wanted.counter, RECORD, values).await?
            }
            Some(version) => {
                let version = version.cast_signed();
                let values: Values<'_> = &[&person, &first, &last, &wanted.kinds, &known, &version, &now];
                self.read_for(person, wanted.counter, RECORD_AS_OF, values).await?
            }
        };
        let mut builder = RecordBuilder::new(sources, words, wanted);
        for row in &rows {
            builder.add(&record_row(row)?)?;
        }
        builder.finish()
    }

    pub(crate) async fn hits(&self, sources: &SourceNumbers, look_up: &LookUp) -> Result<Vec<StoredHit>, StoreError> {
        let people = self.people(look_up).await?;
        let mut hits: Vec<StoredHit> = Vec::new();
        for row in self.rows(Role::Reads, HIT_CHARTS, &[&people]).await? {
            let person = PersonId(row.try_get::<_, i64>(4)?.cast_unsigned());
            if hits.last().is_none_or(|hit| hit.person != person) {
                hits.push(StoredHit { person, charts: Vec::new(), restricted: row.try_get(5)? });
            }
            let Some(chart) = row.try_get::<_, Option<i64>>(0)? else { continue };
            let chart = ChartTold::read(ChartRow {
                chart: record::ChartId(chart.cast_unsigned()),
                source: row.try_get(1)?,
                person,
                told: row.try_get(2)?,
                told_at: row.try_get(3)?,
            })?;
            let Some(hit) = hits.last_mut() else { continue };
            let mut charts = stored_charts(sources, vec![chart])?;
            if hit.restricted {
                charts.iter_mut().for_each(hide_whereabouts);
            }
            hit.charts.append(&mut charts);
        }
        Ok(hits)
    }

    async fn people(&self, look_up: &LookUp) -> Result<Vec<i64>, StoreError> {
        let limit = i64::try_from(LOOK_UP_PEOPLE_MAX + 1).unwrap_or(i64::MAX);
        let rows = match look_up {
            LookUp::NhsNumber(number) => {
                let sql =
                    "SELECT DISTINCT person FROM record.number_key WHERE nhs_number = $1 ORDER BY person LIMIT $2";
                let number = number.as_u64().cast_signed();
                self.rows(Role::Reads, sql, &[&number, &limit]).await?
            }
            LookUp::NameAndBirth { name_key, born } => {
                let sql =
                    "SELECT DISTINCT person FROM record.look_up WHERE key BETWEEN $1 AND $2 ORDER BY person LIMIT $3";
                let (first, last) = look_up::name_keys(name_key, *born).into_inner();
                self.rows(Role::Reads, sql, &[&first, &last, &limit]).await?
            }
            LookUp::NamesAndBirth { name_keys, born } => {
                let sql = "SELECT k.person FROM record.look_up k WHERE k.key BETWEEN $1 AND $2
                           INTERSECT SELECT l.person FROM record.look_up l WHERE l.key BETWEEN $3 AND $4
                           ORDER BY person LIMIT $5";
                let [(first, last), (other_first, other_last)] =
                    name_keys.each_ref().map(|name_key| look_up::name_keys(name_key, *born).into_inner());
                self.rows(Role::Reads, sql, &[&first, &last, &other_first, &other_last, &limit]).await?
            }
            // Restricted people are never found by where they live.
            LookUp::NameAndPostcode { place_key } => {
                let sql = "SELECT DISTINCT p.id FROM record.look_up k JOIN record.person p ON p.id = k.person
                           WHERE k.key BETWEEN $1 AND $2 AND NOT p.restricted ORDER BY p.id LIMIT $3";
                let (first, last) = look_up::place_keys(place_key).into_inner();
                self.rows(Role::Reads, sql, &[&first, &last, &limit]).await?
            }
        };
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    pub(crate) async fn letter(&self, shown: &ShownWhole, entry: EntryId) -> Result<Option<String>, StoreError> {
        let row = self.read_shown(shown, entry, LETTER).await?;
        let (kind, body): (Option<i64>, Option<&[u8]>) = (row.try_get(2)?, row.try_get(3)?);
        if !row.try_get::<_, bool>(4)? || !kind.is_some_and(is_letter) {
            return Err(StoreError::NotFound("letter"));
        }
        body.map(letter_text).transpose()
    }

    pub(crate) async fn unit(
        &self,
        bodies: &Bodies,
        shown: &ShownWhole,
        entry: EntryId,
    ) -> Result<Vec<u8>, StoreError> {
        let row = self.read_shown(shown, entry, UNIT).await?;
        let body: Option<&[u8]> = row.try_get(4)?;
        let (Some(body), false) = (body, row.try_get::<_, bool>(6)?) else {
            return Err(StoreError::NotFound("entry"));
        };
        let text = bodies.unpack_span(body, row.try_get(5)?, row.try_get(2)?, row.try_get(3)?)?;
        text.ok_or(StoreError::NotFound("entry"))
    }

    /// One row about an entry, whose first two columns are the person's versions.
    async fn read_shown(&self, shown: &ShownWhole, entry: EntryId, sql: &str) -> Result<Row, StoreError> {
        let (person, entry) = (shown.person.0.cast_signed(), entry.0.cast_signed());
        let values: Values<'_> = &[&person, &entry, &shown.kinds, &shown.sees_sensitive];
        let row = self.read_for(person, shown.counter, sql, values).await?.pop();
        let row = row.ok_or(StoreError::NotFound("person"))?;
        Stands { links: Some(shown.facts), record: None }.check(row.try_get(0)?, row.try_get(1)?)?;
        Ok(row)
    }

    /// Refuses a message that concerns somebody of whom the decision does not know,
    /// or whose links have moved since.
    pub(super) async fn concerns_must_stand(
        &self,
        message: MessageId,
        concerns: &[(PersonId, FactsVersion)],
    ) -> Result<(), StoreError> {
        let people = self.people_in_message(message).await?;
        let ids: Vec<i64> = people.iter().map(|person| person.0.cast_signed()).collect();
        for row in self.rows(Role::Reads, LINKS, &[&ids]).await? {
            let person = row.try_get::<_, i64>(0)?.cast_unsigned();
            let known = concerns.iter().find(|(known, _)| known.0 == person);
            let (_, facts) = known.ok_or(StoreError::FactsMoved)?;
            Stands { links: Some(*facts), record: None }.check(row.try_get(1)?, row.try_get(2)?)?;
        }
        Ok(())
    }

    pub(crate) async fn message(
        &self,
        bodies: &Bodies,
        counter: u64,
        message: MessageId,
        concerns: &[(PersonId, FactsVersion)],
    ) -> Result<Vec<u8>, StoreError> {
        self.concerns_must_stand(message, concerns).await?;
        let message = message.0.cast_signed();
        // Rows about nobody in particular have a chain of their own.
        let row = self.read_for(0, counter, MESSAGE, &[&message]).await?.pop();
        let row = row.ok_or(StoreError::NotFound("message"))?;
        bodies.unpack(row.try_get(0)?, row.try_get(1)?)
    }

    pub(crate) async fn export(
        &self,
        sources: &SourceNumbers,
        words: &WordCache,
        bodies: &Bodies,
        wanted: &Wanted,
    ) -> Result<WithSources, StoreError> {
        let person = wanted.person.0.cast_signed();
        let mut letters = HashMap::new();
        for row in self.read_for(person, wanted.counter, EXPORT_LETTERS, &[&person]).await? {
            letters.insert(row.try_get::<_, i64>(0)?, letter_text(row.try_get(1)?)?);
        }
        let mut messages = HashMap::new();
        for row in self.read_for(person, wanted.counter, EXPORT_BODIES, &[&person]).await? {
            messages.insert(row.try_get::<_, i64>(0)?, (row.try_get::<_, Vec<u8>>(1)?, row.try_get::<_, i64>(2)?));
        }
        let mut texts = HashMap::new();
        for row in self.read_for(person, wanted.counter, EXPORT_SPANS, &[&person]).await? {
            let Some((body, size)) = messages.get(&row.try_get::<_, i64>(1)?) else { continue };
            let text = bodies.unpack_span(body, *size, row.try_get(2)?, row.try_get(3)?)?;
            texts.insert(row.try_get::<_, i64>(0)?, text);
        }
        // Read last: where the record has moved since the receipt's row, all of it is refused.
        let mut record = self.record(sources, words, wanted).await?;
        let mut raw = Vec::with_capacity(record.entries.len());
        for entry in &mut record.entries {
            let id = entry.id.0.cast_signed();
            raw.push(texts.remove(&id).flatten());
            if let Content::Letter(letter) = &mut entry.content {
                letter.text = letters.remove(&id);
            }
        }
        Ok((record, raw))
    }
}

fn record_row(row: &Row) -> Result<RecordRow<'_>, StoreError> {
    let mut numbers = [None; 8];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = row.try_get(index + 1)?;
    }
    let mut texts = [None; 4];
    for (index, text) in texts.iter_mut().enumerate() {
        *text = row.try_get(index + 9)?;
    }
    let mut words = [None; 3];
    for (index, word) in words.iter_mut().enumerate() {
        *word = row.try_get(index + 13)?;
    }
    Ok(RecordRow { what: row.try_get(0)?, numbers, texts, words })
}
