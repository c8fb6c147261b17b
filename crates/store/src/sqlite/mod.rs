//! SQLite: two files, each with one writer that commits in groups and a pool of readers.

mod file;
mod reader;
mod writer;

pub(crate) use file::File;

/// The record file's migrations, oldest first; the schema version is their number.
pub(crate) const RECORD_MIGRATIONS: &[&str] = &[include_str!("record_0001.sql")];
/// The desk file's migrations, oldest first.
pub(crate) const DESK_MIGRATIONS: &[&str] = &[include_str!("desk_0001.sql")];
