use jiff::civil::Date;

use crate::stable_hash::{HASH_START, stable_hash};

/// A key under which people are looked up: by a name and a birth date, or by what is told of a postcode.
///
/// The upper half is the birth date or the postcode, so that what is written for one chart lies on two
/// pages of an index, whichever look-up it is of; the lower half is a hash that tells apart what shares that.
/// Two of whom something else is told may have one key: whoever is found is compared before anybody sees them.
/// Stable for ever: the same text gives the same key in every version and on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookUpKey(i64);

/// Where the keys of postcodes begin, above those of all birth dates.
const POSTCODES: u32 = 1 << 31;
/// So many letters and digits of a postcode say where its keys lie.
const POSTCODE_LETTERS: usize = 6;
/// What a letter or digit of it takes.
const LETTER_BITS: u32 = 5;

impl LookUpKey {
    /// Of a name, or how it sounds, and the birth date that goes with it: eight digits, year first. They need not be
    /// a day of the calendar.
    #[must_use]
    pub fn by_name(name: &str, born_digits: u32) -> Self {
        Self::beside(born_digits & !POSTCODES, stable_hash(HASH_START, name))
    }

    /// Of anything that is told of a postcode: a family name, how it sounds, a house. The postcode is folded.
    #[must_use]
    pub fn at_postcode(postcode: &str, what: &str) -> Self {
        let letters = postcode.bytes().take(POSTCODE_LETTERS);
        let near = letters.fold(0, |near, letter| near << LETTER_BITS | u32::from(letter & 31));
        let whole = stable_hash(stable_hash(HASH_START, postcode), "|");
        Self::beside(POSTCODES | near, stable_hash(whole, what))
    }

    /// As a row of an index has it: of postcodes they are less than zero.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0
    }

    fn beside(near: u32, hash: u64) -> Self {
        Self((u64::from(near) << 32 | hash & 0xffff_ffff).cast_signed())
    }
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

    fn near(key: LookUpKey) -> i64 {
        key.0 >> 32
    }

    #[test]
    fn what_shares_a_birth_date_or_a_postcode_lies_together_and_is_told_apart() {
        let (okafor, grace) = (LookUpKey::by_name("~AKFR", 20_240_102), LookUpKey::by_name("~KRS", 20_240_102));
        assert_eq!((near(okafor), near(grace)), (20_240_102, 20_240_102));
        assert_ne!(okafor, grace);
        assert_ne!(okafor, LookUpKey::by_name("~AKFR", 20_240_103));
        let at = |postcode, what| LookUpKey::at_postcode(postcode, what);
        assert_eq!(near(at("SE50ZZ", "~AKFR")), near(at("SE50ZZ", "12")));
        assert_ne!(at("SE50ZZ", "~AKFR"), at("SE50ZZ", "12"));
        assert_ne!(at("SE150ZA", "~AKFR"), at("SE150ZB", "~AKFR"), "seven letters, of which six say where");
    }

    #[test]
    fn a_key_is_the_same_for_ever() {
        assert_eq!(LookUpKey::by_name("~AKFR", 19_510_304).as_i64(), 83_796_118_595_845_029);
        assert_eq!(LookUpKey::at_postcode("SE50ZZ", "~AKFR").as_i64(), -6_459_635_923_738_499_890);
    }

    #[test]
    fn a_day_is_eight_digits() {
        assert_eq!(day_digits(jiff::civil::date(2024, 1, 2)), 20_240_102);
        assert_eq!(day_digits(jiff::civil::date(-44, 3, 15)), 315);
    }

    proptest! {
        #[test]
        fn no_name_has_the_key_of_a_place(text in ".{0,20}", born in any::<u32>(), postcode in ".{0,9}") {
            prop_assert!(LookUpKey::by_name(&text, born).as_i64() >= 0);
            prop_assert!(LookUpKey::at_postcode(&postcode, &text).as_i64() < 0);
        }
    }
}
