//! What a server's error means.

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::error::StoreError;

/// The kind of a server's error. Its own words may quote a value and are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerFailure {
    /// The server is not there, went away or is restarting.
    #[error("the database server cannot be reached: check that it runs")]
    Unreachable,
    /// It has no room left.
    #[error("the database server's disk is full: make room")]
    DiskFull,
    /// It takes no writes.
    #[error("the database server takes no writes: is it a standby?")]
    ReadOnly,
    /// It took too long, or another server held what was needed for too long.
    #[error("the database server took too long")]
    TooSlow,
    /// It read a damaged page.
    #[error("the database server found damaged data: restore it from a backup")]
    Damaged,
    /// We have no right to do that, or row-level security stood in the way.
    #[error("the database server refused: the role has no right to do that")]
    NotAllowed,
    /// A rule of the schema was broken.
    #[error("a rule of the database's schema was broken")]
    RuleBroken,
    /// Anything else, with SQL's own code of five characters.
    #[error("the database server refused ({})", std::str::from_utf8(.0).unwrap_or("?"))]
    Other([u8; 5]),
}

impl ServerFailure {
    /// Whether the same may succeed at another time.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::DiskFull | Self::ReadOnly | Self::TooSlow)
    }

    fn of_code(code: &SqlState) -> Self {
        let text = code.code();
        match text.get(..2).unwrap_or_default() {
            // Our own time-out ends a statement with the code of a cancellation.
            _ if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE => Self::TooSlow,
            _ if *code == SqlState::DISK_FULL => Self::DiskFull,
            _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            _ if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED => Self::Damaged,
            _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => Self::NotAllowed,
            "08" | "57" => Self::Unreachable,
            "53" | "40" => Self::TooSlow,
            "28" => Self::NotAllowed,
            "23" => Self::RuleBroken,
            "XX" => Self::Damaged,
            _ => Self::Other(text.as_bytes().first_chunk().copied().unwrap_or(*b"?????")),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let failure = match error.code() {
            Some(code) => ServerFailure::of_code(code),
            // A value of another type than expected is a damaged row or a defect;
            // everything else without a code is the connection.
            None if error.is_closed() => ServerFailure::Unreachable,
            None if std::error::Error::source(&error).is_some_and(|cause| cause.is::<std::io::Error>()) => {
                ServerFailure::Unreachable
            }
            None if error.to_string().starts_with("error connecting") => ServerFailure::Unreachable,
            None => ServerFailure::Other(*b"?????"),
        };
        Self::Server(failure)
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Closed => Self::Closed,
            PoolError::Timeout(_) | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                Self::Server(ServerFailure::Unreachable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_a_standby_and_a_restart_may_pass_and_a_broken_rule_may_not() {
        for code in [SqlState::DISK_FULL, SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::ADMIN_SHUTDOWN] {
            assert!(ServerFailure::of_code(&code).may_pass(), "{}", code.code());
        }
        for code in [SqlState::UNIQUE_VIOLATION, SqlState::INSUFFICIENT_PRIVILEGE, SqlState::DATA_CORRUPTED] {
            assert!(!ServerFailure::of_code(&code).may_pass(), "{}", code.code());
        }
    }

    #[test]
    fn an_unknown_failure_is_named_by_its_code() {
        assert!(ServerFailure::of_code(&SqlState::DIVISION_BY_ZERO).to_string().contains("22012"));
    }
}
