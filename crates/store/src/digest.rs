//! A digest of everything that the record says: equal for equal content under equal
//! numbers of people, charts and entries, however its rows lie, on either database.
//!
//! Numbers that only the database gives meaning to (of quarantine rows, link events,
//! doubts, repeating texts) are left out; what they stand for is in. Letters count by
//! their text, messages by the digest of their bytes.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::Place;
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::sqlite;

/// The digest of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDigest {
    /// Its tables, in the order in which they are taken.
    pub tables: Vec<TableDigest>,
}

/// Of which tables a digest is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    All,
    /// Rules of another version look the same people up by other rows, and may keep them in another shape.
    AllButLookUps,
}

impl Tables {
    pub(crate) fn have(self, name: &str) -> bool {
        self == Self::All || !matches!(name, "look_up" | "alike_count")
    }
}

/// The digest of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// Which.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 over them in order.
    pub digest: [u8; 32],
}

impl RecordDigest {
    /// SHA-256 over the names, counts and digests of all tables.
    #[must_use]
    pub fn whole(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for table in &self.tables {
            hash.update(table.name.as_bytes());
            hash.update([0]);
            hash.update(table.rows.to_be_bytes());
            hash.update(table.digest);
        }
        hash.finalize().into()
    }

    /// The names of the tables in which another record differs.
    #[must_use]
    pub fn differs_in(&self, other: &Self) -> Vec<&'static str> {
        let same = |table: &&TableDigest| !other.tables.contains(table);
        self.tables.iter().filter(same).map(|table| table.name).collect()
    }
}

impl fmt::Display for RecordDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Inbox {
    /// The digest of the record as it stands at this moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn record_digest(&self) -> Result<RecordDigest, StoreError> {
        self.digest_of(Tables::All).await
    }

    pub(crate) async fn digest_of(&self, tables: Tables) -> Result<RecordDigest, StoreError> {
        match &self.place {
            Place::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::digest::record(connection, tables)).await
            }
            Place::Postgres(server) => server.record_digest(tables).await,
        }
    }
}

/// A value of a row.
pub(crate) enum Value<'a> {
    Nothing,
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// One table being taken, row by row.
pub(crate) struct Taking {
    name: &'static str,
    rows: u64,
    hash: Sha256,
}

impl Taking {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: 0, hash: Sha256::new() }
    }

    pub(crate) fn row(&mut self) {
        self.rows += 1;
        self.hash.update([b'r']);
    }

    /// The next value of the row. Each says its kind and length, so that no two rows
    /// are spelt alike.
    pub(crate) fn value(&mut self, value: &Value<'_>) {
        let (kind, bytes): (u8, &[u8]) = match value {
            Value::Nothing => (b'0', &[]),
            Value::Number(number) => return self.number(*number),
            Value::Text(text) => (b't', text.as_bytes()),
            Value::Bytes(bytes) => (b'b', bytes),
        };
        self.hash.update([kind]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    fn number(&mut self, number: i64) {
        self.hash.update([b'n']);
        self.hash.update(number.to_be_bytes());
    }

    pub(crate) fn end(self) -> TableDigest {
        TableDigest { name: self.name, rows: self.rows, digest: self.hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(rows: &[&[Value<'_>]]) -> TableDigest {
        let mut taking = Taking::new("entry");
        for row in rows {
            taking.row();
            row.iter().for_each(|value| taking.value(value));
        }
        taking.end()
    }

    #[test]
    fn rows_that_differ_in_anything_have_another_digest() {
        let (a, b) = (Value::Text("ab"), Value::Text(""));
        let all = [
            taken(&[]),
            taken(&[&[a, b]]),
            taken(&[&[Value::Text("a"), Value::Text("b")]]),
            taken(&[&[Value::Bytes(b"ab"), Value::Text("")]]),
            taken(&[&[Value::Text("ab")], &[Value::Text("")]]),
            taken(&[&[Value::Number(0)]]),
            taken(&[&[Value::Nothing]]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other.digest != one.digest), "{index}");
        }
    }

    #[test]
    fn both_databases_are_taken_by_the_same_tables_in_the_same_order() {
        let names = |tables: &[(&'static str, &str)]| tables.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(sqlite::digest::TABLES), names(crate::postgres::digest::TABLES));
    }

    #[test]
    fn the_table_that_differs_is_named() {
        let digest = |number| RecordDigest {
            tables: vec![taken(&[]), TableDigest { name: "person", ..taken(&[&[Value::Number(number)]]) }],
        };
        assert_eq!(digest(1).differs_in(&digest(1)), Vec::<&str>::new());
        assert_eq!(digest(1).differs_in(&digest(2)), ["person"]);
        assert_ne!(digest(1).whole(), digest(2).whole());
        assert_eq!(digest(1).to_string().len(), 64);
    }
}
