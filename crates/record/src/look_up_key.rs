use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::stable_hash::{HASH_START, stable_hash};

/// A key under which people are looked up: by a name and a birth date, or by what is told of a postcode. It ends with something
/// of whoever has it, by which most strangers who share the rest are told apart, and nothing of them is read: that of a
/// name with a [`Glance`] at their given names, that of a postcode with when they were born.
///
/// Its upper bits are the birth date or the postcode, so that what is written for one chart lies on two
/// pages of an index, whichever look-up it is of; then comes a hash of what else is told.
/// Two of whom something else is told may have one key: whoever is found is compared before anybody sees them.
/// The same text gives the same key on every machine. Stores hold them: whoever changes what a key is raises the version of
/// a store's look-up rules, so that no record is read by keys that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookUpKey(i64);

/// A little of somebody's given names, in [`GLANCE_BITS`] bits: enough to see of most strangers that theirs are others. What the
/// bits mean is for the rules that compare names (`identity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Glance(u64);

/// How many bits a [`Glance`] has.
pub const GLANCE_BITS: u32 = 35;

impl Glance {
    /// Nothing is told that could be glanced at: with that, nobody is told apart.
    pub const NOTHING: Self = Self((1 << GLANCE_BITS) - 1);

    /// The lowest [`GLANCE_BITS`] of these.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits & Self::NOTHING.0)
    }

    /// As they are in a key.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }
}

/// What a key tells of whoever has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTells {
    /// Of somebody at a postcode, when they were born: eight digits.
    Born(u32),
    /// Of somebody with a name, a little of their given names.
    Names(Glance),
    /// Neither.
    Nothing,
}

/// Where the keys of postcodes begin, above those of all birth dates.
const POSTCODES: u64 = 1 << 63;
/// What a key has of a postcode, of what is told of it, and of a birth date: with the bit above, all of it.
const POSTCODE_BITS: u32 = 23;
const WHAT_BITS: u32 = 24;
const DAY_BITS: u32 = 16;
/// What a key has of a name, between the birth date and the glance: with the bit above, all of it. On one day few are born whose
/// names sound otherwise and share these.
const NAME_BITS: u32 = 12;
/// The day before the first that has a number. Nobody who was born before it, or after the last in 2059, has one: nor has
/// anybody whose birth date is not known to the day.
const BEFORE_ALL: Date = date(1879, 12, 31);
const DAYS: i64 = (1 << DAY_BITS) - 1;
const GLANCES: i64 = (1 << GLANCE_BITS) - 1;

impl LookUpKey {
    /// Of a name, or how it sounds, and the birth date that goes with it: eight digits, year first. They need not be
    /// a day of the calendar; where that day has no number, the key tells nothing of the given names.
    #[must_use]
    pub fn by_name(name: &str, born_digits: u32, glance: Glance) -> Self {
        let name = bits(stable_hash(HASH_START, name), NAME_BITS).cast_signed() << GLANCE_BITS;
        let day = day_of(born_digits).map_or(0, day_number);
        let glance = if day == 0 { u64::from(born_digits) } else { glance.bits() };
        Self(day << (NAME_BITS + GLANCE_BITS) | name | glance.cast_signed())
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

    /// All keys that differ by no more than what this one tells of whoever has it.
    #[must_use]
    pub fn whoever_has_it(self) -> RangeInclusive<i64> {
        let end = match (self.0 < 0, self.day_of_name()) {
            (true, _) => DAYS,
            (false, 0) => 0,
            (false, _) => GLANCES,
        };
        self.0 & !end..=self.0 | end
    }

    /// What it tells of whoever has it.
    #[must_use]
    pub fn tells(self) -> KeyTells {
        let number = self.0 & DAYS;
        if self.0 >= 0 {
            let glance = Glance::from_bits(self.0.cast_unsigned());
            return if self.day_of_name() == 0 { KeyTells::Nothing } else { KeyTells::Names(glance) };
        }
        let day = (number > 0).then(|| BEFORE_ALL.checked_add(number.days()).ok()).flatten();
        day.map_or(KeyTells::Nothing, |day| KeyTells::Born(day_digits(day)))
    }

    /// The number of the birth date that goes with a name; zero where it has none.
    fn day_of_name(self) -> i64 {
        self.0 >> (NAME_BITS + GLANCE_BITS)
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

    const DAY: u32 = 19_510_304;

    #[test]
    fn what_shares_a_birth_date_or_a_postcode_lies_together_and_is_told_apart() {
        let by_name = |name, born| LookUpKey::by_name(name, born, Glance::NOTHING);
        let (okafor, grace) = (by_name("~AKFR", 20_240_102), by_name("~KRS", 20_240_102));
        assert_eq!(okafor.as_i64() >> 47, grace.as_i64() >> 47);
        assert_ne!(okafor, grace);
        assert_ne!(okafor.as_i64() >> 47, by_name("~AKFR", 20_240_103).as_i64() >> 47);
        let at = |postcode, what| LookUpKey::at_postcode(postcode, what, Some(DAY));
        assert_eq!(at("SE50ZZ", "~AKFR").as_i64() >> 40, at("SE50ZZ", "12").as_i64() >> 40);
        assert_ne!(at("SE50ZZ", "~AKFR").whoever_has_it(), at("SE50ZZ", "12").whoever_has_it());
        assert_ne!(at("SE50ZZ", "~AKFR").as_i64() >> 40, at("SE50ZX", "~AKFR").as_i64() >> 40);
    }

    #[test]
    fn a_key_is_the_same_on_every_machine() {
        let named = |glance| LookUpKey::by_name("~AKFR", DAY, glance).as_i64();
        assert_eq!(
            (named(Glance::from_bits(0)), named(Glance::NOTHING)),
            (3_658_510_420_416_659_456, 3_658_510_454_776_397_823)
        );
        assert_eq!(LookUpKey::by_name("~AKFR", 19_701_304, Glance::NOTHING).as_i64(), 39_410_639_609_400);
        let born = |day| LookUpKey::at_postcode("SE50ZZ", "~AKFR", day).as_i64();
        assert_eq!((born(Some(DAY)), born(None)), (-2_848_800_086_278_183_541, -2_848_800_086_278_209_536));
    }

    #[test]
    fn a_day_is_eight_digits() {
        assert_eq!(day_digits(jiff::civil::date(2024, 1, 2)), 20_240_102);
        assert_eq!(day_digits(jiff::civil::date(-44, 3, 15)), 315);
    }

    #[test]
    fn a_key_of_a_postcode_says_when_whoever_lives_there_was_born() {
        let tells = |day| LookUpKey::at_postcode("SE50ZZ", "house 12", Some(day)).tells();
        for told in [18_800_101, 19_000_101, DAY, 20_240_229, 20_590_605] {
            assert_eq!(tells(told), KeyTells::Born(told));
        }
        for none in [18_791_231, 20_590_606, 99_991_231, 0, 19_701_304, u32::MAX] {
            assert_eq!(tells(none), KeyTells::Nothing, "{none}");
        }
        assert_eq!(LookUpKey::at_postcode("SE50ZZ", "house 12", None).tells(), KeyTells::Nothing);
    }

    #[test]
    fn a_key_of_a_name_says_a_little_of_the_given_names_where_the_birth_date_has_a_number() {
        let glance = Glance::from_bits(1 << 34 | 5);
        let key = |born| LookUpKey::by_name("~AKFR", born, glance);
        assert_eq!(key(DAY).tells(), KeyTells::Names(glance));
        for none in [18_791_231, 20_590_606, 19_701_304, 0] {
            assert_eq!(key(none).tells(), KeyTells::Nothing, "{none}");
            assert_eq!(key(none).whoever_has_it(), key(none).as_i64()..=key(none).as_i64());
        }
        assert_ne!(key(18_791_231), key(18_791_230));
        assert_eq!(Glance::from_bits(u64::MAX), Glance::NOTHING);
    }

    proptest! {
        #[test]
        fn whoever_lives_there_is_found_whenever_they_were_born(
            postcode in ".{0,9}", what in ".{0,9}", days in -20_000i32..20_000, others in -20_000i32..20_000,
        ) {
            let day = |days: i32| Some(day_digits(date(1970, 1, 1).checked_add(days.days()).unwrap()));
            let there = LookUpKey::at_postcode(&postcode, &what, day(days));
            prop_assert!(LookUpKey::at_postcode(&postcode, &what, day(others)).whoever_has_it().contains(&there.as_i64()));
            prop_assert!(LookUpKey::at_postcode(&postcode, &what, None).whoever_has_it().contains(&there.as_i64()));
            prop_assert_eq!(LookUpKey::from_i64(there.as_i64()), there);
            let next_door = LookUpKey::at_postcode(&postcode, &(what + "2"), day(days));
            prop_assert!(!next_door.whoever_has_it().contains(&there.as_i64()));
        }

        #[test]
        fn whoever_has_a_name_is_found_whatever_their_given_names_are_and_nobody_of_another_day(
            name in ".{0,9}", days in -20_000i32..20_000, bits in any::<u64>(), others in any::<u64>(),
        ) {
            let day = |days: i32| day_digits(date(1970, 1, 1).checked_add(days.days()).unwrap());
            let key = |days, bits| LookUpKey::by_name(&name, day(days), Glance::from_bits(bits));
            prop_assert!(key(days, others).whoever_has_it().contains(&key(days, bits).as_i64()));
            prop_assert_eq!(key(days, bits).tells(), KeyTells::Names(Glance::from_bits(bits)));
            prop_assert!(!key(days + 1, bits).whoever_has_it().contains(&key(days, bits).as_i64()));
        }

        #[test]
        fn no_name_has_the_key_of_a_place(text in ".{0,20}", born in any::<u32>(), postcode in ".{0,9}", bits in any::<u64>()) {
            prop_assert!(LookUpKey::by_name(&text, born, Glance::from_bits(bits)).as_i64() >= 0);
            prop_assert!(LookUpKey::at_postcode(&postcode, &text, None).as_i64() < 0);
        }
    }
}
