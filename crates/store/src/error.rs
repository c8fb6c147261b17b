use std::path::PathBuf;

use rusqlite::ErrorCode;

pub use crate::postgres::ServerFailure;

/// What can go wrong in the store, by meaning.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder or a file in it cannot be opened.
    #[error("cannot open {}: {cause}. Check that the folder exists, is writable and is used by one program only", path.display())]
    CannotOpen {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// The file was written by another version of this program.
    #[error(
        "{} has schema version {found}, this program knows version {known}: run the program version that wrote it, or migrate", path.display()
    )]
    UnknownSchema {
        /// Which file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version that this program writes.
        known: i64,
    },
    /// Nobody would be found in this record: other rules made what people are looked up by.
    #[error(
        "{} holds look-ups that were made by version {found} of the rules, this program looks people up by version {known} and would \
         find nobody: build the record anew with connect-care rebuild --swap", path.display()
    )]
    OtherLookUps {
        /// Which record.
        path: PathBuf,
        /// The version of the rules that made them; zero where the record does not say.
        found: i64,
        /// The version of this program's rules.
        known: i64,
    },
    /// The facts on which a decision rests have moved since they were read:
    /// read them and decide again.
    #[error("the facts about this person changed meanwhile")]
    FactsMoved,
    /// A receipt was handed in that belongs to another request, person or act, or
    /// a decision that does not reach so far.
    #[error("the receipt belongs to another request")]
    ReceiptForAnother,
    /// No such person, message, entry or session.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The source is not configured.
    #[error("there is no source named {0}")]
    UnknownSource(String),
    /// A person has as many entries as one person may have.
    #[error("this person has the most entries that one person may have")]
    RecordFull,
    /// A stored value cannot be read: the file was damaged.
    #[error("stored data cannot be read ({0}): restore the data folder from a backup")]
    Damaged(String),
    /// Something to be stored is longer than its limit.
    #[error("{0} is longer than can be kept")]
    TooLong(&'static str),
    /// The database refused: disk full, read-only, input/output error. The words
    /// name the error's kind alone, so that no value of a row reaches a log.
    #[error("the database cannot be written or read: {}", kind(.0))]
    Database(#[from] rusqlite::Error),
    /// The database server refused or is not there.
    #[error(transparent)]
    Server(ServerFailure),
    /// The address of the database server cannot be used.
    #[error("{0}")]
    Address(&'static str),
    /// A body was compressed with a dictionary that this program has not read yet.
    #[error("the store has no dictionary number {0}: restore the data folder from a backup")]
    UnknownDictionary(u32),
    /// The store was written while its record was built anew elsewhere.
    #[error("the store was written meanwhile: stop the program and begin again")]
    WrittenMeanwhile,
    /// A message that was sent before it was not kept, and must not be overtaken.
    #[error("a message before it was not kept")]
    LeftBehind,
    /// A defect: what was asked panicked. Nothing of it is kept.
    #[error("a defect: what was asked of the store panicked")]
    Panicked,
    /// A legal hold keeps it from being removed.
    #[error("hold {0} keeps this from being removed: it has to be lifted first")]
    Held(u64),
    /// A record is to be built anew where something is already.
    #[error("the place for the new record is not empty")]
    NotEmpty,
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

impl StoreError {
    /// Whether the same may succeed at another time: the disk is full, or the
    /// store is closing. Everything else stands in the way for ever.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Closed | Self::LeftBehind | Self::CannotOpen { .. } => true,
            Self::Server(failure) => failure.may_pass(),
            Self::Database(rusqlite::Error::SqliteFailure(failure, _)) => !matches!(
                failure.code,
                ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::ConstraintViolation
                    | ErrorCode::TypeMismatch
                    | ErrorCode::TooBig
                    | ErrorCode::ParameterOutOfRange
            ),
            _ => false,
        }
    }
}

impl StoreError {
    /// The same error once more, for each of the callers who shared one commit.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Server(failure) => Self::Server(*failure),
            Self::Damaged(what) => Self::Damaged(what.clone()),
            Self::NotFound(what) => Self::NotFound(what),
            Self::TooLong(what) => Self::TooLong(what),
            _ => Self::Closed,
        }
    }
}

/// The kind of a database error, without the words that may quote a statement or a value.
fn kind(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match remedy(failure.code) {
            Some(remedy) => format!("{failure}: {remedy}"),
            None => failure.to_string(),
        },
        _ => "a value is not of the kind that was expected".to_owned(),
    }
}

/// What to do about a failure, where somebody can do something.
pub(crate) fn remedy(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some("restore the data folder from a backup"),
        ErrorCode::DiskFull => Some("make room; writing goes on by itself"),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Some("another program holds the file: only one may use it at a time")
        }
        ErrorCode::ReadOnly => Some("check that the disk and the file can be written"),
        ErrorCode::SystemIoFailure => Some("check the disk, then start anew"),
        _ => None,
    }
}

impl From<record::LineProblem> for StoreError {
    fn from(problem: record::LineProblem) -> Self {
        Self::Damaged(problem.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_may_pass_and_a_broken_rule_may_not() {
        let failure =
            |code| StoreError::Database(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        assert!(failure(rusqlite::ffi::SQLITE_FULL).may_pass() && failure(rusqlite::ffi::SQLITE_IOERR).may_pass());
        assert!(!failure(rusqlite::ffi::SQLITE_CONSTRAINT).may_pass() && !StoreError::RecordFull.may_pass());
    }

    #[test]
    fn a_database_error_names_its_kind_and_no_value() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE t (name TEXT CHECK (name <> 'Okafor')); INSERT INTO t VALUES ('Okafor')";
        let constraint = StoreError::from(connection.execute_batch(sql).unwrap_err());
        let number = connection.query_row("SELECT 'Okafor'", [], |row| row.get::<_, i64>(0)).unwrap_err();
        let range = connection.query_row("SELECT 99912345", [], |row| row.get::<_, u8>(0)).unwrap_err();
        let syntax = connection.prepare("SELECT 'Okafor' FROM nowhere").unwrap_err();
        for error in [constraint, number.into(), range.into(), syntax.into()] {
            let text = error.to_string();
            assert!(text.starts_with("the database cannot be written or read: "), "{text}");
            assert!(!text.contains("Okafor") && !text.contains("99912345"), "{text}");
        }
    }
}
