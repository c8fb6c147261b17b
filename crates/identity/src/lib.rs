//! Is this the same person?
//!
//! A source's patient (a chart) is never rewritten: it is linked to a person, or
//! not, on evidence that is kept. This first cut links by the NHS number alone,
//! and only where birth date and given name confirm it; whatever is short of
//! that makes its own person, and waits on the work list where two people claim
//! one number. A wrong link shows one person's allergies to another's doctor; a
//! missing link shows a gap that is said. So every doubt ends in *not linked*.
//!
//! Invariants:
//! - Pure: no store, no clock. The order of candidates and charts never matters.
//! - Family name and birth date alone never link, nor does a number that any
//!   chart of the person contradicts.
//! - Names are folded for comparing and searching only; what is shown is always
//!   what the source told.

mod chart;
mod evidence;
mod fold;
mod given;
mod matching;
mod number_rule;
mod place;
mod scoring;

pub use chart::{ChartPlace, ChartUpdate, check_update, place_chart};
pub use evidence::{Evidence, GivenNameAgreement};
pub use fold::{SEARCH_KEYS_MAX, fold, search_keys, sounds};
pub use matching::{Figures, MatchingFileError, MatchingSet, RECORDS_MAX, TierFigures, Truth, evaluate};
pub use number_rule::{Candidate, Verdict, by_nhs_number};
pub use place::place_key;
pub use scoring::{
    ADDRESS_LETTERS_MAX, BLOCKING_KEYS_MAX, Because, BirthDigits, BlockingKey, Explained, Features, Field, Grouping,
    Joined, KEY_SHARED_BY_MAX, LISTED_PER_RECORD_MAX, Level, Line, NAME_WORDS_MAX, PERSON_CHARTS_MAX, Pair, Population,
    Scored, Scorer, Seals, TELEPHONES_MAX, TRAINING_RECORDS_MIN, Tier, TrainError, Trained, Waiting, Weights,
    WeightsError, blocking_keys, candidate_pairs, group, train,
};
