//! What the digest of a record is taken over, in PostgreSQL. The columns and their
//! order are those of `sqlite/digest.rs`; texts are ordered by their bytes, as there.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Row};

use super::connect::Role;
use super::server::Server;
use crate::digest::{RecordDigest, Tables, Taking, Value};
use crate::entry_row::letter_text;
use crate::error::StoreError;

pub(crate) const TABLES: &[(&str, &str)] = &[
    ("source", r#"SELECT id, last_message_at FROM record.source ORDER BY id COLLATE "C""#),
    (
        "message",
        "SELECT m.id, s.id, m.control_id, m.stated_at, m.received_at, m.digest, m.size, m.state,
           m.corrects
         FROM record.message m JOIN record.source s ON s.number = m.source ORDER BY m.id",
    ),
    ("message_chart", "SELECT message, chart FROM record.message_chart ORDER BY message, chart"),
    ("kept", "SELECT message, unit, kind FROM record.kept ORDER BY message, unit"),
    (
        "quarantine",
        "SELECT s.id, q.message, q.unit, q.kind, q.person, q.place, q.reason, q.at, q.state,
           q.chart_key, q.nhs_number
         FROM record.quarantine q JOIN record.source s ON s.number = q.source ORDER BY q.message, q.id",
    ),
    ("person", "SELECT id, version, link_version, next_place, restricted::int::bigint FROM record.person ORDER BY id"),
    (
        "chart",
        "SELECT c.id, s.id, c.key, c.person, c.told, c.told_at, c.since
         FROM record.chart c JOIN record.source s ON s.number = c.source ORDER BY c.id",
    ),
    (
        "chart_version",
        r#"SELECT v.person, v.since, v.until, v.chart, s.id, v.told, v.told_at
         FROM record.chart_version v JOIN record.source s ON s.number = v.source
         ORDER BY v.person, v.chart, v.since, v.until, v.told_at NULLS FIRST, v.told COLLATE "C" NULLS FIRST"#,
    ),
    ("link_event", "SELECT chart, at, person, evidence FROM record.link_event ORDER BY chart, id"),
    ("who_step", "SELECT chart, step FROM record.who_step ORDER BY chart, id"),
    (
        "chart_join",
        "SELECT j.prior, j.survivor, j.person, j.from_person, s.id, j.message, j.unit, j.kind, j.state
         FROM record.chart_join j JOIN record.source s ON s.number = j.source ORDER BY j.prior, j.survivor",
    ),
    (
        "attendance_refiled",
        "SELECT chart, key_hash, to_chart, to_chart_key, to_key_hash, makes_one::int::bigint, at, message, unit, word
         FROM record.attendance_refiled
         ORDER BY chart, key_hash, at, message, unit, word",
    ),
    (
        "entry_covered",
        "SELECT person, entry, since, until, chart, by_chart FROM record.entry_covered ORDER BY person, entry, since",
    ),
    ("kept_apart", "SELECT chart, other, facts, other_facts FROM record.kept_apart ORDER BY chart, other"),
    ("hand_link", "SELECT chart, step, from_person, person FROM record.hand_link ORDER BY chart, step"),
    ("number_key", "SELECT nhs_number, person, chart FROM record.number_key ORDER BY nhs_number, person, chart"),
    ("look_up", "SELECT DISTINCT key, person FROM record.look_up ORDER BY key, person"),
    ("alike_count", "SELECT key, charts FROM record.alike_count WHERE charts > 0 ORDER BY key"),
    (
        "work_item",
        "SELECT w.at, w.kind, w.person, w.other_person, w.chart, s.id, w.message, w.reasons, w.state, w.odds
         FROM record.work_item w JOIN record.source s ON s.number = w.source ORDER BY w.message, w.id",
    ),
    (
        "entry",
        "SELECT e.id, e.chart, e.key_hash, s.id, e.kind, e.standing, e.sensitivity, e.clinical_time, e.recorded,
           a.text, o.text, c.text, e.code, e.part_of, e.message, e.unit, e.span_start, e.span_length, e.since,
           e.stated_at, e.line, l.body AS letter
         FROM record.entry e JOIN record.source s ON s.number = e.source
         LEFT JOIN record.word a ON a.number = e.author LEFT JOIN record.word o ON o.number = e.organisation
         LEFT JOIN record.word c ON c.number = e.code_system
         LEFT JOIN record.letter_text l ON l.person = e.person AND l.entry = e.id
         ORDER BY e.id",
    ),
    (
        "entry_version",
        r#"SELECT e.id, e.chart, e.since, e.until, s.id, e.kind, e.standing, e.sensitivity, e.clinical_time, e.recorded,
           a.text, o.text, c.text, e.code, e.part_of, e.message, e.unit, e.span_start, e.span_length,
           e.stated_at, e.line, e.letter_body AS letter
         FROM record.entry_version e JOIN record.source s ON s.number = e.source
         LEFT JOIN record.word a ON a.number = e.author LEFT JOIN record.word o ON o.number = e.organisation
         LEFT JOIN record.word c ON c.number = e.code_system
         ORDER BY e.id, e.until, e.since, e.message, e.unit, e.span_start, e.stated_at NULLS FIRST,
           e.line COLLATE "C""#,
    ),
];

impl Server {
    /// The digest of one moment, row by row: nothing is held in memory.
    pub(crate) async fn record_digest(&self, wanted: Tables) -> Result<RecordDigest, StoreError> {
        let mut client = self.pools.get(Role::Intake).await?;
        let transaction =
            client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
        transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
        let mut tables = Vec::with_capacity(TABLES.len());
        for (name, sql) in TABLES.iter().filter(|(name, _)| wanted.have(name)) {
            let nothing: [&(dyn ToSql + Sync); 0] = [];
            let mut rows = pin!(transaction.query_raw(*sql, nothing).await?);
            let mut taking = Taking::new(name);
            while let Some(row) = rows.try_next().await? {
                take(&mut taking, &row)?;
            }
            tables.push(taking.end());
        }
        Ok(RecordDigest { tables })
    }
}

fn take(taking: &mut Taking, row: &Row) -> Result<(), StoreError> {
    taking.row();
    for (index, column) in row.columns().iter().enumerate() {
        match *column.type_() {
            Type::INT8 => {
                let number: Option<i64> = row.try_get(index)?;
                taking.value(&number.map_or(Value::Nothing, Value::Number));
            }
            Type::TEXT => {
                let text: Option<&str> = row.try_get(index)?;
                taking.value(&text.map_or(Value::Nothing, Value::Text));
            }
            _ => match row.try_get::<_, Option<&[u8]>>(index)? {
                None => taking.value(&Value::Nothing),
                Some(body) if column.name() == "letter" => taking.value(&Value::Text(&letter_text(body)?)),
                Some(bytes) => taking.value(&Value::Bytes(bytes)),
            },
        }
    }
    Ok(())
}
