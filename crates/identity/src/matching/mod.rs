//! Measuring the rules on files of records whose truth is known.

mod birth;
mod cells;
mod figures;
mod one_by_one;
mod read;

pub use figures::{Figures, TierFigures, Truth, evaluate};
pub use one_by_one::evaluate_one_by_one;
pub use read::{MatchingFileError, MatchingSet, RECORDS_MAX};
