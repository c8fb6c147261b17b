use std::collections::BTreeMap;
use std::sync::OnceLock;

use record::PersonName;

use crate::evidence::GivenNameAgreement;
use crate::fold::{both_sounds, fold};

/// What comparing the given names of two records says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenNames {
    /// They agree, in this way.
    Agree(GivenNameAgreement),
    /// At least one has none, or a placeholder.
    Missing,
    /// They differ.
    Differ,
}

/// Names that a hospital writes before there is one, or instead of one.
const PLACEHOLDERS: &[&str] = &[
    "BABY", "TWIN", "TRIPLET", "INFANT", "NEWBORN", "BOY", "GIRL", "MALE", "FEMALE", "UNKNOWN", "NOTKNOWN", "NK",
    "TEST", "NONAME", "NIL", "NONE", "BABYBOY", "BABYGIRL", "BABYOF",
];

/// The same for family names.
const FAMILY_PLACEHOLDERS: &[&str] = &[
    "UNKNOWN",
    "NOTKNOWN",
    "NK",
    "TEST",
    "ZZZTEST",
    "ZZTEST",
    "XXTEST",
    "NONAME",
    "NIL",
    "NONE",
    "BABY",
    "NOTRECORDED",
];

/// Whether a family name stands for "not known".
pub(crate) fn is_placeholder_family(family: &str) -> bool {
    FAMILY_PLACEHOLDERS.contains(&fold(family).as_str())
}

/// Whether the given names stand for "not known" or "not named yet".
pub(crate) fn is_placeholder_given(name: &PersonName) -> bool {
    Given::of(name).is_missing()
}

/// A sound code of one letter fits too many names: Leo, Lee and Lia are all L.
pub(crate) const SOUND_LENGTH_MIN: usize = 2;

/// Whether the given names of two records are different people's: a missing name, a placeholder, another form or
/// the same sound are not.
#[must_use]
pub fn given_names_differ(a: &PersonName, b: &PersonName) -> bool {
    compare(a, b) == GivenNames::Differ
}

/// Compares the given names of two records.
///
/// The first ones must agree. Where both tell further ones, one of those must
/// agree too: Mohammed Hassan and Mohammed Hussein are brothers.
pub(crate) fn compare(a: &PersonName, b: &PersonName) -> GivenNames {
    let (a, b) = (Given::of(a), Given::of(b));
    if a.is_missing() || b.is_missing() {
        return match (a.birth_order(), b.birth_order()) {
            (Some(a), Some(b)) if a != b => GivenNames::Differ,
            _ => GivenNames::Missing,
        };
    }
    if a.whole() == b.whole() {
        return GivenNames::Agree(exactness(&a.whole()));
    }
    let (Some((first_a, further_a)), Some((first_b, further_b))) = (a.0.split_first(), b.0.split_first()) else {
        return GivenNames::Missing;
    };
    let Some(first) = agreement(first_a, first_b) else { return GivenNames::Differ };
    if further_a.is_empty() || further_b.is_empty() {
        return GivenNames::Agree(first);
    }
    let further = further_a.iter().flat_map(|a| further_b.iter().filter_map(move |b| agreement(a, b))).min();
    further.map_or(GivenNames::Differ, |further| GivenNames::Agree(first.max(further)))
}

/// The given names of one record, folded, in order.
struct Given(Vec<String>);

impl Given {
    fn of(name: &PersonName) -> Self {
        let words = name.given.iter().flat_map(|given| given.split_whitespace().map(fold));
        Self(words.filter(|word| !word.is_empty()).collect())
    }

    fn whole(&self) -> String {
        self.0.concat()
    }

    fn is_missing(&self) -> bool {
        let whole = self.whole();
        let first = self.0.first().map_or("", |word| without_number(word));
        whole.is_empty() || PLACEHOLDERS.contains(&first) || PLACEHOLDERS.contains(&whole.as_str())
    }

    /// Which of several babies a placeholder means: TWIN 2, TWIN B.
    fn birth_order(&self) -> Option<u8> {
        let first = self.0.first()?;
        let kind = without_number(first);
        if !["TWIN", "TRIPLET", "BABY", "INFANT"].contains(&kind) {
            return None;
        }
        let order = match first.strip_prefix(kind) {
            Some(digits) if !digits.is_empty() => digits,
            _ => self.0.get(1)?.as_str(),
        };
        match order {
            "1" | "01" | "A" | "I" | "ONE" | "FIRST" => Some(1),
            "2" | "02" | "B" | "II" | "TWO" | "SECOND" => Some(2),
            "3" | "03" | "C" | "III" | "THREE" | "THIRD" => Some(3),
            _ => None,
        }
    }
}

fn without_number(word: &str) -> &str {
    word.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// How two folded names agree, if they do.
fn agreement(a: &str, b: &str) -> Option<GivenNameAgreement> {
    if a == b {
        return Some(exactness(a));
    }
    if is_initial(a) || is_initial(b) {
        return (a.chars().next() == b.chars().next()).then_some(GivenNameAgreement::Initial);
    }
    if are_aliases(a, b) {
        return Some(GivenNameAgreement::Alias);
    }
    sound_alike(a, b).then_some(GivenNameAgreement::SoundsAlike)
}

/// Two equal initials say no more than one initial does.
fn exactness(name: &str) -> GivenNameAgreement {
    if is_initial(name) { GivenNameAgreement::Initial } else { GivenNameAgreement::Exact }
}

/// One letter A to Z. In other scripts one character can be a whole name.
pub(crate) fn is_initial(name: &str) -> bool {
    name.len() == 1 && name.bytes().all(|b| b.is_ascii_uppercase())
}

fn sound_alike(a: &str, b: &str) -> bool {
    let (a, b) = (both_sounds(a), both_sounds(b));
    let same = |a: &str, b: &str| a.len() >= SOUND_LENGTH_MIN && a == b;
    same(&a.0, &b.0) || same(&a.0, &b.1) || same(&a.1, &b.0)
}

pub(crate) fn are_aliases(a: &str, b: &str) -> bool {
    let lines = |name: &str| aliases().get(name).map(Vec::as_slice).unwrap_or_default();
    lines(a).iter().any(|line| lines(b).contains(line))
}

/// For each folded name the lines of `given-names.txt` on which it stands.
fn aliases() -> &'static BTreeMap<String, Vec<usize>> {
    static ALIASES: OnceLock<BTreeMap<String, Vec<usize>>> = OnceLock::new();
    ALIASES.get_or_init(|| {
        let mut aliases: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, line) in forms_of_one_name().enumerate() {
            line.into_iter().for_each(|name| aliases.entry(name).or_default().push(number));
        }
        aliases
    })
}

/// The lines of `given-names.txt`, each folded name by itself.
pub(crate) fn forms_of_one_name() -> impl Iterator<Item = Vec<String>> {
    let lines = include_str!("../given-names.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(',').map(fold).filter(|name| !name.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use GivenNameAgreement::{Alias, Exact, Initial, SoundsAlike};
    use GivenNames::{Agree, Differ, Missing};
    use proptest::prelude::*;

    fn given(text: &str) -> PersonName {
        PersonName { given: text.split(' ').map(str::to_owned).collect(), ..PersonName::default() }
    }

    fn compared(a: &str, b: &str) -> GivenNames {
        compare(&given(a), &given(b))
    }

    #[test]
    fn the_four_ways_to_agree() {
        assert_eq!(compared("Zoë", "ZOE"), Agree(Exact));
        assert_eq!(compared("Bill", "William"), Agree(Alias));
        assert_eq!(compared("Mohammed", "Muhammad"), Agree(Alias));
        assert_eq!(compared("Rachel", "Rachael"), Agree(SoundsAlike));
        assert_eq!(compared("G", "Grace"), Agree(Initial));
        assert_eq!(compared("G.", "G"), Agree(Initial), "two initials are still only an initial");
    }

    #[test]
    fn names_that_differ() {
        for (a, b) in [("Grace", "Faith"), ("F", "Grace"), ("Leo", "Lia"), ("伟", "伟强")] {
            assert_eq!(compared(a, b), Differ, "{a} and {b}");
        }
    }

    #[test]
    fn a_single_character_of_another_script_is_a_whole_name() {
        assert_eq!(compared("伟", "伟"), Agree(Exact));
    }

    #[test]
    fn spaces_and_hyphens_within_a_given_name_do_not_matter() {
        assert_eq!(compared("Mary-Jane", "Mary Jane"), Agree(Exact));
        assert_eq!(compared("Abdul Rahman", "Abdulrahman"), Agree(Exact));
    }

    #[test]
    fn further_names_may_be_left_out_but_not_contradict() {
        assert_eq!(compared("Grace Adaeze", "Grace"), Agree(Exact));
        assert_eq!(compared("Grace Adaeze", "Grace A"), Agree(Initial));
        assert_eq!(compared("Mary Jane Anne", "Mary Anne"), Agree(Exact));
        assert_eq!(compared("Mohammed Yusuf", "Mohammed Ibrahim"), Differ);
    }

    #[test]
    fn brothers_and_sisters_whose_names_sound_alike_agree_only_weakly() {
        assert_eq!(compared("Alexander", "Alexandra"), Agree(SoundsAlike));
        let Agree(how) = compared("Hassan", "Hussein") else { panic!("the codes are the same") };
        assert!(how.is_weak());
        let Agree(how) = compared("Mohammed Hassan", "Mohammed Hussein") else { panic!("the codes are the same") };
        assert!(how.is_weak());
    }

    #[test]
    fn placeholders_are_no_names() {
        for placeholder in
            ["", " ", "Baby", "BABY OF Grace", "Twin 1", "TWIN1", "unknown", "Test", "Not Known", "Baby Girl"]
        {
            assert_eq!(compared(placeholder, "Grace"), Missing, "{placeholder}");
            assert_eq!(compared("Grace", placeholder), Missing, "{placeholder}");
        }
        assert_eq!(compared("Tester", "Grace"), Differ);
    }

    #[test]
    fn the_first_twin_is_not_the_second() {
        assert_eq!(compared("Twin 1", "TWIN 2"), Differ);
        assert_eq!(compared("Twin A", "Twin2"), Differ);
        assert_eq!(compared("Twin One", "Baby 1"), Missing);
        assert_eq!(compared("Baby of", "Twin 2"), Missing);
    }

    #[test]
    fn every_line_of_aliases_names_at_least_two() {
        let mut names_by_line: BTreeMap<usize, usize> = BTreeMap::new();
        aliases().values().flatten().for_each(|line| *names_by_line.entry(*line).or_default() += 1);
        assert!(names_by_line.len() >= 80);
        assert!(names_by_line.values().all(|names| *names >= 2), "{names_by_line:?}");
    }

    fn any_given() -> impl Strategy<Value = String> {
        let known =
            prop::sample::select(vec!["Bill", "William", "G", "Grace", "Gracie", "Twin 1", "Mohammed Ali", "Mo", ""]);
        prop_oneof![known.prop_map(str::to_owned), "\\PC{0,12}", "[A-Z]{1,8}( [A-Z]{1,8})?"]
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_name_comes_first(a in any_given(), b in any_given()) {
            prop_assert_eq!(compared(&a, &b), compared(&b, &a));
        }

        #[test]
        fn a_name_agrees_with_itself_or_is_missing(a in any_given()) {
            prop_assert_ne!(compared(&a, &a), Differ);
        }
    }
}
