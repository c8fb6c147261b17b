use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use record::{Glance, HASH_START, KeyTells, LookUpKey, stable_hash};

use crate::scoring::compare::compare_births;
use crate::scoring::features::{BirthDigits, Features, Word};
use crate::scoring::glance::{beside_family_name, glance_at, may_be};
use crate::scoring::level::Level;

/// The most blocking keys that one chart has.
pub const BLOCKING_KEYS_MAX: usize = 24;

/// How many charts of a file, or people of a store, may share a key before it is no longer looked up: it costs
/// more than it finds. They are still found by their other keys, which do
/// not rest on the same crowd; how many keys were left out is reported.
pub const KEY_SHARED_BY_MAX: usize = 60;

/// A value that a store keeps in an index beside the chart. Two charts that might
/// be one person's have at least one key in common, and so few others have it that
/// looking it up costs the same in a town and in a nation.
///
/// The same text gives the same key on every machine (FNV-1a, 64 bits). Those that a store holds are [`LookUpKey`]s, and
/// change with the version of its look-up rules only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey(pub u64);

/// The keys of one chart, at most [`BLOCKING_KEYS_MAX`], in ascending order. Each
/// joins two or three facts of different fields, so that none is common and a fault
/// in one field leaves others standing.
#[must_use]
pub fn blocking_keys(chart: &Features) -> Vec<BlockingKey> {
    let mut keys = BTreeSet::new();
    let mut add = |kind: &str, parts: &[&str]| {
        if parts.iter().all(|part| !part.is_empty()) {
            keys.insert(BlockingKey(hash(kind, parts)));
        }
    };
    let family = chart.family_whole.as_ref();
    let given = chart.given.first();
    let names: Vec<&Word> = family.into_iter().chain(given).chain(&chart.given_whole).chain(&chart.preferred).collect();
    let born = chart.born.as_ref().map_or("", |born| born.text());
    let number = chart.nhs_number.map(|number| number.to_string()).unwrap_or_default();
    add("number", &[&number]);
    for telephone in &chart.telephones {
        add("telephone", &[&telephone.to_string()]);
    }

    let postcode = chart.place.postcode.as_str();
    add("house", &[&chart.place.house().map(|house| house.to_string()).unwrap_or_default()]);
    add("birth+postcode", &[born, postcode]);
    let house_number = chart.place.numbers.join(" ");
    add("birth+house number", &[born, &house_number]);
    let either_way = chart.born.as_ref().and_then(day_and_month_either_way).unwrap_or_default();
    for name in &names {
        // Swapped fields give the same keys: they do not say which name it is.
        add("birth+sound", &[born, sound(name)]);
        add("either birth+sound", &[&either_way, sound(name)]);
        add("postcode+sound", &[postcode, sound(name)]);
    }
    for word in chart.place.words() {
        add("birth+street", &[born, word]);
        for name in family.into_iter().chain(given) {
            add("street+sound", &[word, sound(name)]);
        }
    }
    if let (Some(family), Some(given)) = (family, given) {
        let mut sounds = [sound(family), sound(given)];
        sounds.sort_unstable();
        let [first, second] = sounds;
        add("names+house number", &[first, second, &house_number]);
        let (year, month, day) = chart.born.as_ref().map(|born| born.parts()).unwrap_or_default();
        let text = |digits| std::str::from_utf8(digits).unwrap_or_default();
        add("names+year", &[first, second, text(year)]);
        add("names+day", &[first, second, text(month), text(day)]);
    }
    keys.into_iter().take(BLOCKING_KEYS_MAX).collect()
}

/// The most [`arrival_keys`] that one chart has.
pub const ARRIVAL_KEYS_MAX: usize = 4;

/// The few of these keys that a store writes and looks up for each chart that comes, in
/// ascending order. Those of names are rows that a search by name needs as well. Whatever [`crate::place_by_score`]
/// links shares one of them or the NHS number: three of given name, family name, birth date and house must agree, so
/// either family name and birth date do, or the house. Somebody who has moved, and whose
/// birth date is told otherwise, is not found.
#[must_use]
pub fn arrival_keys(chart: &Features) -> Vec<BlockingKey> {
    let mut keys = BTreeSet::new();
    keys.extend(house_key(chart));
    let glance = glance_at(chart);
    keys.extend(chart.family_whole.iter().filter_map(|name| name_key(chart, name, beside_family_name(glance))));
    let names = chart.given.first().into_iter().chain(&chart.preferred);
    // Of names that sound the same there is one key, that of the family name.
    let others = names.filter_map(|name| name_key(chart, name, glance)).filter(|key| !is_of_family_name(chart, *key));
    keys.extend(others);
    keys.into_iter().take(ARRIVAL_KEYS_MAX).collect()
}

fn name_key(chart: &Features, name: &Word, glance: Glance) -> Option<BlockingKey> {
    let born = chart.born.as_ref().and_then(BirthDigits::number)?;
    Some(key_of(LookUpKey::by_name(&said(sound(name)), born, glance)))
}

/// How a name sounds, as search has it in its keys.
pub(crate) fn said(sound: &str) -> String {
    format!("~{sound}")
}

fn key_of(row: LookUpKey) -> BlockingKey {
    BlockingKey(row.as_i64().cast_unsigned())
}

/// The number as a key, where one is told. A store has an index of numbers already.
pub(crate) fn hash_of_number(chart: &Features) -> Option<u64> {
    chart.nhs_number.map(|number| hash("number", &[&number.to_string()]))
}

/// The one of them under which everybody at the house is found.
#[must_use]
pub fn house_key(chart: &Features) -> Option<BlockingKey> {
    let house = format!("house {}", chart.place.house()?);
    let born = chart.born.and_then(|born| born.number());
    Some(key_of(LookUpKey::at_postcode(&chart.place.postcode, &house, born)))
}

/// All keys under which whoever this key finds is looked for: at a house, whenever they were born; by a name, whatever their
/// given names are.
#[must_use]
pub fn found_under(key: BlockingKey) -> RangeInclusive<u64> {
    let range = LookUpKey::from_i64(key.0.cast_signed()).whoever_has_it();
    range.start().cast_unsigned()..=range.end().cast_unsigned()
}

/// Whether somebody whose chart has this key may be whoever is told, as far as it tells. In a house nearly all were
/// born on other days, and of those with one name and birth date most have other given names; the score would say of
/// them that they are apart ([`crate::if_worth_weighing`]).
#[must_use]
pub fn may_be_by_key(told: &Features, key: BlockingKey) -> bool {
    match LookUpKey::from_i64(key.0.cast_signed()).tells() {
        KeyTells::Born(digits) => {
            compare_births(told.born, BirthDigits::parse(&digits.to_string())) != Some(Level::BirthDiffers)
        }
        KeyTells::Names(there) => may_be(told, there, is_of_family_name(told, key)),
        KeyTells::Nothing => true,
    }
}

fn is_of_family_name(told: &Features, key: BlockingKey) -> bool {
    let family = told.family_whole.as_ref().and_then(|name| name_key(told, name, Glance::NOTHING));
    family.is_some_and(|family| found_under(family) == found_under(key))
}

/// Year, then day and month in either order, where the day might be a month.
fn day_and_month_either_way(born: &BirthDigits) -> Option<String> {
    let (year, month, day) = born.parts();
    let (low, high) = if month <= day { (month, day) } else { (day, month) };
    (high <= b"12".as_slice()).then(|| [year, low, high].concat().into_iter().map(char::from).collect())
}

/// How a name sounds; where it cannot be said, its letters.
fn sound(name: &Word) -> &str {
    sound_or_letters(&name.sounds.0, &name.folded)
}

pub(crate) fn sound_or_letters<'a>(sound: &'a str, letters: &'a str) -> &'a str {
    if sound.is_empty() { letters } else { sound }
}

/// FNV-1a over the kind and the parts, each ended by a zero byte.
pub(crate) fn hash(kind: &str, parts: &[&str]) -> u64 {
    std::iter::once(&kind).chain(parts).fold(HASH_START, |hash, text| stable_hash(stable_hash(hash, text), "\0"))
}

/// All pairs of charts, by their places in the list, that share a key which no more
/// than [`KEY_SHARED_BY_MAX`] have; and how many keys were too common. What a store
/// does with its index chart by chart, for a whole file at once.
#[must_use]
pub fn candidate_pairs(charts: &[Features]) -> (Vec<(u32, u32)>, usize) {
    let mut keyed: Vec<(BlockingKey, u32)> = charts
        .iter()
        .zip(0_u32..)
        .flat_map(|(chart, at)| blocking_keys(chart).into_iter().map(move |key| (key, at)))
        .collect();
    keyed.sort_unstable();
    let mut pairs = Vec::new();
    let mut too_common = 0;
    for sharing in keyed.chunk_by(|a, b| a.0 == b.0) {
        if sharing.len() > KEY_SHARED_BY_MAX {
            too_common += 1;
            continue;
        }
        for (place, (_, a)) in sharing.iter().enumerate() {
            pairs.extend(sharing.iter().skip(place + 1).map(|(_, b)| (*a, *b)));
        }
    }
    drop(keyed);
    pairs.sort_unstable();
    pairs.dedup();
    (pairs, too_common)
}
