use std::path::PathBuf;

use store::StoreError;

/// What can go wrong while taking messages in, by meaning.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The message could not be made durable: do not acknowledge it.
    #[error("the message could not be kept: {0}")]
    NotKept(#[from] StoreError),
    /// The intake is closing.
    #[error("the intake is closing")]
    Closing,
    /// No such source is configured.
    #[error("there is no source named {0}")]
    UnknownSource(String),
    /// A file or folder cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    CannotRead {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A port cannot be opened.
    #[error("cannot listen on {address}: {cause}")]
    CannotListen {
        /// Which address.
        address: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A certificate, a key or a list of authorities is of no use.
    #[error("cannot use {}: {cause}", path.display())]
    CannotUse {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A setting of a source cannot be read.
    #[error("{0}")]
    Setting(String),
}

impl IntakeError {
    /// What kind of trouble it is, in words that name no file: for logs.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::CannotRead { cause, .. } => format!("it cannot be read or moved: {}", cause.kind()),
            Self::CannotListen { cause, .. } => format!("cannot listen: {}", cause.kind()),
            Self::CannotUse { cause, .. } => format!("it is of no use for TLS: {cause}"),
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_error_names_no_file() {
        let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = IntakeError::CannotRead { path: "drop/okafor_grace.csv".into(), cause };
        assert_eq!(error.kind(), "it cannot be read or moved: permission denied");
    }
}
