//! Scoring without a number (Fellegi and Sunter, 1969): how strongly what two
//! charts tell speaks for one person, field by field, in bits.

mod arrival;
pub(crate) mod compare;
mod features;
mod firm;
mod glance;
mod group;
mod households;
mod keys;
mod level;
mod pair;
mod place_told;
mod population;
mod train;
mod verdict;
mod weights;
mod worth_weighing;

pub(crate) use arrival::Counted;
pub use arrival::{ARRIVING, Asked, Claimant, LINKING_CHARTS_MIN, ScorePlace, place_by_score};
pub(crate) use compare::are_close;
pub use features::{ADDRESS_LETTERS_MAX, BirthDigits, Features, NAME_WORDS_MAX, TELEPHONES_MAX};
pub use group::{Grouping, Joined, LISTED_PER_RECORD_MAX, PERSON_CHARTS_MAX, Waiting, group};
pub use keys::{
    ARRIVAL_KEYS_MAX, BLOCKING_KEYS_MAX, BlockingKey, KEY_SHARED_BY_MAX, arrival_keys, blocking_keys, candidate_pairs,
    found_under, house_key, may_be_by_key,
};
pub(crate) use keys::{hash_of_number, said, sound_or_letters};
pub use level::{Field, Level};
pub use pair::{Pair, Scored, Scorer, Seals};
pub use population::{Population, REGION_PEOPLE, counted_given_name, counted_values};
pub use train::{TRAINING_RECORDS_MIN, TrainError, Trained, train};
pub use verdict::{Because, Explained, Line, Tier};
pub use weights::{Weights, WeightsError};
pub use worth_weighing::if_worth_weighing;
