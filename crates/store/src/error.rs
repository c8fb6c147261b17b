use std::path::PathBuf;

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
    /// The facts on which a decision rests have moved since they were read:
    /// read them and decide again.
    #[error("the facts about this person changed meanwhile")]
    FactsMoved,
    /// A receipt was handed in that belongs to another request or person.
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
    /// The database refused: disk full, read-only, input/output error.
    #[error("the database cannot be written or read: {0}")]
    Database(#[from] rusqlite::Error),
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
}

impl From<record::LineProblem> for StoreError {
    fn from(problem: record::LineProblem) -> Self {
        Self::Damaged(problem.to_string())
    }
}
