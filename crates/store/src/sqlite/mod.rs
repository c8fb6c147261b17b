//! SQLite: two files, each with one writer that commits in groups and a pool of readers.

mod alike;
pub(crate) mod by_hand;
pub(crate) mod carry;
mod chart_rows;
mod checkpoints;
pub(crate) mod clinical;
mod committing;
mod control_ids;
pub(crate) mod desk;
pub(crate) mod desk_log;
pub(crate) mod dictionaries;
pub(crate) mod digest;
mod entry_rows;
pub(crate) mod exposure;
pub(crate) mod feeds;
mod file;
pub(crate) mod gauges;
pub(crate) mod identity_hands;
pub(crate) mod identity_moves;
pub(crate) mod identity_reads;
pub(crate) mod inbox;
mod joins;
mod keys;
mod link_rows;
pub(crate) mod linking;
mod message_rows;
mod moves;
pub(crate) mod order;
mod page_cache;
pub(crate) mod people;
pub(crate) mod quarantine_reads;
mod reader;
pub(crate) mod rebuild;
pub(crate) mod removal;
pub(crate) mod removing;
pub(crate) mod retention;
mod rows;
pub(crate) mod sessions;
pub(crate) mod source_texts;
pub(crate) mod sources;
pub(crate) mod stood;
mod syncs;
mod who_steps;
pub(crate) mod work_list;
mod writer;
mod writer_job;

use crate::aside::StandBack;
use checkpoints::LogRules;
use committing::Durable;
pub(crate) use file::File;
pub(crate) use rows::SqliteRows;

/// What one kind of file holds.
#[derive(Clone, Copy)]
pub(crate) struct Schema {
    /// SQLite's `application_id`: tells our files from each other and from others'.
    application: i32,
    /// Migrations, oldest first; the schema version is their number.
    migrations: &'static [&'static str],
    /// How long its log is.
    log: LogRules,
    /// When its commits become durable.
    durable: Durable,
    /// How far its writer stands back behind whoever reads; `None` where staff wait for it.
    stands_back: Option<StandBack>,
}

/// The record file: its id spells `CCRe`.
pub(crate) const RECORD: Schema = Schema {
    application: i32::from_be_bytes(*b"CCRe"),
    migrations: &[include_str!("record_0001.sql")],
    log: LogRules { share_min: 500, share_max: 32_000, log_min: 16_000, left_max: 1_000, moved_by: StandBack::Far },
    durable: Durable::BesideTheWriter,
    stands_back: Some(StandBack::ALittle),
};
/// The desk file: its id spells `CCDe`. A clinician waits for each of its commits:
/// what is moved while one waits is kept short. The access log's heads are read from
/// what readers see, and they are given away: nobody may see what is not durable.
pub(crate) const DESK: Schema = Schema {
    application: i32::from_be_bytes(*b"CCDe"),
    migrations: &[include_str!("desk_0001.sql")],
    log: LogRules { share_min: 256, share_max: 256, log_min: 4_096, left_max: 1_024, moved_by: StandBack::ALittle },
    durable: Durable::WithinCommit,
    stands_back: None,
};
