use std::collections::BTreeSet;

use record::PersonName;

use crate::fold::{both_sounds, fold};
use crate::given::{SOUND_LENGTH_MIN, are_aliases, is_initial};
use crate::scoring::{are_close, said, sound_or_letters};

/// The most keys by sound that one name gives.
pub const SOUND_KEYS_MAX: usize = 8;
/// The shortest part of a double name that stands for it.
const PART_LETTERS_MIN: usize = 3;

/// How a name that staff typed fits one that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameFit {
    /// The same family name, and the same given name where one was typed.
    Same,
    /// Spelt otherwise, another form, part of a double name, given and family names
    /// in each other's place, or the same family name with another given name.
    Alike,
}

/// The keys under which a name is kept and looked for, however it is spelt: a tilde and the sound of
/// each part of the family name, of the first given name and of the preferred one, or the letters of
/// what cannot be said. They do not say which name it is, so names in each other's fields meet. Few, because
/// each is a row of an index, and whoever tells nothing else has the same rows for a search and for
/// [`crate::arrival_keys`].
#[must_use]
pub fn sound_keys(name: &PersonName) -> Vec<String> {
    let first = name.given.iter().flat_map(|given| words(given)).take(1);
    let preferred = name.preferred.iter().flat_map(|preferred| words(preferred));
    sounds(family_parts(name).into_iter().chain(first).chain(preferred))
}

/// The same for whoever lives at a postcode.
#[must_use]
pub fn sound_place_keys(name: &PersonName, postcode: &str) -> Vec<String> {
    at_postcode(sound_keys(name), postcode)
}

fn at_postcode(sounds: Vec<String>, postcode: &str) -> Vec<String> {
    let postcode = fold(postcode);
    if postcode.is_empty() {
        return Vec::new();
    }
    sounds.into_iter().map(|sound| format!("{postcode}|{sound}")).collect()
}

fn sounds(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let keys = words.map(|word| said(sound_or_letters(&both_sounds(&word).0, &word)));
    keys.filter(|key| seen.insert(key.clone())).take(SOUND_KEYS_MAX).collect()
}

/// The keys of a whole family name and of a first given name, where both are told: few have both.
#[must_use]
pub fn both_sound_keys(name: &PersonName) -> Option<[String; 2]> {
    let first = name.given.iter().flat_map(|given| words(given)).next()?;
    let family = Some(fold(&name.family)).filter(|family| !family.is_empty())?;
    // Of two that sound alike there is one key, which leads to both.
    sounds([family, first].into_iter()).try_into().ok()
}

/// The keys by sound under which a name is kept at a postcode: those of the family name.
#[must_use]
pub fn kept_sound_place_keys(name: &PersonName, postcode: &str) -> Vec<String> {
    let family = family_parts(name);
    let sounds = if family.is_empty() { sound_keys(name) } else { sounds(family.into_iter()) };
    at_postcode(sounds, postcode)
}

/// How a typed name fits one that is told; `None` where it is another name.
#[must_use]
pub fn name_fit(typed: &PersonName, told: &PersonName) -> Option<NameFit> {
    let (typed_family, typed_given) = typed_words(typed);
    let told_given: Vec<String> = spoken(told).flat_map(words).collect();
    let told_family = fold(&told.family);
    let first = told_given.first().cloned().unwrap_or_default();
    if typed_family.is_empty() {
        return None;
    }
    // People of a single name: some systems write it as the family name, others not.
    if told_family.is_empty() || (told_given.is_empty() && typed_given.is_empty()) {
        let told_name = if told_family.is_empty() { &first } else { &told_family };
        let fit = if typed_family == *told_name { NameFit::Same } else { NameFit::Alike };
        return (typed_given.is_empty() && alike(&typed_family, told_name)).then_some(fit);
    }
    let whole_given: String = told.given.iter().map(|given| fold(given)).collect();
    let given_same = typed_given.is_empty() || typed_given == first || typed_given == whole_given;
    if typed_family == told_family && given_same {
        return Some(NameFit::Same);
    }
    let parts = family_parts(told);
    let given_alike = given_same || told_given.iter().any(|given| given_is_like(&typed_given, given));
    let family_told = parts.contains(&typed_family) || family_parts(typed).contains(&told_family);
    let family_alike = parts.iter().any(|part| alike(&typed_family, part));
    let swapped = || {
        let given_as_family = parts.iter().any(|part| alike(&typed_given, part));
        given_as_family && told_given.iter().any(|given| alike(&typed_family, given))
    };
    (family_told || (family_alike && given_alike) || swapped()).then_some(NameFit::Alike)
}

/// Whether two people are easily mistaken for each other by their names.
#[must_use]
pub fn names_are_similar(a: &PersonName, b: &PersonName) -> bool {
    let first = |name: &PersonName| spoken(name).flat_map(words).next().unwrap_or_default();
    let (given_a, given_b) = (first(a), first(b));
    let given = given_a == given_b || given_is_like(&given_a, &given_b);
    let parts = family_parts(b);
    let family = |one: &String| parts.iter().any(|other| alike(one, other));
    let both_single = family_parts(a).is_empty() && parts.is_empty();
    given && (both_single || family_parts(a).iter().any(family))
}

/// Family and given name as typed; a single name stands for the family name.
fn typed_words(typed: &PersonName) -> (String, String) {
    let given: String = typed.given.iter().map(|given| fold(given)).collect();
    match fold(&typed.family) {
        family if family.is_empty() => (given, String::new()),
        family => (family, given),
    }
}

fn given_is_like(a: &str, b: &str) -> bool {
    let initial = is_initial(a) || is_initial(b);
    alike(a, b) || (initial && !a.is_empty() && a.chars().next() == b.chars().next())
}

/// Two folded words that may be one name.
fn alike(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && (a == b || are_aliases(a, b) || are_close(a, b) || sound_alike(a, b))
}

fn sound_alike(a: &str, b: &str) -> bool {
    let (a, b) = (both_sounds(a), both_sounds(b));
    let same = |a: &str, b: &str| a.len() >= SOUND_LENGTH_MIN && a == b;
    same(&a.0, &b.0) || same(&a.0, &b.1) || same(&a.1, &b.0)
}

/// The family name as a whole, and the parts of a double one that are long enough.
fn family_parts(name: &PersonName) -> Vec<String> {
    let parts = name.family.split(|c: char| c.is_whitespace() || "-‐‑–/".contains(c)).map(fold);
    let long = parts.filter(|part| part.chars().count() >= PART_LETTERS_MIN);
    let mut all: Vec<String> = std::iter::once(fold(&name.family)).chain(long).collect();
    all.retain(|part| !part.is_empty());
    all.dedup();
    all
}

fn spoken(name: &PersonName) -> impl Iterator<Item = &str> {
    name.given.iter().chain(&name.preferred).map(String::as_str)
}

fn words(text: &str) -> impl Iterator<Item = String> + use<> {
    let words: Vec<String> = text.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(family: &str, given: &str) -> PersonName {
        let given = given.split_whitespace().map(str::to_owned).collect();
        PersonName { family: family.into(), given, ..PersonName::default() }
    }

    fn fit(typed: (&str, &str), told: (&str, &str)) -> Option<NameFit> {
        name_fit(&name(typed.0, typed.1), &name(told.0, told.1))
    }

    #[test]
    fn the_same_name_is_the_same_however_it_is_written() {
        for (typed, told) in [
            (("okafor", "grace"), ("O'Kafor", "Grace Adaeze")),
            (("Nguyen", ""), ("Nguyễn", "Thu Trang")),
            (("de la Cruz", "Maria"), ("DelaCruz", "María")),
            (("Suharto", ""), ("", "Suharto")),
            (("", "Suharto"), ("Suharto", "")),
            (("Smith", "Mary Ann"), ("Smith", "Mary Ann")),
        ] {
            assert_eq!(fit(typed, told), Some(NameFit::Same), "{typed:?} {told:?}");
        }
    }

    #[test]
    fn slips_sounds_forms_parts_and_swapped_names_are_alike() {
        for (typed, told) in [
            (("Okafro", "Grace"), ("Okafor", "Grace")),
            (("Smyth", "Catherine"), ("Smith", "Kathryn")),
            (("Smith", "Bill"), ("Smith", "William")),
            (("Okafor", "G"), ("Okafor", "Grace")),
            (("Jones", "Ada"), ("Smith-Jones", "Ada")),
            (("Smith-Jones", "Ada"), ("Jones", "Ada")),
            (("Grace", "Okafor"), ("Okafor", "Grace")),
            (("Okafor", "Ada"), ("Okafor", "Grace")),
            (("Okafor", "Adaeze"), ("Okafor", "Grace Adaeze")),
        ] {
            assert_eq!(fit(typed, told), Some(NameFit::Alike), "{typed:?} {told:?}");
        }
    }

    #[test]
    fn another_name_fits_nobody() {
        for (typed, told) in [
            (("Okafor", "Grace"), ("Bello", "Grace")),
            (("Smyth", "Ada"), ("Smith", "Grace")),
            (("", ""), ("Okafor", "Grace")),
            (("😀", "😀"), ("Okafor", "Grace")),
            (("Okafor", "Grace"), ("", "")),
        ] {
            assert_eq!(fit(typed, told), None, "{typed:?} {told:?}");
        }
    }

    #[test]
    fn keys_by_sound_meet_where_names_are_misspelt_or_in_each_others_place() {
        let meet = |a: &PersonName, b: &PersonName| sound_keys(a).iter().any(|key| sound_keys(b).contains(key));
        assert!(meet(&name("Smyth", ""), &name("Smith", "Ada")));
        assert!(meet(&name("Okagor", "Grace"), &name("Okafor", "Grace")), "by the given name");
        assert!(meet(&name("Grace", "Okafor"), &name("Okafor", "Grace")));
        assert_eq!(sound_place_keys(&name("Smith", ""), "se5 0zz"), ["SE50ZZ|~SM0"]);
        let ada = name("Smith", "Ada Grace");
        assert_eq!(sound_keys(&ada), ["~SM0", "~AT"]);
        assert_eq!(both_sound_keys(&ada).unwrap(), ["~SM0", "~AT"]);
        assert_eq!(both_sound_keys(&name("Ada", "Ada")), None);
        assert_eq!(both_sound_keys(&name("Smith", "")), None);
        assert_eq!(kept_sound_place_keys(&ada, "SE5 0ZZ"), ["SE50ZZ|~SM0"]);
        assert_eq!(sound_keys(&name("", "Suharto")), ["~SHRT"]);
        assert_eq!(kept_sound_place_keys(&name("", "Suharto"), "SE5 0ZZ"), ["SE50ZZ|~SHRT"]);
        assert_eq!(sound_place_keys(&name("Smith", ""), " "), Vec::<String>::new());
        assert_eq!(sound_keys(&name("王", "秀英")), ["~王", "~秀英"], "the letters of what cannot be said");
    }

    #[test]
    fn a_name_is_kept_by_its_halves_its_first_given_name_and_the_one_that_is_used() {
        let addy = PersonName { preferred: Some("Addy".into()), ..name("Okafor-O'Shea", "Grace Adaeze") };
        let keys = sound_keys(&addy);
        for part in ["OkaforOShea", "Okafor", "O'Shea", "Grace", "Addy"] {
            assert!(keys.contains(&said(&both_sounds(&fold(part)).0)), "{part} in {keys:?}");
        }
        assert_eq!(keys.len(), 5);
        assert_eq!(sound_keys(&PersonName::default()), Vec::<String>::new());
    }

    #[test]
    fn a_name_of_many_parts_has_no_more_sounds_than_the_limit() {
        let many = "Abara-Bello-Chukwu-Danjuma-Eze-Fashola-Gowon-Haruna-Ibrahim";
        assert_eq!(sound_keys(&name(many, "Grace")).len(), SOUND_KEYS_MAX);
    }

    #[test]
    fn similar_names_are_those_that_are_easily_mistaken() {
        let similar = |a: (&str, &str), b: (&str, &str)| names_are_similar(&name(a.0, a.1), &name(b.0, b.1));
        assert!(similar(("Okafor", "Grace Adaeze"), ("O'Kafor", "Grace")));
        assert!(similar(("Smith", "Jayden"), ("Smyth", "Hayden")));
        assert!(similar(("Hussain", "Mohammed"), ("Hussein", "Muhammad")));
        assert!(similar(("", "Suharto"), ("", "Suharto")));
        assert!(!similar(("Okafor", "Grace"), ("Okafor", "Ada")));
        assert!(!similar(("Okafor", "Grace"), ("Bello", "Grace")));
    }

    proptest! {
        #[test]
        fn no_names_make_it_panic(a in ".{0,20}", b in ".{0,20}", c in ".{0,20}") {
            let _ = name_fit(&name(&a, &b), &name(&c, &a));
            let _ = sound_place_keys(&name(&a, &b), &c);
        }

        #[test]
        fn whether_two_are_similar_does_not_depend_on_the_order(a in "[A-Z]{1,6}( [A-Z]{3})?", b in "[A-Z]{1,6}", c in "[A-Z]{1,6}") {
            let (one, other) = (name(&a, &b), name(&c, &b));
            prop_assert_eq!(names_are_similar(&one, &other), names_are_similar(&other, &one));
            prop_assert!(names_are_similar(&one, &one));
        }

        #[test]
        fn a_name_always_fits_itself(family in "[A-Za-z]{2,10}", given in "[A-Za-z]{2,10}") {
            prop_assert_eq!(name_fit(&name(&family, &given), &name(&family, &given)), Some(NameFit::Same));
        }
    }
}
