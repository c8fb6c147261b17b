//! PostgreSQL 15 or later: one database, two schemas (`record` and `desk`), a role
//! for each room that reaches it, and row-level security as a second wall.

mod connect;
pub(crate) mod desk;
pub(crate) mod desk_log;
mod failure;
mod groups;
mod migrate;
mod server;
pub(crate) mod sessions;
mod statements;

pub use connect::PostgresAt;
pub(crate) use connect::Role;
pub use failure::ServerFailure;
pub(crate) use groups::{Groups, Reply};
pub(crate) use migrate::migrate;
pub(crate) use server::Server;
