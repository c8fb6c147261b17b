//! PostgreSQL 15 or later: one database, two schemas (`record` and `desk`), a role
//! for each room that reaches it, and row-level security as a second wall.

mod alike;
mod apply;
pub(crate) mod by_hand;
mod carry;
mod clinical;
mod connect;
mod control_ids;
pub(crate) mod desk;
pub(crate) mod desk_log;
mod dictionaries;
pub(crate) mod digest;
mod entry_columns;
mod failure;
mod feeds;
mod gauges;
mod groups;
mod inbox;
mod load;
mod load_joins;
mod migrate;
mod people;
mod quarantine_reads;
mod rebuild;
mod receiving;
mod refiled;
mod removal;
mod removing;
mod retention;
mod save;
mod save_entries;
mod save_joins;
mod server;
pub(crate) mod sessions;
mod sources;
mod statements;
mod table;
mod work_list;
mod working;
mod working_moves;
mod working_rows;

pub use connect::PostgresAt;
pub use failure::ServerFailure;
pub(crate) use migrate::{migrate, schema_must_be_ours};
pub(crate) use server::Server;
