use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::stable_hash::{HASH_START, stable_hash};

/// A key under which people are looked up: by a name and a birth date, or by what is told of a postcode, with whoever was
/// born when there.
///
/// Its upper bits are the birth date or the postcode, so that what is written for one chart lies on two
/// pages of an index, whichever look-up it is of; below is a hash that tells apart what shares that. Those of a postcode end with
/// the birth date: whoever else lives in a house is told apart by the key alone, and nothing of them is read.
/// Two of whom something else is told may have one key: whoever is found is compared before anybody sees them.
/// The same text gives the same key on every machine. Stores hold them: whoever changes what a key is raises the version of
/// a store's look-up rules, so that no record is read by keys that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookUpKey(i64);

/// Where the keys of postcodes begin, above those of all birth dates.
const POSTCODES: u64 = 1 << 63;
/// What a key has of a postcode, of what is told of it, and of a birth date: with the bit above, all of it.
const POSTCODE_BITS: u32 = 23;
const WHAT_BITS: u32 = 24;
const DAY_BITS: u32 = 16;
/// The day before the first that has a number. Nobody who was born before it, or after the last in 2059, has one: nor has
/// anybody whose birth date is not known to the day.
const BEFORE_ALL: Date = date(1879, 12, 31);
const DAYS: i64 = (1 << DAY_BITS) - 1;

impl LookUpKey {
    /// Of a name, or how it sounds, and the birth date that goes with it: eight digits, year first. They need not be
    /// a day of the calendar.
    #[must_use]
    pub fn by_name(name: &str, born_digits: u32) -> Self {
        let near = u64::from(born_digits) << 32 & !POSTCODES;
        Self((near | stable_hash(HASH_START, name) & 0xffff_ffff).cast_signed())
    }

    /// Of anything that is told of a postcode: a family name, how it sounds, a house. The postcode is folded. With it goes
    /// when whoever is told was born, where that is known to the day.
    #[must_use]
    pub fn at_postcode(postcode: &str, what: &str, born_digits: Option<u32>) -> Self {
        let postcode = stable_hash(HASH_START, postcode);
        let what = stable_hash(stable_hash(postcode, "|"), what);
        let place =
            POSTCODES | bits(postcode, POSTCODE_BITS) << (WHAT_BITS + DAY_BITS) | bits(what, WHAT_BITS) << DAY_BITS;
        Self(place.cast_signed() | born_digits.and_then(day_of).map_or(0, day_number))
    }

    /// As a row of an index has it.
    #[must_use]
    pub fn from_i64(row: i64) -> Self {
        Self(row)
    }

    /// As a row of an index has it: of postcodes they are less than zero.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0
    }

    /// All keys that differ by no more than when somebody at a postcode was born; of a name, the key alone.
    #[must_use]
    pub fn whenever_born(self) -> RangeInclusive<i64> {
        if self.0 < 0 { self.0 & !DAYS..=self.0 | DAYS } else { self.0..=self.0 }
    }

    /// When somebody at a postcode was born, where the key tells that: eight digits, year first.
    #[must_use]
    pub fn born_there(self) -> Option<u32> {
        let number = self.0 & DAYS;
        let is_told = self.0 < 0 && number > 0;
        is_told.then(|| BEFORE_ALL.checked_add(number.days()).ok()).flatten().map(day_digits)
    }
}

/// None where they are no day of the calendar.
fn day_of(digits: u32) -> Option<Date> {
    let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// From one up, in the order of the calendar; zero for a day that has none.
fn day_number(day: Date) -> i64 {
    let number = BEFORE_ALL.until(day).map_or(0, |days| i64::from(days.get_days()));
    if (1..=DAYS).contains(&number) { number } else { 0 }
}

/// As many bits, in which all of a hash has a part.
fn bits(hash: u64, count: u32) -> u64 {
    (hash ^ hash >> 32) & ((1 << count) - 1)
}

/// A day as eight digits, year first: 2 January 2024 is `20_240_102`. A year before Christ is none.
#[must_use]
pub fn day_digits(day: Date) -> u32 {
    let year = u32::try_from(day.year()).unwrap_or_default();
    year * 10_000 + u32::from(day.month().unsigned_abs()) * 100 + u32::from(day.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The birth date that goes with a name.
    fn near(key: LookUpKey) -> i64 {
        key.0 >> 32
    }

    #[test]
    fn what_shares_a_birth_date_or_a_postcode_lies_together_and_is_told_apart() {
        let (okafor, grace) = (LookUpKey::by_name("~AKFR", 20_240_102), LookUpKey::by_name("~KRS", 20_240_102));
        assert_eq!((near(okafor), near(grace)), (20_240_102, 20_240_102));
        assert_ne!(okafor, grace);
        assert_ne!(okafor, LookUpKey::by_name("~AKFR", 20_240_103));
        let at = |postcode, what| LookUpKey::at_postcode(postcode, what, Some(19_510_304));
        assert_eq!(at("SE50ZZ", "~AKFR").as_i64() >> 40, at("SE50ZZ", "12").as_i64() >> 40);
        assert_ne!(at("SE50ZZ", "~AKFR").whenever_born(), at("SE50ZZ", "12").whenever_born());
        assert_ne!(at("SE50ZZ", "~AKFR").as_i64() >> 40, at("SE50ZX", "~AKFR").as_i64() >> 40);
    }

    #[test]
    fn a_key_is_the_same_on_every_machine() {
        assert_eq!(LookUpKey::by_name("~AKFR", 19_510_304).as_i64(), 83_796_118_595_845_029);
        let born = |day| LookUpKey::at_postcode("SE50ZZ", "~AKFR", day).as_i64();
        assert_eq!((born(Some(19_510_304)), born(None)), (-2_848_800_086_278_183_541, -2_848_800_086_278_209_536));
    }

    #[test]
    fn a_day_is_eight_digits() {
        assert_eq!(day_digits(jiff::civil::date(2024, 1, 2)), 20_240_102);
        assert_eq!(day_digits(jiff::civil::date(-44, 3, 15)), 315);
    }

    #[test]
    fn a_key_of_a_postcode_says_when_whoever_lives_there_was_born() {
        let born = |day| LookUpKey::at_postcode("SE50ZZ", "house 12", Some(day)).born_there();
        for told in [18_800_101, 19_000_101, 19_510_304, 20_240_229, 20_590_605] {
            assert_eq!(born(told), Some(told));
        }
        for none in [18_791_231, 20_590_606, 99_991_231, 0, 19_701_304, u32::MAX] {
            assert_eq!(born(none), None, "{none}");
        }
        assert_eq!(LookUpKey::at_postcode("SE50ZZ", "house 12", None).born_there(), None);
        assert_eq!(LookUpKey::by_name("~AKFR", 19_510_304).born_there(), None);
    }

    proptest! {
        #[test]
        fn whoever_lives_there_is_found_whenever_they_were_born(
            postcode in ".{0,9}", what in ".{0,9}", days in -20_000i32..20_000, others in -20_000i32..20_000,
        ) {
            let day = |days: i32| Some(day_digits(date(1970, 1, 1).checked_add(days.days()).unwrap()));
            let there = LookUpKey::at_postcode(&postcode, &what, day(days));
            prop_assert!(LookUpKey::at_postcode(&postcode, &what, day(others)).whenever_born().contains(&there.as_i64()));
            prop_assert!(LookUpKey::at_postcode(&postcode, &what, None).whenever_born().contains(&there.as_i64()));
            prop_assert_eq!(LookUpKey::from_i64(there.as_i64()), there);
            let next_door = LookUpKey::at_postcode(&postcode, &(what + "2"), day(days));
            prop_assert!(!next_door.whenever_born().contains(&there.as_i64()));
        }

        #[test]
        fn no_name_has_the_key_of_a_place(text in ".{0,20}", born in any::<u32>(), postcode in ".{0,9}") {
            prop_assert!(LookUpKey::by_name(&text, born).as_i64() >= 0);
            prop_assert!(LookUpKey::at_postcode(&postcode, &text, None).as_i64() < 0);
        }
    }
}
