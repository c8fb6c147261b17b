//! What the digest of a record is taken over, in the embedded database. The columns
//! and their order are those of `postgres/digest.rs`.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::digest::{RecordDigest, TableDigest, Tables, Taking, Value};
use crate::entry_row::letter_text;
use crate::error::StoreError;

pub(crate) const TABLES: &[(&str, &str)] = &[
    ("source", "SELECT id, last_message_at FROM source ORDER BY id"),
    (
        "message",
        "SELECT m.id, s.id, m.control_id, m.stated_at, m.received_at, m.digest, m.size, m.state,
           m.corrects
         FROM message m JOIN source s ON s.number = m.source ORDER BY m.id",
    ),
    ("message_chart", "SELECT message, chart FROM message_chart ORDER BY message, chart"),
    ("kept", "SELECT message, unit, kind FROM kept ORDER BY message, unit"),
    (
        "quarantine",
        "SELECT s.id, q.message, q.unit, q.kind, q.person, q.place, q.reason, q.at, q.state,
           q.chart_key, q.nhs_number
         FROM quarantine q JOIN source s ON s.number = q.source ORDER BY q.message, q.id",
    ),
    ("person", "SELECT id, version, link_version, next_place, restricted FROM person ORDER BY id"),
    (
        "chart",
        "SELECT c.id, s.id, c.key, c.person, c.told, c.told_at, c.since
         FROM chart c JOIN source s ON s.number = c.source ORDER BY c.id",
    ),
    (
        "chart_version",
        "SELECT v.person, v.since, v.until, v.chart, s.id, v.told, v.told_at
         FROM chart_version v JOIN source s ON s.number = v.source
         ORDER BY v.person, v.chart, v.since, v.until, v.told_at, v.told",
    ),
    ("link_event", "SELECT chart, at, person, evidence FROM link_event ORDER BY chart, id"),
    ("who_step", "SELECT chart, step FROM who_step ORDER BY chart, id"),
    (
        "chart_join",
        "SELECT j.prior, j.survivor, j.person, j.from_person, s.id, j.message, j.unit, j.kind, j.state
         FROM chart_join j JOIN source s ON s.number = j.source ORDER BY j.prior, j.survivor",
    ),
    (
        "attendance_refiled",
        "SELECT chart, key_hash, to_chart, to_chart_key, to_key_hash, makes_one, at, message, unit, word
         FROM attendance_refiled
         ORDER BY chart, key_hash, at, message, unit, word",
    ),
    (
        "entry_covered",
        "SELECT person, entry, since, until, chart, by_chart FROM entry_covered ORDER BY person, entry, since",
    ),
    ("kept_apart", "SELECT chart, other, facts, other_facts FROM kept_apart ORDER BY chart, other"),
    ("hand_link", "SELECT chart, step, from_person, person FROM hand_link ORDER BY chart, step"),
    ("number_key", "SELECT nhs_number, person, chart FROM number_key ORDER BY nhs_number, person, chart"),
    ("look_up", "SELECT key, person FROM look_up ORDER BY key, person"),
    ("alike_count", "SELECT key, charts FROM alike_count WHERE charts > 0 ORDER BY key"),
    (
        "work_item",
        "SELECT w.at, w.kind, w.person, w.other_person, w.chart, s.id, w.message, w.reasons, w.state, w.odds
         FROM work_item w JOIN source s ON s.number = w.source ORDER BY w.message, w.id",
    ),
    (
        "entry",
        "SELECT e.id, e.chart, e.key_hash, s.id, e.kind, e.standing, e.sensitivity, e.clinical_time, e.recorded,
           a.text, o.text, c.text, e.code, e.part_of, e.message, e.unit, e.span_start, e.span_length, e.since,
           e.stated_at, e.line, l.body AS letter
         FROM entry e JOIN source s ON s.number = e.source
         LEFT JOIN word a ON a.number = e.author LEFT JOIN word o ON o.number = e.organisation
         LEFT JOIN word c ON c.number = e.code_system LEFT JOIN letter_text l ON l.entry = e.id
         ORDER BY e.id",
    ),
    (
        "entry_version",
        "SELECT e.id, e.chart, e.since, e.until, s.id, e.kind, e.standing, e.sensitivity, e.clinical_time, e.recorded,
           a.text, o.text, c.text, e.code, e.part_of, e.message, e.unit, e.span_start, e.span_length,
           e.stated_at, e.line, e.letter_body AS letter
         FROM entry_version e JOIN source s ON s.number = e.source
         LEFT JOIN word a ON a.number = e.author LEFT JOIN word o ON o.number = e.organisation
         LEFT JOIN word c ON c.number = e.code_system
         ORDER BY e.id, e.until, e.since, e.message, e.unit, e.span_start, e.stated_at, e.line",
    ),
];

pub(crate) fn record(connection: &Connection, tables: Tables) -> Result<RecordDigest, StoreError> {
    let tables = TABLES.iter().filter(|(name, _)| tables.have(name)).map(|(name, sql)| table(connection, name, sql));
    Ok(RecordDigest { tables: tables.collect::<Result<_, _>>()? })
}

fn table(connection: &Connection, name: &'static str, sql: &str) -> Result<TableDigest, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let letter = statement.column_index("letter").ok();
    let columns = statement.column_count();
    let mut taking = Taking::new(name);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        taking.row();
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => taking.value(&Value::Nothing),
                ValueRef::Integer(number) => taking.value(&Value::Number(number)),
                ValueRef::Real(_) => return Err(StoreError::Damaged("a fraction where a number belongs".to_owned())),
                ValueRef::Text(text) => {
                    let text = std::str::from_utf8(text).map_err(|_| StoreError::Damaged("a text".to_owned()))?;
                    taking.value(&Value::Text(text));
                }
                ValueRef::Blob(body) if letter == Some(column) => taking.value(&Value::Text(&letter_text(body)?)),
                ValueRef::Blob(bytes) => taking.value(&Value::Bytes(bytes)),
            }
        }
    }
    Ok(taking.end())
}
