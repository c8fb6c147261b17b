//! The keys under which people are looked up by a name and by where they live, as the rules fold them
//! and as rows of the index have them.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use record::{Glance, LookUpKey, day_digits};

/// The key of a folded name, or how it sounds, and the birth date that goes with it; with no glance at given names.
pub(crate) fn name_key(name: &str, born: Date) -> i64 {
    LookUpKey::by_name(name, day_digits(born), Glance::NOTHING).as_i64()
}

/// All keys of a folded name, or how it sounds, and a birth date: whatever the given names are.
pub(crate) fn name_keys(name: &str, born: Date) -> RangeInclusive<i64> {
    whoever_has_it(name_key(name, born))
}

/// The key of a folded postcode, a bar, and how a family name sounds, of somebody who was born on this day.
pub(crate) fn place_key(place: &str, born: Option<Date>) -> i64 {
    let (postcode, name) = place.split_once('|').unwrap_or((place, ""));
    LookUpKey::at_postcode(postcode, name, born.map(day_digits)).as_i64()
}

/// All keys of a folded postcode, a bar, and how a family name sounds: whenever they were born.
pub(crate) fn place_keys(place: &str) -> RangeInclusive<i64> {
    whoever_has_it(place_key(place, None))
}

/// All keys that differ from this one by no more than what it tells of whoever has it.
pub(crate) fn whoever_has_it(key: i64) -> RangeInclusive<i64> {
    LookUpKey::from_i64(key).whoever_has_it()
}
