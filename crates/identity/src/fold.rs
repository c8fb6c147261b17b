use rphonetic::DoubleMetaphone;
use unicode_normalization::UnicodeNormalization;

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
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = sounds(&text);
        }

        #[test]
        fn no_latin_name_makes_the_sounds_panic(text in "[A-Z]{0,30}") {
            let _ = sounds(&text);
        }
    }
}
