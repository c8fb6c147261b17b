//! The keys under which people are looked up by a name, by where they live and by how they look.
//!
//! Names and places are hashed into 64 bits. The upper half is the birth date or the postcode: what is
//! written for one chart then lies on two pages, whichever look-up it is of. The lower half tells apart
//! what shares that, and whoever is found is compared by name before anybody sees them.

use jiff::Span;
use jiff::civil::date;

use crate::entry_row::key_hash;

/// The key of a folded name with the birth date that goes with it, in days since 1970.
pub(crate) fn name_key(name: &str, born: i64) -> i64 {
    let since = Span::new().try_days(born).ok();
    let day = since.and_then(|since| date(1970, 1, 1).checked_add(since).ok()).filter(|day| day.year() >= 0);
    let near = day.map_or(0, |day| {
        u32::from(day.year().unsigned_abs()) * 10_000
            + u32::from(day.month().unsigned_abs()) * 100
            + u32::from(day.day().unsigned_abs())
    });
    beside(near, &format!("{name} {born}"))
}

/// The key of a folded postcode, a bar, and a folded family name or its sound.
pub(crate) fn place_key(place: &str) -> i64 {
    let postcode = place.split('|').next().unwrap_or_default();
    beside(1 << 31 | postcode.bytes().take(6).fold(0, |near, letter| near << 5 | u32::from(letter & 31)), place)
}

/// Where a key lies is what `identity::arrival_keys` says of its own, so that they meet.
fn beside(near: u32, text: &str) -> i64 {
    i64::from(near.cast_signed()) << 32 | key_hash(text) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(key: i64) -> i64 {
        key >> 32
    }

    #[test]
    fn what_shares_a_birth_date_or_a_postcode_lies_together_and_is_told_apart() {
        let born = 19_724;
        assert_eq!(near(name_key("OKAFOR GRACE", born)), 20_240_102);
        assert_eq!(near(name_key("~AKFR", born)), 20_240_102);
        assert_ne!(name_key("OKAFOR GRACE", born), name_key("~AKFR", born));
        assert_ne!(near(name_key("OKAFOR GRACE", born)), near(name_key("OKAFOR GRACE", born + 1)));
        assert_eq!(near(place_key("SE50ZZ|OKAFOR")), near(place_key("SE50ZZ|~AKFR")));
        assert_ne!(place_key("SE50ZZ|OKAFOR"), place_key("SE50ZZ|~AKFR"));
        assert_ne!(place_key("SE150ZA|OKAFOR"), place_key("SE150ZB|OKAFOR"));
    }

    #[test]
    fn who_told_no_birth_date_lies_beside_nobody_who_did() {
        assert_eq!(near(name_key("OKAFOR GRACE", i64::from(i32::MIN))), 0);
    }

    proptest! {
        #[test]
        fn every_day_and_every_text_has_a_key(text in ".{0,20}", born in any::<i64>()) {
            let _ = (name_key(&text, born), place_key(&text));
        }
    }
}
