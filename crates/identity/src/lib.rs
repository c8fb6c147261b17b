//! Is this the same person?
//!
//! A source's patient (a chart) is never rewritten: it is linked to a person, or
//! not, on evidence that is kept. Links are made by the NHS number where birth
//! date and given name confirm it, and by a score over everything else that is
//! told ([`Scorer`], docs/identity.md). A wrong link shows one person's allergies
//! to another's doctor; a missing link shows a gap that is said. So every doubt
//! ends in *not linked*, and waits on the work list.
//!
//! Invariants:
//! - Pure: no store, no clock. The order of candidates and charts never matters.
//! - Family name and birth date alone never link, nor does a number that any
//!   chart of the person contradicts. Two different valid numbers never link.
//! - A sealed pair has no score, no place on a list and no explanation: all need a
//!   [`Pair`], and there is none for it.
//! - An explanation says that fields agree or differ, never what stands in them.
//! - Names are folded for comparing and searching only; what is shown is always
//!   what the source told.

mod chart;
mod evidence;
mod fold;
mod given;
mod matching;
mod merged;
mod number_rule;
mod place;
mod scoring;
mod search_names;

pub use chart::{ChartPlace, ChartUpdate, check_update, place_chart};
pub use evidence::{Evidence, GivenNameAgreement};
pub use fold::{fold, sounds};
pub use given::given_names_differ;
pub use matching::{
    Figures, MatchingFileError, MatchingSet, RECORDS_MAX, TierFigures, Truth, evaluate, evaluate_one_by_one,
};
pub use merged::merge_contradiction;
pub use number_rule::{Candidate, Verdict, by_nhs_number};
pub use place::place_key;
pub use scoring::{
    ADDRESS_LETTERS_MAX, ARRIVAL_KEYS_MAX, ARRIVING, Asked, BLOCKING_KEYS_MAX, Because, BirthDigits, BlockingKey,
    Claimant, Explained, Features, Field, Grouping, Joined, KEY_SHARED_BY_MAX, LINKING_CHARTS_MIN,
    LISTED_PER_RECORD_MAX, Level, Line, NAME_WORDS_MAX, PERSON_CHARTS_MAX, Pair, Population, REGION_PEOPLE, ScorePlace,
    Scored, Scorer, Seals, TELEPHONES_MAX, TRAINING_RECORDS_MIN, Tier, TrainError, Trained, Waiting, Weights,
    WeightsError, arrival_keys, blocking_keys, candidate_pairs, counted_given_name, counted_values, found_under, group,
    house_key, if_worth_weighing, may_be_by_key, place_by_score, train,
};
pub use search_names::{
    NameFit, SOUND_KEYS_MAX, both_sound_keys, kept_sound_place_keys, name_fit, names_are_similar, sound_keys,
    sound_place_keys,
};
