use std::collections::BTreeSet;

use record::PersonName;
use rphonetic::DoubleMetaphone;
use unicode_normalization::UnicodeNormalization;

/// The most search keys that one name gives.
pub const SEARCH_KEYS_MAX: usize = 32;

/// The longest sound code. Short codes would make Christopher and Christina one.
const SOUND_LENGTH_MAX: usize = 12;

/// A name without accents, apostrophes, hyphens and spaces, in capitals: Zoë and
/// ZOE, Łukasz and Lukasz, O'Neill and ONeill become the same text.
///
/// Vowel signs of scripts that write them as marks stay: without them हसन and
/// हुसैन would be one name.
#[must_use]
pub fn fold(text: &str) -> String {
    // Most names: nothing is to be taken apart, and no table to be asked.
    if text.is_ascii() {
        return text.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase()).collect();
    }
    let folded = fold_once(text);
    // Marks that a space kept apart stand side by side now, and have an order of their own.
    if folded.is_ascii() { folded } else { fold_once(&folded) }
}

fn fold_once(text: &str) -> String {
    text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_uppercase).fold(String::new(), |mut folded, c| {
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            None if is_separator(c) => {}
            None => folded.push(c),
        }
        folded
    })
}

/// Marks that hang on a letter of the Latin, Greek or Cyrillic script, and the
/// Arabic and Hebrew vowel points that are usually left out in writing.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}'
        | '\u{670}')
}

/// Letters that Unicode does not take apart, as people write them without a
/// keyboard that has them.
fn plain(capital: char) -> Option<&'static str> {
    Some(match capital {
        'Ł' => "L",
        'Ø' => "O",
        'Đ' | 'Ð' | 'Ɖ' | 'Ɗ' => "D",
        'Þ' => "TH",
        'Æ' => "AE",
        'Œ' => "OE",
        'ẞ' => "SS",
        'Ħ' => "H",
        'Ŧ' => "T",
        'Ŋ' => "NG",
        'Ə' | 'Ǝ' | 'Ɛ' => "E",
        'Ɔ' | 'Ɵ' => "O",
        'Ɓ' => "B",
        'Ƙ' => "K",
        'Ƴ' => "Y",
        'Ɣ' => "GH",
        'ĸ' => "K",
        _ => return None,
    })
}

/// Whatever parts a name without being a letter of it.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{a8}' | '\u{ad}' | '\u{b4}' | '\u{b7}' | '\u{2b0}'..='\u{2ff}' | '\u{2000}'..='\u{206f}'
            | '\u{a78b}' | '\u{a78c}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// How a name sounds (Double Metaphone, its first code). Empty where the folded
/// name is not written in the letters A to Z.
#[must_use]
pub fn sounds(text: &str) -> String {
    both_sounds(&fold(text)).0
}

/// Both codes of a folded name.
pub(crate) fn both_sounds(folded: &str) -> (String, String) {
    if folded.is_empty() || !folded.bytes().all(|b| b.is_ascii_uppercase()) {
        return (String::new(), String::new());
    }
    let codes = DoubleMetaphone::new(Some(SOUND_LENGTH_MAX)).double_metaphone(folded);
    (codes.primary(), codes.alternate())
}

/// The texts under which a name is found: `FAMILY`, each half of a double name,
/// and each of them followed by a space and a given or preferred name. A search
/// is a folded family name, or that with a space and the beginning of a given name.
#[must_use]
pub fn search_keys(name: &PersonName) -> Vec<String> {
    let whole = fold(&name.family);
    let parts = name.family.split(|c: char| c.is_whitespace() || "-‐‑–/".contains(c)).map(fold);
    let mut families = vec![whole];
    families.extend(parts.filter(|part| part.chars().count() > 1));
    families.retain(|family| !family.is_empty());
    families.dedup();

    let spoken = name.given.iter().chain(&name.preferred);
    let givens: Vec<String> =
        spoken.flat_map(|given| given.split_whitespace().map(fold)).filter(|given| !given.is_empty()).collect();
    let pairs = families.iter().flat_map(|family| givens.iter().map(move |given| format!("{family} {given}")));
    let mut seen = BTreeSet::new();
    let alone = if families.is_empty() { &givens } else { &families };
    alone.iter().cloned().chain(pairs).filter(|key| seen.insert(key.clone())).take(SEARCH_KEYS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_fold_together() {
        for (a, b) in [
            ("Zoë", "ZOE"),
            ("Nguyễn", "Nguyen"),
            ("Łukasz", "Lukasz"),
            ("Đặng", "dang"),
            ("Søren", "Soren"),
            ("Weiß", "WEISS"),
            ("Ayşe", "Ayse"),
            ("Işık", "ISIK"),
            ("İbrahim", "Ibrahim"),
            ("O'Neill", "O’Neill"),
            ("O`Neill", "ONeill"),
            ("Smith-Jones", "Smith Jones"),
            ("de la Cruz", "DelaCruz"),
            ("Adéọlá", "Adeola"),
            ("Ɗanjuma", "Danjuma"),
            ("Ægir Þór", "Aegir Thor"),
            ("ﬁona", "Fiona"),
            ("مُحَمَّد", "محمد"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
            assert!(!fold(a).is_empty());
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (a, b) in [("Ali", "Alia"), ("हसन", "हुसैन"), ("王", "黄"), ("Łucja", "Uzja")] {
            assert_ne!(fold(a), fold(b), "{a} and {b}");
        }
    }

    #[test]
    fn names_that_sound_alike_have_one_code() {
        assert_eq!(sounds("Catherine"), sounds("Kathryn"));
        assert_eq!(sounds("Stephen"), sounds("Steven"));
        assert_ne!(sounds("Christopher"), sounds("Christina"));
        assert_eq!(sounds("王"), "");
        assert_eq!(sounds(""), "");
    }

    fn name(family: &str, given: &[&str], preferred: Option<&str>) -> PersonName {
        PersonName {
            family: family.into(),
            given: given.iter().map(|g| (*g).to_owned()).collect(),
            title: None,
            preferred: preferred.map(str::to_owned),
        }
    }

    #[test]
    fn a_name_is_found_by_its_parts() {
        let keys = search_keys(&name("Okafor-O'Shea", &["Grace", "Adaeze"], Some("Addy")));
        assert_eq!(keys.len(), 12);
        for key in ["OKAFOROSHEA", "OKAFOR", "OSHEA", "OKAFOR GRACE", "OSHEA ADAEZE", "OKAFOROSHEA ADDY"] {
            assert!(keys.iter().any(|k| k == key), "{key} in {keys:?}");
        }
    }

    #[test]
    fn people_with_one_name_or_none_have_keys_or_none() {
        assert_eq!(search_keys(&name("", &["Suharto"], None)), ["SUHARTO"]);
        assert_eq!(search_keys(&name("Nguyễn", &[], None)), ["NGUYEN"]);
        assert_eq!(search_keys(&PersonName::default()), Vec::<String>::new());
    }

    #[test]
    fn a_name_of_many_parts_has_no_more_keys_than_the_limit() {
        let many: Vec<String> = (0..40).map(|n| format!("Name{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(search_keys(&name("Silva", &many, None)).len(), SEARCH_KEYS_MAX);
    }

    #[test]
    fn marks_of_two_words_come_to_stand_in_one_order() {
        assert_eq!(fold("\u{6df} \u{c55}"), fold("\u{c55}\u{6df}"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn plain_letters_fold_as_all_others_do(text in "[ -~\\t\\n]{0,30}") {
            prop_assert_eq!(fold(&text), fold_once(&text));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", given in ".{0,20}") {
            let _ = sounds(&text);
            let _ = search_keys(&name(&text, &[&given], None));
        }

        #[test]
        fn no_latin_name_makes_the_sounds_panic(text in "[A-Z]{0,30}") {
            let _ = sounds(&text);
        }
    }
}
