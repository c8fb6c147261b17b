//! The keys under which people are looked up by a name and by where they live, as the rules fold them
//! and as rows of the index have them.

use jiff::civil::Date;
use record::{LookUpKey, day_digits};

/// The key of a folded name, or how it sounds, and the birth date that goes with it.
pub(crate) fn name_key(name: &str, born: Date) -> i64 {
    LookUpKey::by_name(name, day_digits(born)).as_i64()
}

/// The key of a folded postcode, a bar, and how a family name sounds.
pub(crate) fn place_key(place: &str) -> i64 {
    let (postcode, name) = place.split_once('|').unwrap_or((place, ""));
    LookUpKey::at_postcode(postcode, name).as_i64()
}
