//! What the key of a name tells of the given names of whoever has it, and of whom that is enough to say that they are
//! somebody else. As many more share a name and a birth date as there are more people in a region, and reading what
//! each of them told would be most of what placing a chart costs there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use record::{GLANCE_BITS, Glance, HASH_START, stable_hash};

use crate::given::{SOUND_LENGTH_MIN, forms_of_one_name, is_initial};
use crate::scoring::compare::faults_max;
use crate::scoring::features::{Features, Word};

/// How many bits of a glance say which sounds there are, and how many which letters the first name has.
const SOUND_BITS: u32 = 19;
const LETTER_BITS: u32 = GLANCE_BITS - SOUND_BITS - 2;
/// There are further names.
const FURTHER: u64 = 1 << (GLANCE_BITS - 1);
/// It is in the key of a family name.
const FAMILY: u64 = 1 << (GLANCE_BITS - 2);
/// Which letters share a bit: those that are rare in given names.
const LETTERS: [&str; LETTER_BITS as usize] =
    ["A", "E", "I", "N", "R", "LX", "OZ", "SF", "TJ", "HW", "MQ", "DVC", "KP", "UYBG"];

/// A glance at somebody's given names: which letters the first has, and how it, all of them as one and each further one
/// sound. None at an initial, at what cannot be said, and at somebody who prefers another name: they are told apart from nobody.
pub(crate) fn glance_at(chart: &Features) -> Glance {
    let (Some(whole), Some((first, further))) = (&chart.given_whole, chart.given.split_first()) else {
        return Glance::NOTHING;
    };
    if chart.preferred.is_some() || is_initial(&first.folded) || further.iter().any(|name| name.sounds.0.is_empty()) {
        return Glance::NOTHING;
    }
    let (sounds, further) = if further.is_empty() {
        (one_name(first), 0)
    } else {
        (chart.given.iter().chain([whole]).fold(0, |sounds, name| sounds | sounds_of(name)), FURTHER)
    };
    Glance::from_bits(letters_of(&first.folded) | sounds << LETTER_BITS | further)
}

/// The same, in the key of the family name.
pub(crate) fn beside_family_name(glance: Glance) -> Glance {
    Glance::from_bits(glance.bits() | FAMILY)
}

/// Whether somebody at whose given names this is a glance may be whoever is told. Where not, the score would say that their
/// given names differ ([`crate::if_worth_weighing`]): none of them is like any of those that are told, and none like the
/// family name, so that they are not in each other's fields either. Where both family names sound alike they are not.
pub(crate) fn may_be(told: &Features, there: Glance, by_family_name: bool) -> bool {
    let (Some(whole), Some(family)) = (&told.given_whole, &told.family_whole) else { return true };
    let Some((first, further)) = told.given.split_first().filter(|(first, _)| !is_initial(&first.folded)) else {
        return true;
    };
    if there == Glance::NOTHING {
        return true;
    }
    let seen = Seen::of(there);
    let in_order = by_family_name && seen.by_family_name && is_sound_enough(family);
    let wholes = [whole].into_iter().chain((!in_order).then_some(family));
    seen.first_may_be(first)
        || wholes.clone().any(|name| seen.whole_may_be(name))
        || told.preferred.iter().any(|name| seen.first_may_be(name))
        || further.iter().any(|name| seen.first_may_be_form_of(name))
}

/// Whether two names that share this one's key sound alike, or are the same.
fn is_sound_enough(name: &Word) -> bool {
    name.sounds.0.is_empty() || name.sounds.0.len() >= SOUND_LENGTH_MIN
}

/// What a glance saw.
#[derive(Clone, Copy)]
struct Seen {
    /// Of the first name.
    letters: u64,
    /// Of all.
    sounds: u64,
    further: bool,
    by_family_name: bool,
}

impl Seen {
    fn of(there: Glance) -> Self {
        let bits = there.bits();
        let (letters, sounds) = (bits & ((1 << LETTER_BITS) - 1), bits >> LETTER_BITS & ((1 << SOUND_BITS) - 1));
        Self { letters, sounds, further: bits & FURTHER != 0, by_family_name: bits & FAMILY != 0 }
    }

    /// As much as a first name is compared with a first name, and with a further one that may be the same.
    fn first_may_be(self, name: &Word) -> bool {
        let is_further = || self.further && forms_of(&name.folded).iter().any(|form| self.sounds & form.sounds != 0);
        self.sounds_like(name) || self.is_typed(name) || self.first_may_be_form_of(name) || is_further()
    }

    fn sounds_like(self, name: &Word) -> bool {
        if self.further {
            return self.sounds & sounds_of(name) != 0;
        }
        let (primary, secondary) = (self.sounds & ((1 << ONE_SOUND_BITS) - 1), self.sounds >> ONE_SOUND_BITS);
        each_sound(name).any(|sound| [primary, secondary].contains(&one_sound(sound)))
    }

    /// As much as all given names are compared as one. Of several only the first is seen, of which few letters can be others.
    fn whole_may_be(self, name: &Word) -> bool {
        let begins = |letters: u64, faults: u32| (self.letters & !letters).count_ones() <= faults;
        let typed = || begins(letters_of(&name.folded), faults_in(name));
        let form = || forms_of(&name.folded).iter().any(|form| begins(form.letters, 0));
        self.first_may_be(name) || self.further && (typed() || form())
    }

    /// A fault takes one letter away at most, and adds one.
    fn is_typed(self, name: &Word) -> bool {
        let (letters, faults) = (letters_of(&name.folded), faults_in(name));
        (letters & !self.letters).count_ones() <= faults && (self.letters & !letters).count_ones() <= faults
    }

    fn first_may_be_form_of(self, name: &Word) -> bool {
        letters_of(&name.folded) == self.letters
            || forms_of(&name.folded).iter().any(|form| form.letters == self.letters)
    }
}

fn faults_in(name: &Word) -> u32 {
    u32::try_from(faults_max(name.folded.chars().count())).unwrap_or(u32::MAX)
}

fn letters_of(folded: &str) -> u64 {
    folded.chars().fold(0, |letters, c| letters | 1 << letter_bit(c))
}

fn letter_bit(letter: char) -> u32 {
    let place = LETTERS.iter().zip(0..).find(|(letters, _)| letters.contains(letter));
    place.map_or(u32::from(letter) % LETTER_BITS, |(_, bit)| bit)
}

/// Of a single name there is room to tell its two sounds better apart; zero where there is none.
const ONE_SOUND_BITS: u32 = SOUND_BITS / 2;

fn one_name(name: &Word) -> u64 {
    let mut sounds = each_sound(name).map(one_sound);
    let primary = sounds.next().unwrap_or_default();
    primary | sounds.next().unwrap_or(primary) << ONE_SOUND_BITS
}

/// From one up.
fn one_sound(sound: &str) -> u64 {
    1 + hash(sound) % ((1 << ONE_SOUND_BITS) - 1)
}

/// Of several names, whichever of them it is.
fn sounds_of(name: &Word) -> u64 {
    each_sound(name).fold(0, |sounds, sound| sounds | 1 << (hash(sound) % u64::from(SOUND_BITS)))
}

fn each_sound(name: &Word) -> impl Iterator<Item = &str> {
    [name.sounds.0.as_str(), name.sounds.1.as_str()].into_iter().filter(|sound| !sound.is_empty())
}

fn hash(sound: &str) -> u64 {
    let hash = stable_hash(HASH_START, sound);
    hash ^ hash >> 32
}

/// One of several forms of a name (Bill, William).
#[derive(Clone, Copy)]
struct Form {
    letters: u64,
    sounds: u64,
}

fn forms_of(name: &str) -> &'static [Form] {
    static FORMS: OnceLock<BTreeMap<String, Vec<Form>>> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        let mut forms: BTreeMap<String, Vec<Form>> = BTreeMap::new();
        for line in forms_of_one_name() {
            let words = line.iter().filter_map(|form| Word::new(form));
            let all: Vec<Form> =
                words.map(|word| Form { letters: letters_of(&word.folded), sounds: sounds_of(&word) }).collect();
            line.into_iter().for_each(|form| forms.entry(form).or_default().extend(&all));
        }
        forms
    });
    forms.get(name).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use record::{Demographics, PersonName, When};

    use super::*;
    use crate::scoring::keys::sound_or_letters;
    use crate::scoring::worth_weighing::if_worth_weighing;

    fn told(family: &str, given: &[&str], preferred: Option<&str>) -> Demographics {
        Demographics {
            name: PersonName {
                family: family.into(),
                given: given.iter().map(|name| (*name).to_owned()).collect(),
                preferred: preferred.map(str::to_owned),
                ..PersonName::default()
            },
            born: When::parse_iso("1951-03-04").ok(),
            ..Demographics::default()
        }
    }

    fn may_be_named(one: &str, other: &str) -> bool {
        let of = |given| Features::of(&told("Okafor", &[given], None));
        may_be(&of(one), beside_family_name(glance_at(&of(other))), true)
    }

    #[test]
    fn most_other_given_names_are_told_apart_at_a_glance_and_forms_slips_and_initials_are_not() {
        for (one, other) in [("Grace", "Emmanuel"), ("Wale", "Dayo"), ("Łukasz", "Amina"), ("Stanley", "Grace")] {
            assert!(!may_be_named(one, other) && !may_be_named(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("Grace", "Grcae"),
            ("Bill", "William"),
            ("Mohammed", "Muhammad"),
            ("Sean", "Shawn"),
            ("Grace", "G"),
            ("Grace", ""),
            ("Siu Ming", "Siuming"),
            ("Grace Ada", "Ada"),
            ("Łukasz", "Lukasz"),
        ] {
            assert!(may_be_named(one, other) && may_be_named(other, one), "{one} {other}");
        }
    }

    fn may_be_by_given_name(one: &Demographics, other: &Demographics) -> bool {
        may_be(&Features::of(one), glance_at(&Features::of(other)), false)
    }

    #[test]
    fn names_in_each_others_fields_and_the_name_that_is_preferred_are_not_told_apart() {
        let grace = told("Okafor", &["Grace"], None);
        assert!(may_be_by_given_name(&told("Grace", &["Okafor"], None), &grace));
        let preferred = told("Okafor", &["Emmanuel"], Some("Grace"));
        assert!(may_be_by_given_name(&preferred, &grace) && may_be_by_given_name(&grace, &preferred));
        assert!(may_be_by_given_name(&told("", &["Emmanuel"], None), &told("Emmanuel", &["Grace"], None)));
    }

    #[test]
    fn a_further_name_that_is_the_first_of_the_other_is_not_told_apart() {
        let named = |given: &[&str]| told("Okafor", given, None);
        assert!(may_be_by_given_name(&named(&["Bill"]), &named(&["Grace", "William"])), "a form of it");
        assert!(may_be_by_given_name(&named(&["Эмма"]), &named(&["Grace", "Эмма"])), "it cannot be said");
        assert!(may_be_by_given_name(&named(&["Grace", "William"]), &named(&["Bill"])));
    }

    /// All of a family name that is told by its key is that it sounds like J.
    #[test]
    fn family_names_of_one_sound_may_be_in_the_place_of_the_given_names() {
        let (one, other) = (told("Joe", &["Joy"], None), told("Joy", &["Joseph"], None));
        assert!(if_worth_weighing(&Features::of(&one), &other).is_some());
        assert!(may_be(&Features::of(&one), beside_family_name(glance_at(&Features::of(&other))), true));
    }

    /// As the key of both family names tells it.
    fn sound_alike((one, other): (&Word, &Word)) -> bool {
        sound_or_letters(&one.sounds.0, &one.folded) == sound_or_letters(&other.sounds.0, &other.folded)
    }

    /// Few letters, so that many are near each other; names that have forms; other scripts.
    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            "[abdeklmnrst]{1,5}",
            "[aeln]{3,11}",
            "(Bill|William|Wiliam|Bert|Albert|Robert|Bob|Mohammed|Muhamad|Sean|Shawn|Siuming|Łukasz|Эмма|Эма|美玲|W)",
            Just(String::new()),
            "(Katherine|Catherine|Cathrine|Philippa|Filipa|Knight|Nite|Thomas|Tomas|Josef|Yosef)",
            "[adeiklmn]{2,4} [adeiklmn]{2,4}",
        ]
    }

    /// As it is typed: a letter left out, doubled, or in another's place.
    fn typed(name: &str, (fault, at): (u8, usize)) -> String {
        let mut letters: Vec<char> = name.chars().collect();
        let at = at % letters.len().max(1);
        match fault {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, 'n'),
            2 => letters[at] = 'e',
            3 if at > 0 => letters.swap(at - 1, at),
            _ => {}
        }
        letters.into_iter().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whoever_is_told_apart_at_a_glance_is_not_worth_weighing(
            given in prop::collection::vec(name(), 1..3), others in prop::collection::vec(name(), 1..3),
            family in name(), other_family in name(), preferred in prop::option::of(name()),
            faults in prop::collection::vec((0_u8..6, 0_usize..12), 3), in_common in 0_u8..5,
        ) {
            // Many pairs have a name in common, in the same field or in the other.
            let (other, other_family) = match in_common {
                0 => (others.join(" "), other_family),
                1 => (given[0].clone(), other_family),
                2 => (others.join(" "), family.clone()),
                3 => (family.clone(), given.join(" ")),
                _ => (given.join(" "), family.clone()),
            };
            let other = faults.iter().fold(other, |name, fault| if name.is_empty() { name } else { typed(&name, *fault) });
            let given: Vec<&str> = given.iter().map(String::as_str).collect();
            let one = told(&family, &given, preferred.as_deref());
            let other = told(&other_family, &[&other], None);
            for (one, other) in [(&one, &other), (&other, &one)] {
                let (features, others) = (Features::of(one), Features::of(other));
                let alike = features.family_whole.as_ref().zip(others.family_whole.as_ref()).is_some_and(sound_alike);
                let there = beside_family_name(glance_at(&others));
                for by_family_name in [false, alike] {
                    let may_be = may_be(&features, there, by_family_name);
                    prop_assert!(may_be || if_worth_weighing(&features, other).is_none(), "{one:?} {other:?}");
                }
            }
        }
    }
}
