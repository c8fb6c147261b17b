//! What a record is built from, carried over into a new file.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::rebuild::DERIVED;

/// Carries everything over that applying messages does not write, into a file that has
/// the schema and nothing in it. Messages begin as received; of those that are to be
/// removed nothing goes over but that they were.
pub(crate) fn carry(from: &Path, into: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(into)?;
    connection.execute_batch("PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL")?;
    connection.execute("ATTACH ?1 AS old", [from.to_string_lossy()])?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    must_be_empty(&connection)?;
    connection.execute("CREATE TEMPORARY TABLE removed (message INTEGER PRIMARY KEY)", [])?;
    connection.execute("INSERT INTO temp.removed SELECT message FROM old.tombstone", [])?;
    // What was noted of a message after it was removed says nothing of it, and stays.
    connection.execute("CREATE TEMPORARY TABLE removing (message INTEGER PRIMARY KEY)", [])?;
    connection.execute(
        "INSERT INTO temp.removing
         SELECT t.message FROM old.tombstone t JOIN old.message m ON m.id = t.message WHERE m.state <> 4",
        [],
    )?;
    for table in tables(&connection)? {
        let columns = columns(&connection, &table)?;
        let values: Vec<&str> = columns.iter().map(|column| value(&table, column)).collect();
        let sql = format!(
            "INSERT INTO main.{table} ({}) SELECT {} FROM old.{table} AS t WHERE {}",
            columns.join(", "),
            values.join(", "),
            condition(&table)
        );
        connection.execute(&sql, [])?;
    }
    connection.execute(
        "INSERT INTO main.person (id, version, link_version, next_place, restricted)
         SELECT id, 0, 0, 0, 0 FROM old.person",
        [],
    )?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn must_be_empty(connection: &Connection) -> Result<(), StoreError> {
    let messages: i64 = connection.query_row("SELECT count(*) FROM main.message", [], |row| row.get(0))?;
    if messages == 0 { Ok(()) } else { Err(StoreError::NotEmpty) }
}

fn tables(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'old' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(names.into_iter().filter(|name| !DERIVED.contains(&name.as_str())).collect())
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1, 'old')")?;
    Ok(statement.query_map(params![table], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Which rows go over: what was told against a message says something of it.
fn condition(table: &str) -> &'static str {
    match table {
        "told_against" => "t.message NOT IN temp.removed",
        _ => "true",
    }
}

/// What goes over of a column.
fn value<'a>(table: &str, column: &'a str) -> &'a str {
    match (table, column) {
        ("message", "state") => "iif(t.id IN temp.removed, 4, 0)",
        // A body without anything in it, as `bodies.rs` writes it.
        ("message", "body") => "iif(t.id IN temp.removed, x'01', t.body)",
        ("message", "size") => "iif(t.id IN temp.removed, 0, t.size)",
        ("message", "control_id") => "iif(t.id IN temp.removed, NULL, t.control_id)",
        // Whoever decided about it and when stays; what they wrote and what came of it does not.
        ("quarantine_act", "body") => "iif(t.message IN temp.removing, NULL, t.body)",
        ("quarantine_act", "digest") => "iif(t.message IN temp.removing, NULL, t.digest)",
        ("quarantine_act", "size") => "iif(t.message IN temp.removing, NULL, t.size)",
        ("quarantine_act", "reason") => "iif(t.message IN temp.removing, '', t.reason)",
        ("quarantine_act", "outcome") => "iif(t.message IN temp.removing, 'The message was removed.', t.outcome)",
        ("quarantine_act", "done_at") => "iif(t.message IN temp.removing, coalesce(t.done_at, t.at), t.done_at)",
        ("removed_item", "is_done") => "1",
        ("application", "note") => "iif(t.act <> 3 AND t.message IN temp.removing, NULL, t.note)",
        _ => column,
    }
}
