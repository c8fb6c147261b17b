//! Measuring the rules on files of records whose truth is known.

mod figures;
mod read;

pub use figures::{Figures, TierFigures, Truth, evaluate};
pub use read::{MatchingFileError, MatchingSet, RECORDS_MAX};
